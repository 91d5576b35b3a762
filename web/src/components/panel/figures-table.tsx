/** The lines of a panel with the figures of each. */
import { formatValue } from "@/components/chart";
import type { Columns } from "@/lib/board/columns";
import type { ShownPanel } from "./body";
import { unitOf } from "./figures";
import { seriesRows } from "./payload-rows";
import { RowsTable } from "./rows-table";

type FiguresTableProps = { data: Columns; panel: ShownPanel; names: readonly string[] };

export function FiguresTable({ data, panel, names }: FiguresTableProps) {
  const unit = unitOf(panel.options, data.series);
  return (
    <RowsTable
      label={panel.title}
      table={seriesRows(data, names)}
      format={(value) => formatValue(value, unit, panel.options.decimals)}
    />
  );
}
