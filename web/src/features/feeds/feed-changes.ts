/** What people do to a feed that exists. */
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "@/components/toast";
import { answer, api, type Feed } from "@/lib/api";
import { feedQuery, feedsQuery } from "@/lib/feeds";

/** Puts what the server answered where the list and the feed's own screen find it. */
export function keepFeed(queries: QueryClient, feed: Feed): void {
  const { project_id, id } = feed;
  queries.setQueryData(feedQuery(project_id, id).queryKey, feed);
  queries.setQueryData(feedsQuery(project_id).queryKey, (feeds) =>
    feeds?.map((known) => (known.id === id ? feed : known)),
  );
}

export function useFeedChanges(feed: Feed) {
  const queries = useQueryClient();
  const path = { feed: feed.id };
  const { queryKey } = feedsQuery(feed.project_id);
  const failed = (error: Error) => toast.error(error.message);

  const enable = useMutation({
    mutationFn: (enabled: boolean) =>
      answer(api.PATCH("/api/feeds/{feed}", { params: { path }, body: { enabled } })),
    onSuccess: (saved) => {
      keepFeed(queries, saved);
      toast.ok(saved.enabled ? `${saved.name} enabled` : `${saved.name} disabled`);
    },
    onError: failed,
  });
  const refresh = useMutation({
    mutationFn: () => answer(api.POST("/api/feeds/{feed}/refresh", { params: { path } })),
    onSuccess: () => {
      toast.ok(`${feed.name} runs now`);
      return queries.invalidateQueries({ queryKey });
    },
    onError: failed,
  });
  const rotate = useMutation({
    mutationFn: () => answer(api.POST("/api/feeds/{feed}/rotate", { params: { path } })),
    onSuccess: () => queries.invalidateQueries({ queryKey }),
  });
  const remove = useMutation({
    mutationFn: () => answer(api.DELETE("/api/feeds/{feed}", { params: { path } })),
    onSuccess: () => {
      queries.setQueryData(queryKey, (feeds) => feeds?.filter(({ id }) => id !== feed.id));
      toast.ok(`${feed.name} deleted`);
      void queries.invalidateQueries({ queryKey, exact: true });
    },
  });
  return { enable, refresh, rotate, remove };
}
