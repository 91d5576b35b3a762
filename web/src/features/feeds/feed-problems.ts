import { ApiError, sentence } from "@/lib/api";
import type { FormField } from "./schema-form";

/** Where problems with the feed's own name are; no setting is called that. */
export const NAME = "@name";

type Problems = {
  /** By `NAME`, `field`, `field.key` or `field[0]`. */
  byField: Record<string, string>;
  /** What belongs to no field of the form. */
  rest: string | null;
};

/** What the server said no with, sorted to the fields of the form: `config.url` is the field `url`. */
export function problemsOf(error: unknown, fields: readonly FormField[]): Problems {
  if (!(error instanceof ApiError)) {
    return { byField: {}, rest: error instanceof Error ? error.message : String(error) };
  }
  const byField: Record<string, string> = {};
  const rest: string[] = [];
  for (const [at, message] of Object.entries(error.fields)) {
    const inside = at.startsWith("config.") ? at.slice("config.".length) : null;
    const isKnown = inside !== null && fields.some(({ name }) => isAbout(inside, name));
    if (at === "name") byField[NAME] = sentence(message);
    else if (isKnown) byField[inside] = sentence(message);
    else rest.push(sentence(message));
  }
  if (Object.keys(error.fields).length === 0) rest.push(sentence(error.message));
  return { byField, rest: rest.join(" ") || null };
}

/** Whether a problem is with this field or with something inside of it. */
export function isAbout(at: string, field: string): boolean {
  return at === field || at.startsWith(`${field}.`) || at.startsWith(`${field}[`);
}
