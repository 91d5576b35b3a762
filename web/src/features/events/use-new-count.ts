import { useCallback, useEffect, useRef, useState } from "react";
import { matchesQuery, type QueryToken } from "@/lib/event-query";
import { flush, useLiveEvents } from "@/lib/live";
import type { PulseEvent } from "@/lib/live/event";

/** How many matching events came since the list was read. */
export function useNewCount(
  projectId: string,
  tokens: readonly QueryToken[],
  asOf: number,
): number {
  const [count, setCount] = useState(0);
  const counted = useRef(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a list read anew begins at zero
  useEffect(() => {
    counted.current = 0;
    setCount(0);
  }, [tokens, asOf]);
  const show = useCallback(() => setCount(counted.current), []);
  const take = useCallback(
    (events: readonly PulseEvent[]) => {
      const before = counted.current;
      for (const event of events) if (matchesQuery(tokens, event)) counted.current += 1;
      if (counted.current !== before) flush.request(show);
    },
    [tokens, show],
  );
  useLiveEvents(projectId, take);
  return count;
}
