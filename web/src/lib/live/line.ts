/**
 * One WebSocket that is kept: ticket, connect, wait, try again, give up only when told to.
 * What is said on it is somebody else's.
 */
import { backoffMs, restartMs } from "./backoff";

export type ConnectionState =
  | { phase: "connecting" }
  | { phase: "live" }
  | { phase: "waiting"; attempt: number; since: number; cause: WaitCause }
  | { phase: "stopped"; cause: StopCause };

/** Why there is no socket just now. */
export type WaitCause = "lost" | "restarting" | "too_slow" | "no_network";
/** Why there will be none any more. */
export type StopCause = "not_allowed" | "gone" | "closed";

export type SocketLike = Pick<WebSocket, "onmessage" | "onclose" | "send" | "close">;

/** What a message means to the line: `ready` is the first word, a `ping` wants an answer. */
export type Said = "ready" | "ping" | null;

export type LineOptions = {
  /** Buys a single-use ticket; a `TicketRefused` stops the line, anything else is retried. */
  ticket: () => Promise<string>;
  open: (url: string) => SocketLike;
  /** The address of the next socket. */
  path: (ticket: string) => string;
  onMessage: (data: unknown) => Said;
  onState: (state: ConnectionState) => void;
  random?: () => number;
};

export type Line = {
  start(): void;
  stop(): void;
  wake(): void;
  offline(): void;
  /** Hangs up and comes back, to begin from the start. */
  again(): void;
  /** `false` when there is no socket to say it on. */
  send(frame: object): boolean;
};

/** The session is over or may not see this: asking again would not help. */
export class TicketRefused extends Error {
  readonly stop: StopCause;

  constructor(stop: StopCause) {
    super(`ticket refused: ${stop}`);
    this.stop = stop;
  }
}

/** The server pings far more often; this long without a word means the line is dead. */
const SILENCE_MS = 60_000;
/** A socket that opens but never gets ready. */
const READY_MS = 15_000;

export function createLine(options: LineOptions): Line {
  const random = options.random ?? Math.random;
  let socket: SocketLike | null = null;
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
    listen(options.open(options.path(ticket)));
  }

  function listen(opened: SocketLike) {
    socket = opened;
    watch(READY_MS);
    opened.onclose = ({ code }) => {
      if (socket === opened) closed(code);
    };
    opened.onmessage = ({ data }) => {
      if (socket !== opened) return;
      watch(SILENCE_MS);
      const said = options.onMessage(data);
      if (said === "ping") opened.send('{"type":"pong"}');
      if (said !== "ready" || state.phase === "live") return;
      attempt = 0;
      lostAt = 0;
      become({ phase: "live" });
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
    if (code === 4404) return halt("gone");
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
    again() {
      if (state.phase !== "stopped" && socket) drop();
    },
    send(frame) {
      if (state.phase !== "live" || !socket) return false;
      socket.send(JSON.stringify(frame));
      return true;
    },
  };
}
