/** One feed as a dashboard hears of it: its state, its newest payload and those of the last minutes. */
import type { Flush } from "@/lib/live/flush";
import type { FeedError, FeedState, FeedTick } from "./types";

export type FeedNow = {
  state: FeedState | null;
  last_error: FeedError | null;
  latest: FeedTick | null;
  /** Oldest first. */
  history: readonly FeedTick[];
};

const KEPT = 600;
const WINDOW_MS = 600_000;

export class FeedWindow {
  private readonly flush: Flush;
  private readonly listeners = new Set<() => void>();
  private now: FeedNow = { state: null, last_error: null, latest: null, history: [] };

  constructor(flush: Flush) {
    this.flush = flush;
  }

  get = (): FeedNow => this.now;

  subscribe = (run: () => void): (() => void) => {
    this.listeners.add(run);
    return () => this.listeners.delete(run);
  };

  load(latest: FeedTick | null, history: readonly FeedTick[]) {
    this.set({ latest, history });
  }

  take(tick: FeedTick) {
    const { latest, history } = this.now;
    const last = latest?.ts ?? "";
    if (tick.ts <= last) return;
    const since = Date.parse(tick.ts) - WINDOW_MS;
    const kept = history.filter(({ ts }) => Date.parse(ts) >= since).slice(1 - KEPT);
    this.set({ latest: tick, history: [...kept, tick] });
  }

  set(changes: Partial<FeedNow>) {
    this.now = { ...this.now, ...changes };
    this.flush.request(this.tell);
  }

  close() {
    this.flush.cancel(this.tell);
  }

  private tell = () => {
    for (const run of this.listeners) run();
  };
}
