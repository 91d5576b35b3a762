/** Rows and columns of a feed's newest value, of counts, or of several series. */
import { useMemo } from "react";
import { formatValue } from "@/components/chart";
import { type BodyProps, useFrame, useSurroundings } from "./body";
import { lineNames, unitOf } from "./figures";
import { tableRows } from "./payload-rows";
import { RowsTable } from "./rows-table";

export default function Table({ panel, source }: BodyProps) {
  const { feeds, variables } = useSurroundings();
  const { data } = useFrame(source);
  const { options } = panel;
  const table = useMemo(
    () => data && tableRows(data, options, lineNames(data.series, feeds, variables)),
    [data, options, feeds, variables],
  );
  if (!data || !table) return null;
  const unit = unitOf(options, data.series);
  return (
    <RowsTable
      label={panel.title}
      table={table}
      format={(value) => formatValue(value, unit, options.decimals)}
    />
  );
}
