/** From our description of a chart to uPlot's. */
import uPlot from "uplot";
import type { Theme } from "@/lib/theme";
import type { TimeZone } from "@/lib/time-zone";
import {
  type ChartData,
  type ChartKind,
  type ChartLine,
  type ChartMark,
  lineLabel,
  pauseOf,
  type Threshold,
  valueRange,
} from "./chart-data";
import { kindColor, seriesColors, toneColor } from "./palette";
import { formatTimeTick, TIME_STEPS } from "./time-axis";
import { formatTick } from "./unit";

export type PlotDescription = {
  lines: readonly ChartLine[];
  /** The data as it is when it is drawn. */
  now: () => ChartData;
  kind: ChartKind;
  stacked: boolean;
  unit: string | null;
  thresholds: readonly Threshold[];
  /** Ends of the value axis that somebody chose. */
  range: { min?: number | null; max?: number | null };
  connectNulls: boolean;
  /** Charts with the same key show one cursor. */
  syncKey: string | null;
  marks: () => readonly ChartMark[];
  theme: Theme;
  zone: TimeZone;
  width: number;
  height: number;
  /** The span of the time axis; the data's own without it. */
  span: () => { from: number; to: number } | null;
  onHover: (plot: uPlot) => void;
  onBrush: ((from: number, to: number) => void) | null;
};

/** Room beside the plot, and about as much as the labels of the values take. */
const SIDE = 8;
const VALUE_AXIS = 48;

/** The colour of each line, in order. */
export function lineColors(lines: readonly ChartLine[], theme: Theme): string[] {
  const named = seriesColors(
    lines.filter((line) => !line.tone).map((line) => line.name),
    theme,
  );
  return lines.map((line) => {
    if (line.tone === "metric") return kindColor("metric", theme);
    if (line.tone) return toneColor(line.tone, theme);
    return named.get(line.name) ?? toneColor("muted", theme);
  });
}

export function plotOptions(chart: PlotDescription): uPlot.Options {
  const colors = lineColors(chart.lines, chart.theme);
  const font = '11px "Inter Variable", system-ui, sans-serif';
  const muted = toneColor("muted", chart.theme);
  const line = toneColor("line", chart.theme);
  const grid = { stroke: line, width: 1 };
  return {
    width: chart.width,
    height: chart.height,
    ms: 1,
    tzDate: chart.zone === "utc" ? (ms) => uPlot.tzDate(new Date(ms), "Etc/UTC") : undefined,
    padding: [8, SIDE, 0, 0],
    legend: { show: false },
    focus: { alpha: 0.25 },
    scales: {
      x: {
        time: true,
        range: (_plot, min, max) => {
          const span = chart.span();
          return span ? [span.from, span.to] : [min, max];
        },
      },
      y: {
        range: (_plot, min, max) =>
          valueRange(min, max, chart.kind !== "line" || !chart.unit, chart.thresholds, chart.range),
      },
    },
    axes: [
      {
        stroke: muted,
        font,
        grid,
        ticks: { show: false },
        size: 28,
        gap: 8,
        space: 64,
        incrs: TIME_STEPS,
        values: (plot, splits, _axis, _space, step) =>
          splits.map((ms) => (isCut(plot, ms, step) ? "" : formatTimeTick(ms, step, chart.zone))),
      },
      {
        stroke: muted,
        font,
        grid,
        ticks: { show: false },
        gap: 8,
        space: 36,
        size: (_plot, values) =>
          12 + 6.5 * Math.max(2, ...(values ?? []).map((value) => String(value).length)),
        values: (_plot, splits) => splits.map((value) => formatTick(value, chart.unit)),
      },
    ],
    cursor: {
      y: false,
      ...(chart.syncKey && { sync: syncOf(chart.syncKey) }),
      points: chart.kind === "bars" ? { show: false } : { size: 7, width: 2 },
      drag: { x: chart.onBrush !== null, y: false, setScale: false, dist: 6 },
      dataIdx: (plot, _series, nearest, at) => {
        if (chart.kind !== "bars") return nearest;
        // A bar stands on the bucket that begins at its moment.
        const moment = plot.data[0][nearest];
        return moment !== undefined && moment > at && nearest > 0 ? nearest - 1 : nearest;
      },
    },
    series: [{}, ...chart.lines.map((item, i) => plotSeries(item, colors[i] as string, chart))],
    hooks: {
      setCursor: [chart.onHover],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 6) return;
          const from = plot.posToVal(left, "x");
          const to = plot.posToVal(left + width, "x");
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          chart.onBrush?.(from, to);
        },
      ],
      drawAxes: [(plot) => drawZones(plot, chart)],
      draw: [(plot) => drawThresholds(plot, chart), (plot) => drawMarks(plot, chart)],
    },
  };
}

/** Whether the label under a moment would be cut off by the right edge. */
function isCut(plot: uPlot, ms: number, step: number): boolean {
  const { min, max } = plot.scales.x ?? {};
  if (min == null || max == null || max <= min) return false;
  const half = step < 60_000 ? 25 : 17;
  return ((max - ms) / (max - min)) * (plot.width - VALUE_AXIS) + SIDE < half;
}

/** The moment is shared, and nothing else: not the height, not what is hidden or being chosen. */
function syncOf(key: string): uPlot.Cursor.Sync {
  const moves = (type: string) => type === "mousemove" || type === "mouseleave";
  return { key, setSeries: false, scales: ["x", null], filters: { pub: moves, sub: moves } };
}

function plotSeries(line: ChartLine, color: string, chart: PlotDescription): uPlot.Series {
  const base: uPlot.Series = {
    label: lineLabel(line),
    stroke: color,
    width: 1.5,
    spanGaps: chart.connectNulls,
    ...(line.sparse && { gaps: (plot, index) => pauses(plot, index, chart) }),
    points: { show: false },
  };
  if (line.previous) return { ...base, dash: [4, 4], width: 1, alpha: 0.6 };
  if (chart.kind === "bars") {
    return {
      ...base,
      width: 0,
      fill: color,
      paths: uPlot.paths.bars?.({ align: 1, size: [0.82, 48], radius: 0.08 }),
    };
  }
  const lonely: uPlot.Series.Points = { show: (plot, i) => pointCount(plot, i) === 1, size: 5 };
  if (chart.kind === "area") {
    return { ...base, points: lonely, fill: chart.stacked ? color : `${color}26` };
  }
  return { ...base, points: lonely };
}

/** Where a sparse line pauses longer than usual, in pixels of the canvas. */
function pauses(plot: uPlot, index: number, chart: PlotDescription): [number, number][] {
  const line = chart.now().series[index - 1];
  const times = plot.data[0];
  const values = plot.data[index];
  if (!line || !values) return [];
  const longest = pauseOf(line, times);
  const found: [number, number][] = [];
  let last: number | null = null;
  for (let i = 0; i < times.length; i++) {
    if (values[i] === null || values[i] === undefined) continue;
    const time = times[i] as number;
    if (last !== null && time - last > longest) {
      const ends = [last, time].map((ms) => Math.round(plot.valToPos(ms, "x", true)));
      found.push(ends as [number, number]);
    }
    last = time;
  }
  return found;
}

/** A single value makes no line, so it is shown as a dot. */
function pointCount(plot: uPlot, series: number): number {
  let count = 0;
  for (const value of plot.data[series] ?? []) {
    if (value != null && ++count > 1) break;
  }
  return count;
}

/** Tints what lies between one threshold and the next. */
function drawZones(plot: uPlot, chart: PlotDescription) {
  const { ctx, bbox } = plot;
  const zones = chart.thresholds.filter(({ zone }) => zone);
  const sorted = zones.toSorted((a, b) => a.value - b.value);
  const within = (value: number) => {
    const y = plot.valToPos(value, "y", true);
    return Math.min(Math.max(y, bbox.top), bbox.top + bbox.height);
  };
  ctx.save();
  ctx.globalAlpha = 0.08;
  sorted.forEach(({ value, tone }, i) => {
    const next = sorted[i + 1]?.value;
    const bottom = within(value);
    const top = next === undefined ? bbox.top : within(next);
    ctx.fillStyle = toneColor(tone, chart.theme);
    ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
  });
  ctx.restore();
}

function drawThresholds(plot: uPlot, chart: PlotDescription) {
  const { ctx, bbox } = plot;
  for (const { value, tone, label } of chart.thresholds) {
    const y = Math.round(plot.valToPos(value, "y", true));
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.save();
    ctx.strokeStyle = toneColor(tone, chart.theme);
    ctx.fillStyle = ctx.strokeStyle;
    dashed(ctx, bbox.left, y, bbox.left + bbox.width, y);
    if (label) {
      ctx.font = `${11 * devicePixelRatio}px "Inter Variable", system-ui, sans-serif`;
      ctx.textAlign = "right";
      ctx.textBaseline = "bottom";
      ctx.fillText(label, bbox.left + bbox.width - 4, y - 3);
    }
    ctx.restore();
  }
}

/** A dashed line with a flag at its foot for each thing that happened. */
function drawMarks(plot: uPlot, chart: PlotDescription) {
  const { ctx, bbox } = plot;
  const size = 5 * devicePixelRatio;
  for (const { ts } of chart.marks()) {
    const x = Math.round(plot.valToPos(ts, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.save();
    ctx.strokeStyle = toneColor("accent", chart.theme);
    ctx.fillStyle = ctx.strokeStyle;
    const foot = bbox.top + bbox.height;
    dashed(ctx, x, bbox.top, x, foot);
    ctx.beginPath();
    ctx.moveTo(x - size, foot);
    ctx.lineTo(x + size, foot);
    ctx.lineTo(x, foot - size * 1.4);
    ctx.fill();
    ctx.restore();
  }
}

function dashed(ctx: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number) {
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}
