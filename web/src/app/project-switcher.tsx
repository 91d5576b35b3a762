import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, ChevronsUpDown, LayoutGrid } from "lucide-react";
import { Button } from "@/components/button";
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuSeparator,
  MenuTrigger,
} from "@/components/menu";
import { meQuery } from "@/lib/me";
import { projectsQuery } from "@/lib/projects";

type ProjectSwitcherProps = { current: string | undefined; narrow: boolean };

export function ProjectSwitcher({ current, narrow }: ProjectSwitcherProps) {
  const { data: projects = [] } = useQuery(projectsQuery);
  const { data: me } = useQuery(meQuery);
  const project = projects.find(({ id }) => id === current);
  const orgs = me?.orgs ?? [];
  const org = orgs.length > 1 && orgs.find(({ id }) => id === project?.org_id);
  const name = project?.name ?? "Choose a project";
  // One organization is the usual case and needs no naming.
  const whole = org ? `${org.name} / ${name}` : name;
  return (
    <Menu>
      <MenuTrigger asChild>
        {narrow ? (
          <Button size="icon" className="mx-auto" aria-label={`Project: ${whole}`}>
            <span aria-hidden>{name.slice(0, 1).toUpperCase()}</span>
          </Button>
        ) : (
          <Button
            className="w-full justify-between! px-2.5! font-normal!"
            aria-label={`Project: ${whole}`}
            title={org ? whole : undefined}
          >
            <span className="flex min-w-0">
              {org && <span className="max-w-1/2 truncate text-muted">{org.name}</span>}
              {org && <span className="px-1 text-muted">/</span>}
              <span className="min-w-0 flex-1 truncate">{name}</span>
            </span>
            <ChevronsUpDown aria-hidden className="text-muted" />
          </Button>
        )}
      </MenuTrigger>
      <MenuContent className="w-60" aria-label="Projects">
        {orgs.map((org) => {
          const own = projects.filter(({ org_id }) => org_id === org.id);
          // An empty organization shows on the page of all projects.
          if (own.length === 0) return null;
          return (
            <div key={org.id} role="group" aria-label={org.name}>
              <MenuLabel className="truncate">{org.name}</MenuLabel>
              {own.map(({ id, name }) => (
                <MenuItem key={id} asChild>
                  <Link to="/p/$project" params={{ project: id }}>
                    <span className="min-w-0 flex-1 truncate">{name}</span>
                    {id === current && <Check aria-label="current" className="text-accent" />}
                  </Link>
                </MenuItem>
              ))}
            </div>
          );
        })}
        {projects.length > 0 && <MenuSeparator />}
        <MenuItem asChild>
          <Link to="/">
            <LayoutGrid aria-hidden />
            All projects
          </Link>
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
