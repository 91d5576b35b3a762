import { useCallback, useEffect, useState } from "react";
import { toast } from "@/components/toast";
import { ApiError } from "@/lib/api";
import type { BoardLive } from "@/lib/board";
import { stepBack } from "@/lib/dashboards";

/** What I changed must have reached the server before it can be taken back there. */
const SENT_MS = 4_000;

/** My own changes back and again, by button and by keyboard while `active`. */
export function useUndo(live: BoardLive, active: boolean) {
  const [pending, setPending] = useState<"undo" | "redo" | null>(null);
  const run = useCallback(
    async (step: "undo" | "redo") => {
      setPending(step);
      try {
        if (!(await everythingSent(live))) {
          toast.error("Your last change has not reached the server yet. Try again in a moment.");
          return;
        }
        live.take((await stepBack(live.dashboardId, step)).ops);
      } catch (error) {
        if (error instanceof ApiError && error.status === 409) {
          const nothing = error.code === "nothing_to_undo" || error.code === "nothing_to_redo";
          if (nothing) toast.ok(step === "undo" ? "Nothing to undo." : "Nothing to redo.");
          else toast.error(error.message);
        } else {
          toast.error("The server did not answer. Nothing was changed; try again.");
        }
      } finally {
        setPending(null);
      }
    },
    [live],
  );

  useEffect(() => {
    if (!active) return;
    const onKey = (event: KeyboardEvent) => {
      if (!(event.metaKey || event.ctrlKey) || event.altKey || inText(event.target)) return;
      const key = event.key.toLowerCase();
      if (key === "z") void run(event.shiftKey ? "redo" : "undo");
      else if (key === "y") void run("redo");
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [active, run]);

  return { run, pending };
}

/** Where the browser's own undo belongs. */
function inText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest("input, textarea, select, [role=dialog]") !== null)
  );
}

function everythingSent(live: BoardLive): Promise<boolean> {
  if (live.snapshot().pending === 0) return Promise.resolve(true);
  return new Promise((resolve) => {
    const end = (sent: boolean) => {
      clearTimeout(timer);
      leave();
      resolve(sent);
    };
    const timer = setTimeout(() => end(false), SENT_MS);
    const leave = live.subscribe(() => {
      if (live.snapshot().pending === 0) end(true);
    });
  });
}
