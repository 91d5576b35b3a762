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
  return build(data, null);
}

/**
 * The newest buckets over what was known: from `part.from` on nothing of the old stays, and what
 * fell out of the window at its beginning goes. Everything but the numbers comes as a whole.
 */
export function mergeColumns(old: Columns, part: PanelData): Columns {
  const from = part.to - (old.to - old.from);
  const begin = firstAt(old.times, from);
  const end = Math.max(begin, firstAt(old.times, part.from));
  const problems = [...part.problems, ...lasting(old, part)];
  return build({ ...part, from, problems }, { old, begin, end, cut: part.from });
}

type Kept = { old: Columns; begin: number; end: number; cut: number };

function build(data: PanelData, kept: Kept | null): Columns {
  const fresh = moments(data.series, kept?.cut ?? Number.NEGATIVE_INFINITY);
  const head = kept ? kept.old.times.subarray(kept.begin, kept.end) : new Float64Array(0);
  const times = new Float64Array(head.length + fresh.length);
  times.set(head);
  times.set(fresh, head.length);
  const at = new Map<number, number>();
  for (let i = 0; i < fresh.length; i++) at.set(fresh[i] as number, head.length + i);

  const came = new Map(data.series.map((line) => [seriesKey(line), line]));
  const series: Line[] = [];
  const add = (line: SeriesData | null, was: Line | null) => {
    const { points: _, ...about } = { points: null, ...(line ?? was) } as SeriesData;
    const values = column(times.length, was?.values, kept, line?.points ?? [], at);
    const previous =
      line?.previous || was?.previous
        ? column(times.length, was?.previous ?? undefined, kept, line?.previous ?? [], at)
        : null;
    // A line that says nothing any more goes with its last value.
    if (line || !values.every(Number.isNaN)) series.push({ ...about, values, previous });
  };
  // Lines keep their order, so that a chart stays the same chart.
  for (const was of kept?.old.series ?? []) {
    const key = seriesKey(was);
    add(came.get(key) ?? null, was);
    came.delete(key);
  }
  for (const line of came.values()) add(line, null);
  return { ...data, series, times };
}

/** What was found looking at the whole span holds until there is something. */
function lasting(old: Columns, part: PanelData): PanelData["problems"] {
  const whole = old.problems.filter(({ code }) => FOUND_IN_WHOLE.has(code));
  return whole.filter(
    ({ source, code }) =>
      !part.series.some((line) => line.source === source) &&
      !part.latest.some((latest) => latest.source === source) &&
      !part.problems.some((problem) => problem.source === source && problem.code === code),
  );
}

const FOUND_IN_WHOLE = new Set(["nothing_at_path", "not_a_number"]);

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

function moments(series: readonly SeriesData[], cut: number): Float64Array {
  const distinct = new Set<number>();
  for (const { points, previous } of series) {
    for (const [ms] of points) if (ms >= cut) distinct.add(ms);
    for (const [ms] of previous ?? []) if (ms >= cut) distinct.add(ms);
  }
  return Float64Array.from(distinct).sort();
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
