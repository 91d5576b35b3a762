/** Bars that compare things: the longest is the greatest. */
import { cx } from "class-variance-authority";
import { useMemo } from "react";
import { formatValue } from "@/components/chart";
import { type BodyProps, useFrame, useSurroundings } from "./body";
import { lineNames, toneAt, unitOf } from "./figures";
import { barsOf } from "./payload-rows";
import { RowsTable } from "./rows-table";
import { ToneValue } from "./tiles";

const FILLS = { ok: "bg-ok/25", warn: "bg-warn/25", error: "bg-error/25" };

export default function BarPanel({ panel, source, view }: BodyProps) {
  const { feeds, variables } = useSurroundings();
  const { data } = useFrame(source);
  const { options } = panel;
  const bars = useMemo(
    () => (data ? barsOf(data, options, lineNames(data.series, feeds, variables)) : []),
    [data, options, feeds, variables],
  );
  const unit = unitOf(options, data?.series ?? []);
  const format = (value: number) => formatValue(value, unit, options.decimals);
  if (view === "table") {
    const rows = bars.map(({ label, value }) => [label, value]);
    const table = { columns: ["name", "value"], rows, total: rows.length };
    return <RowsTable label={panel.title} table={table} format={format} />;
  }
  const longest = options.max ?? Math.max(...bars.map(({ value }) => Math.abs(value)), 0);
  return (
    <ul className="flex h-full flex-col gap-0.5 overflow-y-auto" aria-label={panel.title || "Bars"}>
      {bars.map(({ label, value }, i) => {
        const tone = toneAt(value, options.thresholds);
        const share = longest > 0 ? Math.min(Math.abs(value) / longest, 1) : 0;
        return (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: the same word may stand twice in a payload
            key={`${label} ${i}`}
            className="relative flex min-h-5 flex-1 basis-5 items-center justify-between gap-3 rounded-sm px-2 text-xs [max-block-size:36px]"
          >
            <span
              aria-hidden
              className={cx(
                "absolute inset-y-0 left-0 rounded-sm",
                tone ? FILLS[tone] : "bg-accent/20",
              )}
              style={{ width: `${share * 100}%` }}
            />
            <span className="relative min-w-0 truncate font-mono" title={label}>
              {label}
            </span>
            <ToneValue text={format(value)} tone={tone} className="relative shrink-0" />
          </li>
        );
      })}
    </ul>
  );
}
