import { Link } from "@tanstack/react-router";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { Sparkline } from "@/components/chart/sparkline";
import { RelativeTime } from "@/components/relative-time";
import type { ListedProject } from "@/lib/api";
import { formatShare, formatShort } from "@/lib/figures";

/** A project at a glance: is it alive, how much, how bad. */
export function ProjectCard({ project }: { project: ListedProject }) {
  const { summary } = project;
  const events = summary?.events_24h ?? 0;
  const errors = summary?.errors_24h ?? 0;
  const last = summary?.last_event_at;
  return (
    <Link
      // A project that never got an event needs the command, not an empty chart.
      {...(last
        ? { to: "/p/$project", params: { project: project.id } }
        : { to: "/welcome", search: { project: project.id } })}
      className="flex h-45 flex-col rounded-lg border border-line bg-surface p-4 transition-colors hover:border-control"
    >
      <span className="truncate text-base font-semibold">{project.name}</span>
      <span className="mt-3 block h-12">
        <Sparkline
          values={summary?.sparkline ?? []}
          height={48}
          tone={events > 0 ? "accent" : "muted"}
          label={`Events per hour over the last 24 hours, ${events} in all`}
        />
      </span>
      <span className="mt-auto grid grid-cols-3 gap-3 border-t border-line pt-3">
        <Figure label="Events, 24 h">{formatShort(events)}</Figure>
        <Figure label="Error rate">
          <span className={`inline-flex items-center gap-1 ${errors > 0 ? "text-error" : ""}`}>
            {errors > 0 && <TriangleAlert className="size-3.5" aria-hidden />}
            {errors === 0 && events > 0 && <CircleCheck className="size-3.5 text-ok" aria-hidden />}
            {formatShare(errors, events)}
          </span>
        </Figure>
        <Figure label="Last event">
          {last ? <RelativeTime at={last} /> : <span className="text-muted">waiting</span>}
        </Figure>
      </span>
    </Link>
  );
}

function Figure({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <span className="flex min-w-0 flex-col">
      <span className="truncate text-xs text-muted">{label}</span>
      <span className="h-5 truncate text-base font-medium">{children}</span>
    </span>
  );
}
