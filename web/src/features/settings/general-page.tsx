import { useQuery } from "@tanstack/react-query";
import { ErrorState } from "@/components/error-state";
import { Loading, Skeleton } from "@/components/skeleton";
import { isAdmin, projectQuery } from "@/lib/projects";
import { AdminOnlyNotice } from "./admin-only";
import { DangerCard } from "./danger-card";
import { NameCard } from "./name-card";
import { UsageCard } from "./usage-card";

export function GeneralPage({ projectId }: { projectId: string }) {
  const project = useQuery(projectQuery(projectId));
  if (project.isPending) {
    return (
      <div className="flex flex-col gap-3">
        <Loading what="the settings" />
        <Skeleton className="h-50 rounded-lg" />
        <Skeleton className="h-108 rounded-lg" />
        <Skeleton className="h-44 rounded-lg" />
      </div>
    );
  }
  if (!project.data) {
    return <ErrorState error={project.error} onRetry={() => project.refetch()} />;
  }
  return (
    <div className="flex flex-col gap-3">
      <AdminOnlyNotice projectId={projectId} />
      <NameCard project={project.data} />
      <UsageCard projectId={projectId} />
      {isAdmin(project.data) && <DangerCard project={project.data} />}
    </div>
  );
}
