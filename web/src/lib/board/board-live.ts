/** Everything live about one dashboard, outside React: its operations and the data of its panels. */
import type { Flush } from "@/lib/live/flush";
import { type ConnectionState, createLine, type Line, type LineOptions } from "@/lib/live/line";
import { type LiveStatus, statusOf, type Watched } from "@/lib/live/status-of";
import { FeedWindow } from "./feed-window";
import { type BoardFrame, type Clock, opFrame, parseBoardFrame, type Watch } from "./frames";
import { keepOps, keptOps } from "./kept-ops";
import { Conflicts, type Notice } from "./notices";
import { PanelStream } from "./panel-source";
import { BoardSync } from "./sync";
import type { AppliedOp, DashboardFull, Draft, Op } from "./types";

/** What a screen reads; a new object whenever anything in it changed. Data of panels is not in it. */
export type BoardSnapshot = {
  phase: "loading" | "ready" | "gone" | "not_allowed";
  /** It was deleted while it was open. */
  deleted: boolean;
  /** What was confirmed with my pending operations on top. */
  board: DashboardFull | null;
  version: number;
  /** Operations that nobody confirmed yet. */
  pending: number;
  status: LiveStatus;
  /** Where a playback stands. */
  clock: Clock | null;
};

/** A past time to play from, and how fast. */
export type Playback = { at: string; speed?: number };

export type BoardDeps = Pick<LineOptions, "ticket" | "open" | "random"> & {
  /** Sends several operations as one, which is one step to undo; all of them are done or none. */
  batch: (dashboardId: string, ops: readonly Op[]) => Promise<BatchAnswer>;
  flush: Flush;
  online: () => boolean;
  now?: () => number;
};

/** `null`: nobody knows what became of it. */
export type BatchAnswer = { ops: readonly AppliedOp[] } | { refused: Refusal } | null;
export type Refusal = { code: string; message: string; fields?: Record<string, string> };
type CommandResult = { ok: boolean; error?: { code: string; message: string } };

const WATCHED: Watched = {
  live: "New values and other people's changes appear by themselves.",
  safe: "Your changes are kept and sent once it is back.",
  noun: "dashboard",
};

/** Panels that come into sight together are asked for together. */
const GATHER_MS = 80;
/** An operation that stays without an answer for so long was lost. */
const UNANSWERED_MS = 15_000;
const COMMAND_MS = 10_000;
/** Two operations may be told in the wrong order; they meet within this. */
const HOLE_MS = 2_000;

export class BoardLive {
  readonly dashboardId: string;
  private readonly deps: BoardDeps;
  private readonly line: Line;
  private readonly sync: BoardSync;
  private readonly conflicts = new Conflicts();
  private readonly panels = new Map<string, PanelStream>();
  private readonly feeds = new Map<string, FeedWindow>();
  private readonly subscribers = new Set<() => void>();
  private readonly hearers = new Set<(notice: Notice) => void>();
  private readonly commands = new Map<string, ((result: CommandResult) => void)[]>();
  private readonly visible = new Set<string>();
  private readonly now: () => number;
  private state: ConnectionState = { phase: "connecting" };
  private deleted = false;
  private clock: Clock | null = null;
  private watching: Watch | null = null;
  private asked = "";
  private gathering: ReturnType<typeof setTimeout> | undefined;
  private unanswered: ReturnType<typeof setTimeout> | undefined;
  private missing: ReturnType<typeof setTimeout> | undefined;
  private current: BoardSnapshot;

  constructor(dashboardId: string, deps: BoardDeps, playback?: Playback) {
    this.dashboardId = dashboardId;
    this.deps = deps;
    this.now = deps.now ?? Date.now;
    this.sync = new BoardSync(dashboardId, playback ? [] : keptOps(dashboardId));
    this.line = createLine({
      ...deps,
      path: (ticket) => socketPath(dashboardId, ticket, playback),
      onMessage: (data) => {
        const frame = parseBoardFrame(data);
        if (frame) this.hear(frame);
        if (frame?.type === "snapshot") return "ready";
        return frame?.type === "ping" ? "ping" : null;
      },
      onState: (state) => this.becomes(state),
    });
    this.current = this.read();
  }

  start() {
    this.line.start();
  }

  stop() {
    clearTimeout(this.gathering);
    clearTimeout(this.unanswered);
    clearTimeout(this.missing);
    this.line.stop();
    this.deps.flush.cancel(this.publish);
    for (const stream of [...this.panels.values(), ...this.feeds.values()]) stream.close();
  }

  wake() {
    this.line.wake();
  }

  offline() {
    this.line.offline();
  }

  /** The person asks for another try. */
  retry = () => {
    if (this.state.phase === "stopped") this.line.start();
    else this.line.wake();
  };

  snapshot = (): BoardSnapshot => this.current;

  /** Told at most once a frame; never because of data. */
  subscribe = (run: () => void): (() => void) => {
    this.subscribers.add(run);
    return () => this.subscribers.delete(run);
  };

  onNotice(run: (notice: Notice) => void): () => void {
    this.hearers.add(run);
    return () => this.hearers.delete(run);
  }

  /** What REST read before the socket could say it. */
  seed(dashboard: DashboardFull) {
    if (this.sync.view()) return;
    this.sync.load(dashboard);
    this.publish();
  }

  /** Changes the dashboard: seen at once, sent when there is a line, kept until it was taken or refused. */
  change(drafts: Draft | readonly Draft[]) {
    const others = this.sync.pending.length;
    const made = this.sync.ask(Array.isArray(drafts) ? drafts : [drafts as Draft]);
    for (const op of made) this.conflicts.did(op, this.now());
    if (this.state.phase === "live") {
      const unsent = this.sync.unsent();
      // What belongs together goes together, unless something of mine is on its way before it.
      if (unsent.length > 1 && others === 0) void this.sendTogether(unsent);
      else this.send(unsent);
    }
    this.keep();
    // The person did it just now and looks at it: this does not wait for the next frame.
    this.publish();
  }

  /** Operations that REST answered, for undo, redo and restore. */
  take(ops: readonly AppliedOp[]) {
    for (const op of ops) {
      this.conflicts.own(op.op_id);
      this.apply(op);
    }
    this.publish();
  }

  /** Whose editor is open: changes of others there are told. */
  editing(panelId: string | null) {
    this.conflicts.editing = panelId;
  }

  /** Which range and variables the panels show from now on. */
  watch(next: Watch) {
    if (JSON.stringify(next) === JSON.stringify(this.watching)) return;
    this.watching = next;
    this.asked = "";
    for (const stream of this.panels.values()) stream.set({ loading: true });
    this.gather();
  }

  /** Asks for the data of all panels anew. */
  reload() {
    this.asked = "";
    this.gather();
  }

  /** Whether somebody can see a panel: nothing is asked for the others. */
  see(panelId: string, visible: boolean) {
    if (visible) this.visible.add(panelId);
    else this.visible.delete(panelId);
    this.gather();
  }

  panel(panelId: string): PanelStream {
    const known = this.panels.get(panelId);
    if (known) return known;
    const stream = new PanelStream(this.deps.flush);
    stream.set({ stale: this.state.phase !== "live" });
    this.panels.set(panelId, stream);
    return stream;
  }

  feed(feedId: string): FeedWindow {
    const known = this.feeds.get(feedId);
    if (known) return known;
    const window = new FeedWindow(this.deps.flush);
    this.feeds.set(feedId, window);
    return window;
  }

  /** Asks a feed to run now. */
  refresh(feedId: string): Promise<CommandResult> {
    const sent = this.line.send({ type: "command", command: "refresh", feed_id: feedId });
    if (!sent) return Promise.resolve(unanswered("There is no connection just now."));
    return new Promise((resolve) => {
      const waiting = this.commands.get(feedId) ?? [];
      this.commands.set(feedId, [...waiting, resolve]);
      setTimeout(() => resolve(unanswered("The server did not answer in time.")), COMMAND_MS);
    });
  }

  playback(change: { at?: string; speed?: number; playing?: boolean }) {
    this.line.send({ type: "playback", ...change });
  }

  private becomes(state: ConnectionState) {
    this.state = state;
    const live = state.phase === "live";
    for (const stream of this.panels.values()) stream.set({ stale: !live });
    if (live) {
      this.asked = "";
      this.gather();
      this.send(this.sync.unconfirmed());
    } else {
      clearTimeout(this.unanswered);
    }
    this.changed();
  }

  private hear(frame: BoardFrame) {
    switch (frame.type) {
      case "snapshot":
        this.sync.load(frame.dashboard, frame.dashboard_version);
        for (const [id, latest] of Object.entries(frame.feeds ?? {})) {
          this.feed(id).load(latest, frame.history?.[id] ?? []);
        }
        for (const { id, state, last_error } of frame.dashboard.feeds) {
          this.feed(id).set({ state, last_error });
        }
        return this.changed();
      case "widget:updated":
      case "dashboard:updated":
        this.apply(frame.op);
        return this.changed();
      case "op_refused":
        return this.refused(frame.op_id, frame.error);
      case "panel_data":
        return this.panel(frame.panel_id).take(frame.data, frame.full !== false);
      case "feed_update":
        return this.feed(frame.feed_id).take(frame);
      case "feed_state":
        return this.feed(frame.feed_id).set({ state: frame.state, last_error: frame.last_error });
      case "command_result": {
        const { ok, error } = frame;
        const waiting = this.commands.get(frame.feed_id) ?? [];
        this.commands.delete(frame.feed_id);
        for (const resolve of waiting) resolve({ ok, ...(error && { error }) });
        return;
      }
      case "deleted":
        this.deleted = true;
        keepOps(this.dashboardId, []);
        this.line.stop();
        return this.changed();
      case "clock":
        this.clock = { now: frame.now, speed: frame.speed, playing: frame.playing };
        return this.changed();
    }
  }

  private apply(op: AppliedOp) {
    const mine = this.sync.pending.length;
    const heard = this.sync.applied(op);
    if (this.sync.pending.length !== mine) this.keep();
    const pending = this.sync.pending.map((one) => one.op);
    for (const { op: done, before } of heard) {
      const notice = this.conflicts.judge(done, before, pending, this.now());
      if (notice) this.tell(notice);
    }
    this.awaitMissing();
  }

  /** A hole that does not close by itself is closed by a new snapshot. */
  private awaitMissing() {
    clearTimeout(this.missing);
    if (!this.sync.isIncomplete) return;
    this.missing = setTimeout(() => {
      if (this.sync.isIncomplete) this.line.again();
    }, HOLE_MS);
  }

  private refused(opId: string, error: Refusal, isTold = false) {
    const op = this.sync.refused(opId);
    if (!op) return;
    this.keep();
    this.changed();
    // What I wanted to delete is deleted: that is no news.
    const isDone = error.code === "panel_deleted" && op.field === "deleted" && op.value === true;
    if (!isDone && !isTold) this.tell({ kind: "refused", op, ...error });
  }

  private tell(notice: Notice) {
    for (const run of this.hearers) run(notice);
  }

  private send(ops: readonly Op[]) {
    for (const op of ops) this.line.send(opFrame(op));
    this.awaitAnswers();
  }

  private async sendTogether(ops: readonly Op[]) {
    const answer = await this.deps.batch(this.dashboardId, ops);
    if (!answer) return this.send(this.sync.unconfirmed());
    if ("ops" in answer) for (const op of answer.ops) this.apply(op);
    else for (const [i, op] of ops.entries()) this.refused(op.op_id, answer.refused, i > 0);
    this.changed();
  }

  /** What stays without an answer was lost on the way: a new socket, and it is sent again. */
  private awaitAnswers() {
    clearTimeout(this.unanswered);
    const oldest = this.sync.pending[0]?.op.op_id;
    if (!oldest || this.state.phase !== "live") return;
    this.unanswered = setTimeout(() => {
      if (this.sync.pending[0]?.op.op_id === oldest) this.line.again();
      else this.awaitAnswers();
    }, UNANSWERED_MS);
  }

  private keep() {
    keepOps(
      this.dashboardId,
      this.sync.pending.map(({ op }) => op),
    );
  }

  private gather() {
    clearTimeout(this.gathering);
    this.gathering = setTimeout(() => {
      if (!this.watching) return;
      const frame = { type: "watch", ...this.watching, panels: [...this.visible].sort() };
      const text = JSON.stringify(frame);
      if (text !== this.asked && this.line.send(frame)) this.asked = text;
    }, GATHER_MS);
  }

  private changed() {
    this.deps.flush.request(this.publish);
  }

  private publish = () => {
    this.current = this.read();
    for (const run of this.subscribers) run();
  };

  private read(): BoardSnapshot {
    const board = this.sync.view();
    return {
      phase: this.phase(board !== null),
      deleted: this.deleted,
      board,
      version: this.sync.confirmedVersion,
      pending: this.sync.pending.length,
      status: this.deleted
        ? statusOf({ phase: "stopped", cause: "gone" }, true, WATCHED)
        : statusOf(this.state, this.deps.online(), WATCHED),
      clock: this.clock,
    };
  }

  private phase(known: boolean): BoardSnapshot["phase"] {
    if (this.deleted) return "gone";
    if (this.state.phase === "stopped" && this.state.cause !== "closed") return this.state.cause;
    return known ? "ready" : "loading";
  }
}

function unanswered(message: string): CommandResult {
  return { ok: false, error: { code: "no_answer", message } };
}

function socketPath(dashboardId: string, ticket: string, playback?: Playback): string {
  const query = new URLSearchParams({ ticket });
  if (playback) {
    query.set("at", playback.at);
    if (playback.speed) query.set("speed", String(playback.speed));
  }
  return `/api/ws/dashboards/${encodeURIComponent(dashboardId)}?${query}`;
}
