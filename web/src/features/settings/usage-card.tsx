import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Card, CardTitle } from "@/components/card";
import { Chart, type ChartData } from "@/components/chart";
import { ErrorState } from "@/components/error-state";
import { Loading, Skeleton } from "@/components/skeleton";
import type { UsageDay } from "@/lib/api";
import { formatCount } from "@/lib/figures";
import { usageQuery, utcDay } from "@/lib/usage";
import { LimitsInForce } from "./limits-in-force";

const DAYS = 14;
const dayMs = 86_400_000;

/** What came in and what was refused, day by day, and what may come in. */
export function UsageCard({ projectId }: { projectId: string }) {
  const usage = useQuery(usageQuery(projectId, DAYS));
  return (
    <Card>
      <CardTitle
        description={`The last ${DAYS} days, in UTC. Duplicates are retries that were recognized by their id and stored once.`}
      >
        Usage and limits
      </CardTitle>
      {usage.isError && (
        <ErrorState
          error={usage.error}
          compact={usage.data !== undefined}
          onRetry={() => usage.refetch()}
        />
      )}
      {usage.isPending && (
        <>
          <Loading what="the usage" />
          <Skeleton className="h-60" />
        </>
      )}
      {usage.data?.length === 0 && (
        <p className="text-muted">Nothing has arrived yet. Each day with events gets a bar here.</p>
      )}
      {usage.data && usage.data.length > 0 && <UsageChart usage={usage.data} />}
      <LimitsInForce projectId={projectId} />
    </Card>
  );
}

const counts = [
  { name: "over the quota", of: "dropped", label: "over the quota", tone: undefined },
  { name: "too fast", of: "rate_limited", label: "too fast", tone: "warn" },
  { name: "rejected", of: "rejected", label: "rejected", tone: "error" },
  { name: "duplicates", of: "duplicates", label: "duplicates", tone: "muted" },
  { name: "accepted", of: "accepted", label: "accepted", tone: "accent" },
] as const;

function UsageChart({ usage }: { usage: UsageDay[] }) {
  const data = useMemo(() => chartOf(usage), [usage]);
  const today = usage.find(({ day }) => day === utcDay());
  const first = data.times[0] ?? 0;
  const last = data.times[data.times.length - 1] ?? 0;
  return (
    <Chart
      label="Usage per day"
      data={data}
      kind="bars"
      stacked
      zone="utc"
      height={168}
      // A moment short of tomorrow, whose date has no room.
      span={{ from: first, to: last + dayMs - 1 }}
      caption={
        <p className="text-xs leading-6 text-muted">
          Today <span className="font-medium text-text">{formatCount(today?.accepted ?? 0)}</span>{" "}
          accepted
        </p>
      }
    />
  );
}

/** Days on which nothing came are left out by the server; here they are zeros. */
function chartOf(usage: UsageDay[]): ChartData {
  const byDay = new Map(usage.map((day) => [day.day, day]));
  const today = Date.parse(`${utcDay()}T00:00:00Z`);
  const times = Array.from({ length: DAYS }, (_, i) => today - (DAYS - 1 - i) * dayMs);
  return {
    times,
    series: counts.map(({ name, of, label, tone }) => ({
      name,
      label,
      tone,
      values: times.map((at) => byDay.get(utcDay(at))?.[of] ?? 0),
    })),
  };
}
