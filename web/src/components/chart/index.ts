export { Chart, type ChartProps } from "./chart";
export type { ChartData, ChartFeed, ChartKind, ChartLine, Threshold } from "./chart-data";
export { kindColor, seriesColors, toneColor } from "./palette";
export { Sparkline } from "./sparkline";
export { formatTick, formatValue } from "./unit";
