/** What the tail shows: what was there before, then what came live, without doubles. */
import { matchesQuery, type QueryToken } from "@/lib/event-query";
import type { LogEntry } from "@/lib/live";
import type { PulseEvent } from "@/lib/live/event";

export type TailRow =
  | { kind: "event"; key: string; event: PulseEvent }
  | { kind: "gap"; key: string; entry: Extract<LogEntry, { kind: "gap" }> };

/** `history` is newest first as the server gives it; the answer is oldest first. */
export function tailRows(
  history: readonly PulseEvent[],
  entries: readonly LogEntry[],
  tokens: readonly QueryToken[],
): TailRow[] {
  const live = new Set<string>();
  let firstLive: string | null = null;
  for (const entry of entries) {
    if (entry.kind === "gap") continue;
    live.add(entry.event.id);
    firstLive ??= entry.event.received_at;
  }
  const gapped = entries.some((entry) => entry.kind === "gap");
  const rows: TailRow[] = [];
  for (let i = history.length - 1; i >= 0; i--) {
    const event = history[i] as PulseEvent;
    if (live.has(event.id)) continue;
    // It belongs into a gap, whose row brings it in order.
    if (gapped && firstLive !== null && event.received_at > firstLive) continue;
    rows.push({ kind: "event", key: event.id, event });
  }
  for (const entry of entries) {
    if (entry.kind === "gap") rows.push({ kind: "gap", key: `gap-${entry.seq}`, entry });
    else if (matchesQuery(tokens, entry.event)) {
      rows.push({ kind: "event", key: entry.event.id, event: entry.event });
    }
  }
  return rows;
}

/** The log as it was when the tail was paused, as far as it is still kept, with its gaps as they are now. */
export function pausedEntries(
  frozen: readonly LogEntry[],
  now: readonly LogEntry[],
): readonly LogEntry[] {
  const last = frozen.at(-1)?.seq ?? 0;
  const first = frozen[0]?.seq ?? 0;
  const stillKept = now[0] === undefined || now[0].seq <= first;
  return stillKept ? now.filter((entry) => entry.seq <= last) : frozen;
}

/** How many came since, as far as they match. */
export function countNew(
  frozen: readonly LogEntry[],
  now: readonly LogEntry[],
  tokens: readonly QueryToken[],
): number {
  const last = frozen.at(-1)?.seq ?? 0;
  let count = 0;
  for (let i = now.length - 1; i >= 0; i--) {
    const entry = now[i] as LogEntry;
    if (entry.seq <= last) break;
    if (entry.kind === "event" && matchesQuery(tokens, entry.event)) count += 1;
  }
  return count;
}
