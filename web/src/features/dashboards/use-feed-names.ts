import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { DashboardFull, FeedBrief } from "@/lib/board";
import { feedsQuery } from "@/lib/feeds";

type Named = Pick<FeedBrief, "id" | "name">;

/** What the lines of feeds are called: a metric chosen by name may come from any feed of the project. */
export function useFeedNames({ project_id, feeds, panels }: DashboardFull): readonly Named[] {
  const hasMetrics = panels.some(({ query }) =>
    query?.sources.some(({ kind }) => kind === "series"),
  );
  const { data } = useQuery({
    ...feedsQuery(project_id),
    staleTime: 60_000,
    enabled: hasMetrics,
    select: (all) => all.map(({ id, name }): Named => ({ id, name })),
  });
  return useMemo(() => (data ? [...data, ...feeds] : feeds), [data, feeds]);
}
