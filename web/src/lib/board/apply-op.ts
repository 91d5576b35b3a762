/**
 * What an operation does to a dashboard. Pure, and the same as on the server: a field gets the
 * value of the last operation in the server's order, and what is deleted takes no more changes.
 */
import type { Box, Draft, Panel, PanelOptions, PanelQuery, PanelType, Variable } from "./types";

/** The part of a dashboard that operations change. */
export type Board = {
  name: string;
  description: string | null;
  variables: readonly Variable[];
  panels: Readonly<Record<string, Panel>>;
  /** Deleted, but they may be brought back. */
  gone: Readonly<Record<string, Panel>>;
};

/** What goes with an operation that was applied; absent while it is only asked for. */
type About = { dashboardId: string; at?: string };

const BOX = ["position_x", "position_y", "width", "height"] as const;

export function applyOp(board: Board, op: Draft, about: About): Board {
  if (op.target === "dashboard") return applyToDashboard(board, op, about);
  if (op.field === "panel") return create(board, op, about);
  if (op.field === "deleted") {
    return op.value === true ? remove(board, op, about) : bringBack(board, op, about);
  }
  const panel = board.panels[op.target];
  if (!panel) return board;
  const changed = changePanel(panel, op);
  return changed === panel ? board : withPanel(board, { ...changed, ...touched(about) });
}

/** What one operation writes, each as `target/field`; `*` is the whole panel. */
export function fieldsOf(op: Draft): string[] {
  if (op.target === "dashboard" && op.field === "layout") {
    return Object.keys(record(op.value)).flatMap((id) => BOX.map((field) => `${id}/${field}`));
  }
  if (op.field === "layout") return BOX.map((field) => `${op.target}/${field}`);
  if (op.field === "panel" || op.field === "deleted") return [`${op.target}/*`];
  return [`${op.target}/${op.field}`];
}

/** Whether two of those speak of the same thing. */
export function overlaps(a: string, b: string): boolean {
  if (a === b) return true;
  const [targetA, fieldA = ""] = a.split("/");
  const [targetB, fieldB = ""] = b.split("/");
  if (targetA !== targetB) return false;
  if (fieldA === "*" || fieldB === "*") return true;
  return fieldB.startsWith(`${fieldA}.`) || fieldA.startsWith(`${fieldB}.`);
}

function applyToDashboard(board: Board, op: Draft, about: About): Board {
  switch (op.field) {
    case "name":
      return typeof op.value === "string" ? { ...board, name: op.value } : board;
    case "description":
      return { ...board, description: typeof op.value === "string" ? op.value : null };
    case "variables":
      return Array.isArray(op.value) ? { ...board, variables: op.value as Variable[] } : board;
    case "layout": {
      let next = board;
      for (const [id, box] of Object.entries(record(op.value))) {
        const panel = next.panels[id];
        if (panel) next = withPanel(next, { ...panel, ...boxOf(box), ...touched(about) });
      }
      return next;
    }
    default:
      return board;
  }
}

function create(board: Board, op: Draft, about: About): Board {
  if (board.panels[op.target] || board.gone[op.target]) return board;
  const given = record(op.value);
  const at = about.at ?? "";
  return withPanel(board, {
    id: op.target,
    dashboard_id: about.dashboardId,
    type: (given.type as PanelType | undefined) ?? "text",
    title: typeof given.title === "string" ? given.title : "",
    feed_ids: Array.isArray(given.feed_ids) ? (given.feed_ids as string[]) : [],
    query: (given.query as PanelQuery | null | undefined) ?? null,
    options: record(given.options) as PanelOptions,
    position_x: 0,
    position_y: 0,
    width: 4,
    height: 4,
    ...boxOf(given),
    created_at: at,
    updated_at: at,
  });
}

function remove(board: Board, { target }: Draft, about: About): Board {
  const { [target]: panel, ...panels } = board.panels;
  if (!panel) return board;
  return { ...board, panels, gone: { ...board.gone, [target]: { ...panel, ...touched(about) } } };
}

function bringBack(board: Board, { target }: Draft, about: About): Board {
  const { [target]: panel, ...gone } = board.gone;
  return panel ? withPanel({ ...board, gone }, { ...panel, ...touched(about) }) : board;
}

function changePanel(panel: Panel, { field, value }: Draft): Panel {
  if (field === "layout") return { ...panel, ...boxOf(value) };
  if (field.startsWith("options.")) {
    const key = field.slice("options.".length);
    const { [key]: _, ...rest } = panel.options;
    return { ...panel, options: value === null ? rest : { ...rest, [key]: value } };
  }
  switch (field) {
    case "position_x":
    case "position_y":
    case "width":
    case "height":
      return typeof value === "number" ? { ...panel, [field]: value } : panel;
    case "type":
    case "title":
      return typeof value === "string" ? { ...panel, [field]: value } : panel;
    case "feed_ids":
      return Array.isArray(value) ? { ...panel, feed_ids: value as string[] } : panel;
    case "query":
      return { ...panel, query: (value as PanelQuery | null) ?? null };
    case "options":
      return { ...panel, options: record(value) as PanelOptions };
    default:
      return panel;
  }
}

function withPanel(board: Board, panel: Panel): Board {
  return { ...board, panels: { ...board.panels, [panel.id]: panel } };
}

function boxOf(value: unknown): Partial<Box> {
  const given = record(value);
  return Object.fromEntries(
    BOX.filter((field) => typeof given[field] === "number").map((field) => [field, given[field]]),
  );
}

function touched({ at }: About): { updated_at?: string } {
  return at ? { updated_at: at } : {};
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
