import { cx } from "class-variance-authority";
import type { TimeZone } from "@/lib/time-zone";
import { type ChartData, type ChartMark, lineKey, lineLabel, valueNear } from "./chart-data";
import { Swatch } from "./chart-legend";
import { formatMoment } from "./time-axis";
import { formatValue } from "./unit";

export type Hover = {
  /** Which moment. */
  index: number;
  /** Where the cursor stands and how wide the plot is, in pixels. */
  left: number;
  width: number;
  /** What happened close to the cursor. */
  marks: readonly ChartMark[];
};

type ChartTooltipProps = {
  hover: Hover;
  data: ChartData;
  colors: readonly string[];
  hidden: ReadonlySet<string>;
  unit: string | null;
  decimals?: number | null;
  step: number;
  zone: TimeZone;
};

/** The values of one moment, beside the cursor and never under it. */
export function ChartTooltip(props: ChartTooltipProps) {
  const { hover, data, colors, hidden, unit, decimals, step, zone } = props;
  const time = data.times[hover.index];
  if (time === undefined) return null;
  const onLeft = hover.left > hover.width / 2;
  return (
    <div
      className={cx(
        "pointer-events-none absolute top-1 z-10 max-w-60 min-w-32 rounded-md border border-line bg-raised px-2.5 py-2 text-xs shadow-float",
        onLeft && "-translate-x-full",
      )}
      style={{ left: onLeft ? hover.left - 12 : hover.left + 12 }}
    >
      <p className="mb-1 whitespace-nowrap text-muted">{formatMoment(time, step, zone)}</p>
      <ul>
        {data.series.map((line, i) =>
          hidden.has(lineKey(line)) ? null : (
            <li key={lineKey(line)} className="flex items-center gap-2">
              <Swatch color={colors[i]} dashed={line.previous} />
              <span className="min-w-0 flex-1 truncate text-muted">{lineLabel(line)}</span>
              <span className="font-medium whitespace-nowrap">
                {formatValue(valueNear(line, data.times, hover.index), unit, decimals)}
              </span>
            </li>
          ),
        )}
      </ul>
      {hover.marks.map(({ ts, text }) => (
        <p key={`${ts} ${text}`} className="mt-1 truncate border-t border-line pt-1">
          <span className="text-muted">Release</span> {text}
        </p>
      ))}
    </div>
  );
}
