import { useQuery } from "@tanstack/react-query";
import { Notice } from "@/components/notice";
import { isAdmin, projectQuery } from "@/lib/projects";

/** Says to editors and viewers why the controls below are not theirs. */
export function AdminOnlyNotice({ projectId }: { projectId: string }) {
  const { data: project } = useQuery(projectQuery(projectId));
  if (!project || isAdmin(project)) return null;
  return (
    <div className="mb-3">
      <Notice tone="info">
        You are {project.role === "editor" ? "an editor" : "a viewer"} here. Admins of the
        organization change these settings.
      </Notice>
    </div>
  );
}
