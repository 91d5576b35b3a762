import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { answer, api } from "@/lib/api";
import { useLiveConnection, useLiveEvents, useLiveStatus } from "@/lib/live";

/** What arrived, as much of it as this screen says. */
export type Arrived = {
  id: string;
  name: string;
  type: string;
  received_at: string;
  feed_id?: string | null;
};

/** Feeds bring events by themselves: they say nothing about what was sent. */
const isSent = ({ feed_id }: Arrived) => !feed_id;
/** Of the newest events; between two questions feeds may have brought some. */
const LOOKED_AT = 50;

/**
 * Waits for an event newer than the moment this screen was opened: events from
 * before never count, or the check would pass with nothing sent. The socket
 * brings it; while there is none, and once when it opens, the list is asked.
 */
export function useFirstEvent(projectId: string): { arrived: Arrived | null; ready: boolean } {
  const [arrived, setArrived] = useState<Arrived | null>(null);
  const [known, setKnown] = useState<string | null | undefined>(undefined);
  const live = useLiveStatus(projectId)?.status === "live";
  useLiveConnection(projectId);

  const newest = useQuery({
    queryKey: ["projects", projectId, "newest-event"],
    queryFn: async ({ signal }): Promise<Arrived | null> => {
      const { items } = await answer(
        api.GET("/api/projects/{project}/events", {
          params: { path: { project: projectId }, query: { limit: LOOKED_AT } },
          signal,
        }),
      );
      return items.find(isSent) ?? null;
    },
    enabled: arrived === null,
    refetchInterval: live ? false : 2_000,
    refetchIntervalInBackground: true,
    gcTime: 0,
  });

  const { data, refetch } = newest;
  useEffect(() => {
    if (data === undefined) return;
    // The first answer is what was there before.
    if (known === undefined) setKnown(data?.id ?? null);
    else if (data && data.id !== known) setArrived((before) => before ?? data);
  }, [data, known]);

  // What came between the first answer and the socket is in neither; look once more.
  useEffect(() => {
    if (live) void refetch();
  }, [live, refetch]);

  useLiveEvents(
    projectId,
    useCallback((events: readonly Arrived[]) => {
      const first = events.find(isSent);
      if (first) setArrived((before) => before ?? first);
    }, []),
  );
  return { arrived, ready: known !== undefined };
}
