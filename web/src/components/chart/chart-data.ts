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
};

export type ChartData = {
  /** Milliseconds, ascending. */
  times: ArrayLike<number>;
  series: readonly ChartLine[];
};

export type Threshold = { value: number; tone: "warn" | "error"; label?: string };

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
): (number | null)[][] {
  const times = Array.from(data.times);
  const sums = new Float64Array(times.length);
  const columns: (number | null)[][] = [];
  for (const line of data.series.toReversed()) {
    const values = times.map((_, i) => finite(line.values[i]));
    if (!stacked || line.previous || hidden.has(lineKey(line))) {
      columns.unshift(values);
      continue;
    }
    columns.unshift(
      values.map((value, i) => {
        sums[i] = (sums[i] as number) + (value ?? 0);
        return sums[i] as number;
      }),
    );
  }
  return [times, ...columns];
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
  return [low === 0 ? 0 : low - air, high + air];
}
