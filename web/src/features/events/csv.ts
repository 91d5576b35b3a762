/** What matches, as a file for a spreadsheet. */
import { type EventFilter, type EventPage, fetchEvents } from "@/lib/event-api";
import type { PulseEvent } from "@/lib/live/event";

const PAGE = 1_000;
/** The most rows of one file. */
export const CSV_LIMIT = 10_000;

const HEAD = [
  "id",
  "type",
  "name",
  "timestamp",
  "received_at",
  "level",
  "user",
  "session",
  "release",
  "environment",
  "value",
  "unit",
] as const;

/** Every field, a column per tag, the payload as JSON. Lines end as RFC 4180 says. */
export function eventsAsCsv(events: readonly PulseEvent[]): string {
  const tags = [...new Set(events.flatMap((event) => Object.keys(event.tags)))].sort();
  const head = [...HEAD, ...tags.map((tag) => `tag.${tag}`), "payload"];
  const rows = events.map((event) => [
    ...HEAD.map((field) => event[field]),
    ...tags.map((tag) => event.tags[tag] ?? null),
    event.payload === null || event.payload === undefined ? null : JSON.stringify(event.payload),
  ]);
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/**
 * One cell. A text that a spreadsheet would take for a formula gets an apostrophe in front
 * (OWASP, CSV injection); a number stays a number.
 */
export function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

type Fetch = (page: { limit: number; cursor?: string }) => Promise<EventPage>;

/** Page by page, newest first, up to the limit. */
export async function collect(
  fetch: Fetch,
  onProgress: (count: number) => void,
  limit = CSV_LIMIT,
): Promise<{ events: PulseEvent[]; more: boolean }> {
  const events: PulseEvent[] = [];
  let cursor: string | undefined;
  do {
    const page = await fetch({ limit: Math.min(PAGE, limit - events.length), cursor });
    events.push(...page.items);
    cursor = page.next_cursor ?? undefined;
    onProgress(events.length);
  } while (cursor && events.length < limit);
  return { events, more: cursor !== undefined };
}

/** Fetches what matches and gives it to the browser as a file. */
export async function downloadCsv(
  projectId: string,
  filter: EventFilter,
  onProgress: (count: number) => void,
): Promise<{ count: number; more: boolean }> {
  const { events, more } = await collect(
    (page) => fetchEvents(projectId, filter, page),
    onProgress,
  );
  // The mark tells spreadsheets that it is UTF-8.
  const file = new Blob(["\uFEFF", eventsAsCsv(events)], { type: "text/csv;charset=utf-8" });
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = `events-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  return { count: events.length, more };
}
