/**
 * Short messages at the edge of the screen. Our own on Radix: the usual library
 * writes its styles into the page at run time, which the CSP refuses.
 */
import { CircleAlert, CircleCheck, X } from "lucide-react";
import { Toast as Radix } from "radix-ui";
import { useSyncExternalStore } from "react";
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

export function Toaster() {
  const shown = useSyncExternalStore(subscribe, () => messages);
  return (
    <Radix.Provider swipeDirection="right" duration={6_000}>
      {shown.map((message) => (
        <ToastMessage key={message.id} message={message} />
      ))}
      <Radix.Viewport className="fixed right-0 bottom-0 z-60 flex w-full max-w-sm flex-col gap-2 p-4 outline-none" />
    </Radix.Provider>
  );
}

function ToastMessage({ message }: { message: Message }) {
  const Icon = message.tone === "ok" ? CircleCheck : CircleAlert;
  return (
    <Radix.Root
      type={message.tone === "error" ? "foreground" : "background"}
      onOpenChange={(open) => {
        if (!open) remove(message.id);
      }}
      className="flex animate-enter items-center gap-2 rounded-lg border border-line bg-raised py-1.5 pr-1.5 pl-3 shadow-float"
    >
      <Icon
        className={`size-4 shrink-0 ${message.tone === "ok" ? "text-ok" : "text-error"}`}
        aria-hidden
      />
      <Radix.Description className="min-w-0 flex-1">{message.text}</Radix.Description>
      {message.undo && (
        <Radix.Action asChild altText="Undo">
          <Button size="sm" onClick={message.undo}>
            Undo
          </Button>
        </Radix.Action>
      )}
      <Radix.Close asChild>
        <Button variant="ghost" size="icon" aria-label="Dismiss">
          <X aria-hidden />
        </Button>
      </Radix.Close>
    </Radix.Root>
  );
}
