import { useSyncExternalStore } from "react";

/**
 * A choice kept in this browser: read at once, written through, and in step
 * between components and tabs. What is stored but not `allowed` is ignored.
 */
export function stored<T extends string>(key: string, allowed: readonly T[], fallback: T) {
  const name = `pulseboard.${key}`;
  const listeners = new Set<() => void>();
  let value = read(name, allowed, fallback);

  const set = (next: T) => {
    value = next;
    try {
      localStorage.setItem(name, next);
    } catch {
      // Storage can be blocked or full; the choice then lasts for this visit.
    }
    for (const listener of listeners) listener();
  };
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  };
  addEventListener("storage", (event) => {
    if (event.key !== name) return;
    value = read(name, allowed, fallback);
    for (const listener of listeners) listener();
  });

  const get = () => value;
  return { get, set, subscribe, use: () => useSyncExternalStore(subscribe, get) };
}

function read<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
  try {
    const found = localStorage.getItem(name);
    return allowed.find((choice) => choice === found) ?? fallback;
  } catch {
    return fallback;
  }
}
