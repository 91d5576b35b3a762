/** Fetches what a gap in the live log skipped and puts it in its place. */
import { type EventPage, fetchEvents } from "@/lib/event-api";
import { projectLive } from "@/lib/live";
import type { PulseEvent } from "@/lib/live/event";

const PAGE = 1_000;
/** More than this is a matter for the events screen. */
const MOST = 10_000;
/** Events happen a while before they are received. */
const MARGIN_MS = 60_000;

type Fetch = (
  filter: { since?: string; until?: string },
  page: { limit: number; cursor?: string },
) => Promise<EventPage>;

export async function loadGap(projectId: string, seq: number): Promise<void> {
  const live = projectLive(projectId);
  if (!live) return;
  live.markGap(seq, "loading");
  try {
    const missing = await eventsBetween(live.gapBounds(seq), (filter, page) =>
      fetchEvents(projectId, filter, page),
    );
    live.fillGap(seq, missing);
  } catch {
    live.markGap(seq, "failed");
  }
}

/** Oldest first, what was received between two events. */
export async function eventsBetween(
  { before, after }: { before: PulseEvent | null; after: PulseEvent | null },
  fetch: Fetch,
): Promise<PulseEvent[]> {
  const filter = {
    since: before ? moved(earlier(before.timestamp, before.received_at), -MARGIN_MS) : undefined,
    until: after ? moved(later(after.timestamp, after.received_at), MARGIN_MS) : undefined,
  };
  const found: PulseEvent[] = [];
  let cursor: string | undefined;
  let seen = 0;
  do {
    const page = await fetch(filter, { limit: PAGE, cursor });
    seen += page.items.length;
    found.push(
      ...page.items.filter(
        ({ received_at }) =>
          (!before || received_at >= before.received_at) &&
          (!after || received_at <= after.received_at),
      ),
    );
    cursor = page.next_cursor ?? undefined;
  } while (cursor && seen < MOST);
  return found.sort((a, b) => (a.received_at < b.received_at ? -1 : 1));
}

function moved(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString();
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}

function later(a: string, b: string): string {
  return a > b ? a : b;
}
