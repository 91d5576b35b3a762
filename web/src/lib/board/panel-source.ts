/** The data of one panel outside React: taken in at once, told in the next common frame. */
import type { Flush } from "@/lib/live/flush";
import { type Columns, columnsOf, mergeColumns } from "./columns";
import type { PanelData } from "./types";

export type PanelFrame = {
  /** The last good data there was. */
  data: Columns | null;
  /** Nothing new is coming just now. */
  stale: boolean;
  /** Data for another range or query is on its way. */
  loading: boolean;
  /** Why there is no newer data. */
  error: string | null;
};

export type PanelSource = {
  get(): PanelFrame;
  /** Told at most four times a second, and not while the page is hidden. */
  subscribe(run: () => void): () => void;
};

const NOTHING: PanelFrame = { data: null, stale: false, loading: true, error: null };

export class PanelStream implements PanelSource {
  private readonly flush: Flush;
  private readonly listeners = new Set<() => void>();
  private frame: PanelFrame = NOTHING;

  constructor(flush: Flush) {
    this.flush = flush;
  }

  get = (): PanelFrame => this.frame;

  subscribe = (run: () => void): (() => void) => {
    this.listeners.add(run);
    return () => this.listeners.delete(run);
  };

  take(data: PanelData, full: boolean) {
    const old = this.frame.data;
    // A part without its beginning is no use; all of it follows after the next `watch`.
    if (!full && !old) return;
    const columns = full || !old ? columnsOf(data) : mergeColumns(old, data);
    this.set({ data: columns, loading: full ? false : this.frame.loading, error: null });
  }

  set(changes: Partial<PanelFrame>) {
    const next = { ...this.frame, ...changes };
    const keys = Object.keys(changes) as (keyof PanelFrame)[];
    if (keys.every((key) => next[key] === this.frame[key])) return;
    this.frame = next;
    this.flush.request(this.tell);
  }

  close() {
    this.flush.cancel(this.tell);
  }

  private tell = () => {
    for (const run of this.listeners) run();
  };
}

/** Data that does not change, such as an example. */
export function fixedSource(data: PanelData): PanelSource {
  const frame: PanelFrame = { ...NOTHING, data: columnsOf(data), loading: false };
  return { get: () => frame, subscribe: () => () => {} };
}
