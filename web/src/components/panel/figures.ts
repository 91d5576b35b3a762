/** Numbers of a panel made of its columns. Pure. */
import type { ChartData, Threshold } from "@/components/chart";
import type { Columns, Line } from "@/lib/board/columns";
import type { FeedBrief, PanelOptions, PanelThreshold, Reduce } from "@/lib/board/types";
import { fillVariables } from "@/lib/board/variables";

export type Tone = PanelThreshold["color"];

/** All values of a line as one; `null` when there is none. */
export function reduced(values: ArrayLike<number>, how: Reduce = "last"): number | null {
  let count = 0;
  let result = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    count += 1;
    if (count === 1 || how === "last") result = value;
    else if (how === "min") result = Math.min(result, value);
    else if (how === "max") result = Math.max(result, value);
    else result += value;
  }
  if (count === 0) return null;
  return how === "avg" ? result / count : result;
}

export type Trend = {
  direction: "up" | "down" | "steady";
  /** A part of what it was; `null` when that was zero. */
  change: number | null;
  against: "vs the previous period" | "since the start";
};

/** Less than this is noise. */
const STEADY = 0.005;

/** How a line moved, against the period before where there is one. */
export function trendOf(
  line: Pick<Line, "values" | "previous">,
  how: Reduce = "last",
): Trend | null {
  const now = reduced(line.values, how);
  const before = line.previous ? reduced(line.previous, how) : firstOf(line.values);
  if (now === null || before === null) return null;
  const change = before === 0 ? null : (now - before) / Math.abs(before);
  const steady = change === null ? now === before : Math.abs(change) < STEADY;
  return {
    direction: steady ? "steady" : now > before ? "up" : "down",
    change,
    against: line.previous ? "vs the previous period" : "since the start",
  };
}

/** The colour that a value has: of the highest threshold that it reaches. */
export function toneAt(
  value: number | null,
  thresholds: readonly PanelThreshold[] | undefined,
): Tone | null {
  if (value === null || !Array.isArray(thresholds)) return null;
  let reached: PanelThreshold | null = null;
  for (const threshold of thresholds) {
    if (value >= threshold.value && (!reached || threshold.value >= reached.value)) {
      reached = threshold;
    }
  }
  return reached?.color ?? null;
}

/**
 * What each line is called: its title or name, and the labels that tell it from its siblings.
 * Where all have one name, the labels say enough.
 */
export function lineNames(
  lines: readonly Pick<Line, "source" | "name" | "title" | "labels">[],
  feeds: readonly Pick<FeedBrief, "id" | "name">[],
  variables: Readonly<Record<string, string>>,
): string[] {
  const feedName = new Map(feeds.map(({ id, name }) => [id, name]));
  const plain = lines.map(({ title, name }) => (title ? fillVariables(title, variables) : name));
  const isOneName = lines.length > 1 && new Set(plain).size === 1;
  return lines.map((line, i) => {
    const siblings = lines.filter((_, j) => plain[j] === plain[i]);
    if (siblings.length < 2) return plain[i] as string;
    const telling = Object.entries(line.labels)
      .filter(([key, value]) => siblings.some(({ labels }) => labels[key] !== value))
      .map(([key, value]) =>
        key === "feed" ? (feedName.get(value) ?? `feed ${value.slice(0, 8)}`) : value,
      );
    if (telling.length > 0) return `${isOneName ? "" : `${plain[i]} `}${telling.join(", ")}`;
    const [label] = siblings.flatMap(({ labels }) => Object.keys(labels));
    return label ? `${plain[i]} (no ${label})` : `${plain[i]} ${i + 1}`;
  });
}

/** The unit that was chosen, or the one that all lines share. */
export function unitOf(options: PanelOptions, lines: readonly Pick<Line, "unit">[]): string | null {
  if (typeof options.unit === "string" && options.unit !== "") return options.unit;
  const [first] = lines;
  return first && lines.every(({ unit }) => unit === first.unit) ? first.unit : null;
}

/** The columns as a chart, the previous period dashed behind. */
export function chartData(columns: Columns, names: readonly string[]): ChartData {
  const series = columns.series.map(({ values }, i) => ({
    name: names[i] ?? "",
    values,
    sparse: true,
  }));
  const before = columns.series.flatMap(({ previous }, i) =>
    previous ? [{ name: names[i] ?? "", values: previous, previous: true, sparse: true }] : [],
  );
  return {
    times: columns.times,
    series: [...series, ...before],
    marks: columns.annotations.map(({ ts, text }) => ({ ts, text })),
    span: { from: columns.from, to: columns.to },
  };
}

export function chartThresholds({ thresholds }: PanelOptions): Threshold[] {
  if (!Array.isArray(thresholds)) return [];
  return thresholds
    .filter(({ value }) => Number.isFinite(value))
    .map(({ value, color }) => ({ value, tone: color, zone: true }));
}

/** "12.3 %" */
export function shareText(change: number): string {
  const percent = Math.abs(change) * 100;
  const digits = percent < 10 ? 1 : 0;
  return `${percent.toLocaleString("en-US", { maximumFractionDigits: digits })} %`;
}

function firstOf(values: ArrayLike<number>): number | null {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isNaN(value)) return value;
  }
  return null;
}
