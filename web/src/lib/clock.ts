import { useSyncExternalStore } from "react";

/**
 * One timer for every relative time on the screen: a table of a thousand rows
 * must not mean a thousand timers. It stands still while the tab is hidden.
 */
function clock(stepMs: number) {
  const listeners = new Set<() => void>();
  let now = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;

  function tick(): void {
    if (document.hidden) return;
    now = Date.now();
    for (const listener of listeners) listener();
  }

  function subscribe(listener: () => void): () => void {
    listeners.add(listener);
    if (listeners.size === 1) {
      now = Date.now();
      timer = setInterval(tick, stepMs);
      document.addEventListener("visibilitychange", tick);
    }
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }

  return () => useSyncExternalStore(subscribe, () => now);
}

/** The time now in milliseconds, in steps of five seconds. */
export const useNow = clock(5_000);

/** The same in steps of one second, for what counts down. */
export const useSecond = clock(1_000);
