import type { PulseEvent } from "./event";

/** What the server says on a project's socket. */
export type ServerFrame =
  | { type: "ready"; project_id: string; cursor: string }
  | { type: "events"; events: PulseEvent[]; cursor: string }
  | { type: "gap"; missed: number; cursor: string }
  | { type: "ping" };

/** Reads one frame; `null` for what is not a frame we know, which is skipped. */
export function parseFrame(data: unknown): ServerFrame | null {
  if (typeof data !== "string") return null;
  let frame: unknown;
  try {
    frame = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof frame !== "object" || frame === null) return null;
  const { type } = frame as { type?: unknown };
  if (type === "events") {
    return Array.isArray((frame as { events?: unknown }).events) ? (frame as ServerFrame) : null;
  }
  return type === "ready" || type === "gap" || type === "ping" ? (frame as ServerFrame) : null;
}
