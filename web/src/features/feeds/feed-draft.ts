/**
 * What is being typed about a feed, kept in this tab until it is saved or given up. Secrets are
 * left out: what the server hides must not lie in the browser's storage.
 */
import { type FieldValue, type FormField, type FormValues, MASK } from "./schema-form";

export type Draft = { name: string; enabled: boolean; values: FormValues };

export function draftKey(projectId: string, feed: string): string {
  return `pulseboard.draft.feed.${projectId}.${feed}`;
}

export function readDraft(key: string): Draft | null {
  try {
    const draft: unknown = JSON.parse(sessionStorage.getItem(key) ?? "null");
    return isDraft(draft) ? draft : null;
  } catch {
    return null;
  }
}

export function keepDraft(key: string, draft: Draft | null): void {
  try {
    if (draft) sessionStorage.setItem(key, JSON.stringify(draft));
    else sessionStorage.removeItem(key);
  } catch {
    // Without storage the draft lasts as long as the screen.
  }
}

/** The draft without its secrets; what the server has kept is kept again. */
export function withoutSecrets(draft: Draft, fields: readonly FormField[], start: Draft): Draft {
  const values = Object.fromEntries(
    fields.map((field): [string, FieldValue] => {
      const value = draft.values[field.name] ?? "";
      if (!field.secret) return [field.name, value];
      if (Array.isArray(value)) {
        return [
          field.name,
          value.map((entry) => ({ ...entry, value: entry.kept === null ? "" : MASK })),
        ];
      }
      return [field.name, start.values[field.name] === MASK ? MASK : ""];
    }),
  );
  return { ...draft, values };
}

/** Stored by an older version, or by hand, it may be anything. */
function isDraft(draft: unknown): draft is Draft {
  if (typeof draft !== "object" || draft === null) return false;
  const { name, enabled, values } = draft as Partial<Draft>;
  return (
    typeof name === "string" &&
    typeof enabled === "boolean" &&
    typeof values === "object" &&
    values !== null &&
    Object.values(values).every(
      (value) =>
        typeof value === "string" ||
        typeof value === "boolean" ||
        (Array.isArray(value) &&
          value.every(
            (entry) => typeof entry?.key === "string" && typeof entry.value === "string",
          )),
    )
  );
}
