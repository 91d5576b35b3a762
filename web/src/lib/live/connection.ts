/**
 * One project's socket: ticket, connect, resume where it broke, give up only when told to.
 *
 * Invariant: the cursor moves only when what it stands for was handed on. After any break the
 * next socket asks for everything `since` that cursor, so nothing is lost between two sockets.
 */
import { backoffMs, restartMs } from "./backoff";
import type { PulseEvent } from "./event";
import { parseFrame } from "./frames";

export type ConnectionState =
  | { phase: "connecting" }
  | { phase: "live" }
  | { phase: "waiting"; attempt: number; since: number; cause: WaitCause }
  | { phase: "stopped"; cause: StopCause };

/** Why there is no socket just now. */
export type WaitCause = "lost" | "restarting" | "too_slow" | "no_network";
/** Why there will be none any more. */
export type StopCause = "not_allowed" | "project_gone" | "closed";

export type SocketLike = Pick<WebSocket, "onmessage" | "onclose" | "send" | "close">;

export type ConnectionOptions = {
  projectId: string;
  /** Buys a single-use ticket; a `TicketRefused` stops the connection, anything else is retried. */
  ticket: () => Promise<string>;
  open: (url: string) => SocketLike;
  onReady: (fresh: boolean) => void;
  onEvents: (events: PulseEvent[]) => void;
  onGap: (missed: number) => void;
  onState: (state: ConnectionState) => void;
  random?: () => number;
};

export type Connection = { start(): void; stop(): void; wake(): void; offline(): void };

/** The session is over or may not see this project: asking again would not help. */
export class TicketRefused extends Error {
  readonly stop: StopCause;

  constructor(stop: StopCause) {
    super(`ticket refused: ${stop}`);
    this.stop = stop;
  }
}

/** The server pings far more often; this long without a word means the line is dead. */
const SILENCE_MS = 60_000;
/** A socket that opens but never says `ready`. */
const READY_MS = 15_000;

export function createConnection(options: ConnectionOptions): Connection {
  const random = options.random ?? Math.random;
  let socket: SocketLike | null = null;
  let cursor: string | null = null;
  let attempt = 0;
  let lostAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  /** Grows with each attempt, so that a late answer of an earlier one is recognised and dropped. */
  let turn = 0;
  let state: ConnectionState = { phase: "stopped", cause: "closed" };

  function become(next: ConnectionState) {
    state = next;
    options.onState(next);
  }

  async function connect() {
    clearTimeout(timer);
    const mine = ++turn;
    if (state.phase !== "waiting") become({ phase: "connecting" });
    let ticket: string;
    try {
      ticket = await options.ticket();
    } catch (error) {
      if (mine !== turn) return;
      if (error instanceof TicketRefused) return halt(error.stop);
      return retry("lost", backoffMs(attempt, random));
    }
    if (mine !== turn) return;
    listen(options.open(socketPath(options.projectId, ticket, cursor)), cursor);
  }

  function listen(opened: SocketLike, since: string | null) {
    socket = opened;
    watch(READY_MS);
    opened.onclose = ({ code }) => {
      if (socket === opened) closed(code);
    };
    opened.onmessage = ({ data }) => {
      if (socket !== opened) return;
      watch(SILENCE_MS);
      const frame = parseFrame(data);
      if (frame?.type === "ready") {
        attempt = 0;
        lostAt = 0;
        // A resumed socket keeps its own cursor: the replay has not been handed on yet.
        if (since === null) cursor = frame.cursor;
        become({ phase: "live" });
        options.onReady(since === null);
      } else if (frame?.type === "events") {
        options.onEvents(frame.events);
        cursor = frame.cursor;
      } else if (frame?.type === "gap") {
        options.onGap(frame.missed);
        cursor = frame.cursor;
      } else if (frame?.type === "ping") {
        opened.send('{"type":"pong"}');
      }
    };
  }

  function watch(ms: number) {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => drop(), ms);
  }

  /** The line is dead though nobody said so. */
  function drop() {
    hangUp();
    retry("lost", backoffMs(attempt, random));
  }

  function closed(code: number) {
    clearTimeout(watchdog);
    socket = null;
    if (code === 4401) return halt("not_allowed");
    if (code === 4404) return halt("project_gone");
    if (code === 1012) return retry("restarting", restartMs(random));
    retry(code === 4408 ? "too_slow" : "lost", backoffMs(attempt, random));
  }

  function retry(cause: WaitCause, delay: number) {
    lostAt ||= Date.now();
    become({ phase: "waiting", attempt, since: lostAt, cause });
    attempt += 1;
    clearTimeout(timer);
    timer = setTimeout(connect, delay);
  }

  function halt(cause: StopCause) {
    turn += 1;
    clearTimeout(timer);
    hangUp();
    become({ phase: "stopped", cause });
  }

  function hangUp() {
    clearTimeout(watchdog);
    const old = socket;
    socket = null;
    old?.close(1000);
  }

  return {
    start() {
      if (state.phase === "stopped") void connect();
    },
    stop: () => halt("closed"),
    /** The network is back or somebody looks again: no reason to wait any longer. */
    wake() {
      if (state.phase !== "waiting") return;
      attempt = 0;
      void connect();
    },
    /** The browser says that there is no network. */
    offline() {
      if (state.phase === "stopped") return;
      turn += 1;
      hangUp();
      retry("no_network", backoffMs(8, random));
    },
  };
}

function socketPath(projectId: string, ticket: string, since: string | null): string {
  const query = new URLSearchParams({ ticket });
  if (since !== null) query.set("since", since);
  return `/api/realtime/${encodeURIComponent(projectId)}?${query}`;
}
