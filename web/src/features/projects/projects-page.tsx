import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { FolderPlus, Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/button";
import { EmptyState } from "@/components/empty-state";
import { ErrorState } from "@/components/error-state";
import { Input } from "@/components/input";
import { Page } from "@/components/page";
import { Select } from "@/components/select";
import { Loading, Skeleton } from "@/components/skeleton";
import { Tooltip } from "@/components/tooltip";
import type { ListedProject, Org } from "@/lib/api";
import { meQuery } from "@/lib/me";
import { projectsQuery } from "@/lib/projects";
import { useSearchParams } from "@/lib/search-params";
import { NewProjectDialog } from "./new-project-dialog";
import { OrgSection, ProjectCards } from "./org-section";

export function ProjectsPage() {
  const projects = useQuery({
    ...projectsQuery,
    refetchInterval: 30_000,
    placeholderData: keepPreviousData,
  });
  const { data: me } = useQuery(meQuery);
  const [params] = useSearchParams();
  /** Open, and for which organization; an empty word leaves the choice to the dialog. */
  const [creating, setCreating] = useState<string | null>(null);
  const orgs = me?.orgs ?? [];
  const several = orgs.length > 1;
  const own = orgs.filter(({ role }) => role === "admin");
  const create = (
    <NewButton allowed={!me || own.length > 0} onClick={() => setCreating(params.org ?? "")} />
  );
  const nothing = projects.data?.length === 0 && !several;

  return (
    <Page title="Projects" actions={projects.data && !nothing && create}>
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
      {nothing && (
        <EmptyState icon={FolderPlus} title="No projects yet" action={create}>
          <p>
            A project is what you observe: an app, a service, a fleet. Create one, send an event
            with one command, and watch it arrive.
          </p>
        </EmptyState>
      )}
      {projects.data && !nothing && (
        <Projects projects={projects.data} orgs={orgs} onCreate={setCreating} />
      )}
      <NewProjectDialog
        open={creating !== null}
        onOpenChange={(open) => setCreating(open ? "" : null)}
        orgs={own}
        org={creating ?? undefined}
      />
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

type ProjectsProps = { projects: ListedProject[]; orgs: Org[]; onCreate: (org: string) => void };

/** Cards; under the names of the organizations for who belongs to several. */
function Projects({ projects, orgs, onCreate }: ProjectsProps) {
  const [{ filter = "", org: chosen }, change] = useSearchParams();
  const shown = projects.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()));
  const several = orgs.length > 1;
  const known = orgs.some(({ id }) => id === chosen) ? chosen : undefined;
  return (
    <>
      {(several || projects.length > MANY) && (
        <div className="mb-4 flex flex-wrap gap-2">
          {several && (
            <Select
              aria-label="Organization"
              className="w-56 max-sm:flex-1"
              value={known ?? ""}
              onChange={(event) => change({ org: event.target.value || undefined })}
            >
              <option value="">All organizations</option>
              {orgs.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          )}
          {projects.length > MANY && (
            <Input
              type="search"
              aria-label="Filter projects"
              placeholder="Filter by name"
              className="max-w-xs"
              value={filter}
              onChange={(event) => change({ filter: event.target.value || undefined }, "replace")}
            />
          )}
        </div>
      )}
      {several ? (
        orgs
          .filter(({ id }) => !known || id === known)
          .map((org) => (
            <OrgSection
              key={org.id}
              org={org}
              projects={shown.filter(({ org_id }) => org_id === org.id)}
              filter={filter}
              onCreate={() => onCreate(org.id)}
            />
          ))
      ) : (
        <ProjectCards projects={shown} />
      )}
      {!several && shown.length === 0 && (
        <p className="text-muted">No project has “{filter}” in its name.</p>
      )}
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
