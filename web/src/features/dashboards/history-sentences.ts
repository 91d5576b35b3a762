/** What was changed on a dashboard, as a person would say it. */
import type { AppliedOp } from "@/lib/board";

export type HistoryEntry = {
  /** The version after it, which one can go back to. */
  seq: number;
  at: string;
  actor: string;
  /** After the actor's name: "renamed the panel “CPU” to “Load”". */
  text: string;
};

/** Newest first. What was done in one go is one entry. */
export function entriesOf(
  ops: readonly AppliedOp[],
  titles: ReadonlyMap<string, string>,
): HistoryEntry[] {
  const names = namesOf(ops, titles);
  const groups: AppliedOp[][] = [];
  for (const op of ops) {
    const last = groups.at(-1);
    if (last && op.batch && last[0]?.batch === op.batch) last.push(op);
    else groups.push([op]);
  }
  return groups.map((group) => {
    const [newest] = group as [AppliedOp];
    return {
      seq: newest.seq,
      at: newest.at,
      actor: newest.actor?.name ?? "PulseBoard",
      text: groupText(group, names),
    };
  });
}

function groupText(group: readonly AppliedOp[], names: ReadonlyMap<string, string>): string {
  const [first] = group as [AppliedOp];
  if (group.at(-1)?.seq === 1) {
    const panels = group.filter(({ field }) => field === "panel").length;
    if (panels === 0) return "made the dashboard";
    return `made the dashboard with ${panels === 1 ? "a panel" : `${panels} panels`}`;
  }
  if (group.length === 1) return (first.undoes ? "took back: " : "") + textOf(first, names);
  if (group.every(({ undoes }) => undoes !== null)) {
    return `took back ${group.length} changes`;
  }
  const made = group.filter(({ field }) => field === "panel").length;
  if (made === group.length) return `added ${made} panels`;
  const targets = new Set(group.map(({ target }) => target));
  if (targets.size === 1 && first.target !== "dashboard") {
    const words = [...new Set(group.map(({ field }) => word(field)))];
    return `changed ${listed(words)} of ${panelName(first.target, names)}`;
  }
  return `made ${group.length} changes at once`;
}

function textOf(op: AppliedOp, names: ReadonlyMap<string, string>): string {
  const { target, field, value, previous } = op;
  if (target === "dashboard") {
    switch (field) {
      case "name":
        return `renamed the dashboard${from(previous)} to ${quoted(value)}`;
      case "description":
        return value ? "changed the description" : "removed the description";
      case "variables":
        return "changed the variables";
      case "layout": {
        const count = Object.keys((value as object | null) ?? {}).length;
        return count === 1
          ? `moved ${panelName(Object.keys(value as object)[0] as string, names)}`
          : `arranged ${count} panels`;
      }
      default:
        return `changed ${word(field)}`;
    }
  }
  const panel = panelName(target, names);
  switch (field) {
    case "panel": {
      const { type } = (value ?? {}) as { type?: unknown };
      if (names.get(target) || typeof type !== "string") return `added ${panel}`;
      return `added ${article(type.replaceAll("_", " "))} panel`;
    }
    case "deleted":
      return value === true ? `deleted ${panel}` : `brought back ${panel}`;
    case "title":
      return `renamed the panel${from(previous)} to ${quoted(value)}`;
    case "type":
      return `turned ${panel} into ${article(String(value).replaceAll("_", " "))}`;
    case "layout":
    case "position_x":
    case "position_y":
    case "width":
    case "height":
      return `moved or resized ${panel}`;
    case "query":
    case "feed_ids":
      return `changed the data of ${panel}`;
    case "options.text":
      return `changed the text of ${panel}`;
    default:
      break;
  }
  if (field.startsWith("options.")) {
    const simple = simpleValue(value);
    const to = simple === null ? "" : ` to ${simple}`;
    return value === null
      ? `removed ${word(field)} of ${panel}`
      : `changed ${word(field)} of ${panel}${to}`;
  }
  return `changed ${word(field)} of ${panel}`;
}

/** "options.connect_nulls" → "the option connect nulls". */
export function word(field: string): string {
  if (field.startsWith("options.")) return `the ${field.slice(8).replaceAll("_", " ")}`;
  if (field === "query" || field === "feed_ids") return "the data";
  if (field === "layout" || field.startsWith("position_")) return "the place";
  return `the ${field.replaceAll("_", " ")}`;
}

/** Panels keep the last name that is known, also those that are gone. */
function namesOf(
  ops: readonly AppliedOp[],
  titles: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const names = new Map(titles);
  const know = (id: string, title: unknown) => {
    if (!names.has(id) && typeof title === "string") names.set(id, title);
  };
  for (const { target, field, value, previous } of ops) {
    if (field === "title") know(target, value);
    if (field === "panel") know(target, (value as { title?: unknown } | null)?.title);
    if (field === "deleted") know(target, (previous as { title?: unknown } | null)?.title);
  }
  return names;
}

function panelName(id: string, names: ReadonlyMap<string, string>): string {
  const title = names.get(id);
  return title ? `the panel “${title}”` : "a panel";
}

function from(previous: unknown): string {
  return typeof previous === "string" && previous ? ` “${previous}”` : "";
}

function quoted(value: unknown): string {
  return value ? `“${String(value)}”` : "no name";
}

function simpleValue(value: unknown): string | null {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value.length <= 40 ? `“${value}”` : null;
}

function article(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}

function listed(words: readonly string[]): string {
  if (words.length <= 1) return words[0] ?? "something";
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
