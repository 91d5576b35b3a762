import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Button } from "@/components/button";
import { ErrorState } from "@/components/error-state";
import { Notice } from "@/components/notice";
import { Page } from "@/components/page";
import { Loading, Skeleton } from "@/components/skeleton";
import { toast } from "@/components/toast";
import { answer, api, type Feed, type FeedType } from "@/lib/api";
import { feedQuery, feedsQuery, feedTypesQuery } from "@/lib/feeds";
import { keepFeed } from "./feed-changes";
import { FeedForm } from "./feed-form";
import type { Config } from "./schema-form";
import { useRefused } from "./use-refused";

export function EditFeedPage({ projectId }: { projectId: string }) {
  const { feed: id = "" } = useParams({ strict: false }) as { feed?: string };
  const feed = useQuery(feedQuery(projectId, id));
  const types = useQuery(feedTypesQuery);
  const refused = useRefused(projectId);
  const type = types.data?.find(({ type }) => type === feed.data?.type);
  const failed = [feed, types].find(({ isError, data }) => isError && data === undefined);
  return (
    <Page title={feed.data ? `Edit ${feed.data.name}` : "Edit feed"}>
      {refused && (
        <div className="mb-3">
          <Notice tone="info">{refused}</Notice>
        </div>
      )}
      {failed && <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />}
      {!failed && (feed.isPending || types.isPending) && (
        <>
          <Loading what="the feed" />
          <Skeleton className="h-96 max-w-lg" />
        </>
      )}
      {feed.data && types.data && !type && (
        <Notice tone="warn">
          This server no longer knows feeds of the kind {feed.data.type}. The feed can be deleted
          only.
        </Notice>
      )}
      {feed.data && type && <EditFeed key={id} feed={feed.data} type={type} refused={refused} />}
    </Page>
  );
}

type EditFeedProps = { feed: Feed; type: FeedType; refused: string | null };

function EditFeed({ feed, type, refused }: EditFeedProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const params = { project: feed.project_id, feed: feed.id };
  return (
    <FeedForm
      projectId={feed.project_id}
      type={type}
      feedId={feed.id}
      start={{ name: feed.name, enabled: feed.enabled, config: feed.config as Config }}
      refused={refused}
      cancel={
        <Button asChild>
          <Link to="/p/$project/feeds/$feed" params={params}>
            Cancel
          </Link>
        </Button>
      }
      save={(body) =>
        answer(api.PATCH("/api/feeds/{feed}", { params: { path: { feed: feed.id } }, body }))
      }
      onSaved={(saved) => {
        keepFeed(queries, saved);
        void queries.invalidateQueries({ queryKey: feedsQuery(feed.project_id).queryKey });
        toast.ok(`${saved.name} saved`);
        void navigate({ to: "/p/$project/feeds/$feed", params });
      }}
    />
  );
}
