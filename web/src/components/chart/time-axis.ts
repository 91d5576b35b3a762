/** Times under a chart, in the zone the person chose. */
import type { TimeZone } from "@/lib/time-zone";

const DAY = 86_400_000;
const MINUTE = 60_000;

const steps = (unit: number, ...counts: number[]) => counts.map((count) => count * unit);

/** How far apart the labels of a time axis may stand. A month is told by its 30 days, a year by its 365. */
export const TIME_STEPS = [
  ...steps(1_000, 1, 2, 5, 10, 15, 30),
  ...steps(MINUTE, 1, 2, 3, 5, 10, 15, 20, 30),
  ...steps(60 * MINUTE, 1, 2, 3, 4, 6, 8, 12),
  ...steps(DAY, 1, 2, 3, 4, 5, 7, 10, 15, 30, 60, 90, 120, 180, 365, 730, 1_825, 3_650),
];

function formats(zone: TimeZone) {
  const at = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-GB", {
      ...options,
      hourCycle: "h23",
      timeZone: zone === "utc" ? "UTC" : undefined,
    });
  return {
    date: at({ day: "numeric", month: "short" }),
    minute: at({ hour: "2-digit", minute: "2-digit" }),
    second: at({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    full: at({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }),
    fullSecond: at({
      day: "numeric",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    }),
  };
}

const ZONES = { local: formats("local"), utc: formats("utc") };

/** One tick; midnight is the day it begins. */
export function formatTimeTick(ms: number, stepMs: number, zone: TimeZone): string {
  const { date, minute, second } = ZONES[zone];
  if (stepMs >= DAY) return date.format(ms);
  const text = (stepMs >= MINUTE ? minute : second).format(ms);
  return text === "00:00" || text === "00:00:00" ? date.format(ms) : text;
}

/** One moment in a tooltip or a table. */
export function formatMoment(ms: number, stepMs: number, zone: TimeZone): string {
  // Days are counted in UTC: elsewhere one begins at some hour that has to be said.
  if (stepMs >= DAY && zone === "utc") return ZONES.utc.date.format(ms);
  return ZONES[zone][stepMs >= MINUTE ? "full" : "fullSecond"].format(ms);
}
