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
  const name = project?.name ?? "Choose a project";
  return (
    <Menu>
      <MenuTrigger asChild>
        {narrow ? (
          <Button size="icon" className="mx-auto" aria-label={`Project: ${name}`}>
            <span aria-hidden>{name.slice(0, 1).toUpperCase()}</span>
          </Button>
        ) : (
          <Button
            className="w-full justify-between! px-2.5! font-normal!"
            aria-label={`Project: ${name}`}
          >
            <span className="truncate">{name}</span>
            <ChevronsUpDown aria-hidden className="text-muted" />
          </Button>
        )}
      </MenuTrigger>
      <MenuContent className="w-60" aria-label="Projects">
        {orgs.map((org) => {
          const own = projects.filter(({ org_id }) => org_id === org.id);
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
