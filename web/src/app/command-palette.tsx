import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { Command } from "cmdk";
import {
  ArrowRight,
  CircleUser,
  Clock,
  Folder,
  Gauge,
  Keyboard,
  LayoutGrid,
  LogOut,
  type LucideIcon,
  Plus,
  Rss,
  ScrollText,
  Star,
  SunMoon,
  Users,
} from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { dashboardsQuery } from "@/lib/dashboards";
import { feedsQuery } from "@/lib/feeds";
import { canEdit, projectsQuery } from "@/lib/projects";
import { useSignOut } from "@/lib/sign-out";
import { type ThemeChoice, themeChoice } from "@/lib/theme";
import { timeZone } from "@/lib/time-zone";
import { lastProject } from "./last-project";
import { screens } from "./screens";
import { themeNames } from "./user-menu";

type CommandPaletteProps = { onClose: () => void; onHelp: () => void };

/** Every project, screen and action by name. */
export default function CommandPalette({ onClose, onHelp }: CommandPaletteProps) {
  const { data: projects = [] } = useQuery(projectsQuery);
  const { project: inUrl } = useParams({ strict: false }) as { project?: string };
  const navigate = useNavigate();
  const signOut = useSignOut();
  const zone = timeZone.use();
  const theme = themeChoice.use();
  const project = inUrl ?? projects.find(({ id }) => id === lastProject())?.id;
  const { data: feeds = [] } = useQuery({ ...feedsQuery(project ?? ""), enabled: !!project });
  const mayEdit = canEdit(projects.find(({ id }) => id === project));
  const { data: dashboards = [] } = useQuery({
    ...dashboardsQuery(project ?? ""),
    enabled: project !== undefined,
  });
  const run = (action: () => void) => () => {
    onClose();
    action();
  };

  return (
    <Radix.Root open onOpenChange={onClose}>
      <Radix.Portal>
        <div data-modal className="fixed inset-0 z-40 animate-fade bg-[#05070b]/60" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed inset-x-0 top-[12dvh] z-50 mx-auto w-[calc(100vw-24px)] max-w-lg animate-fade overflow-hidden rounded-lg border border-line bg-surface shadow-float outline-none"
        >
          <Radix.Title className="sr-only">Command palette</Radix.Title>
          <Command label="Command palette" loop>
            <Command.Input
              autoFocus
              placeholder="Search screens, dashboards, feeds, projects and actions"
              className="h-12 w-full border-b border-line bg-transparent px-4 text-base outline-none pointer-coarse:text-lg"
            />
            <Command.List className="max-h-[min(60dvh,400px)] overflow-y-auto p-1.5">
              <Command.Empty className="px-3 py-6 text-center text-muted">
                Nothing has this name.
              </Command.Empty>
              {project && (
                <Group heading="Screens">
                  {screens.map(({ to, label, icon }) => (
                    <Item
                      key={to}
                      icon={icon}
                      value={`screen ${label}`}
                      onSelect={run(() => void navigate({ to, params: { project } }))}
                    >
                      {label}
                    </Item>
                  ))}
                  <Item
                    icon={Users}
                    value="screen members people roles invite"
                    onSelect={run(
                      () =>
                        void navigate({ to: "/p/$project/settings/members", params: { project } }),
                    )}
                  >
                    Members
                  </Item>
                  <Item
                    icon={ScrollText}
                    value="screen audit log"
                    onSelect={run(
                      () =>
                        void navigate({ to: "/p/$project/settings/audit", params: { project } }),
                    )}
                  >
                    Audit log
                  </Item>
                </Group>
              )}
              {project && dashboards.length > 0 && (
                <Group heading="Dashboards">
                  {dashboards.map(({ id, name, starred }) => (
                    <Item
                      key={id}
                      icon={starred ? Star : Gauge}
                      value={`dashboard ${name} ${id}`}
                      onSelect={run(
                        () =>
                          void navigate({
                            to: "/p/$project/dashboards/$dashboard",
                            params: { project, dashboard: id },
                          }),
                      )}
                    >
                      {name}
                    </Item>
                  ))}
                </Group>
              )}
              {project && feeds.length > 0 && (
                <Group heading="Feeds">
                  {feeds.map(({ id, name }) => (
                    <Item
                      key={id}
                      icon={Rss}
                      value={`feed ${name} ${id}`}
                      onSelect={run(
                        () =>
                          void navigate({
                            to: "/p/$project/feeds/$feed",
                            params: { project, feed: id },
                          }),
                      )}
                    >
                      {name}
                    </Item>
                  ))}
                </Group>
              )}
              {projects.length > 0 && (
                <Group heading="Projects">
                  {projects.map(({ id, name }) => (
                    <Item
                      key={id}
                      icon={Folder}
                      value={`project ${name} ${id}`}
                      onSelect={run(
                        () => void navigate({ to: "/p/$project", params: { project: id } }),
                      )}
                    >
                      {name}
                    </Item>
                  ))}
                </Group>
              )}
              <Group heading="Actions">
                <Item
                  icon={LayoutGrid}
                  value="all projects"
                  onSelect={run(() => void navigate({ to: "/" }))}
                >
                  All projects
                </Item>
                {project && mayEdit && (
                  <Item
                    icon={Plus}
                    value="new dashboard template import"
                    onSelect={run(
                      () =>
                        void navigate({
                          to: "/p/$project/dashboards",
                          params: { project },
                          hash: "new-dashboard",
                        }),
                    )}
                  >
                    New dashboard
                  </Item>
                )}
                {project && mayEdit && (
                  <Item
                    icon={Plus}
                    value="new feed add a feed"
                    onSelect={run(
                      () => void navigate({ to: "/p/$project/feeds/new", params: { project } }),
                    )}
                  >
                    New feed
                  </Item>
                )}
                {project && (
                  <Item
                    icon={ArrowRight}
                    value="send an event set up"
                    onSelect={run(() => void navigate({ to: "/welcome", search: { project } }))}
                  >
                    Send an event
                  </Item>
                )}
                <Item
                  icon={CircleUser}
                  value="account password sessions"
                  onSelect={run(() => void navigate({ to: "/account" }))}
                >
                  Account settings
                </Item>
                {(Object.keys(themeNames) as ThemeChoice[])
                  .filter((choice) => choice !== theme)
                  .map((choice) => (
                    <Item
                      key={choice}
                      icon={SunMoon}
                      value={`theme ${choice}`}
                      onSelect={run(() => themeChoice.set(choice))}
                    >
                      Theme: {themeNames[choice].toLowerCase()}
                    </Item>
                  ))}
                <Item
                  icon={Clock}
                  value="time zone utc local"
                  onSelect={run(() => timeZone.set(zone === "utc" ? "local" : "utc"))}
                >
                  Show times in {zone === "utc" ? "local time" : "UTC"}
                </Item>
                <Item icon={Keyboard} value="keyboard help shortcuts" onSelect={run(onHelp)}>
                  Keyboard help
                </Item>
                <Item icon={LogOut} value="sign out" onSelect={run(() => signOut.mutate())}>
                  Sign out
                </Item>
              </Group>
            </Command.List>
          </Command>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Group({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted"
    >
      {children}
    </Command.Group>
  );
}

type ItemProps = { icon: LucideIcon; value: string; onSelect: () => void; children: ReactNode };

function Item({ icon: Icon, value, onSelect, children }: ItemProps) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 data-[selected=true]:bg-raised pointer-coarse:h-11"
    >
      <Icon className="size-4 shrink-0 text-muted" aria-hidden />
      <span className="min-w-0 truncate">{children}</span>
    </Command.Item>
  );
}
