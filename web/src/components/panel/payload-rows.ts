/** A feed's newest payload, whatever it looks like, as rows and as bars. Pure. */
import type { Columns } from "@/lib/board/columns";
import type { PanelOptions } from "@/lib/board/types";
import { reduced } from "./figures";

export type Cell = string | number | boolean | null;
export type Rows = { columns: string[]; rows: Cell[][]; total: number };
export type Bar = { label: string; value: number };

/** What a browser shows without effort. */
export const MOST_ROWS = 200;
const MOST_COLUMNS = 20;

/** All that a table panel shows. `names` are those of the series. */
export function tableRows(columns: Columns, options: PanelOptions, names: readonly string[]): Rows {
  const parts: Rows[] = [
    ...columns.latest.map(({ payload }) => rowsOf(payload, options.columns)),
    ...(columns.names.length > 0 ? [countRows(columns)] : []),
    ...(columns.series.length > 0 ? [seriesRows(columns, names)] : []),
  ].filter(({ columns }) => columns.length > 0);
  const all = parts.length === 1 ? (parts[0] as Rows) : joined(parts);
  const limit = Math.min(Math.max(options.limit ?? MOST_ROWS, 1), MOST_ROWS);
  return {
    ...chosen(all, options.columns),
    total: all.rows.length,
    rows: all.rows.slice(0, limit),
  };
}

/** A list of objects is a table, an object is a list of its fields, anything else is one cell. */
export function rowsOf(payload: unknown, wanted?: readonly string[]): Rows {
  if (payload === null || payload === undefined) return { columns: [], rows: [], total: 0 };
  if (!Array.isArray(payload)) {
    if (typeof payload !== "object") return only(["value"], [[cell(payload)]]);
    const fields = Object.entries(payload);
    const chosen = fields.filter(([key]) => wanted?.includes(key));
    return only(
      ["field", "value"],
      (chosen.length > 0 ? chosen : fields).map(([key, value]) => [key, cell(value)]),
    );
  }
  if (!payload.some(isRecord))
    return only(
      ["value"],
      payload.map((value) => [cell(value)]),
    );
  const keys = new Set<string>();
  for (const item of payload.slice(0, MOST_ROWS)) {
    if (!isRecord(item)) continue;
    for (const key of Object.keys(item)) if (keys.size < MOST_COLUMNS) keys.add(key);
  }
  const columns = wordsFirst([...keys], payload);
  return only(
    columns,
    payload.map((item) => columns.map((key) => (isRecord(item) ? cell(item[key]) : null))),
  );
}

/** What a row is comes before its numbers; documents are stored with their fields in alphabetical order. */
function wordsFirst(columns: string[], payload: readonly unknown[]): string[] {
  const isWord = (key: string) =>
    payload.some((item) => isRecord(item) && typeof item[key] === "string");
  return [...columns.filter(isWord), ...columns.filter((key) => !isWord(key))];
}

/** All that a bar panel shows, the longest first. */
export function barsOf(columns: Columns, options: PanelOptions, names: readonly string[]): Bar[] {
  const bars = [
    ...columns.latest.flatMap(({ payload }) => payloadBars(payload, options.columns)),
    ...columns.names.map(({ name, count }) => ({ label: name, value: count })),
    ...columns.series.flatMap(({ values }, i) => {
      const value = reduced(values, options.reduce);
      return value === null ? [] : [{ label: names[i] ?? "", value }];
    }),
  ];
  const limit = Math.min(Math.max(options.limit ?? 10, 1), 50);
  return bars.sort((a, b) => b.value - a.value).slice(0, limit);
}

/** Its numbers with their names; of objects in a list, a word and a number each. */
export function payloadBars(payload: unknown, columns?: readonly string[]): Bar[] {
  if (typeof payload === "number") return [{ label: "value", value: payload }];
  if (Array.isArray(payload)) {
    return payload.flatMap((item, i): Bar[] => {
      if (typeof item === "number") return [{ label: String(i), value: item }];
      if (!isRecord(item)) return [];
      const [wordKey, numberKey] = columns ?? [];
      const number = numberKey ? item[numberKey] : Object.values(item).find(isNumber);
      const word = wordKey ? item[wordKey] : Object.values(item).find((v) => typeof v === "string");
      return isNumber(number) ? [{ label: String(word ?? i), value: number }] : [];
    });
  }
  if (!isRecord(payload)) return [];
  return Object.entries(payload).flatMap(([label, value]) =>
    isNumber(value) && (!columns?.length || columns.includes(label)) ? [{ label, value }] : [],
  );
}

/** The lines of a panel with the figures of each. */
export function seriesRows(columns: Columns, names: readonly string[]): Rows {
  return only(
    ["name", "last", "min", "max", "avg"],
    columns.series.map(({ values }, i) => [
      names[i] ?? "",
      ...(["last", "min", "max", "avg"] as const).map((how) => reduced(values, how)),
    ]),
  );
}

function countRows({ names }: Columns): Rows {
  return only(
    ["name", "type", "count"],
    names.map(({ name, type, count }) => [name, type, count]),
  );
}

/** Several tables under each other, their columns side by side. */
function joined(parts: readonly Rows[]): Rows {
  const columns = [...new Set(parts.flatMap((part) => part.columns))].slice(0, MOST_COLUMNS);
  const rows = parts.flatMap((part) =>
    part.rows.map((row) => columns.map((name) => row[part.columns.indexOf(name)] ?? null)),
  );
  return only(columns, rows);
}

/** Only the columns that somebody chose, in that order. */
function chosen({ columns, rows }: Rows, wanted: readonly string[] | undefined): Rows {
  const places = (Array.isArray(wanted) ? wanted : [])
    .map((name) => columns.indexOf(name))
    .filter((at) => at >= 0);
  if (places.length === 0) return only(columns, rows);
  return only(
    places.map((at) => columns[at] as string),
    rows.map((row) => places.map((at) => row[at] ?? null)),
  );
}

function only(columns: string[], rows: Cell[][]): Rows {
  return { columns, rows, total: rows.length };
}

function cell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "object") return JSON.stringify(value).slice(0, 500);
  return typeof value === "bigint" ? String(value) : (value as Cell);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
