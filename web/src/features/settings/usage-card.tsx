import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Card, CardTitle } from "@/components/card";
import { ErrorState } from "@/components/error-state";
import { Loading, Skeleton } from "@/components/skeleton";
import { Table, TBody, Td, THead, Th, Tr } from "@/components/table";
import { answer, api, type UsageDay } from "@/lib/api";
import { formatCount } from "@/lib/figures";
import { formatDate } from "@/lib/time-zone";

const days = 14;

/** What came in per day; days are UTC, as the server counts them. */
export function UsageCard({ projectId }: { projectId: string }) {
  const usage = useQuery({
    queryKey: ["projects", projectId, "usage", days],
    queryFn: async ({ signal }) => {
      const { items } = await answer(
        api.GET("/api/projects/{project}/usage", {
          params: { path: { project: projectId }, query: { days } },
          signal,
        }),
      );
      return items.toSorted((a, b) => b.day.localeCompare(a.day));
    },
    placeholderData: keepPreviousData,
  });
  return (
    <Card>
      <CardTitle description="The last 14 days, in UTC. Duplicates are retries that were recognized by their id and stored once.">
        Usage
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
          <Skeleton className="h-134" />
        </>
      )}
      {usage.data?.length === 0 && (
        <p className="text-muted">Nothing has arrived yet. Each day with events gets a row here.</p>
      )}
      {usage.data && usage.data.length > 0 && <UsageTable usage={usage.data} />}
    </Card>
  );
}

function UsageTable({ usage }: { usage: UsageDay[] }) {
  const most = Math.max(1, ...usage.map(({ accepted }) => accepted));
  return (
    <Table>
      <THead>
        <Tr>
          <Th>Day</Th>
          <Th className="w-1/2 max-sm:hidden">
            <span className="sr-only">Share of the busiest day</span>
          </Th>
          <Th numeric>Accepted</Th>
          <Th numeric>Duplicates</Th>
          <Th numeric>Rejected</Th>
        </Tr>
      </THead>
      <TBody>
        {usage.map(({ day, accepted, duplicates, rejected }) => (
          <Tr key={day}>
            <Td className="whitespace-nowrap">{formatDate(`${day}T00:00:00Z`, "utc")}</Td>
            <Td className="max-sm:hidden">
              <div aria-hidden className="h-2 rounded-sm bg-raised">
                <div
                  className="h-full rounded-sm bg-accent"
                  style={{ width: `${(100 * accepted) / most}%` }}
                />
              </div>
            </Td>
            <Td numeric>{formatCount(accepted)}</Td>
            <Td numeric className="text-muted">
              {formatCount(duplicates)}
            </Td>
            <Td numeric className={rejected > 0 ? "text-error" : "text-muted"}>
              {formatCount(rejected)}
            </Td>
          </Tr>
        ))}
      </TBody>
    </Table>
  );
}
