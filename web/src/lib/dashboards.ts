/** What the screens ask about dashboards. Keys begin with the project, so that clearing one clears all. */
import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "./api";
import { newId } from "./board/new-id";
import type { AppliedOp, Box, Dashboard, DashboardFull, Draft, PanelType } from "./board/types";

/** Every dashboard of the project: the person's starred ones first, then by name. */
export function dashboardsQuery(project: string) {
  return queryOptions({
    queryKey: ["projects", project, "dashboards"],
    queryFn: async ({ signal }): Promise<Dashboard[]> => {
      const { items } = await answer(
        api.GET("/api/dashboards", { params: { query: { project } }, signal }),
      );
      return starredFirst(items as Dashboard[]);
    },
    staleTime: 5_000,
  });
}

export function starredFirst(dashboards: readonly Dashboard[]): Dashboard[] {
  return [...dashboards].sort(
    (a, b) => Number(b.starred) - Number(a.starred) || a.name.localeCompare(b.name),
  );
}

export type Template = {
  id: string;
  name: string;
  description: string;
  /** What it makes as well, if the project has none such. */
  feeds: { type: string; name: string }[];
  panels: (Box & { type: PanelType; title: string })[];
};

export const templatesQuery = queryOptions({
  queryKey: ["dashboard-templates"],
  queryFn: async ({ signal }): Promise<Template[]> => {
    const { items } = await answer(api.GET("/api/dashboards/templates", { signal }));
    return items as Template[];
  },
  staleTime: Number.POSITIVE_INFINITY,
});

/** One dashboard as it stands now; who shows it holds its socket instead. */
export async function fetchDashboard(id: string): Promise<DashboardFull> {
  const found = await answer(
    api.GET("/api/dashboards/{dashboard}", { params: { path: { dashboard: id } } }),
  );
  return found as unknown as DashboardFull;
}

type NewDashboard = { project_id: string; name: string; template?: string };

/** With a template come the feeds that it needs. */
export async function createDashboard(made: NewDashboard): Promise<Dashboard> {
  const body = made.template ? { ...made, create_feeds: true } : made;
  return (await answer(api.POST("/api/dashboards", { body }))) as Dashboard;
}

export async function importDashboard(
  project: string,
  document: unknown,
  name?: string,
): Promise<Dashboard> {
  const body = { project_id: project, document: document as never, ...(name && { name }) };
  return (await answer(api.POST("/api/dashboards/import", { body }))) as Dashboard;
}

/** The whole dashboard as a document that any project can import. */
export async function exportDashboard(id: string): Promise<unknown> {
  return answer(
    api.GET("/api/dashboards/{dashboard}/export", { params: { path: { dashboard: id } } }),
  );
}

export async function deleteDashboard(id: string): Promise<void> {
  await api.DELETE("/api/dashboards/{dashboard}", { params: { path: { dashboard: id } } });
}

export async function starDashboard(id: string, starred: boolean): Promise<void> {
  const params = { path: { dashboard: id } };
  if (starred) await api.PUT("/api/dashboards/{dashboard}/star", { params });
  else await api.DELETE("/api/dashboards/{dashboard}/star", { params });
}

/** Changes without the socket, for screens that do not show the dashboard. */
export async function changeDashboard(id: string, drafts: Draft[]): Promise<void> {
  const ops = drafts.map((draft) => ({ ...draft, op_id: newId() }));
  await answer(
    api.POST("/api/dashboards/{dashboard}/ops", {
      params: { path: { dashboard: id } },
      body: { ops: ops as never },
    }),
  );
}

export type Changed = { ops: AppliedOp[]; version: number };

/** My last change back, or again. Refused when there is none, or someone else changed it since. */
export async function stepBack(id: string, step: "undo" | "redo"): Promise<Changed> {
  const params = { path: { dashboard: id } };
  return (await answer(
    step === "undo"
      ? api.POST("/api/dashboards/{dashboard}/undo", { params })
      : api.POST("/api/dashboards/{dashboard}/redo", { params }),
  )) as Changed;
}

export async function restoreVersion(id: string, version: number): Promise<Changed> {
  return (await answer(
    api.POST("/api/dashboards/{dashboard}/restore", {
      params: { path: { dashboard: id } },
      body: { version },
    }),
  )) as Changed;
}

export type HistoryPage = { items: AppliedOp[]; next_cursor: string | null };

/** What was changed, newest first. */
export async function fetchHistory(
  id: string,
  cursor: string | undefined,
  signal?: AbortSignal,
): Promise<HistoryPage> {
  const page = await answer(
    api.GET("/api/dashboards/{dashboard}/history", {
      params: { path: { dashboard: id }, query: { limit: 100, ...(cursor && { cursor }) } },
      signal,
    }),
  );
  return { items: page.items as AppliedOp[], next_cursor: page.next_cursor ?? null };
}

/** The labels of the project's series with their values; all of them without a name. */
export function labelsQuery(project: string, label?: string) {
  return queryOptions({
    queryKey: ["projects", project, "labels", label ?? null],
    queryFn: async ({ signal }): Promise<{ label: string; values: string[] }[]> => {
      const { items } = await answer(
        api.GET("/api/projects/{project}/labels", {
          params: { path: { project }, ...(label && { query: { label } }) },
          signal,
        }),
      );
      return items;
    },
    staleTime: 30_000,
  });
}
