import { useCallback, useEffect, useMemo, useState } from "react";
import { type Instants, resolveRange, useTimeRange } from "@/lib/time-range";

/**
 * The range of the screen as two instants that stand still until the next refresh, so that every
 * question of one screen is about the same time.
 */
export function useInstants(everyMs?: number) {
  const { range, setRange, refreshMs, isRelative } = useTimeRange();
  const [asOf, setAsOf] = useState(() => Date.now());
  const interval = refreshMs || everyMs || 0;
  const refresh = useCallback(() => setAsOf(Date.now()), []);

  useEffect(() => {
    if (!interval || !isRelative) return;
    const timer = setInterval(() => {
      if (!document.hidden) refresh();
    }, interval);
    const onSeen = () => {
      if (!document.hidden) refresh();
    };
    document.addEventListener("visibilitychange", onSeen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", onSeen);
    };
  }, [interval, isRelative, refresh]);

  // A new choice of range starts from now, not from the last refresh.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the words are the choice
  useEffect(refresh, [range.from, range.to, refresh]);

  const instants: Instants = useMemo(() => resolveRange(range, new Date(asOf)), [range, asOf]);
  /** Narrows to what was brushed on a chart. */
  const zoom = useCallback(
    (from: number, to: number) =>
      setRange({
        from: new Date(Math.floor(from)).toISOString(),
        to: new Date(Math.ceil(to)).toISOString(),
      }),
    [setRange],
  );
  return { instants, range, isRelative, refresh, asOf, zoom };
}
