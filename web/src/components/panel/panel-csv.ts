/** What a panel shows, as a table for a spreadsheet. */
import type { Columns } from "@/lib/board/columns";
import type { PanelFrame } from "@/lib/board/panel-source";
import type { FeedBrief } from "@/lib/board/types";
import { type CsvCell, csvText, saveCsv } from "@/lib/csv";
import type { ShownPanel } from "./body";
import { lineNames } from "./figures";
import { barsOf, tableRows } from "./payload-rows";

/** What gives lines their names. */
export type Naming = {
  feeds: readonly Pick<FeedBrief, "id" | "name">[];
  variables: Readonly<Record<string, string>>;
};

const NO_NAMES: Naming = { feeds: [], variables: {} };

/** `null` where there is nothing to put in a table. */
export function panelRows(
  panel: ShownPanel,
  data: Columns | null,
  { feeds, variables }: Naming = NO_NAMES,
): CsvCell[][] | null {
  if (!data || panel.type === "text") return null;
  const names = lineNames(data.series, feeds, variables);
  switch (panel.type) {
    case "event_list":
      return [
        ["time", "type", "level", "name", "value", "unit", "user", "release", "environment", "id"],
        ...data.events.map((event) => [
          event.timestamp,
          event.type,
          event.level ?? null,
          event.name,
          event.value ?? null,
          event.unit ?? null,
          event.user ?? null,
          event.release ?? null,
          event.environment ?? null,
          event.id,
        ]),
      ];
    case "table": {
      const { columns, rows } = tableRows(data, panel.options, names);
      return [columns, ...rows.map((row) => row.map(written))];
    }
    case "bar":
      return [
        ["name", "value"],
        ...barsOf(data, panel.options, names).map(({ label, value }) => [label, value]),
      ];
    default:
      return overTime(data, names);
  }
}

export function panelCsv(panel: ShownPanel, frame: PanelFrame, naming?: Naming): string | null {
  const rows = panelRows(panel, frame.data, naming);
  return rows && csvText(rows);
}

/** Gives it to the browser as a file; `false` where there is nothing. */
export function savePanelCsv(panel: ShownPanel, frame: PanelFrame, naming?: Naming): boolean {
  const text = panelCsv(panel, frame, naming);
  if (text) saveCsv(fileName(panel), text);
  return text !== null;
}

/** "CPU of all hosts" → "cpu-of-all-hosts" */
export function fileName({ title, type }: Pick<ShownPanel, "title" | "type">): string {
  const plain = title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  return plain.replace(/^-+|-+$/g, "").slice(0, 60) || type;
}

function overTime(data: Columns, names: readonly string[]): CsvCell[][] {
  const lines = data.series.flatMap(({ values, previous }, i) => [
    { name: names[i] ?? "", values },
    ...(previous ? [{ name: `${names[i]}, previous`, values: previous }] : []),
  ]);
  const releases = data.annotations.length > 0;
  const head = ["time", ...lines.map(({ name }) => name), ...(releases ? ["release"] : [])];
  const rows = Array.from(data.times, (ms, i): CsvCell[] => {
    const until = data.times[i + 1] ?? Number.POSITIVE_INFINITY;
    const inside = data.annotations.filter(({ ts }) => ts >= ms && ts < until);
    return [
      new Date(ms).toISOString(),
      ...lines.map(({ values }) => number(values[i])),
      ...(releases ? [inside.map(({ text }) => text).join(" ")] : []),
    ];
  });
  return [head, ...rows];
}

function number(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

function written(value: string | number | boolean | null): CsvCell {
  return typeof value === "boolean" ? String(value) : value;
}
