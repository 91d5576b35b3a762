import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { ErrorState } from "@/components/error-state";
import { ApiError } from "@/lib/api";
import { useLiveConnection } from "@/lib/live";
import { useLiveStatus } from "@/lib/live/status";
import { meQuery } from "@/lib/me";
import { projectQuery } from "@/lib/projects";
import { rememberProject } from "./last-project";
import { NoAccessPage } from "./no-access-page";
import { NotFoundPage } from "./not-found-page";

/** Around every screen of a project: it must exist, and its socket is open. */
export function ProjectLayout() {
  const { project: id } = useParams({ strict: false }) as { project: string };
  const project = useQuery(projectQuery(id));
  const missing = project.error instanceof ApiError && [400, 404].includes(project.error.status);
  useLiveConnection(missing ? undefined : id);
  useAskWhenShutOut(id);
  useEffect(() => {
    if (project.data) rememberProject(project.data.id);
  }, [project.data]);

  // What was on the screen a moment ago is not an address that never was.
  if (missing && project.data) return <NoAccessPage name={project.data.name} />;
  if (missing) return <NotFoundPage />;
  if (project.isError && !project.data) {
    return (
      <main id="content" tabIndex={-1} className="grid min-h-full flex-1 place-items-center p-4">
        <ErrorState error={project.error} onRetry={() => project.refetch()} />
      </main>
    );
  }
  return <Outlet />;
}

/** The socket is the first to hear that access has ended; the rest of the page asks at once. */
function useAskWhenShutOut(id: string) {
  const queries = useQueryClient();
  const shutOut = useLiveStatus(id)?.shutOut ?? false;
  useEffect(() => {
    if (!shutOut) return;
    void queries.invalidateQueries({ queryKey: ["projects"] });
    void queries.invalidateQueries({ queryKey: meQuery.queryKey });
  }, [shutOut, queries]);
}
