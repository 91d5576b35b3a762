/** The table of what matched: a virtual list of rows, cards on a phone. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { cx } from "class-variance-authority";
import { type Ref, useEffect, useLayoutEffect, useRef, useState } from "react";
import { isLoud, KindBadge } from "@/components/event/kind-badge";
import { RelativeTime } from "@/components/relative-time";
import type { PulseEvent } from "@/lib/live/event";
import { formatDateTime, type TimeZone, useTimeZone } from "@/lib/time-zone";
import { type ColumnId, cellText, columnLabel, columnWidth, tableWidth } from "./columns";

type EventsTableProps = {
  events: readonly PulseEvent[];
  columns: readonly ColumnId[];
  narrow: boolean;
  selected: number;
  onOpen: (event: PulseEvent, index: number) => void;
  /** The end is near. */
  onReachEnd: () => void;
};

const CHOSEN = "bg-raised shadow-[inset_2px_0_var(--accent)]";
const ROW_HEIGHT = 36;
const CARD_HEIGHT = 60;
/** Rows before the end when the next page is asked for. */
const AHEAD = 20;

export function EventsTable({ events, columns, narrow, selected, ...on }: EventsTableProps) {
  const zone = useTimeZone();
  const list = useRef<HTMLElement>(null);
  const [offset, setOffset] = useState(0);
  const rowHeight = narrow ? CARD_HEIGHT : ROW_HEIGHT;
  const virtual = useVirtualizer({
    count: events.length,
    // The page scrolls, not the table: the chart above goes with it.
    getScrollElement: () => document.getElementById("content"),
    estimateSize: () => rowHeight,
    getItemKey: (i) => events[i]?.id ?? i,
    overscan: 10,
    scrollMargin: offset,
  });
  useLayoutEffect(() => {
    const scroller = document.getElementById("content");
    if (!list.current || !scroller) return;
    const measure = () => {
      const top = list.current?.getBoundingClientRect().top ?? 0;
      setOffset(top - scroller.getBoundingClientRect().top + scroller.scrollTop);
    };
    measure();
    const watch = new ResizeObserver(measure);
    for (const child of scroller.children) watch.observe(child);
    return () => watch.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows are measured anew when their height changes
  useEffect(() => virtual.measure(), [rowHeight, offset]);
  useEffect(() => {
    if (selected >= 0) virtual.scrollToIndex(selected, { align: "auto" });
  }, [selected, virtual]);

  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const nearEnd = events.length > 0 && lastShown >= events.length - AHEAD;
  const { onReachEnd } = on;
  // biome-ignore lint/correctness/useExhaustiveDependencies: more events may still end near the same place
  useEffect(() => {
    if (nearEnd) onReachEnd();
  }, [nearEnd, events.length, onReachEnd]);

  const above = (items[0]?.start ?? offset) - offset;
  const below = virtual.getTotalSize() - ((items.at(-1)?.end ?? offset) - offset);

  if (narrow) {
    return (
      <ul
        ref={list as Ref<HTMLUListElement>}
        aria-label="Events"
        style={{ paddingTop: above, paddingBottom: below }}
      >
        {items.map(({ index, key }) => {
          const event = events[index];
          return event ? (
            <li key={key} style={{ height: rowHeight }}>
              <EventCard
                event={event}
                selected={index === selected}
                onOpen={() => on.onOpen(event, index)}
              />
            </li>
          ) : null;
        })}
      </ul>
    );
  }
  return (
    <div className="overflow-x-auto">
      <table
        aria-label="Events"
        className="w-full table-fixed border-collapse text-left"
        style={{ minWidth: tableWidth(columns) }}
      >
        <colgroup>
          {columns.map((id) => (
            <col key={id} style={{ width: columnWidth(id) }} />
          ))}
        </colgroup>
        <thead>
          <tr className="border-b border-line">
            {columns.map((id) => (
              <th key={id} scope="col" className="h-8 truncate px-2 font-normal text-muted">
                {columnLabel(id)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={list as Ref<HTMLTableSectionElement>}>
          {above > 0 && <Spacer height={above} columns={columns.length} />}
          {items.map(({ index, key }) => {
            const event = events[index];
            return event ? (
              <tr
                key={key}
                aria-current={index === selected || undefined}
                className={cx(
                  "cursor-pointer border-b border-line hover:bg-raised",
                  index === selected && CHOSEN,
                )}
                style={{ height: rowHeight }}
                onClick={() => on.onOpen(event, index)}
              >
                {columns.map((id) => (
                  <td key={id} className="truncate px-2 py-0">
                    <Cell event={event} id={id} zone={zone} />
                  </td>
                ))}
              </tr>
            ) : null;
          })}
          {below > 0 && <Spacer height={below} columns={columns.length} />}
        </tbody>
      </table>
    </div>
  );
}

/** Holds the place of the rows that are not drawn. */
function Spacer({ height, columns }: { height: number; columns: number }) {
  return (
    <tr aria-hidden style={{ height }}>
      <td colSpan={columns} className="p-0" />
    </tr>
  );
}

function Cell({ event, id, zone }: { event: PulseEvent; id: ColumnId; zone: TimeZone }) {
  switch (id) {
    case "timestamp":
    case "received_at":
      return (
        <time dateTime={event[id]} title={event[id]} className="font-mono text-xs text-muted">
          {shortTime(event[id], zone)}
        </time>
      );
    case "level":
      return isLoud(event) ? (
        <KindBadge event={event} />
      ) : (
        <span className="font-mono text-xs text-muted">{event.type}</span>
      );
    case "name":
      return (
        <button
          type="button"
          className="max-w-full truncate rounded-sm align-middle font-mono text-xs hover:underline"
          title={event.name}
        >
          {event.name}
        </button>
      );
    case "summary":
      return <span className="font-mono text-xs text-muted">{cellText(event, id)}</span>;
    default:
      return <span className="font-mono text-xs">{cellText(event, id)}</span>;
  }
}

type EventCardProps = { event: PulseEvent; selected: boolean; onOpen: () => void };

function EventCard({ event, selected, onOpen }: EventCardProps) {
  return (
    <button
      type="button"
      className={cx(
        "flex size-full flex-col justify-center gap-0.5 border-b border-line px-1 text-left focus-visible:-outline-offset-2",
        selected && CHOSEN,
      )}
      onClick={onOpen}
    >
      <span className="flex w-full items-center gap-2">
        <KindBadge event={event} />
        <span className="min-w-0 flex-1 truncate font-mono text-xs">{event.name}</span>
        <RelativeTime at={event.timestamp} className="shrink-0 text-xs text-muted" />
      </span>
      <span className="w-full truncate font-mono text-xs text-muted">
        {event.value === null ? cellText(event, "summary") : cellText(event, "value")}
        {event.user && ` ${event.user}`}
      </span>
    </button>
  );
}

/** "20 Nov 18:04:09.120" */
function shortTime(at: string, zone: TimeZone): string {
  const text = formatDateTime(at, zone).replace(/ \d{4},/, "");
  return `${text}${/\.\d{3}/.exec(at)?.[0] ?? ""}`;
}
