/** What this browser keeps about a project's events screen. */
import { useCallback, useState } from "react";

/** `read` makes a value of what was stored, whatever that is. */
export function useKept<T>(key: string, read: (stored: unknown) => T): [T, (next: T) => void] {
  const name = `pulseboard.${key}`;
  const [value, setValue] = useState(() => read(load(name)));
  const keep = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(name, JSON.stringify(next));
      } catch {
        // Storage can be blocked or full; the choice then lasts for this visit.
      }
    },
    [name],
  );
  return [value, keep];
}

function load(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}
