import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { Button } from "@/components/button";
import { formatValue } from "@/components/chart";
import { ErrorState } from "@/components/error-state";
import { KindBadge } from "@/components/event/kind-badge";
import { RelativeTime } from "@/components/relative-time";
import { Loading, Skeleton } from "@/components/skeleton";
import { fetchEvents } from "@/lib/event-api";
import { type LiveSnapshot, useLive } from "@/lib/live";
import type { PulseEvent } from "@/lib/live/event";
import { Panel } from "./panel";

const SHOWN = 7;

type LatestEventsProps = { projectId: string; onOpen: (event: PulseEvent) => void };

/** The newest events: REST first, then what the socket brings on top. */
export function LatestEvents({ projectId, onOpen }: LatestEventsProps) {
  const live = useLive(projectId);
  const first = useQuery({
    queryKey: ["projects", projectId, "latest", live.epoch],
    queryFn: ({ signal }) => fetchEvents(projectId, {}, { limit: SHOWN }, signal),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const events = useMemo(
    () => newest(live.entries, first.data?.items ?? []),
    [live.entries, first.data],
  );
  return (
    <Panel
      title="Latest events"
      actions={
        <Button asChild variant="ghost" size="sm">
          <Link
            to="/p/$project/tail"
            params={{ project: projectId }}
            search={(old: object) => old as never}
          >
            Live tail
          </Link>
        </Button>
      }
    >
      {events.length > 0 ? (
        <ul className="-mx-1">
          {events.map((event) => (
            <li key={event.id} className="border-t border-line">
              <button
                type="button"
                className="flex h-8.25 w-full items-center gap-2 rounded-sm px-1 text-left hover:bg-raised focus-visible:-outline-offset-2 pointer-coarse:h-11"
                onClick={() => onOpen(event)}
              >
                <KindBadge event={event} />
                <span className="min-w-0 truncate font-mono text-xs">{event.name}</span>
                {event.value !== null && (
                  <span className="shrink-0 font-mono text-xs text-muted">
                    {formatValue(event.value, event.unit)}
                  </span>
                )}
                <RelativeTime
                  at={event.timestamp}
                  className="ml-auto shrink-0 text-xs text-muted"
                />
              </button>
            </li>
          ))}
        </ul>
      ) : first.isPending ? (
        <>
          <Loading what="the latest events" />
          <Skeleton className="h-58" />
        </>
      ) : first.error ? (
        <ErrorState error={first.error} onRetry={() => void first.refetch()} />
      ) : (
        <p className="text-muted">No event yet.</p>
      )}
    </Panel>
  );
}

/** The newest few, each once. */
export function newest(
  entries: LiveSnapshot["entries"],
  before: readonly PulseEvent[],
): PulseEvent[] {
  const found = new Map<string, PulseEvent>();
  for (let i = entries.length - 1; i >= 0 && found.size < SHOWN; i--) {
    const entry = entries[i];
    if (entry?.kind === "event") found.set(entry.event.id, entry.event);
  }
  for (const event of before) {
    if (found.size >= SHOWN) break;
    if (!found.has(event.id)) found.set(event.id, event);
  }
  return [...found.values()];
}
