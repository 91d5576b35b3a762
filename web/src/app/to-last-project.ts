import { redirect } from "@tanstack/react-router";
import { fetchDashboard } from "@/lib/dashboards";
import { projectsQuery } from "@/lib/projects";
import { lastProject } from "./last-project";
import { queryClient } from "./query-client";

/** For short addresses such as `/feeds`: on to this screen of the project that was open last. */
export function toLastProject(to: "/p/$project/feeds" | "/p/$project/dashboards") {
  return async () => {
    const projects = await queryClient.ensureQueryData(projectsQuery).catch(() => []);
    const last = lastProject();
    const project = (projects.find(({ id }) => id === last) ?? projects[0])?.id;
    if (!project) throw redirect({ to: "/", replace: true });
    throw redirect({ to, params: { project }, replace: true });
  };
}

/** For `/dashboards/:id`, which names no project: the dashboard knows it. */
export async function toItsProject({ params }: { params: { dashboard: string } }) {
  const found = await fetchDashboard(params.dashboard).catch(() => null);
  if (!found) throw redirect({ to: "/dashboards", replace: true });
  throw redirect({
    to: "/p/$project/dashboards/$dashboard",
    params: { project: found.project_id, dashboard: found.id },
    replace: true,
  });
}
