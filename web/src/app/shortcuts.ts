import { useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { screens } from "./screens";

type Actions = { openPalette: () => void; openHelp: () => void };

/** A second key must follow `g` within this time. */
const CHORD_MS = 1_000;

/** ⌘K, `?`, and `g` with a letter for the screens of the project. */
export function useShortcuts(actions: Actions) {
  const latest = useRef(actions);
  latest.current = actions;
  const navigate = useNavigate();
  const { project } = useParams({ strict: false }) as { project?: string };

  useEffect(() => {
    let chordUntil = 0;
    const onKey = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        latest.current.openPalette();
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
      if (event.key === "?") {
        latest.current.openHelp();
        return;
      }
      const now = performance.now();
      if (event.key === "g") {
        chordUntil = now + CHORD_MS;
        return;
      }
      if (now > chordUntil) return;
      chordUntil = 0;
      if (event.key === "p") void navigate({ to: "/" });
      const screen = screens.find(({ key }) => key === event.key);
      if (screen && project) void navigate({ to: screen.to, params: { project } });
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [navigate, project]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest("input, textarea, select, [role=dialog], [role=menu]") !== null)
  );
}
