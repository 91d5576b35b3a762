/** What a feed brought before: its newest ticks, and its numbers over time. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api, type Feed, type FeedTick } from "@/lib/api";
import type { Span } from "./feed-numbers";

/** Ticks in the table. */
const TICKS = 20;
/** How far back the newest posts are looked for: nobody knows how often they come. */
const POSTS_SPANS_SEC = [3_600, 60, 2];
/** As many as one question answers. */
const LIMIT = 1_000;

/** The newest ticks, newest first; asked again when a newer value has arrived. */
export function useRecentTicks(feed: Feed) {
  const newest = feed.last_value?.ts;
  return useQuery({
    queryKey: ["projects", feed.project_id, "feeds", feed.id, "ticks", newest],
    queryFn: async ({ signal }): Promise<FeedTick[]> => {
      const every = feed.interval_sec;
      let ticks: FeedTick[] = [];
      // The oldest of a span are told first: when they fill the answer, the span was too long.
      for (const span of every ? [every * (TICKS + 5)] : POSTS_SPANS_SEC) {
        const since = new Date(new Date(newest ?? 0).getTime() - span * 1_000).toISOString();
        const { items, next_cursor } = await answer(
          api.GET("/api/feeds/{feed}/history", {
            params: { path: { feed: feed.id }, query: { since, limit: LIMIT } },
            signal,
          }),
        );
        ticks = items;
        if (!next_cursor) break;
      }
      return ticks.toReversed().slice(0, TICKS);
    },
    enabled: newest !== undefined,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Every numeric field over the last minutes, as a panel would show it. */
export function useFeedSeries(feed: Feed, span: Span) {
  // A longer span moves by less than a point in this time.
  const least = span === "10m" ? 2_000 : 10_000;
  const every = Math.min(Math.max((feed.interval_sec ?? 0) * 1_000, least), 30_000);
  return useQuery({
    queryKey: ["projects", feed.project_id, "feeds", feed.id, "series", span],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/projects/{project}/panel-data", {
          params: { path: { project: feed.project_id } },
          body: {
            type: "timeseries",
            query: {
              sources: [
                { kind: "feed", feed_id: feed.id, path: null, aggregate: "avg", title: null },
              ],
            },
            from: `now-${span}`,
            to: "now",
            points: 300,
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: feed.enabled ? every : false,
  });
}
