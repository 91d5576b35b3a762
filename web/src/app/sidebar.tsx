import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { cx } from "class-variance-authority";
import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { Button } from "@/components/button";
import { Logo } from "@/components/logo";
import { Tooltip } from "@/components/tooltip";
import { projectsQuery } from "@/lib/projects";
import { stored } from "@/lib/stored";
import { lastProject } from "./last-project";
import { ProjectSwitcher } from "./project-switcher";
import { screens } from "./screens";
import { UserMenu } from "./user-menu";

const width = stored("sidebar", ["wide", "narrow"], "wide");

type SidebarProps = { className?: string; inDrawer?: boolean };

export function Sidebar({ className, inDrawer }: SidebarProps) {
  const narrow = width.use() === "narrow" && !inDrawer;
  const project = useCurrentProject();
  return (
    <nav
      aria-label="Main"
      className={cx(
        "flex h-full shrink-0 flex-col gap-1 border-line bg-surface p-2",
        inDrawer ? "w-full" : "border-r",
        !inDrawer && (narrow ? "w-14" : "w-54"),
        className,
      )}
    >
      <Link
        to="/"
        className={cx(
          "flex h-9 items-center gap-2 rounded-md px-2 text-sm font-semibold",
          narrow && "justify-center px-0",
        )}
        aria-label="PulseBoard, all projects"
      >
        <Logo className="size-5 shrink-0 text-accent" />
        {!narrow && "PulseBoard"}
      </Link>
      <ProjectSwitcher current={project} narrow={narrow} />
      {project && (
        <ul className="mt-2 flex flex-col gap-0.5">
          {screens.map(({ to, label, icon: Icon }) => {
            const link = (
              <Link
                to={to}
                params={{ project }}
                activeOptions={{ exact: to === "/p/$project", includeSearch: false }}
                activeProps={{ className: "bg-raised text-text!", "aria-current": "page" }}
                aria-label={narrow ? label : undefined}
                className={cx(
                  "flex h-7.5 items-center gap-2.5 rounded-md px-2 text-sm text-muted transition-colors hover:bg-raised hover:text-text pointer-coarse:h-11",
                  narrow && "justify-center px-0",
                )}
              >
                <Icon className="size-4 shrink-0" aria-hidden />
                {!narrow && label}
              </Link>
            );
            return (
              <li key={to}>
                {narrow ? (
                  <Tooltip label={label} side="right">
                    {link}
                  </Tooltip>
                ) : (
                  link
                )}
              </li>
            );
          })}
        </ul>
      )}
      <div className="flex-1" />
      <UserMenu narrow={narrow} />
      {!inDrawer && (
        <Button
          variant="ghost"
          className={cx("text-muted", narrow ? "px-0!" : "justify-start! px-2!")}
          aria-label={narrow ? "Widen the sidebar" : undefined}
          onClick={() => width.set(narrow ? "wide" : "narrow")}
        >
          {narrow ? <PanelLeftOpen aria-hidden /> : <PanelLeftClose aria-hidden />}
          {!narrow && "Collapse"}
        </Button>
      )}
    </nav>
  );
}

/** The project of the URL; elsewhere the last one that was open, while it exists. */
function useCurrentProject(): string | undefined {
  const { project } = useParams({ strict: false }) as { project?: string };
  const { data: projects = [] } = useQuery(projectsQuery);
  if (project) return project;
  const last = lastProject();
  return (projects.find(({ id }) => id === last) ?? projects[0])?.id;
}
