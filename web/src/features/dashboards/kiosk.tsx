import { X } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { Button } from "@/components/button";
import type { LiveStatus } from "@/lib/live/status";

/** How long the way out stays in sight after the pointer has moved. */
const SHOWN_MS = 3_000;

type KioskProps = {
  name: string;
  status: LiveStatus;
  onLeave: () => void;
  children: ReactNode;
};

/** The panels and nothing else, for a screen on a wall. Esc leaves. */
export function Kiosk({ name, status, onLeave, children }: KioskProps) {
  const shown = useMoved();
  useEffect(() => {
    document.title = `${name} · PulseBoard`;
  }, [name]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const inside =
        event.target instanceof Element && event.target.closest("[role=menu], [role=dialog]");
      if (event.key === "Escape" && !event.defaultPrevented && !inside) onLeave();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [onLeave]);
  return (
    <main
      id="content"
      tabIndex={-1}
      className="h-full min-w-0 flex-1 overflow-y-auto p-3 outline-none"
      data-kiosk
    >
      <h1 className="sr-only">{name}</h1>
      {children}
      {status.status !== "live" && (
        <p
          role="status"
          className="fixed bottom-3 left-3 z-30 rounded-md border border-line bg-raised px-3 py-1.5 text-warn"
        >
          {status.label}. What you see is the last that arrived.
        </p>
      )}
      <Button
        className={`fixed right-3 bottom-3 z-30 transition-opacity focus-visible:opacity-100 ${shown ? "" : "opacity-0"}`}
        onClick={onLeave}
      >
        <X aria-hidden />
        Leave (Esc)
      </Button>
    </main>
  );
}

/** Whether the pointer has moved a moment ago; also just after opening. */
function useMoved(): boolean {
  const [shown, setShown] = useState(true);
  useEffect(() => {
    let timer = setTimeout(() => setShown(false), SHOWN_MS);
    const onMove = () => {
      setShown(true);
      clearTimeout(timer);
      timer = setTimeout(() => setShown(false), SHOWN_MS);
    };
    addEventListener("pointermove", onMove);
    addEventListener("pointerdown", onMove);
    return () => {
      clearTimeout(timer);
      removeEventListener("pointermove", onMove);
      removeEventListener("pointerdown", onMove);
    };
  }, []);
  return shown;
}
