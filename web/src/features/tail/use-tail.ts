import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { useLastGood } from "@/components/event/use-last-good";
import { fetchEvents } from "@/lib/event-api";
import { matchesQuery, parseQuery } from "@/lib/event-query";
import { type LogEntry, useLive } from "@/lib/live";
import { countNew, pausedEntries, tailRows } from "./tail-rows";

const PAGE = 100;

/** Why the tail stands still. */
export type Pause = { by: "button" | "scroll"; entries: readonly LogEntry[] };

/** The rows of the tail and what moves them. */
export function useTail(projectId: string, query: string) {
  const live = useLive(projectId);
  const [pause, setPause] = useState<Pause | null>(null);
  const tokens = useMemo(() => parseQuery(query).tokens, [query]);

  // First paint is REST. A socket that began afresh knows nothing of the moment before it,
  // so what REST read earlier is read again once.
  const history = useInfiniteQuery({
    queryKey: ["projects", projectId, "tail", query, live.epoch],
    queryFn: ({ pageParam, signal }) =>
      fetchEvents(projectId, { q: query }, { limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });

  const known = useLastGood(history.data);
  const stale = history.isPlaceholderData || history.isError;

  const shown = pause ? pausedEntries(pause.entries, live.entries) : live.entries;
  const rows = useMemo(() => {
    const before = known?.pages.flatMap((page) => page.items) ?? [];
    // What is kept from another query must not stand under this one.
    const fitting = stale ? before.filter((event) => matchesQuery(tokens, event)) : before;
    return tailRows(fitting, shown, tokens);
  }, [known, stale, shown, tokens]);

  const pauseNow = useCallback(
    (by: Pause["by"]) => setPause((old) => old ?? { by, entries: live.entries }),
    [live.entries],
  );
  const resume = useCallback(() => setPause(null), []);

  return {
    rows,
    history,
    pause,
    pauseNow,
    resume,
    fresh: pause ? countNew(pause.entries, live.entries, tokens) : 0,
    rate: live.rate,
  };
}
