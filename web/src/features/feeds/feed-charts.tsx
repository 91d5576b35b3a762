import { useMemo, useState } from "react";
import { Button } from "@/components/button";
import { Card, CardTitle } from "@/components/card";
import { Chart, type ChartData, formatValue } from "@/components/chart";
import { ErrorState } from "@/components/error-state";
import { Skeleton } from "@/components/skeleton";
import type { Feed } from "@/lib/api";
import { type Span, useFeedSeries } from "./feed-history";

/** As many as fit on one look; the rest is one click away. */
const FEW = 6;

/** The numbers of a feed over the last minutes, each on a scale of its own. */
export function FeedCharts({ feed }: { feed: Feed }) {
  const [span, setSpan] = useState<Span>("10m");
  const [all, setAll] = useState(false);
  const series = useFeedSeries(feed, span);
  const lines = series.data?.series ?? [];
  const shown = all ? lines : lines.slice(0, FEW);
  const range = series.data && { from: series.data.from, to: series.data.to };
  return (
    <Card>
      <CardTitle
        actions={
          <div className="flex gap-1" role="group" aria-label="Time">
            <SpanButton span="10m" chosen={span} onChoose={setSpan} label="10 min" />
            <SpanButton span="1h" chosen={span} onChoose={setSpan} label="1 h" />
          </div>
        }
      >
        Numbers
      </CardTitle>
      {series.isError && (
        <ErrorState
          error={series.error}
          compact={series.data !== undefined}
          onRetry={() => void series.refetch()}
        />
      )}
      {series.isPending && <Skeleton className="h-44" />}
      {series.data && lines.length === 0 && (
        <p className="py-6 text-center text-muted">
          {feed.last_value && feed.fields.length === 0
            ? "There are no numbers in what it brings."
            : `No number arrived in the last ${span === "10m" ? "10 minutes" : "hour"}.`}
        </p>
      )}
      {range && lines.length > 0 && (
        <div className="grid gap-x-5 gap-y-4 md:grid-cols-2 xl:grid-cols-3">
          {shown.map(({ name, unit, points }) => (
            <FieldChart
              key={name}
              name={name}
              unit={unit ?? null}
              points={points as Point[]}
              range={range}
            />
          ))}
        </div>
      )}
      {lines.length > FEW && (
        <button
          type="button"
          className="mt-2 rounded-sm py-1 text-accent hover:underline"
          onClick={() => setAll(!all)}
        >
          {all ? "Show fewer" : `Show all ${lines.length}`}
        </button>
      )}
    </Card>
  );
}

type Point = [number, number | null];
type FieldChartProps = {
  name: string;
  unit: string | null;
  points: readonly Point[];
  range: { from: number; to: number };
};

function FieldChart({ name, unit, points, range }: FieldChartProps) {
  const data = useMemo(
    (): ChartData => ({
      times: points.map(([ms]) => ms),
      series: [{ name, values: points.map(([, value]) => value) }],
    }),
    [name, points],
  );
  const floor = axisFloor(points);
  const axis = useMemo(() => (floor === null ? undefined : { min: floor }), [floor]);
  const last = points.findLast(([, value]) => value !== null)?.[1];
  return (
    <section aria-label={name} className="min-w-0">
      <div className="flex items-baseline justify-between gap-2">
        <h3 className="min-w-0 truncate font-mono text-xs" title={name}>
          {name}
        </h3>
        <span className="shrink-0 text-lg font-semibold">{formatValue(last, unit)}</span>
      </div>
      <Chart
        label={name}
        data={data}
        unit={unit}
        legend={false}
        height={110}
        span={range}
        range={axis}
      />
    </section>
  );
}

/**
 * Where the axis begins when zero would flatten the line: a round number, so that it stays the
 * same from one refresh to the next.
 */
function axisFloor(points: readonly Point[]): number | null {
  const values = points.map(([, value]) => value).filter((value) => value !== null);
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (!(low > high / 2)) return null;
  const spread = high - low || high / 10;
  const step = 10 ** Math.floor(Math.log10(spread));
  return Math.floor((low - spread / 10) / step) * step;
}

type SpanButtonProps = {
  span: Span;
  chosen: Span;
  onChoose: (span: Span) => void;
  label: string;
};

function SpanButton({ span, chosen, onChoose, label }: SpanButtonProps) {
  return (
    <Button
      size="sm"
      variant="ghost"
      aria-pressed={span === chosen}
      className="aria-pressed:bg-raised aria-pressed:text-text"
      onClick={() => onChoose(span)}
    >
      {label}
    </Button>
  );
}
