/** What a column of the table shows, one list for the table, its picker and the CSV. */
import { formatValue } from "@/components/chart";
import { eventSummary } from "@/components/event/event-text";
import type { PulseEvent } from "@/lib/live/event";

export type ColumnId =
  | "timestamp"
  | "level"
  | "name"
  | "summary"
  | "value"
  | "user"
  | "session"
  | "release"
  | "environment"
  | "received_at"
  | `tag.${string}`;

/** Without a width a column takes a share of what is left. */
type Column = { label: string; width?: number };

const COLUMNS: Record<Exclude<ColumnId, `tag.${string}`>, Column> = {
  timestamp: { label: "Time", width: 184 },
  level: { label: "Kind", width: 96 },
  name: { label: "Name", width: 224 },
  summary: { label: "Details" },
  value: { label: "Value", width: 96 },
  user: { label: "User", width: 96 },
  session: { label: "Session", width: 112 },
  release: { label: "Release", width: 88 },
  environment: { label: "Environment", width: 104 },
  received_at: { label: "Received", width: 184 },
};

/** In the order of the table. */
export const FIXED_COLUMNS = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];

export const DEFAULT_COLUMNS: ColumnId[] = [
  "timestamp",
  "level",
  "name",
  "summary",
  "user",
  "release",
];

export function columnLabel(id: ColumnId): string {
  return id.startsWith("tag.") ? id.slice(4) : COLUMNS[id as keyof typeof COLUMNS].label;
}

/** In pixels, `undefined` for one that shares what is left. */
export function columnWidth(id: ColumnId): number | undefined {
  return id.startsWith("tag.") ? 112 : COLUMNS[id as keyof typeof COLUMNS].width;
}

/** Narrower than this the table scrolls in its box. */
export function tableWidth(ids: readonly ColumnId[]): number {
  return ids.reduce((sum, id) => sum + (columnWidth(id) ?? 200), 0);
}

/** The order of the table, tags last. Unknown ones are dropped. */
export function orderColumns(ids: readonly string[]): ColumnId[] {
  const fixed = FIXED_COLUMNS.filter((id) => ids.includes(id));
  const tags = ids.filter((id): id is `tag.${string}` => id.startsWith("tag.") && id.length > 4);
  return [...fixed, ...new Set(tags)];
}

/** A cell as plain text. */
export function cellText(event: PulseEvent, id: ColumnId): string {
  if (id.startsWith("tag.")) return event.tags[id.slice(4)] ?? "";
  switch (id) {
    case "level":
      return event.level ?? event.type;
    case "summary":
      return eventSummary(event);
    case "value":
      return event.value === null ? "" : formatValue(event.value, event.unit);
    default:
      return event[id as "user"] ?? "";
  }
}
