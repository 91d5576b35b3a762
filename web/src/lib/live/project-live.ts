/** Everything live about one project, outside React. Screens hold it by reference count. */
import { type Connection, type ConnectionOptions, createConnection } from "./connection";
import { CounterRing } from "./counter-ring";
import type { PulseEvent } from "./event";
import { EventLog, type GapState, type LogEntry } from "./event-log";
import type { Flush } from "./flush";
import type { ConnectionState } from "./line";
import { type LiveStatus, statusOf } from "./status-of";

/** What a screen reads; a new object whenever anything in it changed. */
export type LiveSnapshot = {
  entries: readonly LogEntry[];
  /** Events per second over the last ten seconds, or since the socket began. */
  rate: number;
  status: LiveStatus;
  /** Grows with every socket that began without a cursor: what REST read before it may lack a moment. */
  epoch: number;
  /** Gaps seen so far: what REST counted before may lack them. */
  gaps: number;
};

export type EventsListener = (events: readonly PulseEvent[]) => void;

type Deps = Pick<ConnectionOptions, "ticket" | "open" | "random"> & {
  flush: Flush;
  online: () => boolean;
  now?: () => number;
};

const RATE_WINDOW_S = 10;

export class ProjectLive {
  readonly projectId: string;
  private readonly deps: Deps;
  private readonly connection: Connection;
  private readonly log = new EventLog();
  private readonly arrivals = new CounterRing(1_000, 64);
  private readonly subscribers = new Set<() => void>();
  private readonly listeners = new Set<EventsListener>();
  private readonly now: () => number;
  private state: ConnectionState = { phase: "connecting" };
  /** When the socket of this epoch began: a young one is not divided by the whole window. */
  private startedAt = 0;
  private epoch = 0;
  private gaps = 0;
  private ticker: ReturnType<typeof setInterval> | undefined;
  private current: LiveSnapshot;
  private logChanged = false;

  constructor(projectId: string, deps: Deps) {
    this.projectId = projectId;
    this.deps = deps;
    this.now = deps.now ?? Date.now;
    this.connection = createConnection({
      projectId,
      ...deps,
      onState: (state) => {
        this.state = state;
        this.changed();
      },
      onReady: (fresh) => {
        if (fresh) {
          this.epoch += 1;
          this.startedAt = this.now();
        }
        this.changed();
      },
      onEvents: (events) => this.take(events),
      onGap: (missed) => {
        this.gaps += 1;
        this.log.pushGap(missed);
        this.logChanged = true;
        this.changed();
      },
    });
    this.current = this.read([]);
  }

  start() {
    this.connection.start();
    this.ticker ??= setInterval(() => this.tick(), 1_000);
  }

  stop() {
    clearInterval(this.ticker);
    this.ticker = undefined;
    this.connection.stop();
    this.deps.flush.cancel(this.publish);
  }

  /** The network is back or the page is seen again. What was told to stop stays stopped. */
  wake() {
    this.connection.wake();
  }

  /** The person asks for another try. */
  retry() {
    if (this.state.phase === "stopped") this.connection.start();
    else this.connection.wake();
  }

  offline() {
    this.connection.offline();
  }

  snapshot = (): LiveSnapshot => this.current;

  /** Told at most once a frame. */
  subscribe = (run: () => void): (() => void) => {
    this.subscribers.add(run);
    return () => this.subscribers.delete(run);
  };

  /** Told of every batch the moment it comes, for counting; draw in the flush. */
  listen(run: EventsListener): () => void {
    this.listeners.add(run);
    return () => this.listeners.delete(run);
  }

  gapBounds(seq: number): { before: PulseEvent | null; after: PulseEvent | null } {
    const gap = this.log.snapshot().find((entry) => entry.seq === seq);
    return { before: gap?.kind === "gap" ? gap.before : null, after: this.log.after(seq) };
  }

  markGap(seq: number, state: GapState) {
    this.log.markGap(seq, state);
    this.logChanged = true;
    this.changed();
  }

  fillGap(seq: number, events: readonly PulseEvent[]) {
    this.log.fillGap(seq, events);
    this.logChanged = true;
    this.changed();
  }

  clear() {
    this.log.clear();
    this.logChanged = true;
    this.changed();
  }

  private take(events: PulseEvent[]) {
    const fresh = this.log.push(events);
    if (fresh.length === 0) return;
    for (const event of fresh) this.arrivals.add(event.type, this.now());
    for (const listener of this.listeners) listener(fresh);
    this.logChanged = true;
    this.changed();
  }

  /** The rate falls by itself when nothing comes. */
  private tick() {
    if (this.rate() !== this.current.rate) this.changed();
  }

  private rate(): number {
    const now = this.now();
    const watched = Math.floor((now - this.startedAt) / 1_000);
    const seconds = Math.min(Math.max(watched, 1), RATE_WINDOW_S);
    return this.arrivals.total(now - seconds * 1_000, now) / seconds;
  }

  private changed() {
    this.deps.flush.request(this.publish);
  }

  private publish = () => {
    this.current = this.read(this.logChanged ? this.log.snapshot() : this.current.entries);
    this.logChanged = false;
    for (const run of this.subscribers) run();
  };

  private read(entries: readonly LogEntry[]): LiveSnapshot {
    return {
      entries,
      rate: this.rate(),
      status: statusOf(this.state, this.deps.online()),
      epoch: this.epoch,
      gaps: this.gaps,
    };
  }
}
