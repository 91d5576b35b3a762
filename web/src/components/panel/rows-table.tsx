/** Rows that a click on a column's head sorts. */
import { cx } from "class-variance-authority";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useMemo, useState } from "react";
import type { Cell, Rows } from "./payload-rows";

type RowsTableProps = {
  label: string;
  table: Rows;
  format: (value: number) => string;
};

type Order = { column: string; down: boolean };

export function RowsTable({ label, table, format }: RowsTableProps) {
  const [order, setOrder] = useState<Order | null>(null);
  const { columns, total } = table;
  const at = order ? columns.indexOf(order.column) : -1;
  const rows = useMemo(
    () => (order && at >= 0 ? sorted(table.rows, at, order.down) : table.rows),
    [table.rows, at, order],
  );
  const isNumeric = useMemo(
    () => columns.map((_, i) => numeric(table.rows, i)),
    [columns, table.rows],
  );

  function sortBy(column: string, i: number) {
    // Numbers begin with the greatest, words with the first.
    const first = isNumeric[i] ?? false;
    setOrder((now) =>
      now?.column !== column
        ? { column, down: first }
        : now.down === first
          ? { column, down: !first }
          : null,
    );
  }

  return (
    <div
      role="region"
      aria-label={`${label || "Panel"} as a table`}
      tabIndex={0}
      className="h-full overflow-auto rounded-sm focus-visible:-outline-offset-2"
    >
      <table className="w-full border-collapse text-left text-xs">
        <thead className="sticky top-0 bg-surface text-muted">
          <tr>
            {columns.map((column, i) => (
              <th
                key={column}
                scope="col"
                aria-sort={
                  order?.column !== column ? "none" : order.down ? "descending" : "ascending"
                }
                className="h-7 border-b border-line px-0 font-normal"
              >
                <button
                  type="button"
                  className={cx(
                    "flex h-7 w-full items-center gap-1 rounded-sm px-2 whitespace-nowrap hover:text-text focus-visible:-outline-offset-2",
                    isNumeric[i] && "justify-end",
                  )}
                  onClick={() => sortBy(column, i)}
                >
                  {column}
                  {order?.column === column &&
                    (order.down ? (
                      <ArrowDown className="size-3" aria-hidden />
                    ) : (
                      <ArrowUp className="size-3" aria-hidden />
                    ))}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a payload have no identity
            <tr key={i} className="border-t border-line first:border-t-0">
              {row.map((value, j) => (
                <td
                  key={columns[j]}
                  title={typeof value === "string" ? value : undefined}
                  className={cx(
                    "h-7 max-w-80 truncate px-2",
                    isNumeric[j] && "text-right whitespace-nowrap",
                  )}
                >
                  {cellText(value, format)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {total > rows.length && (
        <p className="border-t border-line px-2 py-1 text-xs text-muted">
          {rows.length} of {total} rows.
        </p>
      )}
    </div>
  );
}

function cellText(value: Cell, format: (value: number) => string): string {
  if (value === null) return "–";
  return typeof value === "number" ? format(value) : String(value);
}

function numeric(rows: readonly Cell[][], column: number): boolean {
  const known = rows.map((row) => row[column]).filter((value) => value !== null);
  return known.length > 0 && known.every((value) => typeof value === "number");
}

/** What is not there comes last either way. */
function sorted(rows: readonly Cell[][], column: number, down: boolean): Cell[][] {
  return [...rows].sort((a, b) => {
    const [x = null, y = null] = [a[column], b[column]];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    const order =
      typeof x === "number" && typeof y === "number"
        ? x - y
        : String(x).localeCompare(String(y), "en", { numeric: true });
    return down ? -order : order;
  });
}
