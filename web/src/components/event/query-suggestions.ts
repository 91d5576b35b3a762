/** What the query bar offers for what is being typed. */
import {
  type Completion,
  formatToken,
  LEVELS,
  QUERY_FIELDS,
  type QueryField,
  TYPES,
} from "@/lib/event-query";

export type Suggestion = {
  field: QueryField;
  /** `null` completes the field only. */
  value: string | null;
  text: string;
  hint: string;
};

const MEANING: Record<(typeof QUERY_FIELDS)[number], string> = {
  type: "error, event or metric",
  name: "what happened",
  level: "debug to fatal",
  user: "who",
  session: "which visit",
  release: "which version",
  environment: "where it runs",
};

type Name = { name: string; count: number };

export function suggestions(
  completion: Completion,
  names: readonly Name[],
  tags: readonly string[],
): Suggestion[] {
  const typed = completion.typed.toLowerCase();
  if (completion.field !== null) return values(completion, typed, names);
  const fields: QueryField[] = [...QUERY_FIELDS, ...tags.map((tag): QueryField => `tag.${tag}`)];
  const offered = fields
    .filter((field) => field.startsWith(typed))
    .map(
      (field): Suggestion => ({
        field,
        value: null,
        text: `${field}:`,
        hint: field.startsWith("tag.") ? "tag" : MEANING[field as keyof typeof MEANING],
      }),
    );
  if (typed === "") return offered;
  return [...offered, ...byName(typed, names)].slice(0, 10);
}

function values(completion: Completion, typed: string, names: readonly Name[]): Suggestion[] {
  const field = completion.field as QueryField;
  if (field === "name") return byName(typed, names);
  const known = field === "type" ? TYPES : field === "level" ? LEVELS : [];
  return known
    .filter((value) => value.startsWith(typed) && value !== typed)
    .map((value) => ({ field, value, text: `${field}:${value}`, hint: "" }));
}

function byName(typed: string, names: readonly Name[]): Suggestion[] {
  return names
    .filter(({ name }) => name.toLowerCase().includes(typed) && name.toLowerCase() !== typed)
    .slice(0, 8)
    .map(({ name, count }) => ({
      field: "name",
      value: name,
      text: formatToken({ field: "name", value: name, negated: false, prefix: false }),
      hint: count.toLocaleString("en-US"),
    }));
}
