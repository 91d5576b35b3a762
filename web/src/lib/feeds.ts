/** What the screens ask about feeds. Keys begin with the project, so that clearing one clears all. */
import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Feed, type FeedType } from "./api";

/** A list is small; a project with more feeds than this has them loaded page by page. */
const PAGE = 200;

/** Every feed of the project, by name. */
export function feedsQuery(project: string) {
  return queryOptions({
    queryKey: ["projects", project, "feeds"],
    queryFn: async ({ signal }): Promise<Feed[]> => {
      const feeds: Feed[] = [];
      let cursor: string | undefined;
      do {
        const query = { project, limit: PAGE, ...(cursor && { cursor }) };
        const page = await answer(api.GET("/api/feeds", { params: { query }, signal }));
        feeds.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor);
      return feeds.sort((a, b) => a.name.localeCompare(b.name));
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
