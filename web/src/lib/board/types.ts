/** What a dashboard is made of, as the API writes it. */
import type { PulseEvent } from "@/lib/live/event";

export const PANEL_TYPES = [
  "timeseries",
  "stat",
  "bar",
  "table",
  "gauge",
  "text",
  "event_list",
] as const;

export type PanelType = (typeof PANEL_TYPES)[number];

/** Where a panel lies on the grid of twelve columns. */
export type Box = { position_x: number; position_y: number; width: number; height: number };

export type Panel = Box & {
  id: string;
  dashboard_id: string;
  type: PanelType;
  title: string;
  feed_ids: string[];
  query: PanelQuery | null;
  options: PanelOptions;
  created_at: string;
  updated_at: string;
};

export type Variable = {
  name: string;
  label: string;
  source: { kind: "label"; label: string } | { kind: "values"; values: string[] };
  /** `*` is any. */
  default: string;
};

export type Dashboard = {
  id: string;
  project_id: string;
  name: string;
  description: string | null;
  variables: Variable[];
  version: number;
  starred: boolean;
  panel_count: number;
  created_at: string;
  updated_at: string;
  updated_by: Actor | null;
};

export type Actor = { id: string; name: string };

export type DashboardFull = Dashboard & {
  panels: Panel[];
  feeds: FeedBrief[];
  role: "viewer" | "editor" | "admin";
};

export type FeedState = "ok" | "failing" | "waiting" | "disabled";

export type FeedBrief = {
  id: string;
  type: string;
  name: string;
  enabled: boolean;
  state: FeedState;
  last_error: FeedError | null;
  last_value: { ts: string; payload: unknown } | null;
  fields: string[];
  interval_sec: number | null;
};

export type FeedError = { at: string; message: string; failures: number };

/** One payload of a feed. */
export type FeedTick = { feed_id: string; ts: string; payload: unknown };

export type Aggregate = "avg" | "sum" | "min" | "max" | "last" | "count" | "p50" | "p95" | "p99";
type EventType = "error" | "event" | "metric";

export type Source =
  | {
      kind: "series";
      name: string;
      labels?: Record<string, string>;
      aggregate?: Aggregate;
      group_by?: string[] | null;
      title?: string | null;
    }
  | { kind: "events"; type?: EventType | null; name?: string | null; title?: string | null }
  | { kind: "names"; type?: EventType | null; limit?: number }
  | {
      kind: "feed";
      feed_id: string;
      path?: string | null;
      aggregate?: Aggregate;
      title?: string | null;
    }
  | { kind: "event_list"; filter?: string; limit?: number };

export type SourceKind = Source["kind"];

export type PanelQuery = { sources: Source[]; compare?: boolean; annotations?: boolean };

export type PanelThreshold = { value: number; color: "ok" | "warn" | "error" };
export type Reduce = "last" | "avg" | "min" | "max" | "sum";

/** All optional; what a panel type does not know it leaves alone. */
export type PanelOptions = {
  unit?: string | null;
  decimals?: number | null;
  min?: number | null;
  max?: number | null;
  thresholds?: PanelThreshold[];
  legend?: boolean;
  style?: "line" | "area" | "bars";
  stack?: boolean;
  connect_nulls?: boolean;
  sparkline?: boolean;
  trend?: boolean;
  good?: "up" | "down" | null;
  columns?: string[];
  text?: string;
  limit?: number | null;
  reduce?: Reduce;
  [key: string]: unknown;
};

export type Problem = { source: number | null; code: string; message: string };

/** What a panel shows, as the server sends it. */
export type PanelData = {
  from: number;
  to: number;
  /** Seconds. */
  bucket: number;
  series: SeriesData[];
  latest: LatestData[];
  names: { source: number; name: string; type: string; count: number }[];
  events: PulseEvent[];
  annotations: { ts: number; kind: string; text: string }[];
  problems: Problem[];
};

export type SeriesData = {
  source: number;
  name: string;
  title: string | null;
  labels: Record<string, string>;
  unit: string | null;
  points: [number, number | null][];
  previous: [number, number | null][] | null;
};

export type LatestData = { source: number; feed_id: string; ts: number | null; payload: unknown };

/** What a screen asks for. */
export type Draft = { target: string; field: string; value: unknown };

/** What is sent; the same `op_id` is never applied twice. */
export type Op = Draft & { op_id: string };

/** What became of it, as everyone hears it. */
export type AppliedOp = Op & {
  /** The dashboard's version after it, without holes. */
  seq: number;
  batch: string | null;
  actor: Actor | null;
  at: string;
  previous: unknown;
  undoes: number | null;
};
