import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus, Rss } from "lucide-react";
import { Button } from "@/components/button";
import { EmptyState } from "@/components/empty-state";
import { ErrorState } from "@/components/error-state";
import { useNarrow } from "@/components/event/use-narrow";
import { Notice } from "@/components/notice";
import { Page } from "@/components/page";
import { Loading, Skeleton } from "@/components/skeleton";
import type { Feed } from "@/lib/api";
import { feedsQuery, feedTypesQuery } from "@/lib/feeds";
import { FeedsList } from "./feeds-list";
import { FeedsTable } from "./feeds-table";
import { useRefused } from "./use-refused";

/** How often the list asks anew while somebody looks. */
const REFRESH_MS = 3_000;

/** Every feed of the project, how it does, and what it brought last. */
export function FeedsPage({ projectId }: { projectId: string }) {
  const feeds = useQuery({ ...feedsQuery(projectId), refetchInterval: REFRESH_MS });
  const { data: types = [] } = useQuery(feedTypesQuery);
  const refused = useRefused(projectId);
  const narrow = useNarrow();
  const List = narrow ? FeedsList : FeedsTable;
  const titles = new Map(types.map(({ type, title }) => [type, title]));

  return (
    <Page title="Feeds" actions={<AddFeed projectId={projectId} refused={refused} />}>
      {refused && (
        <div className="mb-3">
          <Notice tone="info">{refused}</Notice>
        </div>
      )}
      {feeds.isError && (
        <div className={feeds.data && "mb-3"}>
          <ErrorState
            error={feeds.error}
            compact={feeds.data !== undefined}
            onRetry={() => void feeds.refetch()}
          />
        </div>
      )}
      {feeds.isPending && <FeedsLoading />}
      {feeds.data?.length === 0 && <NoFeeds projectId={projectId} refused={refused} />}
      {feeds.data && feeds.data.length > 0 && (
        <>
          <FeedCounts feeds={feeds.data} />
          <List feeds={feeds.data} titles={titles} refused={refused} />
        </>
      )}
    </Page>
  );
}

type MayChange = { projectId: string; refused: string | null };

function AddFeed({ projectId, refused }: MayChange) {
  if (refused) {
    return (
      <Button variant="primary" disabled title={refused}>
        <Plus aria-hidden />
        Add a feed
      </Button>
    );
  }
  return (
    <Button variant="primary" asChild>
      <Link to="/p/$project/feeds/new" params={{ project: projectId }}>
        <Plus aria-hidden />
        Add a feed
      </Link>
    </Button>
  );
}

function NoFeeds({ projectId, refused }: MayChange) {
  return (
    <EmptyState
      icon={Rss}
      title="No feeds yet"
      action={
        !refused && (
          <div className="flex flex-wrap justify-center gap-2">
            <Button variant="primary" asChild>
              <Link to="/p/$project/feeds/new" params={{ project: projectId }}>
                Choose a kind of feed
              </Link>
            </Button>
            <Button asChild>
              <Link
                to="/p/$project/feeds/new"
                params={{ project: projectId }}
                search={{ type: "demo" }}
              >
                Start with demo data
              </Link>
            </Button>
          </div>
        )
      }
    >
      <p>
        A feed brings values from elsewhere, again and again: a JSON address, this machine, a price,
        a post from another system. Dashboards draw what it brings.
      </p>
    </EmptyState>
  );
}

/** "4 feeds, 1 failing": what a glance should tell. */
function FeedCounts({ feeds }: { feeds: readonly Feed[] }) {
  const failing = feeds.filter(({ state }) => state === "failing").length;
  const disabled = feeds.filter(({ state }) => state === "disabled").length;
  return (
    <p className="mb-2 text-muted">
      {feeds.length === 1 ? "1 feed" : `${feeds.length} feeds`}
      {failing > 0 && <span className="text-error">, {failing} failing</span>}
      {disabled > 0 && `, ${disabled} disabled`}
    </p>
  );
}

function FeedsLoading() {
  return (
    <>
      <Loading what="the feeds" />
      <Skeleton className="mb-2 h-5 w-20" />
      {[1, 2, 3, 4].map((row) => (
        <Skeleton key={row} className="mb-2 h-11 max-md:h-32" />
      ))}
    </>
  );
}
