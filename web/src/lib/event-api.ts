/** What the screens ask about events. Keys begin with the project, so that clearing one clears all. */
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { answer, api } from "@/lib/api";
import type { PulseEvent } from "@/lib/live/event";
import { keysQuery } from "@/lib/projects";

export type EventPage = { items: PulseEvent[]; next_cursor: string | null };

/** Which events: the whole expression as typed, and the time they happened in. */
export type EventFilter = { q?: string; since?: string; until?: string };

export type HistogramBucket = { ts: string; error: number; event: number; metric: number };
export type Histogram = { bucket: number; items: HistogramBucket[] };
export type EventName = { name: string; type: string; count: number; last_seen: string };

/** One page, newest first. */
export async function fetchEvents(
  projectId: string,
  filter: EventFilter,
  page: { limit: number; cursor?: string },
  signal?: AbortSignal,
): Promise<EventPage> {
  const found = await answer(
    api.GET("/api/projects/{project}/events", {
      params: { path: { project: projectId }, query: { ...written(filter), ...page } },
      signal,
    }),
  );
  return { items: found.items as PulseEvent[], next_cursor: found.next_cursor ?? null };
}

export async function fetchHistogram(
  projectId: string,
  range: { from: Date; to: Date },
  q: string,
  signal?: AbortSignal,
): Promise<Histogram> {
  return answer(
    api.GET("/api/projects/{project}/events/histogram", {
      params: {
        path: { project: projectId },
        query: {
          from: range.from.toISOString(),
          to: range.to.toISOString(),
          ...(q.trim() && { q: q.trim() }),
        },
      },
      signal,
    }),
  );
}

/** Names with counts; `search` narrows them for suggestions. */
export function namesQuery(
  projectId: string,
  range: { from: Date; to: Date } | null,
  key: readonly unknown[],
  options: { limit: number; search?: string; type?: "error" | "event" | "metric" },
) {
  return queryOptions({
    queryKey: ["projects", projectId, "names", ...key, options],
    queryFn: async ({ signal }): Promise<EventName[]> => {
      const { items } = await answer(
        api.GET("/api/projects/{project}/names", {
          params: {
            path: { project: projectId },
            query: {
              ...(range && { from: range.from.toISOString(), to: range.to.toISOString() }),
              ...(options.search && { q: options.search }),
              ...(options.type && { type: options.type }),
              limit: options.limit,
            },
          },
          signal,
        }),
      );
      return items;
    },
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}

/** One event by its id, at once when a list already has it. */
export function useEvent(projectId: string, id: string | undefined, known: PulseEvent | undefined) {
  return useQuery({
    queryKey: ["projects", projectId, "event", id],
    queryFn: async ({ signal }) =>
      (await answer(
        api.GET("/api/projects/{project}/events/{event}", {
          params: { path: { project: projectId, event: id ?? "" } },
          signal,
        }),
      )) as PulseEvent,
    enabled: id !== undefined && known === undefined,
    initialData: known,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** A key that may stand in a command: public ones only write. `null` while unknown or when there is none. */
export function usePublicKey(projectId: string): string | null {
  const { data } = useQuery({ ...keysQuery(projectId), staleTime: 60_000 });
  const open = data?.find((key) => key.kind === "public" && !key.revoked_at && key.key);
  return open?.key ?? null;
}

function written({ q, since, until }: EventFilter): EventFilter {
  return {
    ...(q?.trim() && { q: q.trim() }),
    ...(since && { since }),
    ...(until && { until }),
  };
}
