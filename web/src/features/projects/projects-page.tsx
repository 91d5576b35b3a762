import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { FolderPlus, Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/button";
import { EmptyState } from "@/components/empty-state";
import { ErrorState } from "@/components/error-state";
import { Input } from "@/components/input";
import { Page } from "@/components/page";
import { Loading, Skeleton } from "@/components/skeleton";
import { Tooltip } from "@/components/tooltip";
import { meQuery } from "@/lib/me";
import { projectsQuery } from "@/lib/projects";
import { useSearchParam } from "@/lib/search-params";
import { NewProjectDialog } from "./new-project-dialog";
import { ProjectCard } from "./project-card";

export function ProjectsPage() {
  const projects = useQuery({
    ...projectsQuery,
    refetchInterval: 30_000,
    placeholderData: keepPreviousData,
  });
  const { data: me } = useQuery(meQuery);
  const [filter, setFilter] = useSearchParam("filter");
  const [creating, setCreating] = useState(false);
  const orgs = me?.orgs.filter(({ role }) => role === "admin") ?? [];
  const mayCreate = !me || orgs.length > 0;
  const create = <NewButton allowed={mayCreate} onClick={() => setCreating(true)} />;

  return (
    <Page title="Projects" actions={projects.data && projects.data.length > 0 && create}>
      {projects.isPending && <CardsLoading />}
      {projects.isError && (
        <div className={projects.data ? "mb-3" : undefined}>
          <ErrorState
            error={projects.error}
            compact={projects.data !== undefined}
            onRetry={() => projects.refetch()}
          />
        </div>
      )}
      {projects.data?.length === 0 && (
        <EmptyState icon={FolderPlus} title="No projects yet" action={create}>
          <p>
            A project is what you observe: an app, a service, a fleet. Create one, send an event
            with one command, and watch it arrive.
          </p>
        </EmptyState>
      )}
      {projects.data && projects.data.length > 0 && (
        <Cards
          projects={projects.data}
          filter={filter}
          onFilter={setFilter}
          orgs={me?.orgs ?? []}
        />
      )}
      <NewProjectDialog open={creating} onOpenChange={setCreating} orgs={orgs} />
    </Page>
  );
}

type NewButtonProps = { allowed: boolean; onClick: () => void };

function NewButton({ allowed, onClick }: NewButtonProps) {
  const button = (
    <Button
      variant="primary"
      aria-disabled={!allowed || undefined}
      onClick={allowed ? onClick : undefined}
    >
      <Plus aria-hidden />
      New project
    </Button>
  );
  if (allowed) return button;
  return <Tooltip label="Only admins of an organization create projects.">{button}</Tooltip>;
}

/** From here on a person searches rather than looks. */
const MANY = 9;

type CardsProps = {
  projects: React.ComponentProps<typeof ProjectCard>["project"][];
  orgs: { id: string; name: string }[];
  filter: string | undefined;
  onFilter: (value: string | undefined, how: "replace") => void;
};

function Cards({ projects, orgs, filter = "", onFilter }: CardsProps) {
  const shown = projects.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()));
  return (
    <>
      {projects.length > MANY && (
        <Input
          type="search"
          aria-label="Filter projects"
          placeholder="Filter by name"
          className="mb-3 max-w-xs"
          value={filter}
          onChange={(event) => onFilter(event.target.value || undefined, "replace")}
        />
      )}
      <ul className="grid grid-cols-1 gap-3 md:grid-cols-2 xl:grid-cols-3">
        {shown.map((project) => (
          <li key={project.id} className="min-w-0">
            <ProjectCard
              project={project}
              // One organization is the usual case and needs no naming.
              org={orgs.length > 1 ? orgs.find(({ id }) => id === project.org_id)?.name : undefined}
            />
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p className="text-muted">No project has “{filter}” in its name.</p>}
    </>
  );
}

function CardsLoading() {
  return (
    <>
      <Loading what="projects" />
      <div className="grid grid-cols-1 gap-3 md:grid-cols-2 xl:grid-cols-3">
        {[0, 1, 2].map((card) => (
          <Skeleton key={card} className="h-45 rounded-lg" />
        ))}
      </div>
    </>
  );
}
