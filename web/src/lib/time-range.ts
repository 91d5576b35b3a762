/**
 * The time range of the screens, kept in the URL as `from`, `to`, `refresh`.
 * Relative words (`now-1h`) stay words until the moment of asking, so that a
 * shared link shows the last hour of whoever opens it.
 */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "./search-params";
import { formatDateTime, useTimeZone } from "./time-zone";

export type TimeRange = { from: string; to: string; refresh: Refresh };
export type Refresh = keyof typeof refreshIntervals;

export const refreshIntervals = {
  off: { label: "Off", ms: 0 },
  "5s": { label: "5 s", ms: 5_000 },
  "30s": { label: "30 s", ms: 30_000 },
  "1m": { label: "1 min", ms: 60_000 },
  "5m": { label: "5 min", ms: 300_000 },
} as const;

export const presets = [
  { from: "now-5m", label: "Last 5 minutes" },
  { from: "now-15m", label: "Last 15 minutes" },
  { from: "now-1h", label: "Last 1 hour" },
  { from: "now-6h", label: "Last 6 hours" },
  { from: "now-24h", label: "Last 24 hours" },
  { from: "now-7d", label: "Last 7 days" },
  { from: "now-30d", label: "Last 30 days" },
] as const;

export const defaultRange: TimeRange = { from: "now-1h", to: "now", refresh: "off" };

export type Instants = { from: Date; to: Date };

/** The range of this screen, and what to do with it. */
export function useTimeRange() {
  const [params, change] = useSearchParams();
  const zone = useTimeZone();
  const { from, to, refresh } = params;
  const range = useMemo(() => readRange({ from, to, refresh }), [from, to, refresh]);
  const setRange = useCallback(
    (next: Partial<TimeRange>) => {
      const { from, to, refresh } = { ...range, ...next };
      change({ from, to, refresh: refresh === "off" ? undefined : refresh });
    },
    [change, range],
  );
  const instants = useCallback(() => resolveRange(range, new Date()), [range]);
  return {
    range,
    setRange,
    /** The two instants as of now. */
    instants,
    label: rangeLabel(range, (at) => formatDateTime(at, zone)),
    isRelative: isRelative(range),
    refreshMs: refreshIntervals[range.refresh].ms,
  };
}

/** A range from what the URL says; what can't be read falls back to the last hour. */
export function readRange(params: { from?: string; to?: string; refresh?: string }): TimeRange {
  const refresh =
    params.refresh && params.refresh in refreshIntervals ? (params.refresh as Refresh) : "off";
  const from = params.from ?? defaultRange.from;
  const to = params.to ?? defaultRange.to;
  const now = new Date();
  const start = instant(from, now);
  const end = instant(to, now);
  if (!start || !end || start >= end) return { ...defaultRange, refresh };
  return { from, to, refresh };
}

export function resolveRange(range: Pick<TimeRange, "from" | "to">, now: Date): Instants {
  return {
    from: instant(range.from, now) ?? new Date(now.getTime() - 3_600_000),
    to: instant(range.to, now) ?? now,
  };
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `now`, `now-90m`, or an RFC 3339 time; null for anything else. */
export function instant(word: string, now: Date): Date | null {
  if (word === "now") return now;
  const [, count, unit] = /^now-(\d{1,6})([smhdw])$/.exec(word) ?? [];
  if (count && unit)
    return new Date(now.getTime() - Number(count) * unitMs[unit as keyof typeof unitMs]);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(word)) return null;
  const at = new Date(word);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** Does the range move with the clock? */
export function isRelative(range: Pick<TimeRange, "to">): boolean {
  return range.to.startsWith("now");
}

export function rangeLabel(
  range: Pick<TimeRange, "from" | "to">,
  format: (at: string) => string,
): string {
  const preset = presets.find(({ from }) => from === range.from);
  if (preset && range.to === "now") return preset.label;
  const [, count, unit] = /^now-(\d+)([smhdw])$/.exec(range.from) ?? [];
  if (count && unit && range.to === "now") return `Last ${count} ${unit}`;
  const side = (word: string) => (word.startsWith("now") ? word : format(word));
  return `${side(range.from)} – ${side(range.to)}`;
}
