import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { ArrowUp, Download, Inbox, ListFilter, SearchX } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { Button } from "@/components/button";
import { Card } from "@/components/card";
import { CodeBlock } from "@/components/code-block";
import { EmptyState } from "@/components/empty-state";
import { ErrorState } from "@/components/error-state";
import { EventDrawer } from "@/components/event/event-drawer";
import { firstEventCurl } from "@/components/event/event-text";
import { QueryBar } from "@/components/event/query-bar";
import { useInstants } from "@/components/event/use-instants";
import { useLastGood } from "@/components/event/use-last-good";
import { useListKeys } from "@/components/event/use-list-keys";
import { useNarrow } from "@/components/event/use-narrow";
import { Page } from "@/components/page";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/popover";
import { Loading, Skeleton } from "@/components/skeleton";
import { toast } from "@/components/toast";
import { fetchEvents, usePublicKey } from "@/lib/event-api";
import { addFilter, type Filter, parseQuery } from "@/lib/event-query";
import type { PulseEvent } from "@/lib/live/event";
import { useSearchParams } from "@/lib/search-params";
import { ColumnPicker } from "./column-picker";
import { DEFAULT_COLUMNS, orderColumns } from "./columns";
import { CSV_LIMIT, downloadCsv } from "./csv";
import { EventsHistogram } from "./events-histogram";
import { EventsTable } from "./events-table";
import { useKept } from "./kept";
import { NamesFacet } from "./names-facet";
import { useNewCount } from "./use-new-count";
import { ViewsMenu } from "./views-menu";

const PAGE = 100;

export function EventsPage({ projectId }: { projectId: string }) {
  const [params, change] = useSearchParams();
  const q = params.q ?? "";
  const eventId = params.event || undefined;
  const { instants, range, isRelative, refresh, asOf, zoom } = useInstants();
  const narrow = useNarrow();
  const [columns, setColumns] = useKept(`columns.${projectId}`, readColumns);
  const [selectedId, setSelectedId] = useState<string | null>(null);
  const tokens = useMemo(() => parseQuery(q).tokens, [q]);
  const fresh = useNewCount(projectId, tokens, asOf);

  const filter = useMemo(
    () => ({ q, since: instants.from.toISOString(), until: instants.to.toISOString() }),
    [q, instants],
  );
  const found = useInfiniteQuery({
    queryKey: ["projects", projectId, "events", filter],
    queryFn: ({ pageParam, signal }) =>
      fetchEvents(projectId, filter, { limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  const data = useLastGood(found.data);
  const events = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const tags = useMemo(
    () => [...new Set(events.slice(0, 200).flatMap((event) => Object.keys(event.tags)))].sort(),
    [events],
  );
  const selected = events.findIndex((event) => event.id === selectedId);
  const { fetchNextPage, hasNextPage, isFetching } = found;
  const more = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);

  function setQuery(next: string) {
    change({ q: next || undefined, event: undefined });
  }

  function open(event: PulseEvent) {
    setSelectedId(event.id);
    change({ event: event.id }, eventId ? "replace" : "push");
  }

  function step(by: 1 | -1): PulseEvent | undefined {
    const index = Math.min(Math.max(selected < 0 ? 0 : selected + by, 0), events.length - 1);
    const event = events[index];
    if (event) setSelectedId(event.id);
    return event;
  }

  useListKeys({
    onStep: step,
    onOpen: () => {
      const event = events[selected];
      if (event) open(event);
    },
  });

  const table =
    events.length > 0 ? (
      <>
        <EventsTable
          events={events}
          columns={columns}
          narrow={narrow}
          selected={selected}
          onOpen={open}
          onReachEnd={more}
        />
        <p className="pt-3 text-center text-xs text-muted" role="status">
          {found.isFetchingNextPage
            ? "Loading more…"
            : hasNextPage
              ? ""
              : "That is all in this range."}
        </p>
      </>
    ) : found.isPending ? (
      <TableSkeleton />
    ) : found.error ? (
      <ErrorState error={found.error} onRetry={() => void found.refetch()} />
    ) : (
      <Nothing
        projectId={projectId}
        query={q}
        onClear={() => setQuery("")}
        onWiden={() => change({ from: "now-30d", to: "now" })}
      />
    );

  return (
    <Page title="Events" range>
      <div className="flex flex-wrap items-start gap-2">
        <div className="min-w-60 flex-1">
          <QueryBar projectId={projectId} value={q} onChange={setQuery} tags={tags} />
        </div>
        <NamesPopover {...{ projectId, instants }} query={q} onChange={setQuery} />
        <ColumnPicker columns={columns} tags={tags} onChange={setColumns} />
        <ViewsMenu
          projectId={projectId}
          current={{ q, from: range.from, to: range.to, columns }}
          onApply={(view) => {
            setColumns(view.columns.length > 0 ? view.columns : [...DEFAULT_COLUMNS]);
            change({ q: view.q || undefined, from: view.from, to: view.to, event: undefined });
          }}
        />
        <CsvButton projectId={projectId} filter={filter} />
      </div>
      <Card className="mt-3">
        <EventsHistogram projectId={projectId} instants={instants} query={q} onZoom={zoom} />
      </Card>
      <div className="mt-3 grid gap-3 xl:grid-cols-[1fr_240px]">
        <Card className="relative pt-2">
          {found.error && events.length > 0 && (
            <ErrorState compact error={found.error} onRetry={() => void found.refetch()} />
          )}
          {isRelative && fresh > 0 && (
            <div className="pointer-events-none sticky top-2 z-10 flex justify-center max-md:mb-2 md:-mt-5 md:mb-5 md:h-0">
              <Button
                variant="primary"
                size="sm"
                className="pointer-events-auto animate-enter"
                onClick={() => {
                  refresh();
                  document.getElementById("content")?.scrollTo({ top: 0 });
                }}
              >
                <ArrowUp aria-hidden />
                {fresh.toLocaleString("en-US")} new
              </Button>
            </div>
          )}
          {table}
        </Card>
        <Card className="max-xl:hidden xl:self-start">
          <NamesFacet projectId={projectId} instants={instants} query={q} onChange={setQuery} />
        </Card>
      </div>
      <EventDrawer
        projectId={projectId}
        id={eventId}
        known={events.find((event) => event.id === eventId)}
        onClose={() => change({ event: undefined }, "replace")}
        onStep={(by) => {
          const event = step(by);
          if (event) change({ event: event.id }, "replace");
        }}
        onFilter={(by: Filter) => setQuery(addFilter(q, by))}
        onSearch={setQuery}
      />
    </Page>
  );
}

function readColumns(stored: unknown) {
  const columns = Array.isArray(stored) ? orderColumns(stored.map(String)) : [];
  return columns.includes("name") ? columns : [...DEFAULT_COLUMNS];
}

/** The names where there is no room beside the table. */
function NamesPopover(props: Parameters<typeof NamesFacet>[0]) {
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button className="xl:hidden">
          <ListFilter aria-hidden />
          Names
        </Button>
      </PopoverTrigger>
      <PopoverContent align="end" className="max-h-96 w-64 overflow-y-auto">
        <NamesFacet {...props} />
      </PopoverContent>
    </Popover>
  );
}

type CsvButtonProps = { projectId: string; filter: Parameters<typeof downloadCsv>[1] };

function CsvButton({ projectId, filter }: CsvButtonProps) {
  const [count, setCount] = useState<number | null>(null);
  async function download() {
    setCount(0);
    try {
      const done = await downloadCsv(projectId, filter, setCount);
      const what = `${done.count.toLocaleString("en-US")} events exported`;
      toast.ok(
        done.more
          ? `${what}. A file holds ${CSV_LIMIT.toLocaleString("en-US")}: narrow the time range for the rest.`
          : what,
      );
    } catch {
      toast.error("The export stopped because the server did not answer. Try again.");
    } finally {
      setCount(null);
    }
  }
  return (
    <Button pending={count !== null} onClick={() => void download()}>
      {count === null && <Download aria-hidden />}
      {count ? count.toLocaleString("en-US") : "CSV"}
    </Button>
  );
}

function TableSkeleton() {
  return (
    <div className="flex flex-col gap-2 pt-2">
      <Loading what="events" />
      {Array.from({ length: 14 }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: all alike
        <Skeleton key={i} className="h-7" />
      ))}
    </div>
  );
}

type NothingProps = {
  projectId: string;
  query: string;
  onClear: () => void;
  onWiden: () => void;
};

function Nothing({ projectId, query, onClear, onWiden }: NothingProps) {
  const key = usePublicKey(projectId);
  if (query) {
    return (
      <EmptyState
        icon={SearchX}
        title="No event matches"
        action={
          <div className="flex flex-wrap justify-center gap-2">
            <Button onClick={onClear}>Clear the query</Button>
            <Button onClick={onWiden}>Look at 30 days</Button>
          </div>
        }
      >
        Words are searched in names, payloads and stacks; every one of them has to match.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={Inbox}
      title="No event in this range"
      action={<Button onClick={onWiden}>Look at 30 days</Button>}
    >
      <p className="mb-3">Choose a longer time range, or send an event now.</p>
      <CodeBlock label="curl command" code={firstEventCurl(location.origin, key)} />
    </EmptyState>
  );
}
