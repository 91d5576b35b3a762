import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Rss } from "lucide-react";
import { Button } from "@/components/button";
import { EmptyState } from "@/components/empty-state";
import { ErrorState } from "@/components/error-state";
import { Notice } from "@/components/notice";
import { Page } from "@/components/page";
import { Loading, Skeleton } from "@/components/skeleton";
import { toast } from "@/components/toast";
import { answer, api, type FeedType } from "@/lib/api";
import { feedQuery, feedsQuery, feedTypesQuery } from "@/lib/feeds";
import { useSearchParam } from "@/lib/search-params";
import { FeedForm } from "./feed-form";
import { FeedGallery } from "./feed-gallery";
import { type Config, formFields } from "./schema-form";
import { useRefused } from "./use-refused";

/** The gallery of kinds; with `?type=` the form of one. */
export function NewFeedPage({ projectId }: { projectId: string }) {
  const types = useQuery(feedTypesQuery);
  const [wanted] = useSearchParam("type");
  const refused = useRefused(projectId);
  const chosen = types.data?.find(({ type }) => type === wanted);
  return (
    <Page title={chosen ? `New feed: ${chosen.title}` : "New feed"}>
      {refused && (
        <div className="mb-3">
          <Notice tone="info">{refused}</Notice>
        </div>
      )}
      {types.isError && (
        <ErrorState
          error={types.error}
          compact={types.data !== undefined}
          onRetry={() => void types.refetch()}
        />
      )}
      {types.isPending && <GalleryLoading />}
      {types.data && wanted && !chosen && (
        <EmptyState icon={Rss} title={`There is no feed of the kind ${wanted}`}>
          <Link
            to="/p/$project/feeds/new"
            params={{ project: projectId }}
            className="text-accent hover:underline"
          >
            Choose another kind
          </Link>
        </EmptyState>
      )}
      {types.data && !wanted && <FeedGallery projectId={projectId} types={types.data} />}
      {chosen && (
        <NewFeed key={chosen.type} projectId={projectId} type={chosen} refused={refused} />
      )}
    </Page>
  );
}

type NewFeedProps = { projectId: string; type: FeedType; refused: string | null };

function NewFeed({ projectId, type, refused }: NewFeedProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const others = useQuery(feedsQuery(projectId));
  if (!type.available) {
    return (
      <Notice tone="warn">
        {type.title} is not available here: {type.unavailable_because}
      </Notice>
    );
  }
  // The name that is offered depends on what there is; without an answer it is offered all the same.
  if (others.isPending) return <Skeleton className="h-96 max-w-lg" />;
  const taken = others.data?.map(({ name }) => name) ?? [];
  return (
    <FeedForm
      projectId={projectId}
      type={type}
      start={{ name: freeName(type.title, taken), enabled: true, config: beginning(type) }}
      refused={refused}
      cancel={
        <Button asChild>
          <Link to="/p/$project/feeds/new" params={{ project: projectId }}>
            Other kinds
          </Link>
        </Button>
      }
      save={({ name, enabled, config }) =>
        answer(
          api.POST("/api/feeds", {
            body: { project_id: projectId, type: type.type, name, enabled, config },
          }),
        )
      }
      onSaved={(feed) => {
        queries.setQueryData(feedQuery(projectId, feed.id).queryKey, feed);
        void queries.invalidateQueries({ queryKey: feedsQuery(projectId).queryKey, exact: true });
        toast.ok(`${feed.name} saved`);
        void navigate({
          to: "/p/$project/feeds/$feed",
          params: { project: projectId, feed: feed.id },
          // A long form ends far below the beginning of the next screen.
        }).then(() => {
          const content = document.getElementById("content");
          if (content) content.scrollTop = 0;
        });
      }}
    />
  );
}

/** A kind that needs nothing of anybody begins with its example, which shows more than its defaults. */
function beginning({ schema, example }: FeedType): Config {
  const needsSomething = formFields(schema).some(({ required }) => required);
  return needsSomething ? {} : ((example ?? {}) as Config);
}

/** The kind's own name while nothing else has it. */
function freeName(title: string, taken: readonly string[]): string {
  if (!taken.includes(title)) return title;
  let number = 2;
  while (taken.includes(`${title} ${number}`)) number += 1;
  return `${title} ${number}`;
}

function GalleryLoading() {
  return (
    <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
      <Loading what="the kinds of feeds" />
      {[1, 2, 3, 4, 5, 6].map((card) => (
        <Skeleton key={card} className="h-32" />
      ))}
    </div>
  );
}
