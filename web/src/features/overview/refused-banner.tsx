import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Gauge, X } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/button";
import { useNow } from "@/lib/clock";
import { formatCount } from "@/lib/figures";
import { usageQuery, utcDay } from "@/lib/usage";

/** Says calmly that events were refused today, until it was read. */
export function RefusedBanner({ projectId }: { projectId: string }) {
  const today = utcDay(useNow());
  const [dismissed, setDismissed] = useState(() => dismissedOn(projectId));
  const usage = useQuery({ ...usageQuery(projectId, 1), refetchInterval: 60_000 });
  const counts = usage.data?.find(({ day }) => day === today);
  const { rate_limited: tooFast = 0, dropped = 0 } = counts ?? {};
  if (dismissed === today || tooFast + dropped === 0) return null;
  return (
    <section
      aria-label="Refused events"
      className="mb-3 flex items-start gap-3 rounded-lg border border-warn/40 bg-warn/10 py-2 pr-2 pl-3"
    >
      <Gauge className="mt-1.5 size-4 shrink-0 text-warn" aria-hidden />
      <p className="min-w-0 flex-1 py-1">
        {dropped > 0 ? (
          <>
            <strong className="font-medium">
              {events(dropped)} came over the daily quota today and {were(dropped)} refused.
            </strong>{" "}
            Until it resets, at midnight UTC, nothing more is stored. Clients that wait and send
            again lose nothing.
          </>
        ) : (
          <>
            <strong className="font-medium">
              {events(tooFast)} came too fast today and {were(tooFast)} refused.
            </strong>{" "}
            The rest is stored. Clients that wait and send again lose nothing.
          </>
        )}{" "}
        <Link
          to="/p/$project/settings/general"
          params={{ project: projectId }}
          className="text-accent underline underline-offset-2"
        >
          Usage and limits
        </Link>
      </p>
      <Button
        variant="ghost"
        size="icon"
        aria-label="Dismiss for today"
        onClick={() => {
          setDismissed(today);
          dismissOn(projectId, today);
        }}
      >
        <X aria-hidden />
      </Button>
    </section>
  );
}

function events(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "event" : "events"}`;
}

function were(count: number): string {
  return count === 1 ? "was" : "were";
}

const storageKey = (projectId: string) => `pulseboard.refused-banner.${projectId}`;

/** The UTC day on which this person said that they know. */
function dismissedOn(projectId: string): string | null {
  try {
    return localStorage.getItem(storageKey(projectId));
  } catch {
    return null;
  }
}

function dismissOn(projectId: string, day: string): void {
  try {
    localStorage.setItem(storageKey(projectId), day);
  } catch {
    // Without storage it comes back with the next visit.
  }
}
