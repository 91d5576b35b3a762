/** A panel as a picture: title, what it draws, legend, on the background of the theme. */
import { formatValue, seriesColors, toneColor } from "@/components/chart";
import type { Columns } from "@/lib/board/columns";
import type { PanelFrame } from "@/lib/board/panel-source";
import { fillVariables } from "@/lib/board/variables";
import type { Theme } from "@/lib/theme";
import type { ShownPanel } from "./body";
import { lineNames, reduced, toneAt, unitOf } from "./figures";
import { arc, gaugeEnds, share } from "./gauge-arc";
import { fileName, type Naming } from "./panel-csv";
import { barsOf } from "./payload-rows";

type Picture = Naming & {
  panel: ShownPanel;
  data: Columns;
  /** The panel's root: the plot that is on the screen is taken from it. */
  element: HTMLElement;
  theme: Theme;
};

const WIDTH = 960;
const HEIGHT = 480;
const EDGE = 24;
/** Twice as fine as a common screen, for documents. */
const SCALE = 2;

/** Draws it and gives it to the browser as a file. */
export async function savePanelPng(
  element: HTMLElement,
  panel: ShownPanel,
  { data }: PanelFrame,
  theme: Theme,
  naming: Naming = { feeds: [], variables: {} },
): Promise<void> {
  if (!data) return;
  const blob = await panelPng({ element, panel, data, theme, ...naming });
  if (!blob) throw new Error("This browser makes no pictures.");
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = `${fileName(panel)}-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function panelPng(picture: Picture): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * SCALE;
  canvas.height = HEIGHT * SCALE;
  const pen = canvas.getContext("2d");
  if (!pen) return Promise.resolve(null);
  pen.scale(SCALE, SCALE);
  draw(pen, picture);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

type Pen = CanvasRenderingContext2D;
type Area = { x: number; y: number; width: number; height: number };

function draw(pen: Pen, picture: Picture) {
  const { panel, theme, variables } = picture;
  pen.fillStyle = toneColor("surface", theme);
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  pen.textBaseline = "alphabetic";
  text(pen, fillVariables(panel.title, variables), EDGE, 38, {
    size: 20,
    weight: 600,
    color: toneColor("text", theme),
    width: WIDTH - 2 * EDGE,
  });
  text(pen, rangeText(picture.data), EDGE, 60, { size: 13, color: toneColor("muted", theme) });
  const area = { x: EDGE, y: 76, width: WIDTH - 2 * EDGE, height: HEIGHT - 76 - EDGE };
  if (panel.type === "timeseries") drawPlot(pen, picture, area);
  else if (panel.type === "bar") drawBars(pen, picture, area);
  else drawFigures(pen, picture, area);
}

function drawPlot(pen: Pen, { element, data, theme, feeds, variables }: Picture, area: Area) {
  const legend = 28;
  const plot = element.querySelector("canvas");
  if (plot && plot.width > 0 && plot.height > 0) {
    const room = { ...area, height: area.height - legend };
    const fit = Math.min(room.width / plot.width, room.height / plot.height);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(plot, room.x, room.y, plot.width * fit, plot.height * fit);
  }
  const names = lineNames(data.series, feeds, variables);
  const colors = seriesColors(names, theme);
  let x = area.x;
  const y = area.y + area.height - 6;
  for (const name of names) {
    pen.fillStyle = colors.get(name) ?? toneColor("muted", theme);
    pen.fillRect(x, y - 8, 14, 4);
    const shown = { size: 13, color: toneColor("text", theme), width: 240 };
    x += 20 + text(pen, name, x + 20, y, shown) + 20;
    if (x > area.x + area.width - 80) break;
  }
}

function drawBars(pen: Pen, { panel, data, theme, feeds, variables }: Picture, area: Area) {
  const bars = barsOf(data, panel.options, lineNames(data.series, feeds, variables));
  const longest = panel.options.max ?? Math.max(...bars.map(({ value }) => Math.abs(value)), 0);
  const row = Math.min(area.height / Math.max(bars.length, 1), 40);
  const unit = unitOf(panel.options, data.series);
  bars.forEach(({ label, value }, i) => {
    const y = area.y + i * row;
    const tone = toneAt(value, panel.options.thresholds) ?? "accent";
    pen.fillStyle = toneColor(tone, theme);
    pen.globalAlpha = 0.25;
    const part = longest > 0 ? Math.min(Math.abs(value) / longest, 1) : 0;
    pen.fillRect(area.x, y + 2, area.width * part, row - 4);
    pen.globalAlpha = 1;
    const size = Math.min(14, row * 0.6);
    const color = toneColor("text", theme);
    const base = y + row / 2 + size * 0.35;
    text(pen, label, area.x + 8, base, { size, color, width: area.width - 160 });
    const written = formatValue(value, unit, panel.options.decimals);
    text(pen, written, area.x + area.width - 8, base, { size, color, align: "right", weight: 600 });
  });
}

/** Stats and gauges: one figure beside the other. */
function drawFigures(pen: Pen, { panel, data, theme, feeds, variables }: Picture, area: Area) {
  const lines = data.series.slice(0, 6);
  const names = lineNames(data.series, feeds, variables);
  const unit = unitOf(panel.options, data.series);
  const width = area.width / Math.max(lines.length, 1);
  lines.forEach((line, i) => {
    const value = reduced(line.values, panel.options.reduce);
    const tone = toneAt(value, panel.options.thresholds);
    const centre = { x: area.x + width * (i + 0.5), y: area.y + area.height * 0.5 };
    if (panel.type === "gauge") {
      const ends = gaugeEnds(panel.options, unit, value);
      const size = Math.min(width, area.height) * 0.9;
      pen.save();
      pen.translate(centre.x - size / 2, centre.y - size / 2);
      pen.scale(size / 100, size / 100);
      pen.lineWidth = 9;
      pen.strokeStyle = toneColor("line", theme);
      pen.stroke(new Path2D(arc(0, 1, 40)));
      if (value !== null) {
        pen.strokeStyle = toneColor(tone ?? "accent", theme);
        pen.stroke(new Path2D(arc(0, share(value, ...ends), 40)));
      }
      pen.restore();
    }
    text(pen, formatValue(value, unit, panel.options.decimals), centre.x, centre.y + 16, {
      size: Math.min(64, width / 6),
      weight: 600,
      align: "center",
      color: toneColor(tone ?? "text", theme),
    });
    if (lines.length > 1 || panel.type === "gauge") {
      const color = toneColor("muted", theme);
      text(pen, names[i] ?? "", centre.x, centre.y + 52, {
        size: 14,
        align: "center",
        color,
        width,
      });
    }
  });
}

type Written = {
  size: number;
  color: string;
  weight?: number;
  align?: CanvasTextAlign;
  /** No wider than this. */
  width?: number;
};

function text(pen: Pen, words: string, x: number, y: number, look: Written): number {
  pen.font = `${look.weight ?? 400} ${look.size}px "Inter Variable", system-ui, sans-serif`;
  pen.textAlign = look.align ?? "left";
  pen.fillStyle = look.color;
  const short = shortened(pen, words, look.width);
  pen.fillText(short, x, y);
  return pen.measureText(short).width;
}

function shortened(pen: Pen, words: string, width = Number.POSITIVE_INFINITY): string {
  let kept = words;
  while (kept.length > 1 && pen.measureText(kept).width > width) kept = `${kept.slice(0, -2)}…`;
  return kept;
}

function rangeText({ from, to }: Columns): string {
  const word = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace("T", " ");
  return `${word(from)} – ${word(to)} UTC`;
}
