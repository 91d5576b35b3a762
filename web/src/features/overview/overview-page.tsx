import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Rocket } from "lucide-react";
import { useCallback, useState } from "react";
import { Button } from "@/components/button";
import { CodeBlock } from "@/components/code-block";
import { EmptyState } from "@/components/empty-state";
import { ErrorState } from "@/components/error-state";
import { EventDrawer } from "@/components/event/event-drawer";
import { firstEventCurl } from "@/components/event/event-text";
import { useInstants } from "@/components/event/use-instants";
import { useLastGood } from "@/components/event/use-last-good";
import { Page } from "@/components/page";
import { fetchEvents, usePublicKey } from "@/lib/event-api";
import { addFilter } from "@/lib/event-query";
import { useLiveValue } from "@/lib/live";
import type { PulseEvent } from "@/lib/live/event";
import { EventsChart } from "./events-chart";
import { FigureCards } from "./figure-cards";
import { LatestEvents } from "./latest-events";
import { Metrics } from "./metrics";
import { overviewQuery } from "./overview-api";
import { RefusedBanner } from "./refused-banner";
import { TopNames } from "./top-names";

/** How often the figures are asked again while the range moves with the clock. */
const REFRESH_MS = 30_000;

export function OverviewPage({ projectId }: { projectId: string }) {
  const { instants, isRelative, zoom } = useInstants(REFRESH_MS);
  const figures = useQuery(overviewQuery(projectId, instants));
  const known = useLastGood(figures.data);
  const empty = useIsEmpty(projectId);
  const [opened, setOpened] = useState<PulseEvent | undefined>();
  const navigate = useNavigate();
  const search = useCallback(
    (q: string) =>
      void navigate({
        to: "/p/$project/events",
        params: { project: projectId },
        search: ((old: object) => ({ ...old, q })) as never,
      }),
    [navigate, projectId],
  );

  if (empty) {
    return (
      <Page title="Overview">
        <RefusedBanner projectId={projectId} />
        <NothingYet projectId={projectId} />
      </Page>
    );
  }
  const minutes = (instants.to.getTime() - instants.from.getTime()) / 60_000;
  return (
    <Page title="Overview" range>
      <RefusedBanner projectId={projectId} />
      {figures.error && known && (
        <div className="mb-3">
          <ErrorState compact error={figures.error} onRetry={() => void figures.refetch()} />
        </div>
      )}
      {figures.error && !known ? (
        <ErrorState error={figures.error} onRetry={() => void figures.refetch()} />
      ) : (
        <FigureCards figures={known} minutes={minutes} />
      )}
      <div className="mt-3 grid gap-3 lg:grid-cols-3">
        <EventsChart projectId={projectId} instants={instants} live={isRelative} onZoom={zoom} />
        <LatestEvents projectId={projectId} onOpen={setOpened} />
      </div>
      <div className="mt-3 grid gap-3 lg:grid-cols-2">
        <TopNames
          projectId={projectId}
          instants={instants}
          title="Top names"
          of={known?.current.events ?? 0}
          empty="Nothing in this range."
        />
        <TopNames
          projectId={projectId}
          instants={instants}
          title="Top errors"
          type="error"
          of={known?.current.errors ?? 0}
          empty="No errors in this range."
        />
      </div>
      <Metrics projectId={projectId} instants={instants} onZoom={zoom} />
      <EventDrawer
        projectId={projectId}
        id={opened?.id}
        known={opened}
        onClose={() => setOpened(undefined)}
        onFilter={(filter) => search(addFilter("", filter))}
        onSearch={search}
      />
    </Page>
  );
}

/** Whether the project never got an event; one that comes live ends it. */
function useIsEmpty(projectId: string): boolean {
  const live = useLiveValue(projectId, hasEvents);
  const { data } = useQuery({
    queryKey: ["projects", projectId, "any-event"],
    queryFn: ({ signal }) => fetchEvents(projectId, {}, { limit: 1 }, signal),
    select: (page) => page.items.length > 0,
    staleTime: 60_000,
  });
  return data === false && !live;
}

function hasEvents(live: { entries: readonly unknown[] }): boolean {
  return live.entries.length > 0;
}

function NothingYet({ projectId }: { projectId: string }) {
  const key = usePublicKey(projectId);
  return (
    <EmptyState
      icon={Rocket}
      title="This project waits for its first event"
      action={
        <div className="flex flex-wrap justify-center gap-2">
          <Button asChild variant="primary">
            <Link to="/welcome" search={{ project: projectId } as never}>
              Show me how to send one
            </Link>
          </Button>
          <Button asChild>
            <Link to="/p/$project/feeds" params={{ project: projectId }}>
              Let a feed bring values
            </Link>
          </Button>
        </div>
      }
    >
      <p className="mb-3">Run this in a terminal, or set up your app step by step.</p>
      <CodeBlock label="curl command" code={firstEventCurl(location.origin, key)} />
    </EmptyState>
  );
}
