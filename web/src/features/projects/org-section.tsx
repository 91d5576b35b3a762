import { Plus } from "lucide-react";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import type { ListedProject, Org } from "@/lib/api";
import { ProjectCard } from "./project-card";

type OrgSectionProps = {
  org: Org;
  projects: readonly ListedProject[];
  /** Set while a name is searched: what is missing then does not mean that there is none. */
  filter: string;
  onCreate: () => void;
};

/** One organization's projects, for people who belong to several. */
export function OrgSection({ org, projects, filter, onCreate }: OrgSectionProps) {
  const admin = org.role === "admin";
  return (
    <section aria-label={org.name} className="mb-6 last:mb-0">
      <div className="mb-2 flex min-h-8 items-center gap-2">
        <h2 className="min-w-0 truncate text-base font-semibold">{org.name}</h2>
        <Badge>{org.role}</Badge>
        {admin && (
          <Button
            variant="ghost"
            size="sm"
            className="ml-auto"
            aria-label={`New project in ${org.name}`}
            onClick={onCreate}
          >
            <Plus aria-hidden />
            New project
          </Button>
        )}
      </div>
      {projects.length > 0 ? (
        <ProjectCards projects={projects} />
      ) : (
        <p className="rounded-lg border border-dashed border-line px-4 py-6 text-center text-muted">
          {filter && `No project of ${org.name} has “${filter}” in its name.`}
          {!filter && admin && "No projects yet. Create the first one."}
          {!filter && !admin && "No projects yet. Admins create them."}
        </p>
      )}
    </section>
  );
}

export function ProjectCards({ projects }: { projects: readonly ListedProject[] }) {
  return (
    <ul className="grid grid-cols-1 gap-3 md:grid-cols-2 xl:grid-cols-3">
      {projects.map((project) => (
        <li key={project.id} className="min-w-0">
          <ProjectCard project={project} />
        </li>
      ))}
    </ul>
  );
}
