/** Counts per step of time and kind, in typed arrays that are reused: no garbage at any rate. */
import type { EventKind } from "./event";

const COLUMN: Record<EventKind, 0 | 1 | 2> = { error: 0, event: 1, metric: 2 };

export class CounterRing {
  /** The width of a bucket. */
  readonly stepMs: number;
  /** How many buckets are kept. */
  readonly size: number;
  private readonly steps: Float64Array;
  private readonly counts: [Uint32Array, Uint32Array, Uint32Array];

  constructor(stepMs: number, size: number) {
    this.stepMs = stepMs;
    this.size = size;
    this.steps = new Float64Array(size).fill(-1);
    this.counts = [new Uint32Array(size), new Uint32Array(size), new Uint32Array(size)];
  }

  /** Counts `n` things at `atMs`; what is older than the ring is dropped. */
  add(kind: EventKind, atMs: number, n = 1) {
    const step = Math.floor(atMs / this.stepMs);
    if (!Number.isFinite(step)) return;
    const slot = step % this.size;
    const held = this.steps[slot] as number;
    if (held > step) return;
    if (held < step) {
      this.steps[slot] = step;
      for (const column of this.counts) column[slot] = 0;
    }
    const column = this.counts[COLUMN[kind]];
    column[slot] = (column[slot] as number) + n;
  }

  /** The count of one kind in the bucket that holds `atMs`. */
  at(kind: EventKind, atMs: number): number {
    const step = Math.floor(atMs / this.stepMs);
    const slot = step % this.size;
    return this.steps[slot] === step ? (this.counts[COLUMN[kind]][slot] as number) : 0;
  }

  /** All kinds together in the buckets from `fromMs` up to but without `toMs`. */
  total(fromMs: number, toMs: number): number {
    const first = Math.floor(fromMs / this.stepMs);
    const end = Math.floor(toMs / this.stepMs);
    let sum = 0;
    for (let slot = 0; slot < this.size; slot++) {
      const step = this.steps[slot] as number;
      if (step < first || step >= end) continue;
      for (const column of this.counts) sum += column[slot] as number;
    }
    return sum;
  }

  clear() {
    this.steps.fill(-1);
  }
}
