import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useParams } from "@tanstack/react-router";
import { Page } from "@/components/page";
import { isAdmin, projectQuery } from "@/lib/projects";

const sections = [
  { to: "/p/$project/settings/general", label: "General" },
  { to: "/p/$project/settings/keys", label: "Keys" },
  { to: "/p/$project/settings/retention", label: "Retention" },
  { to: "/p/$project/settings/members", label: "Members" },
  { to: "/p/$project/settings/audit", label: "Audit", adminsOnly: true },
] as const;

export function SettingsLayout() {
  const { project } = useParams({ strict: false }) as { project: string };
  const { data } = useQuery(projectQuery(project));
  const shown = sections.filter((section) => !("adminsOnly" in section) || isAdmin(data));
  return (
    <Page title="Settings" narrow>
      <nav aria-label="Settings" className="mb-4 flex gap-1 overflow-x-auto border-b border-line">
        {shown.map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            params={{ project }}
            activeOptions={{ includeSearch: false }}
            activeProps={{ className: "border-accent! text-text!", "aria-current": "page" }}
            className="-mb-px flex h-9 items-center border-b-2 border-transparent px-3 text-sm font-medium text-muted transition-colors hover:text-text focus-visible:-outline-offset-2 pointer-coarse:h-11"
          >
            {label}
          </Link>
        ))}
      </nav>
      <Outlet />
    </Page>
  );
}
