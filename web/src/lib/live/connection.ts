/**
 * One project's socket: what it asks for and how it resumes where it broke.
 *
 * Invariant: the cursor moves only when what it stands for was handed on. After any break the
 * next socket asks for everything `since` that cursor, so nothing is lost between two sockets.
 */
import type { PulseEvent } from "./event";
import { parseFrame } from "./frames";
import { type ConnectionState, createLine, type Line, type LineOptions, type Said } from "./line";

export type ConnectionOptions = Pick<LineOptions, "ticket" | "open" | "random"> & {
  projectId: string;
  onReady: (fresh: boolean) => void;
  onEvents: (events: PulseEvent[]) => void;
  onGap: (missed: number) => void;
  onState: (state: ConnectionState) => void;
};

export type Connection = Pick<Line, "start" | "stop" | "wake" | "offline">;

export function createConnection(options: ConnectionOptions): Connection {
  let cursor: string | null = null;
  /** What the newest socket asked for. */
  let since: string | null = null;

  function onMessage(data: unknown): Said {
    const frame = parseFrame(data);
    if (frame?.type === "ready") {
      // A resumed socket keeps its own cursor: the replay has not been handed on yet.
      if (since === null) cursor = frame.cursor;
      options.onReady(since === null);
      return "ready";
    }
    if (frame?.type === "events") {
      options.onEvents(frame.events);
      cursor = frame.cursor;
    } else if (frame?.type === "gap") {
      options.onGap(frame.missed);
      cursor = frame.cursor;
    }
    return frame?.type === "ping" ? "ping" : null;
  }

  return createLine({
    ...options,
    path(ticket) {
      since = cursor;
      return socketPath(options.projectId, ticket, since);
    },
    onMessage,
  });
}

function socketPath(projectId: string, ticket: string, since: string | null): string {
  const query = new URLSearchParams({ ticket });
  if (since !== null) query.set("since", since);
  return `/api/realtime/${encodeURIComponent(projectId)}?${query}`;
}
