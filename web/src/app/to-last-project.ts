import { redirect } from "@tanstack/react-router";
import { projectsQuery } from "@/lib/projects";
import { lastProject } from "./last-project";
import { queryClient } from "./query-client";

/** For short addresses such as `/feeds`: on to this screen of the project that was open last. */
export function toLastProject(to: "/p/$project/feeds") {
  return async () => {
    const projects = await queryClient.ensureQueryData(projectsQuery).catch(() => []);
    const last = lastProject();
    const project = (projects.find(({ id }) => id === last) ?? projects[0])?.id;
    if (!project) throw redirect({ to: "/", replace: true });
    throw redirect({ to, params: { project }, replace: true });
  };
}
