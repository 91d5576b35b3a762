/**
 * The query bar's language: `level:error release:1.2 -name:foo tag.k:v "two words" text*`.
 *
 * The server takes the whole expression as `q`. The client reads it for chips, for adding and
 * removing filters by a click, for messages while typing, and to filter live events the same way.
 */
import type { PulseEvent } from "@/lib/live/event";

export const QUERY_FIELDS = [
  "type",
  "name",
  "level",
  "user",
  "session",
  "release",
  "environment",
] as const;
export type QueryField = (typeof QUERY_FIELDS)[number] | `tag.${string}`;

export const TYPES = ["error", "event", "metric"] as const;
export const LEVELS = ["debug", "info", "warning", "error", "fatal"] as const;

/** The server takes no more than this. */
const MAX_LENGTH = 500;
const MAX_TERMS = 20;

export type QueryToken = {
  /** `null` for a word that is searched in name and payload. */
  field: QueryField | null;
  value: string;
  negated: boolean;
  /** Ends in `*`: matches what begins so. */
  prefix: boolean;
  /** Where it stands in the text. */
  start: number;
  end: number;
};

export type QueryProblem = { start: number; end: number; message: string };

export type ParsedQuery = { tokens: QueryToken[]; problems: QueryProblem[] };

/** Reads the text. What is not understood is a problem and no token. */
export function parseQuery(text: string): ParsedQuery {
  const tokens: QueryToken[] = [];
  const problems: QueryProblem[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at] as string)) {
      at += 1;
      continue;
    }
    const piece = readPiece(text, at);
    at = piece.end;
    const read = readToken(piece);
    if (typeof read === "string") {
      problems.push({ start: piece.start, end: piece.end, message: read });
    } else if (read) {
      tokens.push(read);
    }
  }
  if (text.length > MAX_LENGTH || tokens.length > MAX_TERMS) {
    const message = `That is too long: at most ${MAX_TERMS} terms and ${MAX_LENGTH} characters.`;
    problems.push({ start: 0, end: text.length, message });
  }
  return { tokens, problems };
}

type Piece = {
  start: number;
  end: number;
  negated: boolean;
  /** Text before the first colon outside quotes, if there is one. */
  field: string | null;
  value: string;
  quoted: boolean;
  open: boolean;
};

/**
 * One term, cut the way the server cuts it: quotes hold only where a value begins, and a word with
 * a colon that does not look like a field, such as a URL, is a word.
 */
function readPiece(text: string, start: number): Piece {
  const negated = text[start] === "-" && /\S/.test(text[start + 1] ?? " ");
  let at = negated ? start + 1 : start;
  const name = /^(tag\.[^:"\s]*|[a-z]+):(?!\/\/)/.exec(text.slice(at))?.[1] ?? null;
  if (name !== null) at += name.length + 1;
  const field = name === "env" ? "environment" : name;
  if (text[at] !== '"') {
    const value = /^\S*/.exec(text.slice(at))?.[0] ?? "";
    return { start, end: at + value.length, negated, field, value, quoted: false, open: false };
  }
  let value = "";
  for (at += 1; at < text.length && text[at] !== '"'; at++) {
    if (text[at] === "\\" && at + 1 < text.length) at += 1;
    value += text[at];
  }
  const open = at >= text.length;
  return { start, end: open ? at : at + 1, negated, field, value, quoted: true, open };
}

function readToken(piece: Piece): QueryToken | string | null {
  const { start, end, negated, quoted } = piece;
  if (piece.open) return 'Close the quotes with ".';
  if (piece.field === null) {
    const { value } = star(piece.value, quoted);
    // A word is found anywhere, so a star after it adds nothing; alone it asks for nothing.
    return value === "" ? null : { field: null, value, negated, prefix: false, start, end };
  }
  if (!isField(piece.field)) {
    const whole = `${piece.field}:${piece.value}`;
    return `“${piece.field}” is not a field. Use ${QUERY_FIELDS.join(", ")} or tag.name, or put quotes around it: ${quote(whole)}`;
  }
  if (piece.field === "tag.") return "Write the name of the tag: tag.name:value.";
  if (piece.value === "" && !quoted) return `Write a value after ${piece.field}:`;
  const token = { field: piece.field, negated, start, end, ...star(piece.value, quoted) };
  const known = { type: TYPES, level: LEVELS }[piece.field as string] as
    | readonly string[]
    | undefined;
  if (known && !token.prefix && !known.includes(token.value)) {
    return `There is no ${piece.field} “${piece.value}”. Use ${known.join(", ")}.`;
  }
  return token;
}

function star(value: string, quoted: boolean): { value: string; prefix: boolean } {
  if (quoted || !value.endsWith("*")) return { value, prefix: false };
  return { value: value.slice(0, -1), prefix: true };
}

function isField(text: string): text is QueryField {
  return text.startsWith("tag.") || (QUERY_FIELDS as readonly string[]).includes(text);
}

/** Writes one token the way it is typed. */
export function formatToken(token: Pick<QueryToken, "field" | "value" | "negated" | "prefix">) {
  // Only plain text can be a prefix: quotes take the star for a letter.
  const plain = token.prefix || (token.value !== "" && !/[\s"\\*]/.test(token.value));
  const mistakable = token.field === null && /^-|:/.test(token.value);
  const value = plain && !mistakable ? token.value : quote(token.value);
  return `${token.negated ? "-" : ""}${token.field ? `${token.field}:` : ""}${value}${token.prefix ? "*" : ""}`;
}

function quote(value: string): string {
  return `"${value.replace(/[\\"]/g, (char) => `\\${char}`)}"`;
}

export type Filter = { field: QueryField | null; value: string; negated?: boolean };

/**
 * Adds a filter. Its opposite goes, and so does another wanted value of the same field: an event
 * has one level, and asking for two would find nothing.
 */
export function addFilter(text: string, filter: Filter): string {
  const negated = filter.negated ?? false;
  const replaced = parseQuery(text).tokens.filter(
    (token) =>
      same(token, filter) ||
      (!negated && !token.negated && filter.field !== null && token.field === filter.field),
  );
  const kept = removeTokens(text, replaced);
  const added = formatToken({ field: filter.field, value: filter.value, negated, prefix: false });
  return kept ? `${kept} ${added}` : added;
}

/** Takes a filter out, however it is negated. */
export function removeFilter(text: string, filter: Filter): string {
  return removeTokens(
    text,
    parseQuery(text).tokens.filter((token) => same(token, filter)),
  );
}

/** Turns one token round: what was wanted is excluded and the other way. */
export function negateToken(text: string, token: QueryToken): string {
  const turned = formatToken({ ...token, negated: !token.negated });
  return text.slice(0, token.start) + turned + text.slice(token.end);
}

export function removeToken(text: string, token: QueryToken): string {
  return removeTokens(text, [token]);
}

function removeTokens(text: string, tokens: readonly QueryToken[]): string {
  let kept = text;
  for (const token of [...tokens].sort((a, b) => b.start - a.start)) {
    kept = `${kept.slice(0, token.start).trimEnd()} ${kept.slice(token.end).trimStart()}`.trim();
  }
  return kept.trim();
}

function same(token: QueryToken, filter: Filter): boolean {
  return token.field === filter.field && token.value === filter.value && !token.prefix;
}

/** Whether a live event is one the server would have found with the same `q`. */
export function matchesQuery(tokens: readonly QueryToken[], event: PulseEvent): boolean {
  return tokens.every((token) => matches(token, event) !== token.negated);
}

function matches(token: QueryToken, event: PulseEvent): boolean {
  if (token.field === null) {
    return searchable(event).includes(token.value.toLowerCase());
  }
  const value = token.field.startsWith("tag.")
    ? event.tags[token.field.slice(4)]
    : event[token.field as (typeof QUERY_FIELDS)[number]];
  if (value === null || value === undefined) return false;
  return token.prefix ? value.startsWith(token.value) : value === token.value;
}

const texts = new WeakMap<PulseEvent, string>();

function searchable(event: PulseEvent): string {
  let text = texts.get(event);
  if (text === undefined) {
    text =
      `${event.name}\n${event.payload == null ? "" : JSON.stringify(event.payload)}`.toLowerCase();
    texts.set(event, text);
  }
  return text;
}

export type Completion = {
  /** The part of the text that a choice replaces. */
  start: number;
  end: number;
  /** Set when a value is being typed, `null` while it may still become a field. */
  field: QueryField | null;
  typed: string;
  negated: boolean;
};

/** What is being typed at the caret. */
export function completionAt(text: string, caret: number): Completion {
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at] as string)) {
      at += 1;
      continue;
    }
    const piece = readPiece(text, at);
    if (caret >= piece.start && caret <= piece.end) {
      const typedTo = readPiece(text.slice(0, caret), piece.start);
      const field = typedTo.field !== null && isField(typedTo.field) ? typedTo.field : null;
      return {
        start: piece.start,
        end: piece.end,
        field,
        typed: typedTo.value,
        negated: piece.negated,
      };
    }
    at = piece.end;
  }
  return { start: caret, end: caret, field: null, typed: "", negated: false };
}

/** Puts a chosen suggestion in place; answers the text and where the caret goes. */
export function complete(
  text: string,
  completion: Completion,
  choice: { field: QueryField; value: string | null },
): { text: string; caret: number } {
  const dash = completion.negated ? "-" : "";
  const written =
    choice.value === null
      ? `${dash}${choice.field}:`
      : `${formatToken({ field: choice.field, value: choice.value, negated: completion.negated, prefix: false })} `;
  const after = text.slice(completion.end);
  const rest = choice.value === null ? after : after.trimStart();
  return {
    text: text.slice(0, completion.start) + written + rest,
    caret: completion.start + written.length,
  };
}
