/** A chart is data: moments, and lines of values over them. */

export type ChartLine = {
  /** Keeps its colour by this name. */
  name: string;
  /** What people read, when it is not the name. */
  label?: string;
  /** One per moment; `null` is a gap and is drawn as one. */
  values: ArrayLike<number | null>;
  /** A colour that means something; without it the name decides. */
  tone?: "error" | "accent" | "metric" | "warn" | "muted";
  /** The same thing one period earlier: dashed, behind, never stacked. */
  previous?: boolean;
  /** Not every moment is one of its own: only a pause longer than usual is a gap. */
  sparse?: boolean;
};

export type ChartData = {
  /** Milliseconds, ascending. */
  times: ArrayLike<number>;
  series: readonly ChartLine[];
  /** What happened beside the values, such as a release. */
  marks?: readonly ChartMark[];
  /** The span of the time axis, where it moves with the data. */
  span?: { from: number; to: number };
};

export type ChartMark = { ts: number; text: string };

/** From this value on; `zone` also tints what lies above it, up to the next one. */
export type Threshold = {
  value: number;
  tone: "ok" | "warn" | "error";
  label?: string;
  zone?: boolean;
};

/** Data that changes faster than React should render. */
export type ChartFeed = { subscribe(run: (data: ChartData) => void): () => void };

export type ChartKind = "line" | "area" | "bars";

/**
 * What uPlot draws: columns of numbers, stacked sums where asked. Stacks grow from the last line
 * up, because uPlot draws in order and the smaller sum has to come later.
 */
export function plotColumns(
  data: ChartData,
  stacked: boolean,
  hidden: ReadonlySet<string>,
): PlotColumn[] {
  const { times } = data;
  const sums = new Float64Array(times.length);
  const columns: PlotColumn[] = [];
  for (const line of data.series.toReversed()) {
    if (!stacked || line.previous || hidden.has(lineKey(line))) {
      columns.unshift(plotColumn(line, times.length));
      continue;
    }
    const values: number[] = [];
    const longest = line.sparse ? pauseOf(line, times) : 0;
    for (let i = 0; i < times.length; i++) {
      const value = line.sparse ? valueNear(line, times, i, longest) : finite(line.values[i]);
      sums[i] = (sums[i] as number) + (value ?? 0);
      values.push(sums[i] as number);
    }
    columns.unshift(values);
  }
  return [times instanceof Float64Array ? times : Array.from(times), ...columns];
}

export type PlotColumn = Float64Array | (number | null | undefined)[];

/** uPlot takes a typed array as it is; `null` is a gap to it, and `undefined` a moment of others. */
function plotColumn({ values, sparse }: ChartLine, length: number): PlotColumn {
  if (values instanceof Float64Array && values.length === length && isWhole(values)) return values;
  const column: (number | null | undefined)[] = new Array(length);
  const absent = sparse ? undefined : null;
  for (let i = 0; i < length; i++) column[i] = finite(values[i]) ?? absent;
  return column;
}

/** Longer than this without a value is a gap: three times what is usual for the line. */
export function pauseOf({ values }: ChartLine, times: ArrayLike<number>): number {
  const steps: number[] = [];
  let last: number | null = null;
  for (let i = times.length - 1; i >= 0 && steps.length < 64; i--) {
    if (finite(values[i]) === null) continue;
    const time = times[i] as number;
    if (last !== null) steps.push(last - time);
    last = time;
  }
  const usual = steps.sort((a, b) => a - b)[steps.length >> 1];
  return usual === undefined ? Number.POSITIVE_INFINITY : usual * 3;
}

/** The value at a moment, or the one of the line that is closest to it without a gap between. */
export function valueNear(
  line: ChartLine,
  times: ArrayLike<number>,
  index: number,
  longest = pauseOf(line, times),
): number | null {
  const here = finite(line.values[index]);
  if (here !== null || !line.sparse) return here;
  const at = times[index] as number;
  const far = (i: number) => Math.abs((times[i] ?? Number.POSITIVE_INFINITY) - at) > longest / 2;
  for (let i = 1; i < times.length; i++) {
    const before = far(index - i) ? null : finite(line.values[index - i]);
    const after = far(index + i) ? null : finite(line.values[index + i]);
    if (before !== null) return before;
    if (after !== null) return after;
    if (far(index - i) && far(index + i)) return null;
  }
  return null;
}

function isWhole(values: Float64Array): boolean {
  // A gap makes the sum NaN, an endless number makes it endless.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) * 0;
  return sum === 0;
}

function finite(value: number | null | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** Tells a line from its own previous period. */
export function lineKey(line: ChartLine): string {
  return line.previous ? `${line.name}\u0000previous` : line.name;
}

export function lineLabel(line: ChartLine): string {
  const label = line.label ?? line.name;
  return line.previous ? `${label}, previous` : label;
}

/** Everything but the values: when it changes, the plot is built anew. */
export function structureOf(data: ChartData): string {
  return JSON.stringify(
    data.series.map((line) => [line.name, line.label, line.tone, line.previous ?? false]),
  );
}

export function isEmpty(data: ChartData): boolean {
  return !data.series.some((line) => {
    for (let i = 0; i < data.times.length; i++) if (finite(line.values[i]) !== null) return true;
    return false;
  });
}

/** The value axis: from zero for counts, close around the values where zero would flatten them. */
export function valueRange(
  min: number | null,
  max: number | null,
  fromZero: boolean,
  thresholds: readonly Threshold[],
  fixed: { min?: number | null; max?: number | null } = {},
): [number, number] {
  let low = min ?? 0;
  let high = max ?? 1;
  for (const { value } of thresholds) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low >= 0 && (fromZero || low < high / 2)) low = 0;
  if (high <= low) high = low + Math.max(1, Math.abs(low) * 0.1);
  const air = (high - low) * 0.08;
  const bottom = fixed.min ?? (low === 0 ? 0 : low - air);
  const top = fixed.max ?? high + air;
  if (top > bottom) return [bottom, top];
  // All values lie beyond the end that was chosen.
  return typeof fixed.min === "number" ? [bottom, bottom + 1] : [Math.min(0, top - 1), top];
}
