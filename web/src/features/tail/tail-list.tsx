/** The virtual list: newest at the bottom, held there until somebody scrolls up. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type Ref, useEffect, useImperativeHandle, useLayoutEffect, useRef } from "react";
import { useNarrow } from "@/components/event/use-narrow";
import type { Filter } from "@/lib/event-query";
import { useTimeZone } from "@/lib/time-zone";
import { EventRow, GapRow } from "./tail-row";
import type { TailRow } from "./tail-rows";

export type TailListHandle = { toEnd: () => void; reveal: (index: number) => void };

type TailListProps = {
  rows: readonly TailRow[];
  /** Follows the end as rows come. */
  following: boolean;
  selected: number;
  onSelect: (index: number) => void;
  onOpen: (row: TailRow, index: number) => void;
  onFilter: (filter: Filter) => void;
  /** Somebody scrolled up. */
  onLeaveEnd: () => void;
  /** Somebody scrolled down to the end again. */
  onReachEnd: () => void;
  /** The oldest row is near. */
  onReachStart: () => void;
  ref: Ref<TailListHandle>;
};

/** Further than this from the end is reading, not following. */
const NEAR_END = 24;
const NEAR_START = 400;

export function TailList({ rows, following, selected, ref, ...on }: TailListProps) {
  const zone = useTimeZone();
  const narrow = useNarrow();
  const box = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const rowHeight = narrow ? 44 : 28;

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    getItemKey: (i) => rows[i]?.key ?? i,
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows are measured anew when their height changes
  useEffect(() => virtual.measure(), [rowHeight]);

  const toEnd = () => {
    const element = box.current;
    if (element) element.scrollTop = element.scrollHeight;
  };
  useImperativeHandle(ref, () => ({
    toEnd,
    reveal: (index) => virtual.scrollToIndex(index, { align: "auto" }),
  }));

  // Rows that come keep the end in view; older ones that come above keep what is read in place.
  const firstKey = rows[0]?.key;
  const before = useRef({ firstKey, count: rows.length });
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when rows came or went
  useLayoutEffect(() => {
    const element = box.current;
    const added = rows.length - before.current.count;
    const oldFirst = before.current.firstKey;
    if (following) toEnd();
    else if (element && added > 0 && oldFirst !== firstKey && rows[added]?.key === oldFirst) {
      element.scrollTop += added * rowHeight;
      lastTop.current = element.scrollTop;
    }
    before.current = { firstKey, count: rows.length };
  }, [rows.length, firstKey, rows.at(-1)?.key, following, rowHeight]);

  function onScroll() {
    const element = box.current;
    if (!element) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    const toGo = scrollHeight - clientHeight - scrollTop;
    const up = scrollTop < lastTop.current - 1;
    const down = scrollTop > lastTop.current + 1;
    lastTop.current = scrollTop;
    if (up && toGo > NEAR_END) on.onLeaveEnd();
    else if (down && toGo <= NEAR_END) on.onReachEnd();
    if (up && scrollTop < NEAR_START) on.onReachStart();
  }

  const items = virtual.getVirtualItems();
  const active = items.find((item) => item.index === selected);
  return (
    <div
      ref={box}
      role="listbox"
      aria-label="Live events, newest last"
      aria-activedescendant={active ? `tail-${active.key}` : undefined}
      tabIndex={0}
      className="h-full overflow-y-auto focus-visible:-outline-offset-2"
      onScroll={onScroll}
    >
      <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, key, start }) => {
          const row = rows[index];
          if (!row) return null;
          const place = {
            id: `tail-${key}`,
            selected: index === selected,
            style: { height: rowHeight, transform: `translateY(${start}px)` },
            onOpen: () => {
              on.onSelect(index);
              on.onOpen(row, index);
            },
          };
          return row.kind === "gap" ? (
            <GapRow key={key} {...place} entry={row.entry} />
          ) : (
            <EventRow
              key={key}
              {...place}
              event={row.event}
              zone={zone}
              narrow={narrow}
              onFilter={on.onFilter}
            />
          );
        })}
      </div>
    </div>
  );
}
