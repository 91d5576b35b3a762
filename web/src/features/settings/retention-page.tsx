import { useQuery } from "@tanstack/react-query";
import { ErrorState } from "@/components/error-state";
import { Loading, Skeleton } from "@/components/skeleton";
import { projectQuery } from "@/lib/projects";
import { AdminOnlyNotice } from "./admin-only";
import { RetentionCard } from "./retention-card";

export function RetentionPage({ projectId }: { projectId: string }) {
  const project = useQuery(projectQuery(projectId));
  return (
    <div className="flex flex-col gap-3">
      <AdminOnlyNotice projectId={projectId} />
      {project.data && <RetentionCard project={project.data} />}
      {project.isPending && (
        <>
          <Loading what="the settings" />
          <Skeleton className="h-58 rounded-lg" />
        </>
      )}
      {project.isError && !project.data && (
        <ErrorState error={project.error} onRetry={() => project.refetch()} />
      )}
    </div>
  );
}
