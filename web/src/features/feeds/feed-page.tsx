import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { LayoutDashboard } from "lucide-react";
import { Button } from "@/components/button";
import { Card } from "@/components/card";
import { ErrorState } from "@/components/error-state";
import { Notice } from "@/components/notice";
import { Page } from "@/components/page";
import { RelativeTime } from "@/components/relative-time";
import { Loading, Skeleton } from "@/components/skeleton";
import type { Feed } from "@/lib/api";
import { feedQuery, feedTypesQuery } from "@/lib/feeds";
import { useSearchParams } from "@/lib/search-params";
import { FeedStateBadge, FeedTypeIcon, NextRun } from "./feed-badges";
import { FeedButtons } from "./feed-buttons";
import { FeedCharts } from "./feed-charts";
import { FeedFailure } from "./feed-failure";
import { HookCard } from "./hook-card";
import { LastPayload } from "./last-payload";
import { RecentTicks } from "./recent-ticks";
import { useRefused } from "./use-refused";

/** How often the state is asked anew while somebody looks. */
const REFRESH_MS = 2_000;

/** One feed: how it does, what it brought, and where it goes. */
export function FeedPage({ projectId }: { projectId: string }) {
  const { feed: id = "" } = useParams({ strict: false }) as { feed?: string };
  const feed = useQuery({
    ...feedQuery(projectId, id),
    refetchInterval: ({ state }) => (state.error && !state.data ? false : REFRESH_MS),
  });
  const refused = useRefused(projectId);
  return (
    <Page title={feed.data?.name ?? "Feed"}>
      {feed.isError && (
        <div className={feed.data && "mb-3"}>
          <ErrorState
            error={feed.error}
            compact={feed.data !== undefined}
            onRetry={() => void feed.refetch()}
          />
        </div>
      )}
      {feed.isPending && <FeedLoading />}
      {feed.data && <FeedDetails key={id} feed={feed.data} refused={refused} />}
    </Page>
  );
}

function FeedDetails({ feed, refused }: { feed: Feed; refused: string | null }) {
  const { data: types = [] } = useQuery(feedTypesQuery);
  const type = types.find(({ type }) => type === feed.type);
  const navigate = useNavigate();
  const params = { project: feed.project_id };
  const polls = feed.interval_sec != null;
  const [address] = useSearchParams();
  return (
    <div className="flex flex-col gap-3">
      {refused && <Notice tone="info">{refused}</Notice>}
      <Card className="flex flex-col gap-3">
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <p className="flex min-w-0 items-center gap-2.5">
            <FeedTypeIcon type={feed.type} />
            <span className="min-w-0 truncate text-muted">{type?.title ?? feed.type}</span>
            <FeedStateBadge state={feed.state} />
          </p>
          <div className="flex flex-wrap items-center gap-2">
            <Button asChild>
              <Link
                to="/p/$project/dashboards"
                params={params}
                search={{ addFeed: feed.id, ...rangeOf(feed, address) }}
              >
                <LayoutDashboard aria-hidden />
                Add to a dashboard
              </Link>
            </Button>
            <FeedButtons
              feed={feed}
              refused={refused}
              onDeleted={() => void navigate({ to: "/p/$project/feeds", params })}
            />
          </div>
        </div>
        <dl className="flex flex-wrap gap-x-8 gap-y-2">
          <Fact name={polls ? "Last run" : "Last post"}>
            {feed.last_run ? <RelativeTime at={feed.last_run} /> : "never"}
          </Fact>
          {polls && (
            <>
              <Fact name="Last success">
                {feed.last_ok ? <RelativeTime at={feed.last_ok} /> : "never"}
              </Fact>
              <Fact name="Next run">
                <NextRun feed={feed} />
              </Fact>
            </>
          )}
        </dl>
        {feed.last_error && (
          <>
            <FeedFailure error={feed.last_error} />
            {feed.last_value && (
              <p className="text-xs text-muted">Below is the last that arrived without an error.</p>
            )}
          </>
        )}
      </Card>
      {!polls && <HookCard feed={feed} type={type} refused={refused} />}
      <FeedCharts feed={feed} />
      <div className="grid items-start gap-3 lg:grid-cols-2">
        <LastPayload feed={feed} />
        <RecentTicks feed={feed} />
      </div>
    </div>
  );
}

/** Until then an hour shows hardly more than a dot of it. */
const YOUNG_MS = 10 * 60_000;

/** The range that goes along to a dashboard: what was chosen, or a short one while the feed is young. */
function rangeOf({ created_at }: Feed, { from, to }: { from?: string; to?: string }) {
  if (from) return { from, to };
  const age = Date.now() - new Date(created_at).getTime();
  return age < YOUNG_MS ? { from: "now-5m", to: "now" } : {};
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function FeedLoading() {
  return (
    <div className="flex flex-col gap-3">
      <Loading what="the feed" />
      <Skeleton className="h-28" />
      <Skeleton className="h-56" />
      <div className="grid gap-3 lg:grid-cols-2">
        <Skeleton className="h-64" />
        <Skeleton className="h-64" />
      </div>
    </div>
  );
}
