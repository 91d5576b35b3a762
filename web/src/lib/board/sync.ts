/**
 * What a dashboard is, and what I did to it that nobody confirmed yet.
 *
 * Invariant: what is shown is the confirmed state with my pending operations on top, in the order
 * I made them. The server's order decides; a pending operation goes when it is confirmed or refused.
 */
import { applyOp, type Board } from "./apply-op";
import { newId } from "./new-id";
import type { AppliedOp, DashboardFull, Draft, Op, Panel } from "./types";

export type Pending = { op: Op; sent: boolean };

/** What became of an operation that was heard: those that were applied, each with the state before it. */
export type Heard = { op: AppliedOp; before: DashboardFull | null }[];

export class BoardSync {
  readonly dashboardId: string;
  private base: DashboardFull | null = null;
  private board: Board | null = null;
  private version = 0;
  private waiting: Pending[];
  private shown: DashboardFull | null = null;
  /** Heard before their turn: two commits may be told in the wrong order. */
  private early = new Map<number, AppliedOp>();
  private lacks = false;

  constructor(dashboardId: string, pending: readonly Op[] = []) {
    this.dashboardId = dashboardId;
    // Nobody knows whether those of an earlier page were sent; sending them again does no harm.
    this.waiting = pending.map((op) => ({ op, sent: true }));
  }

  /** The whole state as the server tells it; an older one than ours is not taken. */
  load(dashboard: DashboardFull, version = dashboard.version) {
    if (this.base && version < this.version) return;
    this.base = dashboard;
    this.version = version;
    this.board = {
      name: dashboard.name,
      description: dashboard.description,
      variables: dashboard.variables,
      panels: Object.fromEntries(dashboard.panels.map((panel) => [panel.id, panel])),
      gone: {},
    };
    this.lacks = false;
    this.shown = null;
    this.drain([]);
  }

  /** Makes operations of what a screen asks for. Typing on while offline changes the last one. */
  ask(drafts: readonly Draft[]): Op[] {
    const made: Op[] = [];
    for (const draft of drafts) {
      const last = this.waiting.at(-1);
      if (last && !last.sent && replaces(draft, last.op)) {
        last.op = { ...draft, op_id: last.op.op_id };
      } else {
        const op = { ...draft, op_id: newId() };
        this.waiting.push({ op, sent: false });
        made.push(op);
      }
    }
    this.shown = null;
    return made;
  }

  applied(op: AppliedOp): Heard {
    this.settle(op.op_id);
    if (!this.board || op.seq <= this.version) return [];
    this.early.set(op.seq, op);
    return this.drain([]);
  }

  /** Something is missing; if it does not come by itself, the whole state has to be fetched. */
  get isIncomplete(): boolean {
    return this.lacks || this.early.size > 0;
  }

  /** Takes a refused operation back. */
  refused(opId: string): Op | null {
    return this.settle(opId);
  }

  /** Every operation that the server has not confirmed, in order; they are sent from now on. */
  unconfirmed(): Op[] {
    for (const pending of this.waiting) pending.sent = true;
    return this.waiting.map(({ op }) => op);
  }

  /** Those that were never sent. */
  unsent(): Op[] {
    const fresh = this.waiting.filter(({ sent }) => !sent);
    for (const pending of fresh) pending.sent = true;
    return fresh.map(({ op }) => op);
  }

  get pending(): readonly Pending[] {
    return this.waiting;
  }

  get confirmedVersion(): number {
    return this.version;
  }

  /** What to show; the same object until something changes, and the same panels within it. */
  view(): DashboardFull | null {
    if (this.shown || !this.base || !this.board) return this.shown;
    const about = { dashboardId: this.dashboardId };
    const board = this.waiting.reduce((state, { op }) => applyOp(state, op, about), this.board);
    const panels = Object.values(board.panels).sort(byPlace);
    this.shown = {
      ...this.base,
      name: board.name,
      description: board.description,
      variables: [...board.variables],
      version: this.version,
      panel_count: panels.length,
      panels,
    };
    return this.shown;
  }

  /** Applies whatever has its turn. */
  private drain(heard: Heard): Heard {
    for (const seq of this.early.keys()) if (seq <= this.version) this.early.delete(seq);
    const op = this.early.get(this.version + 1);
    if (!op || !this.board || this.lacks) return heard;
    if (op.field === "deleted" && op.value === false && !this.knows(op.target)) {
      // Deleted before this page was opened: what it was stands only in the whole state.
      this.lacks = true;
      return heard;
    }
    const before = this.view();
    this.early.delete(op.seq);
    this.board = applyOp(this.board, op, { dashboardId: this.dashboardId, at: op.at });
    this.version = op.seq;
    if (this.base) this.base = { ...this.base, updated_at: op.at, updated_by: op.actor };
    this.shown = null;
    return this.drain([...heard, { op, before }]);
  }

  private settle(opId: string): Op | null {
    const found = this.waiting.find(({ op }) => op.op_id === opId);
    if (!found) return null;
    this.waiting = this.waiting.filter((pending) => pending !== found);
    this.shown = null;
    return found.op;
  }

  private knows(panelId: string): boolean {
    return Boolean(this.board?.panels[panelId] ?? this.board?.gone[panelId]);
  }
}

function replaces(draft: Draft, last: Draft): boolean {
  if (draft.target !== last.target || draft.field !== last.field) return false;
  return draft.field !== "panel" && draft.field !== "deleted" && draft.target !== "dashboard";
}

/** As one reads: row by row. */
function byPlace(a: Panel, b: Panel): number {
  return a.position_y - b.position_y || a.position_x - b.position_x || (a.id < b.id ? -1 : 1);
}
