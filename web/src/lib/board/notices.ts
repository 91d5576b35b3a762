/** What people hear of others who work on the same dashboard, and of what was refused. */
import { fieldsOf, overlaps } from "./apply-op";
import type { AppliedOp, DashboardFull, Draft, Op } from "./types";

export type Notice =
  | {
      kind: "changed";
      actor: string;
      /** `null`: the dashboard itself. */
      panelId: string | null;
      title: string;
      field: string;
      /** It overwrote what I changed a moment ago. */
      mine: boolean;
    }
  | { kind: "removed"; actor: string; panelId: string; title: string }
  | { kind: "refused"; op: Op; code: string; message: string; fields?: Record<string, string> };

/** As long as one remembers what one just did. */
const MOMENT_MS = 15_000;

/** Remembers what I did, and tells which of the others' operations meet it. */
export class Conflicts {
  /** The panel whose editor is open. */
  editing: string | null = null;
  private mine = new Set<string>();
  private recent: { fields: string[]; at: number }[] = [];

  did(op: Op, now: number) {
    this.mine.add(op.op_id);
    this.recent.push({ fields: fieldsOf(op), at: now });
    if (this.recent.length > 200) this.recent = this.recent.slice(-100);
  }

  /** Operations that came of my own undo or restore. */
  own(opId: string) {
    this.mine.add(opId);
  }

  /** `before` is the dashboard without it, `pending` what I did that nobody confirmed yet. */
  judge(
    op: AppliedOp,
    before: DashboardFull | null,
    pending: readonly Op[],
    now: number,
  ): Notice | null {
    if (this.mine.has(op.op_id)) return null;
    const actor = op.actor?.name || "Someone";
    const fields = fieldsOf(op);
    const mine = [
      ...pending.flatMap(fieldsOf),
      ...this.recent.filter(({ at }) => now - at < MOMENT_MS).flatMap((one) => one.fields),
    ];
    const met = mine.some((one) => fields.some((other) => overlaps(one, other)));
    const panelId = fields
      .map((field) => field.split("/")[0] as string)
      .find((id) => id === this.editing);
    if (!met && !panelId) return null;
    const target = panelId ?? op.target;
    const title = before?.panels.find(({ id }) => id === target)?.title ?? "";
    if (op.field === "deleted") {
      if (op.value !== true) return null;
      return { kind: "removed", actor, panelId: op.target, title };
    }
    // Where a panel lies does not matter to who edits what it shows.
    if (!met && op.target === "dashboard") return null;
    return {
      kind: "changed",
      actor,
      panelId: target === "dashboard" ? null : target,
      title,
      field: op.field,
      mine: met,
    };
  }
}

export function noticeText(notice: Notice): string {
  if (notice.kind === "refused") return `Your change was not taken: ${notice.message}`;
  const panel = notice.title ? `"${notice.title}"` : "this panel";
  if (notice.kind === "removed") return `${notice.actor} deleted ${panel}.`;
  if (notice.panelId === null) return `${notice.actor} changed this dashboard's ${word(notice)}.`;
  return `${notice.actor} changed ${panel}${notice.mine ? " after you" : ""}: ${word(notice)}.`;
}

function word({ field }: Pick<Draft, "field">): string {
  if (field.startsWith("options.")) return field.slice("options.".length).replaceAll("_", " ");
  if (field === "layout" || field.startsWith("position_")) return "layout";
  if (field === "feed_ids" || field === "query") return "data";
  return field;
}
