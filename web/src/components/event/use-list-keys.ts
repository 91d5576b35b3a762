import { useEffect, useRef } from "react";

type ListKeys = {
  /** j is the next row, k the one before. */
  onStep: (by: 1 | -1) => unknown;
  onOpen: () => void;
  onSpace?: () => void;
};

/** j, k, Enter, Space and / on a screen that is a list, unless somebody writes or a dialog is open. */
export function useListKeys(keys: ListKeys) {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
      const target = event.target as HTMLElement;
      if (
        target.closest("input, textarea, select, [role=dialog], [role=menu], [contenteditable]")
      ) {
        return;
      }
      const { onStep, onOpen, onSpace } = latest.current;
      const onControl = target.closest("button, a, [role=group]") !== null;
      if (event.key === "j") onStep(1);
      else if (event.key === "k") onStep(-1);
      else if (event.key === "Enter" && !onControl) onOpen();
      else if (event.key === " " && !onControl && onSpace) onSpace();
      else if (event.key === "/") document.querySelector<HTMLElement>("[data-query-bar]")?.focus();
      else return;
      event.preventDefault();
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}
