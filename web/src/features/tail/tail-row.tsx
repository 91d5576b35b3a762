import { cx } from "class-variance-authority";
import type { CSSProperties, MouseEvent, ReactNode } from "react";
import { formatValue } from "@/components/chart";
import { eventSummary } from "@/components/event/event-text";
import { isLoud, KindBadge } from "@/components/event/kind-badge";
import type { Filter } from "@/lib/event-query";
import type { LogEntry } from "@/lib/live";
import type { PulseEvent } from "@/lib/live/event";
import { formatTime, type TimeZone } from "@/lib/time-zone";

type Place = { id: string; selected: boolean; style: CSSProperties; onOpen: () => void };

type EventRowProps = Place & {
  event: PulseEvent;
  zone: TimeZone;
  narrow: boolean;
  onFilter: (filter: Filter) => void;
};

const CHOSEN = "bg-raised shadow-[inset_2px_0_var(--accent)]";
const ROW =
  "absolute inset-x-0 top-0 flex cursor-pointer items-center gap-3 px-3 text-left hover:bg-raised md:px-5";

/** One line per event: when, what, and what it said. */
export function EventRow({
  event,
  zone,
  narrow,
  onFilter,
  onOpen,
  selected,
  ...row
}: EventRowProps) {
  const time = (
    <time dateTime={event.timestamp} className="shrink-0 font-mono text-xs text-muted">
      {formatTime(event.timestamp, zone)}
      {!narrow && /\.\d{3}/.exec(event.timestamp)?.[0]}
    </time>
  );
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list hears the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the focus stays on the list
    <div
      {...row}
      role="option"
      aria-selected={selected}
      className={cx(ROW, selected && CHOSEN)}
      onClick={onOpen}
    >
      {time}
      {(!narrow || isLoud(event)) && (
        <Pick
          on={() => onFilter(levelFilter(event))}
          className={cx("flex shrink-0", !narrow && "w-20")}
        >
          {isLoud(event) ? (
            <KindBadge event={event} />
          ) : (
            <span className="font-mono text-xs text-muted">{event.type}</span>
          )}
        </Pick>
      )}
      <span className="flex min-w-0 flex-1 items-center gap-3">
        <Pick
          on={() => onFilter({ field: "name", value: event.name })}
          className={cx("font-mono text-xs", narrow ? "truncate" : "max-w-80 shrink-0 truncate")}
        >
          {event.name}
        </Pick>
        {event.value !== null && (
          <span className="shrink-0 font-mono text-xs">{formatValue(event.value, event.unit)}</span>
        )}
        {!narrow && (
          <span className="min-w-0 flex-1 truncate font-mono text-xs text-muted">
            {eventSummary(event)}
          </span>
        )}
      </span>
      {!narrow && (
        <span className="hidden shrink-0 gap-3 font-mono text-xs text-muted lg:flex">
          {event.user && (
            <Pick on={() => onFilter({ field: "user", value: event.user ?? "" })}>
              {event.user}
            </Pick>
          )}
          {event.release && (
            <Pick on={() => onFilter({ field: "release", value: event.release ?? "" })}>
              {event.release}
            </Pick>
          )}
        </span>
      )}
    </div>
  );
}

function levelFilter({ type, level }: PulseEvent): Filter {
  return level && level !== "info" && level !== "debug"
    ? { field: "level", value: level }
    : { field: "type", value: type };
}

type PickProps = { on: () => void; className?: string; children: ReactNode };

/** A value that filters by a click; from the keyboard the drawer does the same. */
function Pick({ on, className, children }: PickProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a shortcut for the mouse, the drawer has the buttons
    // biome-ignore lint/a11y/noStaticElementInteractions: the same
    <span
      title="Filter by this"
      className={cx("decoration-dotted underline-offset-4 hover:underline", className)}
      onClick={(event: MouseEvent) => {
        event.stopPropagation();
        on();
      }}
    >
      {children}
    </span>
  );
}

type GapRowProps = Place & { entry: Extract<LogEntry, { kind: "gap" }> };

/** Says that some are missing and brings them. */
export function GapRow({ entry, onOpen, selected, ...row }: GapRowProps) {
  const count = entry.missed.toLocaleString("en-US");
  const events = entry.missed === 1 ? "event" : "events";
  const text = {
    open: `${count} ${events} came too fast to show. Click to load them.`,
    loading: `Loading ${count} ${events}…`,
    failed: `${count} ${events} could not be loaded. Click to try again.`,
  }[entry.state];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list hears the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the focus stays on the list
    <div
      {...row}
      role="option"
      aria-selected={selected}
      className={cx(
        ROW,
        "justify-center border-y border-dashed border-warn/50 bg-warn/10 text-xs text-warn",
        selected && CHOSEN,
      )}
      onClick={onOpen}
    >
      {text}
    </div>
  );
}
