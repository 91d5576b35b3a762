import "./schema.gen";

type Feed = {
  id: string;
  project_id: string;
  type: string;
  name: string;
  config: Record<string, unknown>;
  enabled: boolean;
  interval_sec?: number | null;
  state: "ok" | "failing" | "waiting" | "disabled";
  last_run?: string | null;
  last_ok?: string | null;
  last_error?: null | { at: string; message: string; failures: number };
  next_run?: string | null;
  last_value?: null | { ts: string; payload: unknown };
  fields: string[];
  hook_url?: string | null;
  created_at: string;
  updated_at: string;
};
type FeedType = {
  type: string;
  title: string;
  description: string;
  way: "polls" | "receives";
  available: boolean;
  unavailable_because?: string | null;
  schema: unknown;
  example: unknown;
  payload: unknown;
};
type Tested =
  | {
      ok: true;
      took_ms: number;
      payload: unknown;
      raw?: unknown;
      fields: { path: string; value: number }[];
    }
  | {
      ok: false;
      took_ms: number;
      error: { code: string; message: string; field?: string | null };
      raw?: unknown;
    };
type None = { query?: never; header?: never; path?: never; cookie?: never };
type Json<T> = { headers: Record<string, unknown>; content: { "application/json": T } };
type PathFeed = { query?: never; header?: never; path: { feed: string }; cookie?: never };
type Nothing = { headers: Record<string, unknown>; content?: never };
declare module "./schema.gen" {
  interface paths {
    "/api/feeds": {
      parameters: None;
      get: {
        parameters: {
          query?: { project?: string };
          header?: never;
          path?: never;
          cookie?: never;
        };
        requestBody?: never;
        responses: { 200: Json<{ items: Feed[]; next_cursor?: string | null }> };
      };
      post: {
        parameters: None;
        requestBody: {
          content: {
            "application/json": {
              project_id: string;
              type: string;
              name: string;
              config: Record<string, unknown>;
              enabled?: boolean;
            };
          };
        };
        responses: { 201: Json<Feed> };
      };
    };
    "/api/feeds/types": {
      parameters: None;
      get: {
        parameters: None;
        requestBody?: never;
        responses: { 200: Json<{ items: FeedType[] }> };
      };
    };
    "/api/feeds/test": {
      parameters: None;
      post: {
        parameters: None;
        requestBody: {
          content: {
            "application/json": {
              project_id: string;
              type: string;
              config: Record<string, unknown>;
              feed_id?: string;
            };
          };
        };
        responses: { 200: Json<Tested> };
      };
    };
    "/api/feeds/{feed}": {
      parameters: None;
      get: { parameters: PathFeed; requestBody?: never; responses: { 200: Json<Feed> } };
      patch: {
        parameters: PathFeed;
        requestBody: {
          content: {
            "application/json": {
              name?: string;
              config?: Record<string, unknown>;
              enabled?: boolean;
            };
          };
        };
        responses: { 200: Json<Feed> };
      };
      delete: { parameters: PathFeed; requestBody?: never; responses: { 204: Nothing } };
    };
    "/api/feeds/{feed}/refresh": {
      parameters: None;
      post: { parameters: PathFeed; requestBody?: never; responses: { 202: Json<Feed> } };
    };
    "/api/feeds/{feed}/rotate": {
      parameters: None;
      post: { parameters: PathFeed; requestBody?: never; responses: { 200: Json<Feed> } };
    };
    "/api/feeds/{feed}/history": {
      parameters: None;
      get: {
        parameters: {
          query?: { since?: string; until?: string; limit?: number; cursor?: string };
          header?: never;
          path: { feed: string };
          cookie?: never;
        };
        requestBody?: never;
        responses: {
          200: Json<{
            items: { feed_id: string; ts: string; payload: unknown }[];
            next_cursor?: string | null;
          }>;
        };
      };
    };
  }
}
