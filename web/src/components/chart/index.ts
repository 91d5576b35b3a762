export { Chart, type ChartProps } from "./chart";
export type {
  ChartData,
  ChartFeed,
  ChartKind,
  ChartLine,
  ChartMark,
  Threshold,
} from "./chart-data";
export { structureOf } from "./chart-data";
export { kindColor, seriesColors, toneColor } from "./palette";
export { Sparkline } from "./sparkline";
export { formatTick, formatValue, UNITS } from "./unit";
