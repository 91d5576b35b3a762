/** What feeds say of themselves in a few words. */
import type { Feed } from "@/lib/api";

/** Values told of an object, and characters of a text. */
const TOLD = 3;
const TOLD_LENGTH = 40;

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const exact = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 });

/** A value as it arrived, not as a chart rounds it: rates differ in the fourth place. */
export function valueText(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return Math.abs(value) >= 100_000 ? whole.format(value) : exact.format(value);
}

/** A payload on one line: "cpu 42.3 · ram 68.1 · and 3 more". */
export function compactValue(payload: unknown): string {
  if (payload === null || payload === undefined) return "nothing";
  if (typeof payload === "number") return valueText(payload);
  if (typeof payload === "string") return shortened(payload);
  if (typeof payload !== "object") return String(payload);
  if (Array.isArray(payload)) {
    if (payload.length === 0) return "an empty list";
    return payload.length === 1 ? "1 item" : `${payload.length} items`;
  }
  const entries = Object.entries(payload);
  if (entries.length === 0) return "an empty object";
  const simple = entries.filter(([, value]) => typeof value !== "object" || value === null);
  const told = (simple.length > 0 ? simple : entries).slice(0, TOLD);
  const words = told.map(([key, value]) => `${shortened(key)} ${inner(value)}`);
  const more = entries.length - told.length;
  return more > 0 ? `${words.join(" · ")} · and ${more} more` : words.join(" · ");
}

function inner(value: unknown): string {
  if (typeof value !== "object" || value === null) return compactValue(value);
  return Array.isArray(value) ? `[${value.length}]` : `{${Object.keys(value).length}}`;
}

function shortened(text: string): string {
  return text.length > TOLD_LENGTH ? `${text.slice(0, TOLD_LENGTH - 1)}…` : text;
}

/** "every 10 s", "every 5 min"; feeds without an interval receive. */
export function everyText(feed: Pick<Feed, "interval_sec">): string {
  const seconds = feed.interval_sec;
  if (!seconds) return "receives";
  if (seconds % 3_600 === 0) return `every ${seconds / 3_600} h`;
  if (seconds % 60 === 0) return `every ${seconds / 60} min`;
  return `every ${seconds} s`;
}

/** "in 4 s", "in 2:05", "now" when it is due. */
export function countdown(at: string, now: number): string {
  const seconds = Math.ceil((new Date(at).getTime() - now) / 1_000);
  if (seconds <= 0) return "now";
  if (seconds < 60) return `in ${seconds} s`;
  if (seconds < 3_600) return `in ${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  return `in ${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** A feed that fails waits longer from time to time, and so runs less often than its interval says. */
export function isSlowedDown(feed: Feed): boolean {
  if (!feed.enabled || !feed.interval_sec || !feed.last_error || !feed.next_run) return false;
  const wait = new Date(feed.next_run).getTime() - new Date(feed.last_error.at).getTime();
  return wait > feed.interval_sec * 1_500;
}

/** The sentence of a feed that fails. */
export function failureText({ failures }: { failures: number }): string {
  return failures > 1 ? `Failed ${failures} times in a row.` : "The last run failed.";
}
