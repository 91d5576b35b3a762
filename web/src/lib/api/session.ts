/**
 * The signed-in state. The access token lives in this module's memory only; the
 * refresh token is an HTTP-only cookie that no script can read. Refreshing
 * rotates that cookie, so two refreshes at once would look like theft to the
 * server: a lock lets one tab at a time through, and one call per tab.
 */
import { useSyncExternalStore } from "react";
import { ApiError, NetworkError } from "./error";

type State = "unknown" | "in" | "out";

/** Refresh this long before the token ends, so that no request meets an old one. */
const EARLY_MS = 15_000;

let token: { value: string; endsAt: number } | null = null;
let state: State = "unknown";
let refreshing: Promise<boolean> | null = null;
const listeners = new Set<() => void>();

// Signing in or out in one tab is signing in or out in all of them.
const channel =
  typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("pulseboard.session");
channel?.addEventListener("message", (message) => {
  if (message.data === "out") become("out", null);
  if (message.data === "in" && state === "out") become("unknown", null);
});

/** After log-in or registration. */
export function startSession(accessToken: string, expiresIn: number): void {
  become("in", { value: accessToken, endsAt: Date.now() + expiresIn * 1000 });
  channel?.postMessage("in");
}

/** After log-out, or when the server no longer knows the session. */
export function endSession(): void {
  become("out", null);
  channel?.postMessage("out");
}

/** True when there is a session, asking the server at most once. */
export async function resumeSession(): Promise<boolean> {
  if (state === "unknown") return refresh();
  return state === "in";
}

/** The token to send, refreshed when it is about to end; null when signed out. */
export async function accessToken(): Promise<string | null> {
  if (token && token.endsAt - EARLY_MS > Date.now()) return token.value;
  if (state === "out") return null;
  await refresh();
  return token?.value ?? null;
}

/** Makes the next request fetch a fresh token: the server refused `used`. */
export async function replaceToken(used: string): Promise<string | null> {
  // Another request may have refreshed while this one was under way.
  if (token && token.value !== used) return token.value;
  token = null;
  await refresh();
  return (token as { value: string } | null)?.value ?? null;
}

/** `in`, `out`, or `unknown` before the first refresh; re-renders on change. */
export function useSignedIn(): State {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

function refresh(): Promise<boolean> {
  refreshing ??= oneTabAtATime(requestToken).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function oneTabAtATime(work: () => Promise<boolean>): Promise<boolean> {
  // Absent on plain-http origins other than localhost, where people host at home.
  if (!navigator.locks) return work();
  return await navigator.locks.request("pulseboard.refresh", work);
}

async function requestToken(): Promise<boolean> {
  let response: Response;
  try {
    response = await fetch(new URL("/api/auth/refresh", location.origin), {
      method: "POST",
      credentials: "same-origin",
    });
  } catch (cause) {
    throw new NetworkError(cause);
  }
  if (response.ok) {
    const body: { access_token: string; expires_in: number } = await response.json();
    become("in", { value: body.access_token, endsAt: Date.now() + body.expires_in * 1000 });
    return true;
  }
  // Only a clear no ends the session; an outage must not sign anybody out.
  if (response.status !== 401 && response.status !== 403) throw await ApiError.from(response);
  become("out", null);
  return false;
}

function become(next: State, nextToken: typeof token): void {
  token = nextToken;
  if (state === next) return;
  state = next;
  for (const listener of listeners) listener();
}
