import { Card, CardTitle } from "@/components/card";
import { ErrorState } from "@/components/error-state";
import { Skeleton } from "@/components/skeleton";
import { Table, TBody, Td, THead, Th, Tr } from "@/components/table";
import type { Feed } from "@/lib/api";
import { formatDateTime, useTimeZone, zoneName } from "@/lib/time-zone";
import { useRecentTicks } from "./feed-history";
import { compactValue } from "./feed-text";

/** What came last, newest first. */
export function RecentTicks({ feed }: { feed: Feed }) {
  const ticks = useRecentTicks(feed);
  const zone = useTimeZone();
  return (
    <Card>
      <CardTitle description={`Times are in ${zoneName(zone)}.`}>Recent ticks</CardTitle>
      {ticks.isError && (
        <ErrorState
          error={ticks.error}
          compact={ticks.data !== undefined}
          onRetry={() => void ticks.refetch()}
        />
      )}
      {ticks.data && ticks.data.length > 0 && (
        <Table aria-label="Recent ticks">
          <THead>
            <Tr>
              <Th>Time</Th>
              <Th>Payload</Th>
            </Tr>
          </THead>
          <TBody>
            {ticks.data.map(({ ts, payload }, index) => (
              // Two posts may arrive in one millisecond.
              // biome-ignore lint/suspicious/noArrayIndexKey: rows hold no state
              <Tr key={`${ts} ${index}`}>
                <Td className="whitespace-nowrap">{formatDateTime(ts, zone)}</Td>
                <Td className="w-full max-w-0">
                  <span className="block truncate font-mono text-xs">{compactValue(payload)}</span>
                </Td>
              </Tr>
            ))}
          </TBody>
        </Table>
      )}
      {ticks.data?.length === 0 && (
        <p className="py-6 text-center text-muted">
          {feed.interval_sec == null
            ? "Nothing has been posted yet."
            : "The first run brings the first tick."}
        </p>
      )}
      {ticks.isPending && feed.last_value && <Skeleton className="h-64" />}
      {ticks.isPending && !feed.last_value && (
        <p className="py-6 text-center text-muted">Nothing has arrived yet.</p>
      )}
    </Card>
  );
}
