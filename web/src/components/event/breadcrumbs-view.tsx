import type { Breadcrumb } from "@/lib/live/event";
import { formatTime, useTimeZone } from "@/lib/time-zone";

/** What led there, oldest first. Clients send many shapes; what is unknown is shown as JSON. */
export function BreadcrumbsView({ breadcrumbs }: { breadcrumbs: readonly Breadcrumb[] }) {
  const zone = useTimeZone();
  return (
    <ol className="flex flex-col">
      {breadcrumbs.map((crumb, i) => {
        const at = moment(crumb.timestamp ?? crumb.ts ?? crumb.time);
        return (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: a finished list
            key={i}
            className="grid grid-cols-[64px_1fr] gap-x-3 border-b border-line py-1.5 font-mono text-xs last:border-b-0"
          >
            <span className="text-muted">{at === null ? "" : formatTime(at, zone)}</span>
            <span className="min-w-0 break-words">
              {typeof crumb.category === "string" && (
                <span className="text-muted">{crumb.category} </span>
              )}
              {crumbText(crumb)}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function crumbText(crumb: Breadcrumb): string {
  const { message, data, category, timestamp, ts, time, type, level, ...rest } = crumb;
  const extra = data ?? (Object.keys(rest).length > 0 ? rest : null);
  const text = typeof message === "string" ? message : "";
  return extra === null ? text || String(type ?? "") : `${text} ${JSON.stringify(extra)}`.trim();
}

/** Clients send RFC 3339 or seconds. */
function moment(value: unknown): number | null {
  const at =
    typeof value === "number" ? (value < 1e11 ? value * 1_000 : value) : Date.parse(String(value));
  return Number.isFinite(at) ? at : null;
}
