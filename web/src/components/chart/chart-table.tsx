import { cx } from "class-variance-authority";
import type { TimeZone } from "@/lib/time-zone";
import { type ChartData, lineKey, lineLabel } from "./chart-data";
import { formatMoment } from "./time-axis";
import { formatValue } from "./unit";

type ChartTableProps = {
  label: string;
  data: ChartData;
  hidden: ReadonlySet<string>;
  unit: string | null;
  step: number;
  zone: TimeZone;
  /** In pixels; all of its parent's without it. */
  height?: number;
  decimals?: number | null;
};

/** More rows are no longer read but searched, and that is what the CSV is for. */
const MOST = 200;

/** The same chart as numbers, newest first, in the same place. */
export function ChartTable(props: ChartTableProps) {
  const { label, data, hidden, unit, step, zone, height, decimals } = props;
  const lines = data.series.filter((line) => !hidden.has(lineKey(line)));
  const marks = data.marks ?? [];
  const rows = newestFirst(data, step);
  return (
    <div
      role="region"
      aria-label={`${label} as a table`}
      tabIndex={0}
      className={cx(
        "overflow-auto rounded-md border border-line",
        height === undefined && "h-full",
      )}
      style={height === undefined ? undefined : { height }}
    >
      <table className="w-full border-collapse text-left text-xs">
        <thead className="sticky top-0 bg-raised text-muted">
          <tr>
            <th scope="col" className="h-7 px-2 font-normal">
              Time
            </th>
            {lines.map((line) => (
              <th
                key={lineKey(line)}
                scope="col"
                className="h-7 px-2 text-right font-normal whitespace-nowrap"
              >
                {lineLabel(line)}
              </th>
            ))}
            {marks.length > 0 && (
              <th scope="col" className="h-7 px-2 font-normal">
                Release
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST).map(({ time, index, marked }) => (
            <tr key={time} className="border-t border-line">
              <th scope="row" className="h-7 px-2 font-normal whitespace-nowrap text-muted">
                {formatMoment(time, step, zone)}
              </th>
              {lines.map((line) => (
                <td key={lineKey(line)} className="h-7 px-2 text-right whitespace-nowrap">
                  {formatValue(line.values[index], unit, decimals)}
                </td>
              ))}
              {marks.length > 0 && <td className="h-7 px-2 whitespace-nowrap">{marked}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > MOST && (
        <p className="border-t border-line px-2 py-1 text-xs text-muted">
          The newest {MOST} of {rows.length} rows.
        </p>
      )}
    </div>
  );
}

/** Moments with the marks that fall between one and the next. */
function newestFirst({ times, marks = [] }: ChartData, step: number) {
  return Array.from(times, (time, index) => {
    const until = times[index + 1] ?? time + step;
    const inside = marks.filter(({ ts }) => ts >= time && ts < until);
    return { time, index, marked: inside.map(({ text }) => text).join(", ") };
  }).reverse();
}
