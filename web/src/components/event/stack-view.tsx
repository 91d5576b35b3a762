import { cx } from "class-variance-authority";
import { useState } from "react";
import type { EventException, PulseEvent, StackFrame } from "@/lib/live/event";
import { Button } from "../button";
import { exceptions } from "./event-text";

/** Where it happened: the exceptions with their frames, or the stack as it was sent. */
export function StackView({ event }: { event: PulseEvent }) {
  const chain = exceptions(event);
  if (chain.length === 0 && !event.stack) return null;
  return (
    <div className="flex flex-col gap-4">
      {chain.map((exception, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a chain never changes its order
        <Exception key={i} exception={exception} />
      ))}
      {event.stack && <RawStack text={event.stack} />}
    </div>
  );
}

function Exception({ exception }: { exception: EventException }) {
  const frames = Array.isArray(exception.frames) ? exception.frames : [];
  const ours = frames.filter((frame) => frame.in_app !== false);
  const [all, setAll] = useState(ours.length === 0);
  const shown = all ? frames : ours;
  return (
    <div>
      <p className="font-mono text-xs break-words">
        <span className="font-medium text-error">{exception.type ?? "Error"}</span>
        {exception.value && <span>: {exception.value}</span>}
      </p>
      {shown.length > 0 && (
        <ol className="mt-2 overflow-hidden rounded-md border border-line">
          {shown.map((frame, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same frame can stand in a stack twice
            <Frame key={i} frame={frame} />
          ))}
        </ol>
      )}
      {ours.length > 0 && ours.length < frames.length && (
        <Button variant="ghost" size="sm" className="mt-1" onClick={() => setAll(!all)}>
          {all ? "Only the app's frames" : `Show library frames (${frames.length - ours.length})`}
        </Button>
      )}
    </div>
  );
}

function Frame({ frame }: { frame: StackFrame }) {
  const file = frame.file ?? frame.filename ?? frame.module;
  const line = frame.line ?? frame.lineno;
  const column = frame.column ?? frame.colno;
  const place = [file ?? "unknown file", line, column].filter((part) => part != null).join(":");
  return (
    <li
      className={cx(
        "border-b border-line px-3 py-1.5 font-mono text-xs last:border-b-0",
        frame.in_app === false ? "text-muted" : "bg-raised",
      )}
    >
      <span className="block break-all">{frame.function ?? "anonymous"}</span>
      <span className="block break-all text-muted">{place}</span>
    </li>
  );
}

function RawStack({ text }: { text: string }) {
  return (
    <pre
      role="region"
      aria-label="Stack"
      tabIndex={0}
      className="max-h-80 overflow-auto rounded-md border border-line bg-bg p-3 font-mono text-xs leading-5"
    >
      {text}
    </pre>
  );
}
