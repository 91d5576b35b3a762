/**
 * Short messages at the edge of the screen. Our own: the usual library writes
 * its styles into the page at run time, which the CSP refuses.
 */
import { CircleAlert, CircleCheck, X } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { Button } from "./button";

type Message = {
  id: number;
  tone: "ok" | "error";
  text: string;
  undo?: () => void;
};

let messages: Message[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

/** `toast.ok("Key revoked")`, `toast.ok("Filter removed", { undo })`, `toast.error("…")`. */
export const toast = {
  ok: (text: string, options?: { undo?: () => void }) => add({ tone: "ok", text, ...options }),
  error: (text: string) => add({ tone: "error", text }),
};

function add(message: Omit<Message, "id">): void {
  // More than three at once is noise; the oldest gives way.
  set([...messages.slice(-2), { ...message, id: nextId++ }]);
}

function remove(id: number): void {
  set(messages.filter((message) => message.id !== id));
}

function set(next: Message[]): void {
  messages = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** How long a message stays; it waits while the pointer or the focus is on it. */
const stayMs = 6_000;

export function Toaster() {
  const shown = useSyncExternalStore(subscribe, () => messages);
  return (
    <section
      aria-label="Messages"
      aria-live="polite"
      className="pointer-events-none fixed right-0 bottom-0 z-60 flex w-full max-w-sm flex-col gap-2 p-4"
    >
      {shown.map((message) => (
        <ToastMessage key={message.id} message={message} />
      ))}
    </section>
  );
}

function ToastMessage({ message }: { message: Message }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => remove(message.id), stayMs);
    return () => clearTimeout(timer);
  }, [held, message.id]);

  const Icon = message.tone === "ok" ? CircleCheck : CircleAlert;
  const { undo } = message;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the events only hold the message while it is read
    <div
      role={message.tone === "error" ? "alert" : undefined}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="pointer-events-auto flex animate-enter items-center gap-2 rounded-lg border border-line bg-raised py-1.5 pr-1.5 pl-3 shadow-float"
    >
      <Icon
        className={`size-4 shrink-0 ${message.tone === "ok" ? "text-ok" : "text-error"}`}
        aria-hidden
      />
      <p className="min-w-0 flex-1">{message.text}</p>
      {undo && (
        <Button
          size="sm"
          onClick={() => {
            undo();
            remove(message.id);
          }}
        >
          Undo
        </Button>
      )}
      <Button variant="ghost" size="icon" aria-label="Dismiss" onClick={() => remove(message.id)}>
        <X aria-hidden />
      </Button>
    </div>
  );
}
