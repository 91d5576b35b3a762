/** The changes that screens ask for, in the words of the API. */
import type { Box, Draft, Panel, PanelOptions, PanelQuery, PanelType } from "./types";

export type NewPanel = Box & {
  type: PanelType;
  title: string;
  feed_ids?: string[];
  query?: PanelQuery | null;
  options?: PanelOptions;
};

export const ops = {
  create: (panelId: string, panel: NewPanel): Draft => draft(panelId, "panel", panel),
  remove: (panelId: string): Draft => draft(panelId, "deleted", true),
  bringBack: (panelId: string): Draft => draft(panelId, "deleted", false),
  set: (target: string, field: string, value: unknown): Draft => draft(target, field, value),
  /** `null` takes the option away. */
  option: (panelId: string, key: string, value: unknown): Draft =>
    draft(panelId, `options.${key}`, value ?? null),
  place: (panelId: string, box: Box): Draft => draft(panelId, "layout", onlyBox(box)),
  /** Several panels in one operation, so that one undo takes all of them back. */
  layout: (boxes: Readonly<Record<string, Box>>): Draft =>
    draft(
      "dashboard",
      "layout",
      Object.fromEntries(Object.entries(boxes).map(([id, box]) => [id, onlyBox(box)])),
    ),
};

/** What an editor saves: the fields that changed and nothing else, so that other people's changes of the rest stay. */
export function diffPanel(before: Panel, after: Panel): Draft[] {
  const changes: Draft[] = [];
  for (const field of ["type", "title", "feed_ids", "query"] as const) {
    if (!same(before[field], after[field])) changes.push(draft(before.id, field, after[field]));
  }
  const keys = new Set([...Object.keys(before.options), ...Object.keys(after.options)]);
  for (const key of [...keys].sort()) {
    const [was, is] = [before.options[key] ?? null, after.options[key] ?? null];
    if (!same(was, is)) changes.push(ops.option(before.id, key, is));
  }
  if (!same(onlyBox(before), onlyBox(after))) changes.push(ops.place(before.id, after));
  return changes;
}

function draft(target: string, field: string, value: unknown): Draft {
  return { target, field, value };
}

function onlyBox({ position_x, position_y, width, height }: Box): Box {
  return { position_x, position_y, width, height };
}

/** Equal as JSON, whatever the order of the keys. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keysA = Object.keys(a).filter((key) => a[key as never] !== undefined);
  const keysB = Object.keys(b).filter((key) => b[key as never] !== undefined);
  return (
    keysA.length === keysB.length && keysA.every((key) => same(a[key as never], b[key as never]))
  );
}
