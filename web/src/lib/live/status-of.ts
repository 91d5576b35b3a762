/** What the state of a connection means to the person who looks. */
import type { ConnectionState, StopCause } from "./line";

export type LiveStatus = {
  status: "live" | "reconnecting" | "offline";
  /** One word for the pill. */
  label: string;
  /** What it means and what to do, one or two sentences. */
  detail: string;
  /** Whether "Try now" makes sense. */
  canRetry: boolean;
  /** The server shut the person out: the session, the membership or the project has ended. */
  shutOut?: boolean;
};

/** What is watched, in the sentences about it. */
export type Watched = {
  /** What being live means here. */
  live: string;
  /** What an interruption does not harm. */
  safe: string;
  /** "project" */
  noun: string;
};

const PROJECT: Watched = {
  live: "New events appear the moment they are stored.",
  safe: "Nothing is skipped: what arrives meanwhile follows.",
  noun: "project",
};

/** From here on we stop calling it a hiccup: five attempts, about ten seconds. */
const UNREACHABLE_AFTER = 4;

export function statusOf(
  state: ConnectionState,
  online: boolean,
  watched: Watched = PROJECT,
): LiveStatus {
  if (state.phase === "live") {
    return { status: "live", label: "Live", detail: watched.live, canRetry: false };
  }
  if (state.phase === "stopped") return stopped(state.cause, watched.noun);
  if (!online) {
    return offline(
      "Your device has no network. You see what was loaded before; the rest follows by itself once you are back.",
    );
  }
  if (state.phase === "connecting") {
    return reconnecting("Connecting", "Opening the live connection.");
  }
  if (state.attempt >= UNREACHABLE_AFTER) {
    return offline(
      "The server does not answer. You see what was loaded before; we keep trying and fetch what was missed.",
    );
  }
  const why = {
    restarting: "The server is restarting.",
    too_slow: "More arrived than this page could take in, so it starts again where it stopped.",
    lost: "The connection was lost.",
    no_network: "The connection was lost.",
  }[state.cause];
  return reconnecting("Reconnecting", `${why} ${watched.safe}`);
}

function stopped(cause: StopCause, noun: string): LiveStatus {
  if (cause === "not_allowed") {
    return {
      status: "offline",
      label: "No access",
      detail: `You may no longer watch this ${noun}. Sign in again or ask an admin of the organization.`,
      canRetry: true,
      shutOut: true,
    };
  }
  if (cause === "gone") {
    return {
      status: "offline",
      label: `${noun[0]?.toUpperCase()}${noun.slice(1)} deleted`,
      detail: `This ${noun} no longer exists. Choose another one.`,
      canRetry: false,
      shutOut: true,
    };
  }
  return reconnecting("Connecting", "Opening the live connection.");
}

function reconnecting(label: string, detail: string): LiveStatus {
  return { status: "reconnecting", label, detail, canRetry: label === "Reconnecting" };
}

function offline(detail: string): LiveStatus {
  return { status: "offline", label: "Offline", detail, canRetry: true };
}
