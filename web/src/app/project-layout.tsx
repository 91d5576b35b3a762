import { useQuery } from "@tanstack/react-query";
import { Outlet, useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { ErrorState } from "@/components/error-state";
import { ApiError } from "@/lib/api";
import { useLiveConnection } from "@/lib/live";
import { projectQuery } from "@/lib/projects";
import { rememberProject } from "./last-project";
import { NotFoundPage } from "./not-found-page";

/** Around every screen of a project: it must exist, and its socket is open. */
export function ProjectLayout() {
  const { project: id } = useParams({ strict: false }) as { project: string };
  const project = useQuery(projectQuery(id));
  const missing = project.error instanceof ApiError && [400, 404].includes(project.error.status);
  useLiveConnection(missing ? undefined : id);
  useEffect(() => {
    if (project.data) rememberProject(project.data.id);
  }, [project.data]);

  if (missing) return <NotFoundPage />;
  if (project.isError && !project.data) {
    return (
      <main className="grid min-h-full flex-1 place-items-center p-4">
        <ErrorState error={project.error} onRetry={() => project.refetch()} />
      </main>
    );
  }
  return <Outlet />;
}
