import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Badge } from "@/components/badge";
import { ErrorState } from "@/components/error-state";
import { useLastGood } from "@/components/event/use-last-good";
import { RelativeTime } from "@/components/relative-time";
import { Loading, Skeleton } from "@/components/skeleton";
import { Table, TBody, Td, THead, Th, Tr } from "@/components/table";
import { namesQuery } from "@/lib/event-api";
import { addFilter } from "@/lib/event-query";
import { formatCount, formatShare } from "@/lib/figures";
import type { Instants } from "@/lib/time-range";
import { Panel } from "./panel";

type TopNamesProps = {
  projectId: string;
  instants: Instants;
  title: string;
  /** Only these. */
  type?: "error";
  /** The whole that a share is of. */
  of: number;
  empty: string;
};

/** What happens most, by name. */
export function TopNames({ projectId, instants, title, type: only, of, empty }: TopNamesProps) {
  const names = useQuery(
    namesQuery(projectId, instants, [instants.from.getTime(), instants.to.getTime()], {
      limit: 8,
      type: only,
    }),
  );
  const data = useLastGood(names.data);
  // Names are counted by the full hour, so that there can be more of them than in the range.
  const whole = Math.max(
    of,
    (data ?? []).reduce((sum, { count }) => sum + count, 0),
  );
  return (
    <Panel title={title} actions={<span className="text-xs text-muted">by the full hour</span>}>
      {data && data.length > 0 && (
        <Table>
          <THead>
            <Tr>
              <Th>Name</Th>
              <Th numeric>Events</Th>
              <Th numeric className="max-md:hidden">
                Share
              </Th>
              <Th numeric>Last seen</Th>
            </Tr>
          </THead>
          <TBody>
            {data.map(({ name, type, count, last_seen }) => (
              <Tr key={`${type} ${name}`}>
                <Td className="max-w-0 w-full">
                  <span className="flex items-center gap-2">
                    {type === "error" && !only && (
                      <Badge tone="error" mono>
                        error
                      </Badge>
                    )}
                    <Link
                      to="/p/$project/events"
                      params={{ project: projectId }}
                      search={
                        ((old: object) => ({
                          ...old,
                          q: addFilter("", { field: "name", value: name }),
                        })) as never
                      }
                      className="min-w-0 truncate rounded-sm font-mono text-xs hover:underline"
                    >
                      {name}
                    </Link>
                  </span>
                </Td>
                <Td numeric>{formatCount(count)}</Td>
                <Td numeric className="whitespace-nowrap text-muted max-md:hidden">
                  {formatShare(count, whole)}
                </Td>
                <Td numeric className="whitespace-nowrap text-muted">
                  <RelativeTime at={last_seen} />
                </Td>
              </Tr>
            ))}
          </TBody>
        </Table>
      )}
      {!data && !names.error && (
        <>
          <Loading what={title} />
          <Skeleton className="h-72" />
        </>
      )}
      {names.error && !data && (
        <ErrorState error={names.error} onRetry={() => void names.refetch()} />
      )}
      {data?.length === 0 && <p className="py-2 text-muted">{empty}</p>}
    </Panel>
  );
}
