/** The newest live events of one project in the order they came, with a row wherever some are missing. */
import type { PulseEvent } from "./event";

export type LogEntry =
  | { kind: "event"; seq: number; event: PulseEvent }
  | { kind: "gap"; seq: number; missed: number; before: PulseEvent | null; state: GapState };

export type GapState = "open" | "loading" | "failed";

/** What the tail can scroll back through without asking the server. */
const KEPT = 5_000;
/** Ids remembered against doubles: more than a replay can repeat. */
const REMEMBERED = 20_000;

export class EventLog {
  private entries: LogEntry[] = [];
  private readonly seen = new Set<string>();
  private nextSeq = 1;

  /** Takes in a batch; answers the ones not seen before. */
  push(events: readonly PulseEvent[]): PulseEvent[] {
    const fresh: PulseEvent[] = [];
    for (const event of events) {
      if (!this.remember(event.id)) continue;
      fresh.push(event);
      this.entries.push({ kind: "event", seq: this.nextSeq++, event });
    }
    this.trim();
    return fresh;
  }

  pushGap(missed: number) {
    let before: PulseEvent | null = null;
    for (let i = this.entries.length - 1; i >= 0 && !before; i--) {
      const entry = this.entries[i];
      if (entry?.kind === "event") before = entry.event;
    }
    this.entries.push({ kind: "gap", seq: this.nextSeq++, missed, before, state: "open" });
    this.trim();
  }

  markGap(seq: number, state: GapState) {
    this.entries = this.entries.map((entry) =>
      entry.seq === seq && entry.kind === "gap" ? { ...entry, state } : entry,
    );
  }

  /** Puts what was missed, oldest first, where the gap stood. Fractions keep `seq` in order. */
  fillGap(seq: number, events: readonly PulseEvent[]) {
    const at = this.entries.findIndex((entry) => entry.seq === seq);
    if (at < 0) return;
    const missing = events.filter((event) => this.remember(event.id));
    const filled = missing.map(
      (event, i): LogEntry => ({
        kind: "event",
        seq: seq + (i + 1) / (missing.length + 2) - 0.999,
        event,
      }),
    );
    this.entries = [...this.entries.slice(0, at), ...filled, ...this.entries.slice(at + 1)];
  }

  /** The event that followed a gap, if one did. */
  after(seq: number): PulseEvent | null {
    for (const entry of this.entries) {
      if (entry.seq > seq && entry.kind === "event") return entry.event;
    }
    return null;
  }

  /** A copy that stays as it is. */
  snapshot(): readonly LogEntry[] {
    return this.entries.slice();
  }

  clear() {
    this.entries = [];
  }

  private remember(id: string): boolean {
    if (this.seen.has(id)) return false;
    this.seen.add(id);
    if (this.seen.size > REMEMBERED) {
      const [oldest] = this.seen;
      if (oldest !== undefined) this.seen.delete(oldest);
    }
    return true;
  }

  private trim() {
    if (this.entries.length > KEPT) this.entries = this.entries.slice(-KEPT);
  }
}
