import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Chart, type ChartData } from "@/components/chart";
import { ErrorState } from "@/components/error-state";
import { useLastGood } from "@/components/event/use-last-good";
import { Loading, Skeleton } from "@/components/skeleton";
import { fetchHistogram, type Histogram } from "@/lib/event-api";
import { formatCount } from "@/lib/figures";
import type { Instants } from "@/lib/time-range";

type EventsHistogramProps = {
  projectId: string;
  instants: Instants;
  query: string;
  onZoom: (from: number, to: number) => void;
};

/** How many matched when; a stretch that is drawn over becomes the time range. */
export function EventsHistogram({ projectId, instants, query, onZoom }: EventsHistogramProps) {
  const histogram = useQuery({
    queryKey: [
      "projects",
      projectId,
      "histogram",
      instants.from.getTime(),
      instants.to.getTime(),
      query,
    ],
    queryFn: ({ signal }) => fetchHistogram(projectId, instants, query, signal),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
  const { error, refetch } = histogram;
  const data = useLastGood(histogram.data);
  const chart = useMemo(() => (data ? bars(data) : null), [data]);
  if (!data || !chart) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <>
        <Loading what="the histogram" />
        <Skeleton className="h-36" />
      </>
    );
  }
  const step = data.bucket * 1_000;
  const first = chart.times[0] ?? instants.from.getTime();
  const last = chart.times[chart.times.length - 1] ?? instants.to.getTime();
  const total = data.items.reduce((sum, item) => sum + item.error + item.event + item.metric, 0);
  return (
    <>
      {error && <ErrorState compact error={error} onRetry={() => void refetch()} />}
      <Chart
        label="Matching events over time"
        data={chart}
        kind="bars"
        stacked
        height={112}
        caption={
          <p className="text-xs leading-6 text-muted" aria-live="polite">
            <span className="font-medium text-text">{formatCount(total)}</span>{" "}
            {total === 1 ? "match" : "matches"}
          </p>
        }
        span={{ from: first, to: last + step }}
        onBrush={onZoom}
        emptyText="No event matches in this range."
      />
    </>
  );
}

function bars({ items }: Histogram): ChartData {
  return {
    times: items.map(({ ts }) => Date.parse(ts)),
    series: [
      { name: "metric", label: "metrics", tone: "metric", values: items.map((it) => it.metric) },
      { name: "event", label: "events", tone: "accent", values: items.map((it) => it.event) },
      { name: "error", label: "errors", tone: "error", values: items.map((it) => it.error) },
    ],
  };
}
