/** What is said on a dashboard's socket. */
import type {
  AppliedOp,
  DashboardFull,
  FeedError,
  FeedState,
  FeedTick,
  Op,
  PanelData,
} from "./types";

export type BoardFrame =
  | {
      type: "snapshot";
      feeds: Record<string, FeedTick | null>;
      history: Record<string, FeedTick[]>;
      dashboard_version: number;
      dashboard: DashboardFull;
    }
  | ({ type: "feed_update" } & FeedTick)
  | {
      type: "feed_state";
      feed_id: string;
      state: FeedState;
      last_error: FeedError | null;
      next_run: string | null;
    }
  | { type: "panel_data"; panel_id: string; full: boolean; data: PanelData }
  | { type: "widget:updated"; op: AppliedOp }
  | { type: "dashboard:updated"; op: AppliedOp }
  | {
      type: "op_refused";
      op_id: string;
      error: { code: string; message: string; fields?: Record<string, string> };
    }
  | {
      type: "command_result";
      command: string;
      feed_id: string;
      ok: boolean;
      error?: { code: string; message: string } | null;
    }
  | { type: "deleted" }
  | ({ type: "clock" } & Clock)
  | { type: "ping" };

/** Where a playback stands. */
export type Clock = { now: number; speed: number; playing: boolean };

/** Which data the panels want. */
export type Watch = {
  from: string;
  to: string;
  points?: number;
  variables?: Record<string, string>;
};

export type ClientFrame =
  | ({ type: "watch"; panels: string[] } & Watch)
  | { type: "widget:updated" | "dashboard:updated"; op: Op }
  | { type: "command"; command: "refresh"; feed_id: string }
  | { type: "playback"; at?: string; speed?: number; playing?: boolean };

/** What a frame must have to be one. */
const NEEDS: Record<BoardFrame["type"], readonly string[]> = {
  snapshot: ["dashboard", "dashboard_version"],
  feed_update: ["feed_id", "ts"],
  feed_state: ["feed_id", "state"],
  panel_data: ["panel_id", "data"],
  "widget:updated": ["op"],
  "dashboard:updated": ["op"],
  op_refused: ["op_id", "error"],
  command_result: ["feed_id", "ok"],
  deleted: [],
  clock: ["now", "speed"],
  ping: [],
};

/** Reads one frame; `null` for what is not a frame we know, which is skipped. */
export function parseBoardFrame(data: unknown): BoardFrame | null {
  if (typeof data !== "string") return null;
  let frame: unknown;
  try {
    frame = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof frame !== "object" || frame === null) return null;
  const type = (frame as { type?: unknown }).type;
  if (typeof type !== "string" || !Object.hasOwn(NEEDS, type)) return null;
  const needs = NEEDS[type as BoardFrame["type"]];
  return needs.every((key) => (frame as Record<string, unknown>)[key] !== undefined)
    ? (frame as BoardFrame)
    : null;
}

/** The frame that carries an operation. */
export function opFrame(op: Op): ClientFrame {
  return { type: op.target === "dashboard" ? "dashboard:updated" : "widget:updated", op };
}
