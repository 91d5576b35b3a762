import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type UsageDay } from "./api";

/** What came in per day, oldest first; days are UTC, as the server counts them. */
export function usageQuery(project: string, days: number) {
  return queryOptions({
    queryKey: ["projects", project, "usage", days],
    queryFn: async ({ signal }): Promise<UsageDay[]> => {
      const { items } = await answer(
        api.GET("/api/projects/{project}/usage", {
          params: { path: { project }, query: { days } },
          signal,
        }),
      );
      return items.toSorted((a, b) => a.day.localeCompare(b.day));
    },
    placeholderData: keepPreviousData,
  });
}

/** The limits in force, and how much of today's quota is used. */
export function limitsQuery(project: string) {
  return queryOptions({
    queryKey: ["projects", project, "limits"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/projects/{project}/limits", { params: { path: { project } }, signal })),
  });
}

/** Today as the server counts days: "2026-11-21". */
export function utcDay(at: number = Date.now()): string {
  return new Date(at).toISOString().slice(0, 10);
}
