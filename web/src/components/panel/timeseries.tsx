/** Numbers over time. New values go to the plot directly; React renders when the lines change. */
import { useCallback, useMemo, useSyncExternalStore } from "react";
import { Chart, type ChartData, type ChartFeed, structureOf } from "@/components/chart";
import type { Columns } from "@/lib/board/columns";
import { type BodyProps, useSlowFrame, useSurroundings } from "./body";
import { chartData, chartThresholds, lineNames, unitOf } from "./figures";

const EMPTY: ChartData = { times: [], series: [] };

export default function Timeseries(props: BodyProps) {
  return props.view === "table" ? <AsTable {...props} /> : <Drawn {...props} />;
}

function Drawn({ panel, source }: BodyProps) {
  const { syncKey, onBrush } = useSurroundings();
  const toChart = useToChart();
  const read = useCallback(() => {
    const { data } = source.get();
    return data ? toChart(data) : EMPTY;
  }, [source, toChart]);
  const structure = useSyncExternalStore(source.subscribe, () => structureOf(read()));
  // biome-ignore lint/correctness/useExhaustiveDependencies: `structure` says when the lines changed
  const data = useMemo(read, [read, structure]);
  const feed = useMemo(
    (): ChartFeed => ({
      subscribe: (run) =>
        source.subscribe(() => {
          const next = read();
          // Other lines are a new plot, which React makes.
          if (structureOf(next) === structure) run(next);
        }),
    }),
    [source, read, structure],
  );
  return (
    <Chart
      {...useLook({ panel, source })}
      data={data}
      feed={feed}
      view="chart"
      syncKey={syncKey}
      onBrush={onBrush}
    />
  );
}

function AsTable({ panel, source }: BodyProps) {
  const frame = useSlowFrame(source);
  const toChart = useToChart();
  const data = frame.data ? toChart(frame.data) : EMPTY;
  return <Chart {...useLook({ panel, source })} data={data} legend={false} view="table" />;
}

function useToChart(): (columns: Columns) => ChartData {
  const { feeds, variables } = useSurroundings();
  return useCallback(
    (columns) => chartData(columns, lineNames(columns.series, feeds, variables)),
    [feeds, variables],
  );
}

/** What the options say about how it looks. */
function useLook({ panel, source }: Pick<BodyProps, "panel" | "source">) {
  const { options } = panel;
  const unit = useSyncExternalStore(source.subscribe, () =>
    unitOf(options, source.get().data?.series ?? []),
  );
  const fixed = useMemo(
    () => ({
      thresholds: chartThresholds(options),
      range: { min: numberOr(options.min), max: numberOr(options.max) },
    }),
    [options],
  );
  return {
    ...fixed,
    label: panel.title || "Time series",
    kind: options.style ?? ("line" as const),
    stacked: options.stack === true && options.style !== undefined && options.style !== "line",
    connectNulls: options.connect_nulls === true,
    decimals: options.decimals,
    unit,
    legend: options.legend !== false,
    height: "fill" as const,
    emptyText: "",
  };
}

function numberOr(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
