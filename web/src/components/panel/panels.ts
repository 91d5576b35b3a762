/**
 * The panel types: what each is called, which data it takes, which options its editor shows and
 * what draws it. A new type is one row here and one file beside.
 */
import {
  ChartColumnBig,
  ChartLine,
  Gauge,
  Hash,
  ListTree,
  type LucideIcon,
  Table2,
  Type,
} from "lucide-react";
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import { PANEL_TYPES, type PanelOptions, type PanelType, type SourceKind } from "@/lib/board/types";
import type { BodyProps } from "./body";
import type { OptionField } from "./option-fields";
import * as fields from "./option-fields";

export type PanelKind = {
  type: PanelType;
  title: string;
  icon: LucideIcon;
  /** What it is good for, in a sentence. */
  description: string;
  /** How large a new one is, and how small it may become, in cells of the grid. */
  size: { width: number; height: number };
  least: { width: number; height: number };
  /** The options of a new one. */
  options: PanelOptions;
  sources: readonly SourceKind[];
  maxSources: number;
  /** Whether it draws a period, so that a range and a comparison make sense. */
  overTime: boolean;
  fields: readonly OptionField[];
  Body: LazyExoticComponent<ComponentType<BodyProps>>;
  /** Whether what it draws can be read as a table as well. */
  hasTable: boolean;
};

const NUMBERS: readonly SourceKind[] = ["series", "feed", "events"];

export const panels: Record<PanelType, PanelKind> = {
  timeseries: {
    type: "timeseries",
    title: "Time series",
    icon: ChartLine,
    description: "Numbers over time: lines, areas or bars, with thresholds and releases.",
    size: { width: 6, height: 8 },
    least: { width: 3, height: 4 },
    options: { legend: true, style: "line" },
    sources: NUMBERS,
    maxSources: 10,
    overTime: true,
    fields: [
      fields.style,
      fields.unit,
      fields.decimals,
      fields.min,
      fields.max,
      fields.stack,
      fields.connectNulls,
      fields.legend,
      fields.thresholds,
    ],
    Body: lazy(() => import("./timeseries")),
    hasTable: true,
  },
  stat: {
    type: "stat",
    title: "Stat",
    icon: Hash,
    description: "One number large, with its trend and a small line.",
    size: { width: 3, height: 4 },
    least: { width: 2, height: 2 },
    options: { sparkline: true, trend: true, reduce: "last" },
    sources: NUMBERS,
    maxSources: 6,
    overTime: true,
    fields: [
      fields.reduce,
      fields.unit,
      fields.decimals,
      fields.sparkline,
      fields.trend,
      fields.good,
      fields.thresholds,
    ],
    Body: lazy(() => import("./stat")),
    hasTable: true,
  },
  bar: {
    type: "bar",
    title: "Bars",
    icon: ChartColumnBig,
    description:
      "Compares things: the fields of a feed's newest value, or the most frequent names.",
    size: { width: 4, height: 6 },
    least: { width: 2, height: 3 },
    options: { limit: 10 },
    sources: ["feed", "names", "series", "events"],
    maxSources: 10,
    overTime: false,
    fields: [
      fields.limit(50, 10),
      fields.reduce,
      fields.unit,
      fields.decimals,
      fields.max,
      fields.thresholds,
    ],
    Body: lazy(() => import("./bar")),
    hasTable: true,
  },
  table: {
    type: "table",
    title: "Table",
    icon: Table2,
    description: "Rows and columns of a feed's newest value, or the last values of several series.",
    size: { width: 6, height: 7 },
    least: { width: 2, height: 3 },
    options: {},
    sources: ["feed", "names", "series", "events"],
    maxSources: 10,
    overTime: false,
    fields: [fields.columns, fields.limit(200, 200), fields.unit, fields.decimals],
    Body: lazy(() => import("./table")),
    hasTable: false,
  },
  gauge: {
    type: "gauge",
    title: "Gauge",
    icon: Gauge,
    description: "Where a number stands between two ends.",
    size: { width: 3, height: 5 },
    least: { width: 2, height: 3 },
    options: { min: 0, max: 100, reduce: "last" },
    sources: NUMBERS,
    maxSources: 6,
    overTime: true,
    fields: [
      fields.reduce,
      fields.min,
      fields.max,
      fields.unit,
      fields.decimals,
      fields.thresholds,
    ],
    Body: lazy(() => import("./gauge")),
    hasTable: true,
  },
  text: {
    type: "text",
    title: "Text",
    icon: Type,
    description: "Notes, links and headings, in Markdown.",
    size: { width: 4, height: 4 },
    least: { width: 1, height: 1 },
    options: { text: "" },
    sources: [],
    maxSources: 0,
    overTime: false,
    fields: [fields.text],
    Body: lazy(() => import("./text")),
    hasTable: false,
  },
  event_list: {
    type: "event_list",
    title: "Event list",
    icon: ListTree,
    description: "The newest events that match a filter.",
    size: { width: 6, height: 7 },
    least: { width: 2, height: 3 },
    options: {},
    sources: ["event_list"],
    maxSources: 1,
    overTime: false,
    fields: [],
    Body: lazy(() => import("./event-list")),
    hasTable: false,
  },
};

/** In the order in which they are offered. */
export const panelTypes: readonly PanelType[] = PANEL_TYPES;
