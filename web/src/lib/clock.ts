import { useSyncExternalStore } from "react";

/**
 * One timer for every relative time on the screen: a table of a thousand rows
 * must not mean a thousand timers. It stands still while the tab is hidden.
 */
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
    timer = setInterval(tick, 5_000);
    document.addEventListener("visibilitychange", tick);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    document.removeEventListener("visibilitychange", tick);
  };
}

/** The time now in milliseconds, in steps of five seconds. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
