import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Button } from "@/components/button";
import { Chart } from "@/components/chart";
import { ErrorState } from "@/components/error-state";
import { useLastGood } from "@/components/event/use-last-good";
import { Loading, Skeleton } from "@/components/skeleton";
import type { Instants } from "@/lib/time-range";
import { histogramData, liveFeed } from "./live-histogram";
import { histogramQuery } from "./overview-api";
import { Panel } from "./panel";

type EventsChartProps = {
  projectId: string;
  instants: Instants;
  /** Whether the range ends now, so that new events belong to it. */
  live: boolean;
  onZoom: (from: number, to: number) => void;
};

const HEIGHT = 208;

export function EventsChart({ projectId, instants, live, onZoom }: EventsChartProps) {
  const [compare, setCompare] = useState(false);
  const histogram = useQuery(histogramQuery(projectId, instants, compare));
  const data = useLastGood(histogram.data);
  const chart = useMemo(() => (data ? histogramData(data) : null), [data]);
  const feed = useMemo(
    () => (data && live ? liveFeed(projectId, data) : undefined),
    [data, live, projectId],
  );
  return (
    <Panel
      title={`Events by kind${data ? `, per ${bucketName(data.current.bucket)}` : ""}`}
      actions={
        <Button
          size="sm"
          variant="ghost"
          aria-pressed={compare}
          className="aria-pressed:bg-raised aria-pressed:text-text"
          onClick={() => setCompare(!compare)}
        >
          Compare with previous
        </Button>
      }
      className="lg:col-span-2"
    >
      {histogram.error && data && (
        <ErrorState compact error={histogram.error} onRetry={() => void histogram.refetch()} />
      )}
      {chart ? (
        <Chart
          label="Events by kind"
          data={chart}
          feed={feed}
          kind="line"
          height={HEIGHT}
          onBrush={onZoom}
        />
      ) : histogram.error ? (
        <ErrorState error={histogram.error} onRetry={() => void histogram.refetch()} />
      ) : (
        <>
          <Loading what="the events chart" />
          <Skeleton className="h-60" />
        </>
      )}
    </Panel>
  );
}

function bucketName(seconds: number): string {
  if (seconds % 86_400 === 0) return amount(seconds / 86_400, "day");
  if (seconds % 3_600 === 0) return amount(seconds / 3_600, "hour");
  if (seconds % 60 === 0) return amount(seconds / 60, "minute");
  return amount(seconds, "second");
}

function amount(count: number, unit: string): string {
  return count === 1 ? unit : `${count} ${unit}s`;
}
