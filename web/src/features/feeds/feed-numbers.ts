/** The numbers of a feed as its screen shows them: which, in which order, over which time. */
import { formatTick, formatValue } from "@/components/chart";
import type { Feed } from "@/lib/api";
import { type PathStep, writePath } from "@/lib/value-path";
import { valueText } from "./feed-text";

/** Numbers that are looked for in a payload, and levels: as many as the server takes. */
const MOST = 100;
const DEEPEST = 32;

/** Every number of a payload by its path; a bare number is called `value`. */
export function numbersOf(payload: unknown): Map<string, number> {
  const found = new Map<string, number>();
  const visit = (value: unknown, steps: readonly PathStep[]) => {
    if (found.size >= MOST || steps.length > DEEPEST) return;
    if (typeof value === "number") found.set(writePath(steps) || "value", value);
    else if (Array.isArray(value))
      for (const [i, item] of value.entries()) visit(item, [...steps, i]);
    else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) visit(item, [...steps, key]);
    }
  };
  visit(payload, []);
  return found;
}

const byNumber = new Intl.Collator("en", { numeric: true });

/** What stands on top of the payload first, and the tenth after the ninth. */
export function byPath(a: { name: string }, b: { name: string }): number {
  return depth(a.name) - depth(b.name) || byNumber.compare(a.name, b.name);
}

/** Steps of a path; a point inside of quotes makes it look deeper, which harms nothing. */
function depth(path: string): number {
  return path.split(/[.[]/).length;
}

export type Span = "10m" | "1h" | "24h" | "7d";

export const spanNames: Record<Span, { label: string; sentence: string }> = {
  "10m": { label: "10 min", sentence: "in the last 10 minutes" },
  "1h": { label: "1 h", sentence: "in the last hour" },
  "24h": { label: "24 h", sentence: "in the last 24 hours" },
  "7d": { label: "7 d", sentence: "in the last 7 days" },
};

/** What is of use for how often the feed runs; the first is shown at once. */
export function spansOf({ interval_sec }: Pick<Feed, "interval_sec">): readonly Span[] {
  const seconds = interval_sec ?? 0;
  if (seconds > 300) return ["24h", "7d"];
  return seconds > 15 ? ["1h", "24h", "7d"] : ["10m", "1h", "24h"];
}

type Range = { from: number; to: number };

/** A feed that is younger than the span fills the chart, down to a tenth of it. */
export function shownRange({ from, to }: Range, { created_at }: Pick<Feed, "created_at">): Range {
  const born = Math.min(new Date(created_at).getTime(), to - (to - from) / 10);
  // From a whole second on, or the axis would say 17:19:59 for 17:20:00.
  return { from: Math.max(from, Math.floor(born / 1_000) * 1_000), to };
}

/** The newest number in large: with its unit, or short where it has many digits. */
export function headline(value: number | null | undefined, unit: string | null): string {
  if (unit) return formatValue(value, unit);
  if (value === null || value === undefined) return "–";
  return Math.abs(value) >= 10_000_000 ? formatTick(value) : valueText(value);
}

/**
 * Where the axis begins when zero would flatten the line: a round number, so that it stays the
 * same from one refresh to the next.
 */
export function axisFloor(values: readonly number[]): number | null {
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (values.length === 0 || !(low > high / 2)) return null;
  const spread = high - low || high / 10;
  const digits = -Math.floor(Math.log10(spread));
  // By way of whole steps: a tenth has no exact form, and an axis must not begin at 1.9000000000000001.
  const steps = Math.floor((low - spread / 10) * 10 ** digits);
  return digits > 0 ? steps / 10 ** digits : steps * 10 ** -digits;
}
