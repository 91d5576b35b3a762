import { queryOptions } from "@tanstack/react-query";
import { answer, api, type ListedProject, type Project } from "./api";

/** Every project the person may see, with the figures of the last day. */
export const projectsQuery = queryOptions({
  queryKey: ["projects"],
  queryFn: async ({ signal }): Promise<ListedProject[]> => {
    const { items } = await answer(api.GET("/api/projects", { signal }));
    return items;
  },
  staleTime: 10_000,
});

export function projectQuery(project: string) {
  return queryOptions({
    queryKey: ["projects", project],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/projects/{project}", { params: { path: { project } }, signal })),
    staleTime: 30_000,
  });
}

export function keysQuery(project: string) {
  return queryOptions({
    queryKey: ["projects", project, "keys"],
    queryFn: async ({ signal }) => {
      const { items } = await answer(
        api.GET("/api/projects/{project}/keys", { params: { path: { project } }, signal }),
      );
      return items;
    },
  });
}

/** Admins change keys, settings and delete; everybody else reads. */
export function isAdmin(project: Pick<Project, "role"> | undefined): boolean {
  return project?.role === "admin";
}

/** Admins and editors change what is on the screens: feeds, dashboards, panels. */
export function canEdit(project: Pick<Project, "role"> | undefined): boolean {
  return project?.role === "admin" || project?.role === "editor";
}
