/** What the screens ask about feeds. Keys begin with the project, so that clearing one clears all. */
import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Feed, type FeedType } from "./api";

/** Every feed of the project, by name. */
export function feedsQuery(project: string) {
  return queryOptions({
    queryKey: ["projects", project, "feeds"],
    queryFn: async ({ signal }): Promise<Feed[]> => {
      const query = { project };
      const { items } = await answer(api.GET("/api/feeds", { params: { query }, signal }));
      return items.toSorted((a, b) => a.name.localeCompare(b.name));
    },
    staleTime: 2_000,
  });
}

export function feedQuery(project: string, feed: string) {
  return queryOptions({
    queryKey: ["projects", project, "feeds", feed],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/feeds/{feed}", { params: { path: { feed } }, signal })),
    staleTime: 2_000,
  });
}

/** The kinds of feeds there are; they change only with the server. */
export const feedTypesQuery = queryOptions({
  queryKey: ["feed-types"],
  queryFn: async ({ signal }): Promise<FeedType[]> => {
    const { items } = await answer(api.GET("/api/feeds/types", { signal }));
    return items;
  },
  staleTime: 60_000,
});
