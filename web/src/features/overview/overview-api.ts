/** What the overview asks. One `asOf` for all, so that its parts speak of the same time. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/lib/api";
import { fetchHistogram, type Histogram } from "@/lib/event-api";
import type { Instants } from "@/lib/time-range";

export type Figures = {
  events: number;
  errors: number;
  error_rate: number;
  active_users: number;
  rejected: number;
};

export type Aggregate = "avg" | "p50" | "p95" | "p99" | "max";

export function overviewQuery(projectId: string, { from, to }: Instants) {
  return queryOptions({
    queryKey: ["projects", projectId, "overview", from.getTime(), to.getTime()],
    queryFn: async ({ signal }): Promise<{ current: Figures; previous: Figures }> =>
      answer(
        api.GET("/api/projects/{project}/overview", {
          params: {
            path: { project: projectId },
            query: { from: from.toISOString(), to: to.toISOString() },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
}

export type ComparedHistogram = {
  current: Histogram;
  previous: Histogram | null;
  /** Where the counts end, in milliseconds. */
  to: number;
};

export function histogramQuery(projectId: string, { from, to }: Instants, compare: boolean) {
  return queryOptions({
    queryKey: ["projects", projectId, "histogram", from.getTime(), to.getTime(), compare],
    queryFn: async ({ signal }): Promise<ComparedHistogram> => {
      const length = to.getTime() - from.getTime();
      const before = { from: new Date(from.getTime() - length), to: from };
      const [current, previous] = await Promise.all([
        fetchHistogram(projectId, { from, to }, "", signal),
        compare ? fetchHistogram(projectId, before, "", signal) : null,
      ]);
      return { current, previous, to: to.getTime() };
    },
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
}

export function seriesListQuery(projectId: string) {
  return queryOptions({
    queryKey: ["projects", projectId, "series"],
    queryFn: async ({ signal }) => {
      const { items } = await answer(
        api.GET("/api/projects/{project}/series", {
          params: { path: { project: projectId }, query: { limit: 50 } },
          signal,
        }),
      );
      return items;
    },
    staleTime: 60_000,
  });
}

export function seriesQuery(
  projectId: string,
  series: { name: string; labels: Record<string, string> },
  aggregate: Aggregate,
  { from, to }: Instants,
) {
  return queryOptions({
    queryKey: [
      "projects",
      projectId,
      "series",
      series.name,
      series.labels,
      aggregate,
      from.getTime(),
      to.getTime(),
    ],
    queryFn: async ({ signal }) =>
      answer(
        api.POST("/api/projects/{project}/series/query", {
          params: { path: { project: projectId } },
          body: {
            series,
            aggregate,
            from: from.toISOString(),
            to: to.toISOString(),
            points: 120,
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
}
