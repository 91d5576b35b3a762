/** The newest events; a click opens one. */
import { formatValue } from "@/components/chart";
import { KindBadge } from "@/components/event/kind-badge";
import { RelativeTime } from "@/components/relative-time";
import { type BodyProps, useFrame, useSurroundings } from "./body";

export default function EventList({ panel, source }: BodyProps) {
  const { onOpenEvent } = useSurroundings();
  const { data } = useFrame(source);
  return (
    <ul className="h-full overflow-y-auto" aria-label={panel.title || "Newest events"}>
      {data?.events.map((event) => (
        <li key={event.id} className="border-t border-line first:border-t-0">
          <button
            type="button"
            className="flex h-7 w-full items-center gap-2 rounded-sm px-1 text-left hover:bg-raised focus-visible:-outline-offset-2 pointer-coarse:h-11"
            onClick={() => onOpenEvent?.(event)}
          >
            <KindBadge event={event} />
            <span className="min-w-0 truncate font-mono text-xs">{event.name}</span>
            {event.value !== null && event.value !== undefined && (
              <span className="shrink-0 font-mono text-xs text-muted">
                {formatValue(event.value, event.unit)}
              </span>
            )}
            <RelativeTime at={event.timestamp} className="ml-auto shrink-0 text-xs text-muted" />
          </button>
        </li>
      ))}
    </ul>
  );
}
