import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Card } from "@/components/card";
import { Chart, type ChartData, formatValue } from "@/components/chart";
import { useLastGood } from "@/components/event/use-last-good";
import { Select } from "@/components/select";
import { Skeleton } from "@/components/skeleton";
import type { Instants } from "@/lib/time-range";
import { type Aggregate, seriesListQuery, seriesQuery } from "./overview-api";

type MetricsProps = {
  projectId: string;
  instants: Instants;
  onZoom: (from: number, to: number) => void;
};

const AGGREGATES: [Aggregate, string][] = [
  ["avg", "Average"],
  ["p50", "Median"],
  ["p95", "95th percentile"],
  ["p99", "99th percentile"],
  ["max", "Maximum"],
];

/** As many as fit on one look; the rest is one click away. */
const FEW = 6;

/** The project's series as small multiples, if it has any. */
export function Metrics({ projectId, instants, onZoom }: MetricsProps) {
  const [aggregate, setAggregate] = useState<Aggregate>("avg");
  const [all, setAll] = useState(false);
  const { data: series } = useQuery(seriesListQuery(projectId));
  if (!series || series.length === 0) return null;
  const shown = all ? series : series.slice(0, FEW);
  return (
    <section className="mt-5" aria-label="Metrics">
      <div className="mb-2 flex items-center justify-between gap-3">
        <h2 className="text-base font-semibold">Metrics</h2>
        <Select
          aria-label="How values are combined"
          className="w-40"
          value={aggregate}
          onChange={(event) => setAggregate(event.target.value as Aggregate)}
        >
          {AGGREGATES.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
      </div>
      <div className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
        {shown.map((item) => (
          <Metric
            key={item.id}
            projectId={projectId}
            series={item}
            aggregate={aggregate}
            instants={instants}
            onZoom={onZoom}
          />
        ))}
      </div>
      {series.length > FEW && (
        <button
          type="button"
          className="mt-2 rounded-sm py-1 text-accent hover:underline"
          onClick={() => setAll(!all)}
        >
          {all ? "Show fewer" : `Show all ${series.length}`}
        </button>
      )}
    </section>
  );
}

type MetricProps = Omit<MetricsProps, "projectId"> & {
  projectId: string;
  series: { name: string; labels: Record<string, string>; unit?: string | null };
  aggregate: Aggregate;
};

function Metric({ projectId, series, aggregate, instants, onZoom }: MetricProps) {
  const { name, labels, unit } = series;
  const found = useQuery(seriesQuery(projectId, { name, labels }, aggregate, instants));
  const data = useLastGood(found.data);
  const chart = useMemo((): ChartData | null => {
    const line = data?.series[0];
    if (!data) return null;
    return {
      times: line?.points.map(([ms]) => Number(ms)) ?? [],
      series: [{ name, values: line?.points.map(([, value]) => value ?? null) ?? [] }],
    };
  }, [data, name]);
  const last = lastValue(chart);
  const tags = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
  return (
    <Card>
      <div className="flex items-baseline justify-between gap-2">
        <h3 className="min-w-0 truncate font-mono text-xs" title={`${name} ${tags}`.trim()}>
          {name} <span className="text-muted">{tags}</span>
        </h3>
        <span className="shrink-0 text-lg font-semibold">{formatValue(last, unit)}</span>
      </div>
      {chart ? (
        <Chart
          label={`${name} ${tags}`.trim()}
          data={chart}
          unit={unit}
          legend={false}
          height={120}
          span={{ from: instants.from.getTime(), to: instants.to.getTime() }}
          onBrush={onZoom}
        />
      ) : found.error ? (
        <p className="py-8 text-center text-muted">
          These values could not be loaded.{" "}
          <button
            type="button"
            className="rounded-sm text-accent hover:underline"
            onClick={() => void found.refetch()}
          >
            Try again
          </button>
        </p>
      ) : (
        <Skeleton className="h-38" />
      )}
    </Card>
  );
}

function lastValue(chart: ChartData | null): number | null {
  const values = chart?.series[0]?.values;
  for (let i = (values?.length ?? 0) - 1; i >= 0; i--) {
    const value = values?.[i];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}
