import { useNow } from "@/lib/clock";
import { relativeTime } from "@/lib/relative-time";
import { formatDateTime, useTimeZone, zoneName } from "@/lib/time-zone";

/** How long ago, with the exact time on hover. */
export function RelativeTime({ at, className }: { at: string; className?: string }) {
  const now = useNow();
  const zone = useTimeZone();
  return (
    <time
      dateTime={at}
      title={`${formatDateTime(at, zone)} ${zoneName(zone)}`}
      className={className}
    >
      {relativeTime(at, now)}
    </time>
  );
}
