import { useSyncExternalStore } from "react";

const narrow = matchMedia("(max-width: 767px)");

/** Whether the screen is as narrow as a phone: rows are taller and say less. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (run) => {
      narrow.addEventListener("change", run);
      return () => narrow.removeEventListener("change", run);
    },
    () => narrow.matches,
  );
}
