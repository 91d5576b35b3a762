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
type AppliedOp = {
  seq: number;
  op_id: string;
  batch?: string | null;
  actor?: null | { id: string; name: string };
  at: string;
  target: string;
  field: string;
  value: unknown;
  previous?: unknown;
  undoes?: number | null;
};
type Changed = { ops: AppliedOp[]; version: number };
type None = { query?: never; header?: never; path?: never; cookie?: never };
type Json<T> = { headers: Record<string, unknown>; content: { "application/json": T } };
type Nothing = { headers: Record<string, unknown>; content?: never };
type Path<P> = { query?: never; header?: never; path: P; cookie?: never };
type Query<Q> = { query: Q; header?: never; path?: never; cookie?: never };
type Get<P, T> = { parameters: P; requestBody?: never; responses: { 200: Json<T> } };
type Send<P, B, T, S extends number = 200> = {
  parameters: P;
  requestBody: { content: { "application/json": B } };
  responses: { [status in S]: Json<T> };
};
type Ask<P, T> = { parameters: P; requestBody?: never; responses: { 200: Json<T> } };
type Quiet<P> = { parameters: P; requestBody?: never; responses: { 204: Nothing } };
type One = Path<{ dashboard: string }>;

declare module "./schema.gen" {
  interface paths {
    "/api/dashboards": {
      parameters: None;
      get: Get<
        Query<{ project: string; limit?: number; cursor?: string }>,
        { items: Dashboard[]; next_cursor?: string | null }
      >;
      post: Send<
        None,
        {
          project_id: string;
          name: string;
          description?: string | null;
          template?: string | null;
          create_feeds?: boolean;
        },
        DashboardFull,
        201
      >;
    };
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
    "/api/dashboards/{dashboard}": {
      parameters: None;
      get: Get<One, DashboardFull>;
      delete: Quiet<One>;
    };
    "/api/dashboards/{dashboard}/ops": {
      parameters: None;
      post: Send<One, { ops: unknown[] }, Changed>;
    };
    "/api/dashboards/{dashboard}/history": {
      parameters: None;
      get: Get<
        {
          query?: { limit?: number; cursor?: string };
          header?: never;
          path: { dashboard: string };
          cookie?: never;
        },
        { items: AppliedOp[]; next_cursor?: string | null }
      >;
    };
    "/api/dashboards/{dashboard}/undo": { parameters: None; post: Ask<One, Changed> };
    "/api/dashboards/{dashboard}/redo": { parameters: None; post: Ask<One, Changed> };
    "/api/dashboards/{dashboard}/restore": {
      parameters: None;
      post: Send<One, { version: number }, Changed>;
    };
    "/api/dashboards/{dashboard}/star": { parameters: None; put: Quiet<One>; delete: Quiet<One> };
    "/api/dashboards/{dashboard}/export": { parameters: None; get: Get<One, unknown> };
    "/api/projects/{project}/labels": {
      parameters: None;
      get: Get<
        {
          query?: { label?: string };
          header?: never;
          path: { project: string };
          cookie?: never;
        },
        { items: { label: string; values: string[] }[] }
      >;
    };
  }
}
