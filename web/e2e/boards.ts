/** Dashboards made by REST, for walks that begin later than from nothing. */
import { randomUUID } from "node:crypto";
import type { APIRequestContext, Page } from "@playwright/test";
import { expect, ingest, password } from "./app";

export type Api = {
  post: <T>(path: string, data?: object) => Promise<T>;
  get: <T>(path: string) => Promise<T>;
  remove: (path: string) => Promise<void>;
};

/** The API as the person of this account. */
export async function apiOf(request: APIRequestContext, email: string): Promise<Api> {
  const login = await request.post("/api/auth/login", { data: { email, password } });
  const { access_token } = await login.json();
  const headers = { authorization: `Bearer ${access_token}` };
  return {
    post: async (path, data = {}) => {
      const response = await request.post(path, { headers, data });
      expect(response.ok(), `${path}: ${await response.text()}`).toBe(true);
      return response.json();
    },
    get: async (path) => {
      const response = await request.get(path, { headers });
      expect(response.ok(), `${path}: ${await response.text()}`).toBe(true);
      return response.json();
    },
    remove: async (path) => {
      expect((await request.delete(path, { headers })).ok()).toBe(true);
    },
  };
}

type Made = { id: string };

export type NewPanel = {
  type: string;
  title: string;
  query?: object | null;
  feed_ids?: string[];
  options?: object;
  position_x: number;
  position_y: number;
  width: number;
  height: number;
};

export const cpuPanels: NewPanel[] = [
  {
    type: "stat",
    title: "Load now",
    query: { sources: [{ kind: "series", name: "cpu", group_by: [] }] },
    options: { unit: "%" },
    position_x: 0,
    position_y: 0,
    width: 3,
    height: 4,
  },
  {
    type: "timeseries",
    title: "Load",
    query: { sources: [{ kind: "series", name: "cpu", aggregate: "avg" }] },
    options: { unit: "%", legend: true, thresholds: [{ value: 80, color: "warn" }] },
    position_x: 0,
    position_y: 4,
    width: 6,
    height: 8,
  },
  {
    type: "bar",
    title: "What happens",
    query: { sources: [{ kind: "names", limit: 5 }] },
    position_x: 6,
    position_y: 0,
    width: 6,
    height: 6,
  },
  {
    type: "text",
    title: "On call",
    options: { text: "Call **Ann** about $host." },
    position_x: 6,
    position_y: 6,
    width: 6,
    height: 4,
  },
];

/** A dashboard with these panels; their ids in the same order. */
export async function makeBoard(
  api: Api,
  project: string,
  name: string,
  panels: NewPanel[] = cpuPanels,
): Promise<{ id: string; panels: string[] }> {
  const { id } = await api.post<Made>("/api/dashboards", { project_id: project, name });
  const ids = panels.map(() => randomUUID());
  if (panels.length > 0) {
    await api.post(`/api/dashboards/${id}/ops`, {
      ops: panels.map((value, i) => ({
        op_id: randomUUID(),
        target: ids[i],
        field: "panel",
        value,
      })),
    });
  }
  return { id, panels: ids };
}

export async function makeFeed(api: Api, project: string, name: string): Promise<string> {
  const { id } = await api.post<Made>("/api/feeds", {
    project_id: project,
    type: "demo",
    name,
    config: { shape: "wave", period_sec: 10, interval_sec: 1 },
  });
  return id;
}

/** An hour of two hosts' load, and some events with names. */
export async function ingestLoad(page: Page, key: string): Promise<void> {
  for (const host of ["web-1", "web-2"]) {
    const events = Array.from({ length: 240 }, (_, i) => ({
      type: i % 6 === 0 ? "error" : i % 4 === 0 ? "event" : "metric",
      name: i % 6 === 0 ? "TimeoutError" : i % 4 === 0 ? "checkout" : "cpu",
      ...(i % 6 !== 0 && i % 4 !== 0 && { value: 50 + 35 * Math.sin(i / 12), unit: "%" }),
      tags: { host },
      timestamp: new Date(Date.now() - i * 15_000).toISOString(),
    }));
    await ingest(page, key, events);
  }
}
