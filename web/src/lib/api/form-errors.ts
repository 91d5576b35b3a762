import { ApiError } from "./error";

type SetError<Name extends string> = (name: Name, error: { type: string; message: string }) => void;

/**
 * Puts what the server said about single fields beside those fields, and
 * returns what is left to say about the whole form, if anything.
 */
export function showFieldErrors<Name extends string>(
  error: unknown,
  names: readonly Name[],
  setError: SetError<Name>,
): string | null {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  const shown = names.filter((name) => error.fields[name]);
  for (const name of shown)
    setError(name, { type: error.code, message: sentence(error.fields[name] ?? "") });
  const elsewhere = Object.entries(error.fields).filter(
    ([field]) => !shown.some((n) => n === field),
  );
  if (shown.length > 0 && elsewhere.length === 0) return null;
  if (error.status === 429 && error.retryAfter)
    return `Too many attempts. Try again in ${error.retryAfter} s.`;
  return elsewhere.length > 0
    ? elsewhere.map(([, message]) => sentence(message)).join(" ")
    : sentence(error.message);
}

/** The server names the field and then says what is wrong with it, "must have …": said alone. */
export function sentence(message: string): string {
  const text = message.slice(0, 1).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
