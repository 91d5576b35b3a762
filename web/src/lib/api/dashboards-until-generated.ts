/** The paths of dashboards, until the generated schema has them. */
import "./schema.gen";

type Role = "viewer" | "editor" | "admin";
type Box = { position_x: number; position_y: number; width: number; height: number };
type PanelType = "timeseries" | "stat" | "bar" | "table" | "gauge" | "text" | "event_list";
type Dashboard = {
  id: string;
  project_id: string;
  name: string;
  description?: string | null;
  variables: unknown[];
  version: number;
  starred: boolean;
  panel_count: number;
  created_at: string;
  updated_at: string;
  updated_by?: null | { id: string; name: string };
};
type DashboardFull = Dashboard & { panels: unknown[]; feeds: unknown[]; role: Role };
type Template = {
  id: string;
  name: string;
  description: string;
  feeds: { type: string; name: string }[];
  panels: (Box & { type: PanelType; title: string })[];
};
type None = { query?: never; header?: never; path?: never; cookie?: never };
type Json<T> = { headers: Record<string, unknown>; content: { "application/json": T } };
type Path<P> = { query?: never; header?: never; path: P; cookie?: never };
type Get<P, T> = { parameters: P; requestBody?: never; responses: { 200: Json<T> } };
type Send<P, B, T, S extends number = 200> = {
  parameters: P;
  requestBody: { content: { "application/json": B } };
  responses: { [status in S]: Json<T> };
};
type One = Path<{ dashboard: string }>;

declare module "./schema.gen" {
  interface paths {
    "/api/dashboards/templates": { parameters: None; get: Get<None, { items: Template[] }> };
    "/api/dashboards/import": {
      parameters: None;
      post: Send<
        None,
        { project_id: string; document: unknown; name?: string | null },
        DashboardFull,
        201
      >;
    };
    "/api/dashboards/{dashboard}/export": { parameters: None; get: Get<One, unknown> };
  }
}
