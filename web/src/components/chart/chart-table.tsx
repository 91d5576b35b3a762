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
  height: number;
};

/** The same chart as numbers, newest first, in the same place. */
export function ChartTable({ label, data, hidden, unit, step, zone, height }: ChartTableProps) {
  const lines = data.series.filter((line) => !hidden.has(lineKey(line)));
  const times = Array.from(data.times);
  return (
    <div
      role="region"
      aria-label={`${label} as a table`}
      tabIndex={0}
      className="overflow-auto rounded-md border border-line"
      style={{ height }}
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
          </tr>
        </thead>
        <tbody>
          {times
            .map((time, i) => (
              <tr key={time} className="border-t border-line">
                <th scope="row" className="h-7 px-2 font-normal whitespace-nowrap text-muted">
                  {formatMoment(time, step, zone)}
                </th>
                {lines.map((line) => (
                  <td key={lineKey(line)} className="h-7 px-2 text-right whitespace-nowrap">
                    {formatValue(line.values[i], unit)}
                  </td>
                ))}
              </tr>
            ))
            .reverse()}
        </tbody>
      </table>
    </div>
  );
}
