/** Dashboards, panels and their data with everything a test does not care about filled in. */
import type { DashboardFull, Panel, PanelData, SeriesData } from "@/lib/board/types";

export const boardId = "0196c7a0-0000-7000-8000-0000000000d1";

export function panel(changes: Partial<Panel> = {}): Panel {
  return {
    id: "p1",
    dashboard_id: boardId,
    type: "timeseries",
    title: "CPU",
    feed_ids: [],
    query: { sources: [{ kind: "series", name: "cpu" }] },
    options: {},
    position_x: 0,
    position_y: 0,
    width: 4,
    height: 4,
    created_at: "2026-11-21T10:00:00.000Z",
    updated_at: "2026-11-21T10:00:00.000Z",
    ...changes,
  };
}

export function dashboard(changes: Partial<DashboardFull> = {}): DashboardFull {
  return {
    id: boardId,
    project_id: "0196c7a0-0000-7000-8000-000000000001",
    name: "Host",
    description: null,
    variables: [],
    version: 0,
    starred: false,
    panel_count: changes.panels?.length ?? 0,
    created_at: "2026-11-21T10:00:00.000Z",
    updated_at: "2026-11-21T10:00:00.000Z",
    updated_by: null,
    panels: [],
    feeds: [],
    role: "editor",
    ...changes,
  };
}

export function line(points: SeriesData["points"], changes: Partial<SeriesData> = {}): SeriesData {
  return {
    source: 0,
    name: "cpu",
    title: null,
    labels: {},
    unit: null,
    points,
    previous: null,
    ...changes,
  };
}

export function panelData(changes: Partial<PanelData> = {}): PanelData {
  return {
    from: 0,
    to: 10_000,
    bucket: 1,
    series: [],
    latest: [],
    names: [],
    events: [],
    annotations: [],
    problems: [],
    ...changes,
  };
}
