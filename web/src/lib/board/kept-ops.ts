/** Operations that nobody confirmed yet outlive a reload; they end with the tab or the session. */
import type { Op } from "./types";

const PREFIX = "pulseboard.board.";

export function keptOps(dashboardId: string): Op[] {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(PREFIX + dashboardId) ?? "[]");
    return Array.isArray(found) ? found.filter(isOp) : [];
  } catch {
    return [];
  }
}

export function keepOps(dashboardId: string, ops: readonly Op[]) {
  try {
    if (ops.length === 0) sessionStorage.removeItem(PREFIX + dashboardId);
    else sessionStorage.setItem(PREFIX + dashboardId, JSON.stringify(ops));
  } catch {
    // Storage can be blocked or full; they are then kept as long as the page.
  }
}

/** Nobody else who signs in here sends what is left. */
export function forgetOps() {
  try {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
    }
  } catch {
    // Without storage there is nothing to forget.
  }
}

function isOp(value: unknown): value is Op {
  const op = value as Partial<Op> | null;
  return (
    typeof op?.op_id === "string" && typeof op.target === "string" && typeof op.field === "string"
  );
}
