import { useQuery } from "@tanstack/react-query";
import { canEdit, projectQuery } from "@/lib/projects";
import { roles } from "@/lib/roles";

/** Why the person may not change feeds here; null when they may, or while that is not known. */
export function useRefused(projectId: string): string | null {
  const { data: project } = useQuery(projectQuery(projectId));
  if (!project || canEdit(project)) return null;
  return `You are ${roles[project.role].an} here. Editors and admins change feeds.`;
}
