/** What matches, as a file for a spreadsheet. */
import { csvText, saveCsv } from "@/lib/csv";
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

/** Every field, a column per tag, the payload as JSON. */
export function eventsAsCsv(events: readonly PulseEvent[]): string {
  const tags = [...new Set(events.flatMap((event) => Object.keys(event.tags)))].sort();
  const head = [...HEAD, ...tags.map((tag) => `tag.${tag}`), "payload"];
  const rows = events.map((event) => [
    ...HEAD.map((field) => event[field]),
    ...tags.map((tag) => event.tags[tag] ?? null),
    event.payload === null || event.payload === undefined ? null : JSON.stringify(event.payload),
  ]);
  return csvText([head, ...rows]);
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
  saveCsv("events", eventsAsCsv(events));
  return { count: events.length, more };
}
