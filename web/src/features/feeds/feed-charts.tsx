import { useMemo, useState } from "react";
import { Button } from "@/components/button";
import { Card, CardTitle } from "@/components/card";
import { Chart, type ChartData } from "@/components/chart";
import { ErrorState } from "@/components/error-state";
import { Skeleton } from "@/components/skeleton";
import type { Feed } from "@/lib/api";
import { useFeedSeries } from "./feed-history";
import {
  axisFloor,
  byPath,
  headline,
  numbersOf,
  type Span,
  shownRange,
  spanNames,
  spansOf,
} from "./feed-numbers";

/** As many as fit on one look; the rest is one click away. */
const FEW = 6;

/** The numbers of a feed over the last minutes, each on a scale of its own. */
export function FeedCharts({ feed }: { feed: Feed }) {
  const spans = spansOf(feed);
  const [chosen, setChosen] = useState<Span>();
  const [all, setAll] = useState(false);
  const span = chosen && spans.includes(chosen) ? chosen : (spans[0] as Span);
  const series = useFeedSeries(feed, span);
  const lines = useMemo(() => (series.data?.series ?? []).toSorted(byPath), [series.data]);
  const newest = useMemo(() => numbersOf(feed.last_value?.payload), [feed.last_value]);
  const shown = all ? lines : lines.slice(0, FEW);
  const range = series.data && shownRange(series.data, feed);
  return (
    <Card>
      <CardTitle
        actions={
          <div className="flex gap-1" role="group" aria-label="Time">
            {spans.map((one) => (
              <Button
                key={one}
                size="sm"
                variant="ghost"
                aria-pressed={one === span}
                className="aria-pressed:bg-raised aria-pressed:text-text"
                onClick={() => setChosen(one)}
              >
                {spanNames[one].label}
              </Button>
            ))}
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
            : `No number arrived ${spanNames[span].sentence}.`}
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
              newest={newest.get(name)}
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
  /** As it arrived last; a point may be the average of several. */
  newest: number | undefined;
  range: { from: number; to: number };
};

function FieldChart({ name, unit, points, newest, range }: FieldChartProps) {
  const data = useMemo(
    (): ChartData => ({
      times: points.map(([ms]) => ms),
      // It may run less often than the chart has points.
      series: [{ name, values: points.map(([, value]) => value), sparse: true }],
    }),
    [name, points],
  );
  const known = points.flatMap(([, value]) => (value === null ? [] : [value]));
  const floor = axisFloor(known);
  const axis = useMemo(() => (floor === null ? undefined : { min: floor }), [floor]);
  const value = newest ?? known.at(-1);
  return (
    <section aria-label={name} className="min-w-0">
      <Chart
        label={name}
        data={data}
        unit={unit}
        legend={false}
        height={110}
        span={range}
        range={axis}
        caption={
          <>
            <span className="text-lg font-semibold" title={value?.toString()}>
              {headline(value, unit)}
            </span>
            <h3 className="min-w-0 truncate font-mono text-xs text-muted" title={name}>
              {name}
            </h3>
          </>
        }
      />
    </section>
  );
}
