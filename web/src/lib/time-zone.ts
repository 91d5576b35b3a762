import { stored } from "./stored";

export type TimeZone = "local" | "utc";

/** In which zone times are shown; they always travel in UTC. */
export const timeZone = stored<TimeZone>("time-zone", ["local", "utc"], "local");

export function useTimeZone(): TimeZone {
  return timeZone.use();
}

/** "20 Nov 2026, 18:04:09" */
export function formatDateTime(at: Date | string | number, zone: TimeZone): string {
  return dateTime[zone].format(new Date(at));
}

/** "18:04:09" */
export function formatTime(at: Date | string | number, zone: TimeZone): string {
  return time[zone].format(new Date(at));
}

/** "20 Nov 2026" */
export function formatDate(at: Date | string | number, zone: TimeZone): string {
  return date[zone].format(new Date(at));
}

/** "UTC", or the browser's zone as people name it: "Europe/Berlin". */
export function zoneName(zone: TimeZone): string {
  return zone === "utc" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function both(options: Intl.DateTimeFormatOptions): Record<TimeZone, Intl.DateTimeFormat> {
  return {
    local: new Intl.DateTimeFormat("en-GB", options),
    utc: new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" }),
  };
}

const day = { day: "numeric", month: "short", year: "numeric" } as const;
const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
const dateTime = both({ ...day, ...clock });
const time = both(clock);
const date = both(day);
