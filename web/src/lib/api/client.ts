/**
 * The typed client. Every call goes out with the access token; a 401 is retried
 * once with a fresh one, and anything but success is thrown as `ApiError`, so
 * that callers and React Query see one kind of failure.
 */
import createClient, { type Middleware } from "openapi-fetch";
import { ApiError, NetworkError } from "./error";
import type { paths } from "./schema.gen";
import { accessToken, endSession, replaceToken } from "./session";

/** These carry no token: they are how one is got, or are for everybody. */
const withoutToken = /^\/api\/(auth\/(login|register|config)|invitations\/[^/]+)$/;

async function authorizedFetch(request: Request): Promise<Response> {
  const open = withoutToken.test(new URL(request.url).pathname);
  const token = open ? null : await accessToken();
  if (token) request.headers.set("authorization", `Bearer ${token}`);
  // A body can be read once; the copy is for the second attempt.
  const again = token ? request.clone() : null;
  const response = await send(request);
  if (!token || !again || !(await refusesSession(response))) return response;

  const fresh = await replaceToken(token);
  if (!fresh) return response;
  again.headers.set("authorization", `Bearer ${fresh}`);
  const second = await send(again);
  if (await refusesSession(second)) endSession();
  return second;
}

/** A wrong current password is a 401 too, and no reason to sign anybody out. */
async function refusesSession(response: Response): Promise<boolean> {
  if (response.status !== 401) return false;
  const { code } = await ApiError.from(response);
  return code === "unauthenticated" || code === "token_expired" || code === "session_revoked";
}

async function send(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new NetworkError(cause);
  }
}

const throwing: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await ApiError.from(response);
  },
};

export const api = createClient<paths>({
  baseUrl: typeof location === "undefined" ? "" : location.origin,
  credentials: "same-origin",
  fetch: authorizedFetch,
});
api.use(throwing);

/** The JSON of a call: `await answer(api.GET("/api/projects"))`. */
export async function answer<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  // Failures were thrown above; a 204 has no body and its type says `undefined`.
  return data as T;
}
