/**
 * `<Chart>`: uPlot with what it lacks: a name, a keyboard, touch, a legend and a table.
 * New values go to the plot directly; React renders only when the chart itself changes.
 */
import "uplot/dist/uPlot.min.css";
import { cx } from "class-variance-authority";
import { Table2, TrendingUp } from "lucide-react";
import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import uPlot from "uplot";
import { useTheme } from "@/lib/theme";
import { type TimeZone, useTimeZone } from "@/lib/time-zone";
import { Button } from "../button";
import {
  type ChartData,
  type ChartFeed,
  type ChartKind,
  type ChartMark,
  isEmpty,
  lineKey,
  lineLabel,
  plotColumns,
  structureOf,
  type Threshold,
  valueNear,
} from "./chart-data";
import { ChartLegend } from "./chart-legend";
import { ChartTable } from "./chart-table";
import { ChartTooltip, type Hover } from "./chart-tooltip";
import { lineColors, plotOptions } from "./plot";
import { formatMoment } from "./time-axis";
import { formatValue } from "./unit";

export type ChartProps = {
  /** What the chart shows, for those who cannot see it: "Events per minute by kind". */
  label: string;
  data: ChartData;
  /** Newer data of the same lines, drawn without rendering. */
  feed?: ChartFeed;
  kind?: ChartKind;
  stacked?: boolean;
  unit?: string | null;
  /** Digits behind the point; as many as are of use without it. */
  decimals?: number | null;
  thresholds?: readonly Threshold[];
  /** Ends of the value axis; from the values where one is left out. */
  range?: { min?: number | null; max?: number | null };
  /** Draws a line across gaps. */
  connectNulls?: boolean;
  /** Charts with the same key show one cursor. */
  syncKey?: string;
  /** The span of the time axis in milliseconds; the data's own without it. */
  span?: { from: number; to: number };
  /** For what is counted in one zone, whatever the person chose: days in UTC. */
  zone?: TimeZone;
  /** A stretch of time was chosen with the mouse, or a moment with Enter. */
  onBrush?: (from: number, to: number) => void;
  /** Height of the plot in pixels, or all that its parent has. */
  height?: number | "fill";
  /** Chart or table, chosen by who shows it; without it a button here chooses. */
  view?: "chart" | "table";
  legend?: boolean;
  /** Stands before the legend. */
  caption?: ReactNode;
  /** Says what to do when there is nothing to draw. */
  emptyText?: string;
  className?: string;
};

const NO_THRESHOLDS: readonly Threshold[] = [];
const NO_RANGE = {};
/** A long span moves by less than a pixel in a quarter of a second; its newest value is then at most this old. */
const SLOWEST_MS = 1_000;
const HALF_A_PIXEL = 0.5;
/** A mark is read when the cursor is this close, in pixels. */
const NEAR = 8;

export function Chart({
  label,
  data,
  feed,
  kind = "line",
  stacked = false,
  unit = null,
  decimals,
  thresholds = NO_THRESHOLDS,
  range = NO_RANGE,
  connectNulls = false,
  syncKey,
  span,
  zone: fixedZone,
  onBrush,
  height = 200,
  view,
  legend = true,
  caption,
  emptyText = "Nothing in this range.",
  className,
}: ChartProps) {
  const theme = useTheme();
  const chosenZone = useTimeZone();
  const zone = fixedZone ?? chosenZone;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [chosenTable, setAsTable] = useState(false);
  const asTable = view ? view === "table" : chosenTable;
  const fills = height === "fill";
  const [hover, setHover] = useState<Hover | null>(null);
  const [announced, setAnnounced] = useState("");
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  /** Whether the cursor is here: a chart that follows another's shows no tooltip. */
  const pointed = useRef(false);
  const latest = useRef({ data, given: data, span, onBrush, hidden });
  const structure = structureOf(data);
  const brushes = onBrush !== undefined;
  const colors = useMemo(() => lineColors(data.series, theme), [data.series, theme]);
  const step = stepOf(data);
  // What the feed brought stays until other data is given.
  const newest = latest.current.given === data ? latest.current.data : data;
  latest.current = { data: newest, given: data, span, onBrush, hidden };

  // The plot itself: built anew only when more than its values changed.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `structure` stands for the lines of `data`
  useEffect(() => {
    const element = host.current;
    if (!element || asTable) return;
    const current = () => latest.current;
    const made = new uPlot(
      plotOptions({
        lines: current().data.series,
        now: () => current().data,
        kind,
        stacked,
        unit,
        thresholds,
        range,
        connectNulls,
        syncKey: syncKey ?? null,
        marks: () => current().data.marks ?? [],
        theme,
        zone,
        width: element.clientWidth || 300,
        height: fills ? element.clientHeight || 150 : height,
        span: () => current().data.span ?? current().span ?? null,
        onHover: (self) => setHover(pointed.current ? hoverOf(self, current().data) : null),
        onBrush: brushes ? (from, to) => current().onBrush?.(from, to) : null,
      }),
      plotColumns(current().data, stacked, current().hidden) as uPlot.AlignedData,
      element,
    );
    for (const [i, line] of current().data.series.entries()) {
      if (current().hidden.has(lineKey(line))) made.setSeries(i + 1, { show: false });
    }
    plot.current = made;
    const resize = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight } = element;
      const next = { width, height: fills ? clientHeight : height };
      if (width === 0 || next.height === 0) return;
      if (width !== made.width || next.height !== made.height) made.setSize(next);
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
      setHover(null);
    };
  }, [
    structure,
    kind,
    stacked,
    unit,
    thresholds,
    range,
    connectNulls,
    syncKey,
    theme,
    zone,
    height,
    asTable,
    brushes,
  ]);

  // Values by props.
  useEffect(() => {
    plot.current?.setData(plotColumns(data, stacked, latest.current.hidden) as uPlot.AlignedData);
  }, [data, stacked]);

  // Values by feed, only while somebody can see them.
  useEffect(() => {
    const element = host.current;
    if (!feed || !element || asTable) return;
    let seen = true;
    let waiting = false;
    let drawn = { at: Number.NEGATIVE_INFINITY, until: 0 };
    let later: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      clearTimeout(later);
      later = undefined;
      waiting = !seen;
      if (!seen) return;
      const { data: next, hidden: without } = latest.current;
      drawn = { at: performance.now(), until: next.span?.to ?? 0 };
      plot.current?.setData(plotColumns(next, stacked, without) as uPlot.AlignedData);
    };
    const take = (next: ChartData) => {
      latest.current = { ...latest.current, data: next };
      const wait = drawn.at + SLOWEST_MS - performance.now();
      // Drawing costs more than all else: a picture that would hardly differ waits a little.
      if (wait > 0 && next.span && moved(next.span, drawn.until, element) < HALF_A_PIXEL) {
        later ??= setTimeout(draw, wait);
      } else draw();
    };
    const watch = new IntersectionObserver(([entry]) => {
      seen = entry?.isIntersecting ?? true;
      if (seen && waiting) draw();
    });
    watch.observe(element);
    const leave = feed.subscribe(take);
    return () => {
      clearTimeout(later);
      leave();
      watch.disconnect();
    };
  }, [feed, stacked, asTable]);

  function toggle(key: string) {
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    setHidden(next);
    const { data } = latest.current;
    for (const [i, line] of data.series.entries()) {
      plot.current?.setSeries(i + 1, { show: !next.has(lineKey(line)) });
    }
    plot.current?.setData(plotColumns(data, stacked, next) as uPlot.AlignedData);
  }

  function moveTo(index: number) {
    const self = plot.current;
    const { data } = latest.current;
    const at = Math.min(Math.max(index, 0), data.times.length - 1);
    const ms = data.times[at];
    if (!self || ms === undefined) return;
    const half = kind === "bars" ? step / 2 : 0;
    pointed.current = true;
    self.setCursor({ left: self.valToPos(ms + half, "x"), top: self.over.clientHeight / 3 });
    setAnnounced(
      `${formatMoment(ms, step, zone)}: ${data.series
        .filter((line) => !hidden.has(lineKey(line)))
        .map(
          (line) =>
            `${lineLabel(line)} ${formatValue(valueNear(line, data.times, at), unit, decimals)}`,
        )
        .join(", ")}${marksNear(self, data, self.valToPos(ms, "x"))
        .map(({ text }) => `, release ${text}`)
        .join("")}`,
    );
  }

  function onKeyDown(event: KeyboardEvent) {
    const { data } = latest.current;
    const last = data.times.length - 1;
    const at = hover?.index;
    const stride = event.shiftKey ? 10 : 1;
    if (event.key === "ArrowRight") moveTo(at === undefined ? 0 : at + stride);
    else if (event.key === "ArrowLeft") moveTo(at === undefined ? last : at - stride);
    else if (event.key === "Home") moveTo(0);
    else if (event.key === "End") moveTo(last);
    else if (event.key === "Escape" && hover) leave();
    else if (event.key === "Enter" && at !== undefined && onBrush) {
      const from = data.times[at];
      if (from !== undefined) onBrush(from, from + step);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function leave() {
    pointed.current = false;
    plot.current?.setCursor({ left: -10, top: -10 });
    setHover(null);
    setAnnounced("");
  }

  /** uPlot listens to the mouse only. */
  function onTouch(event: PointerEvent) {
    pointed.current = true;
    const self = plot.current;
    if (!self || event.pointerType === "mouse") return;
    const box = self.over.getBoundingClientRect();
    self.setCursor({ left: event.clientX - box.left, top: event.clientY - box.top });
  }

  const Icon = asTable ? TrendingUp : Table2;
  return (
    <div className={cx("min-w-0", fills && "flex h-full min-h-0 flex-col", className)}>
      <div
        className={cx(
          "mb-1 flex items-start justify-between gap-2",
          view ? "max-h-1/3 shrink-0 overflow-y-auto" : "min-h-7",
          view && !legend && !caption && "hidden",
        )}
      >
        <div className="flex min-w-0 flex-wrap items-center gap-x-4">
          {caption}
          {legend && (
            <ChartLegend
              lines={data.series}
              colors={colors}
              hidden={hidden}
              onToggle={toggle}
              onPoint={(i) => plot.current?.setSeries(i === null ? null : i + 1, { focus: true })}
            />
          )}
        </div>
        {!view && (
          <Button
            variant="ghost"
            size="sm"
            className="-my-0.5"
            aria-label={`${asTable ? "View as chart" : "View as table"}: ${label}`}
            title={asTable ? "View as chart" : "View as table"}
            onClick={() => setAsTable(!asTable)}
          >
            <Icon aria-hidden />
          </Button>
        )}
      </div>
      {asTable ? (
        <ChartTable
          label={label}
          data={latest.current.data}
          hidden={hidden}
          unit={unit}
          decimals={decimals}
          step={step}
          zone={zone}
          height={fills ? undefined : height}
        />
      ) : (
        <div
          role="group"
          aria-roledescription="chart"
          aria-label={`${label}. Arrow keys read the values${onBrush ? ", Enter narrows the time range" : ""}.`}
          tabIndex={0}
          className={cx("relative touch-pan-y rounded-md", fills && "min-h-0 flex-1")}
          style={fills ? undefined : { height }}
          onKeyDown={onKeyDown}
          onBlur={leave}
          onPointerDown={onTouch}
          onPointerMove={onTouch}
          onPointerLeave={(event) => event.pointerType === "mouse" && leave()}
        >
          <div ref={host} className="absolute inset-0" aria-hidden />
          {isEmpty(data) && (
            <p className="pointer-events-none absolute inset-0 flex items-center justify-center pb-6 text-muted">
              {emptyText}
            </p>
          )}
          {hover && (
            <ChartTooltip
              hover={hover}
              data={latest.current.data}
              colors={colors}
              hidden={hidden}
              unit={unit}
              decimals={decimals}
              step={step}
              zone={zone}
            />
          )}
        </div>
      )}
      <span className="sr-only" aria-live="polite">
        {announced}
      </span>
    </div>
  );
}

/** How far the plot would move, in pixels. */
function moved(span: { from: number; to: number }, until: number, { clientWidth }: Element) {
  return ((span.to - until) / Math.max(span.to - span.from, 1)) * clientWidth;
}

/** The distance between two moments. */
function stepOf({ times }: ChartData): number {
  const [first, second] = [times[0], times[1]];
  return first !== undefined && second !== undefined ? second - first : 60_000;
}

function hoverOf(self: uPlot, data: ChartData): Hover | null {
  const { left = -1, idxs } = self.cursor;
  const index = idxs?.[1] ?? self.cursor.idx;
  if (left < 0 || index === null || index === undefined || index >= data.times.length) return null;
  return {
    index,
    left: self.over.offsetLeft + left,
    width: self.over.offsetLeft + self.over.clientWidth,
    marks: marksNear(self, data, left),
  };
}

function marksNear(self: uPlot, { marks = [] }: ChartData, left: number): readonly ChartMark[] {
  return marks.filter(({ ts }) => Math.abs(self.valToPos(ts, "x") - left) <= NEAR);
}
