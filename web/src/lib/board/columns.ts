/**
 * A panel's numbers as columns: one row of moments, one typed array per line, `NaN` where there is
 * nothing. What comes in bits is merged here; what was handed out never changes.
 */
import type { PanelData, SeriesData } from "./types";

export type Line = Omit<SeriesData, "points" | "previous"> & {
  values: Float64Array;
  previous: Float64Array | null;
};

export type Columns = Omit<PanelData, "series"> & {
  /** Milliseconds, ascending. */
  times: Float64Array;
  series: Line[];
};

type Points = readonly (readonly [number, number | null])[];

/** All of what a panel shows. */
export function columnsOf(data: PanelData): Columns {
  return build(data, data.to - data.from, null);
}

/**
 * The newest buckets over what was known: from `part.from` on nothing of the old stays, and what
 * fell out of the window at its beginning goes.
 */
export function mergeColumns(old: Columns, part: PanelData): Columns {
  const span = old.to - old.from;
  const from = part.to - span;
  const begin = firstAt(old.times, from);
  const end = firstAt(old.times, part.from);
  return build({ ...part, from }, span, { old, begin, end: Math.max(begin, end), cut: part.from });
}

type Kept = { old: Columns; begin: number; end: number; cut: number };

function build(data: PanelData, span: number, kept: Kept | null): Columns {
  const shifted = data.series.map((line) => ({
    ...line,
    previous: line.previous && shift(line.previous, kept?.cut ?? data.from, span),
  }));
  const fresh = moments(shifted, kept?.cut ?? Number.NEGATIVE_INFINITY);
  const head = kept ? kept.old.times.subarray(kept.begin, kept.end) : new Float64Array(0);
  const times = new Float64Array(head.length + fresh.length);
  times.set(head);
  times.set(fresh, head.length);
  const at = new Map<number, number>();
  for (let i = 0; i < fresh.length; i++) at.set(fresh[i] as number, head.length + i);

  const before = new Map(kept?.old.series.map((line) => [seriesKey(line), line]));
  const series: Line[] = shifted.map(({ points, previous, ...about }) => {
    const was = before.get(seriesKey(about));
    before.delete(seriesKey(about));
    return {
      ...about,
      values: column(times.length, was?.values, kept, points, at),
      previous:
        previous || was?.previous
          ? column(times.length, was?.previous ?? undefined, kept, previous ?? [], at)
          : null,
    };
  });
  // A line that said nothing this time still has its past.
  for (const line of before.values()) {
    const values = column(times.length, line.values, kept, [], at);
    if (values.every(Number.isNaN)) continue;
    const previous = line.previous && column(times.length, line.previous, kept, [], at);
    series.push({ ...line, values, previous });
  }
  return { ...data, series, times, annotations: annotations(data, kept) };
}

/** What tells one line of a panel from another. */
export function seriesKey(line: Pick<SeriesData, "source" | "name" | "labels">): string {
  const labels = Object.entries(line.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([line.source, line.name, labels]);
}

/** The last number of a line, if it has one. */
export function lastOf(values: ArrayLike<number>): number | null {
  for (let i = values.length - 1; i >= 0; i--) {
    const value = values[i] as number;
    if (!Number.isNaN(value)) return value;
  }
  return null;
}

function column(
  length: number,
  old: Float64Array | undefined,
  kept: Kept | null,
  points: Points,
  at: Map<number, number>,
): Float64Array {
  const values = new Float64Array(length).fill(Number.NaN);
  if (old && kept) values.set(old.subarray(kept.begin, kept.end));
  for (const [ms, value] of points) {
    const index = at.get(ms);
    if (index !== undefined && value !== null) values[index] = value;
  }
  return values;
}

function moments(
  series: readonly { points: Points; previous: Points | null }[],
  cut: number,
): Float64Array {
  const distinct = new Set<number>();
  for (const { points, previous } of series) {
    for (const [ms] of points) if (ms >= cut) distinct.add(ms);
    for (const [ms] of previous ?? []) if (ms >= cut) distinct.add(ms);
  }
  return Float64Array.from(distinct).sort();
}

/** The period before lies under this one. */
function shift(points: Points, from: number, span: number): Points {
  const first = points[0]?.[0];
  if (first === undefined || first >= from) return points;
  return points.map(([ms, value]) => [ms + span, value] as const);
}

function annotations(data: PanelData, kept: Kept | null): PanelData["annotations"] {
  if (!kept) return data.annotations;
  const past = kept.old.annotations.filter(({ ts }) => ts >= data.from && ts < kept.cut);
  return [...past, ...data.annotations];
}

/** The first index whose moment is not before `ms`. */
function firstAt(times: Float64Array, ms: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
