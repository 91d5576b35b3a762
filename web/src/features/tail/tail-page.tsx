import { useNavigate } from "@tanstack/react-router";
import { ArrowDown, Pause, Play, Radio, SearchX } from "lucide-react";
import { useRef, useState } from "react";
import { Button } from "@/components/button";
import { CodeBlock } from "@/components/code-block";
import { EmptyState } from "@/components/empty-state";
import { ErrorState } from "@/components/error-state";
import { EventDrawer } from "@/components/event/event-drawer";
import { firstEventCurl } from "@/components/event/event-text";
import { QueryBar } from "@/components/event/query-bar";
import { useListKeys } from "@/components/event/use-list-keys";
import { Page } from "@/components/page";
import { Loading, Skeleton } from "@/components/skeleton";
import { usePublicKey } from "@/lib/event-api";
import { addFilter, type Filter } from "@/lib/event-query";
import { useSearchParam } from "@/lib/search-params";
import { loadGap } from "./load-gap";
import { TailList, type TailListHandle } from "./tail-list";
import type { TailRow } from "./tail-rows";
import { useTail } from "./use-tail";

export function TailPage({ projectId }: { projectId: string }) {
  const [q = "", setQ] = useSearchParam("q");
  const [eventId, setEventId] = useSearchParam("event");
  const navigate = useNavigate();
  const { rows, history, pause, pauseNow, resume, fresh, rate } = useTail(projectId, q);
  const [selectedKey, setSelectedKey] = useState<string | null>(null);
  const list = useRef<TailListHandle>(null);

  const selected = rows.findIndex((row) => row.key === selectedKey);
  const opened = rows.find((row) => row.kind === "event" && row.event.id === eventId);

  function open(row: TailRow, how: "push" | "replace" = "push") {
    setSelectedKey(row.key);
    if (row.kind === "event") setEventId(row.event.id, how);
    else if (row.entry.state !== "loading") void loadGap(projectId, row.entry.seq);
  }

  function step(by: 1 | -1): TailRow | undefined {
    const index =
      selected < 0 ? rows.length - 1 : Math.min(Math.max(selected + by, 0), rows.length - 1);
    const row = rows[index];
    if (!row) return undefined;
    if (index < rows.length - 1) pauseNow("scroll");
    setSelectedKey(row.key);
    list.current?.reveal(index);
    return row;
  }

  function follow() {
    resume();
    requestAnimationFrame(() => list.current?.toEnd());
  }

  function filter(by: Filter) {
    setEventId(undefined, "replace");
    setQ(addFilter(q, by));
  }

  useListKeys({
    onStep: step,
    onOpen: () => {
      const row = rows[selected];
      if (row) open(row);
    },
    onSpace: () => (pause ? follow() : pauseNow("button")),
  });

  return (
    <Page
      title="Live tail"
      fill
      actions={
        <Button
          onClick={() => (pause ? follow() : pauseNow("button"))}
          aria-pressed={pause !== null}
          title="Space"
        >
          {pause ? <Play aria-hidden /> : <Pause aria-hidden />}
          {pause ? "Resume" : "Pause"}
        </Button>
      }
    >
      <div className="flex h-full flex-col">
        <div className="flex shrink-0 items-start gap-3 border-b border-line px-3 py-3 md:px-5">
          <QueryBar projectId={projectId} value={q} onChange={(next) => setQ(next || undefined)} />
          <p className="h-8 shrink-0 leading-8 text-muted pointer-coarse:leading-11">
            <span className="font-mono text-xs text-text">{formatRate(rate)}</span> events/s
          </p>
        </div>
        {history.error && rows.length > 0 && (
          <div className="px-3 pt-3 md:px-5">
            <ErrorState compact error={history.error} onRetry={() => void history.refetch()} />
          </div>
        )}
        <div className="relative min-h-0 flex-1">
          {rows.length > 0 ? (
            <TailList
              ref={list}
              rows={rows}
              following={pause === null}
              selected={selected}
              onSelect={(index) => setSelectedKey(rows[index]?.key ?? null)}
              onOpen={(row) => open(row)}
              onFilter={filter}
              onLeaveEnd={() => pauseNow("scroll")}
              onReachEnd={() => pause?.by === "scroll" && resume()}
              onReachStart={() => {
                if (history.hasNextPage && !history.isFetching) void history.fetchNextPage();
              }}
            />
          ) : history.isPending ? (
            <TailSkeleton />
          ) : history.error ? (
            <ErrorState error={history.error} onRetry={() => void history.refetch()} />
          ) : q ? (
            <NothingMatches onClear={() => setQ(undefined)} />
          ) : (
            <NothingYet projectId={projectId} />
          )}
          {pause && rows.length > 0 && (
            <div className="pointer-events-none absolute inset-x-0 bottom-4 flex justify-center">
              <Button
                variant="primary"
                className="pointer-events-auto animate-enter"
                onClick={follow}
              >
                <ArrowDown aria-hidden />
                {fresh > 0 ? `${fresh.toLocaleString("en-US")} new` : "Back to live"}
              </Button>
            </div>
          )}
        </div>
      </div>
      <EventDrawer
        projectId={projectId}
        id={eventId}
        known={opened?.kind === "event" ? opened.event : undefined}
        onClose={() => setEventId(undefined, "replace")}
        onStep={(by) => {
          const row = step(by);
          if (row?.kind === "event") setEventId(row.event.id, "replace");
        }}
        onFilter={filter}
        onSearch={(query) =>
          void navigate({
            to: "/p/$project/events",
            params: { project: projectId },
            search: ((old: object) => ({ ...old, q: query, event: undefined })) as never,
          })
        }
      />
    </Page>
  );
}

function formatRate(rate: number): string {
  return rate >= 100 ? Math.round(rate).toLocaleString("en-US") : rate.toFixed(1);
}

function TailSkeleton() {
  return (
    <div className="flex h-full flex-col justify-end gap-2 overflow-hidden px-3 py-2 md:px-5">
      <Loading what="events" />
      {Array.from({ length: 24 }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: all alike
        <Skeleton key={i} className="h-5 shrink-0" />
      ))}
    </div>
  );
}

function NothingMatches({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState
      icon={SearchX}
      title="Nothing matches so far"
      action={<Button onClick={onClear}>Clear the query</Button>}
    >
      New events that match appear here by themselves.
    </EmptyState>
  );
}

function NothingYet({ projectId }: { projectId: string }) {
  const key = usePublicKey(projectId);
  return (
    <EmptyState icon={Radio} title="Waiting for the first event">
      <p className="mb-3">Run this in a terminal and watch it arrive here.</p>
      <CodeBlock label="curl command" code={firstEventCurl(location.origin, key)} />
    </EmptyState>
  );
}
