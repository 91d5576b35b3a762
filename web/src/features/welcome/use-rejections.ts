import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { answer, api, type Rejection } from "@/lib/api";

/** Attempts that were refused since this screen was opened, newest first. */
export function useRejections(projectId: string, waiting: boolean): readonly Rejection[] {
  // The newest that was there before, by the server's clock: ours may be off.
  const before = useRef<string | null | undefined>(undefined);
  const { data } = useQuery({
    queryKey: ["projects", projectId, "new-rejections"],
    queryFn: async ({ signal }): Promise<Rejection[]> => {
      const since = before.current ?? undefined;
      const { items } = await answer(
        api.GET("/api/projects/{project}/rejections", {
          params: { path: { project: projectId }, query: { since, limit: 5 } },
          signal,
        }),
      );
      if (before.current === undefined) {
        before.current = items[0]?.at ?? null;
        return [];
      }
      const last = before.current;
      return last === null ? items : items.filter(({ at }) => at > last);
    },
    enabled: waiting,
    refetchInterval: 2_000,
    refetchIntervalInBackground: true,
    gcTime: 0,
  });
  return data ?? [];
}
