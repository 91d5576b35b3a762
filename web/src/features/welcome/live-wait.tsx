import { Link } from "@tanstack/react-router";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { RelativeTime } from "@/components/relative-time";
import type { Rejection } from "@/lib/api";
import { type Arrived, useFirstEvent } from "./use-first-event";
import { useRejections } from "./use-rejections";

/** After this long without an event, what usually goes wrong. */
const TIPS_AFTER_MS = 20_000;

export function LiveWait({ projectId }: { projectId: string }) {
  const { arrived, ready } = useFirstEvent(projectId);
  const rejections = useRejections(projectId, arrived === null);
  const late = useLate(arrived === null);

  if (arrived) return <Success event={arrived} projectId={projectId} />;
  return (
    <div className="flex flex-col gap-3">
      <div
        role="status"
        className="flex items-center gap-3 rounded-md border border-dashed border-control px-3 py-3"
      >
        <span aria-hidden className="size-2.5 shrink-0 animate-breathe rounded-full bg-accent" />
        {ready ? "Waiting for an event…" : "Getting ready to listen…"}
      </div>
      {rejections.length > 0 && <Refused rejections={rejections} />}
      {late && rejections.length === 0 && <Tips />}
    </div>
  );
}

function Success({ event, projectId }: { event: Arrived; projectId: string }) {
  const box = useRef<HTMLDivElement>(null);
  // On a phone the steps above fill the screen; the good news must be seen.
  useEffect(() => {
    box.current?.scrollIntoView({ block: "nearest" });
  }, []);
  return (
    <div
      ref={box}
      role="status"
      className="rounded-md border border-ok/50 bg-ok/10 px-3 py-3 scroll-mb-8"
    >
      <p className="flex items-center gap-2 font-medium">
        <CircleCheck className="size-4 shrink-0 text-ok" aria-hidden />
        Your event arrived
      </p>
      <p className="mt-2 flex flex-wrap items-center gap-2">
        <Badge tone={event.type === "error" ? "error" : "accent"}>{event.type}</Badge>
        <span className="min-w-0 font-mono text-xs break-all">{event.name}</span>
        <RelativeTime at={event.received_at} className="text-muted" />
      </p>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button asChild variant="primary">
          <Link to="/p/$project" params={{ project: projectId }}>
            Open the overview
          </Link>
        </Button>
        <Button asChild>
          <Link to="/p/$project/tail" params={{ project: projectId }}>
            Watch the live tail
          </Link>
        </Button>
      </div>
    </div>
  );
}

function Refused({ rejections }: { rejections: readonly Rejection[] }) {
  return (
    <div role="status" className="rounded-md border border-warn/50 bg-warn/10 px-3 py-3">
      <p className="flex items-center gap-2 font-medium">
        <TriangleAlert className="size-4 shrink-0 text-warn" aria-hidden />
        {rejections.length === 1
          ? "An attempt came in and was refused"
          : "Attempts came in and were refused"}
      </p>
      <ul className="mt-2 flex flex-col gap-2">
        {rejections.map((rejection) => (
          <li key={`${rejection.at} ${rejection.code}`} className="border-t border-warn/30 pt-2">
            <p>
              {rejection.message}{" "}
              <span className="text-muted">
                ({rejection.status} {rejection.code}
                {rejection.key_last4 && `, key ending in ${rejection.key_last4}`},{" "}
                <RelativeTime at={rejection.at} />)
              </span>
            </p>
            {rejection.sample && (
              <pre className="mt-1 max-h-24 overflow-auto font-mono text-xs break-all whitespace-pre-wrap text-muted">
                {rejection.sample}
              </pre>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Tips() {
  return (
    <div className="rounded-md border border-line bg-raised px-3 py-3">
      <p className="font-medium">Nothing yet. What usually helps:</p>
      <ul className="mt-2 flex list-disc flex-col gap-1 pl-5 text-muted">
        <li>
          Look at what the command printed: an accepted event answers{" "}
          <code className="font-mono text-xs text-text">202</code> with{" "}
          <code className="font-mono text-xs text-text">"accepted": 1</code>.
        </li>
        <li>
          Can the sending machine reach{" "}
          <code className="font-mono text-xs break-all text-text">{location.origin}</code>? Inside a
          container or on a phone, “localhost” is another machine.
        </li>
        <li>Is the key whole? Copy the command with the button instead of by hand.</li>
        <li>“Send one for me” tells whether PulseBoard itself works.</li>
      </ul>
    </div>
  );
}

function useLate(waiting: boolean): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!waiting) return;
    const timer = setTimeout(() => setLate(true), TIPS_AFTER_MS);
    return () => clearTimeout(timer);
  }, [waiting]);
  return late;
}
