/**
 * Every URL of the app in one table. Each screen is a chunk of its own, loaded
 * when it is first opened or pointed at.
 */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  retainSearchParams,
} from "@tanstack/react-router";
import { resumeSession } from "@/lib/api";
import { localPath } from "@/lib/local-path";
import { parseSearch, type SearchParams, stringifySearch } from "@/lib/search-params";
import { NotFoundPage } from "./not-found-page";
import { projectScreen } from "./project-screen";
import { RouteError } from "./route-error";
import { RoutePending } from "./route-pending";
import { toItsProject, toLastProject } from "./to-last-project";

const asStrings = (search: Record<string, unknown>) => search as SearchParams;

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage });

/** Screens for people who are not signed in; who is goes on to where they were going. */
const guest = createRoute({
  getParentRoute: () => root,
  id: "guest",
  validateSearch: asStrings,
  beforeLoad: async ({ search }) => {
    // Where links of invitations led before they had a page of their own.
    if (search.invitation) {
      throw redirect({
        to: "/invite/$token",
        params: { token: search.invitation },
        replace: true,
      });
    }
    if (await resumeSession()) throw redirect({ href: localPath(search.next), replace: true });
  },
});

const login = createRoute({
  getParentRoute: () => guest,
  path: "/login",
  component: lazyRouteComponent(() => import("@/features/auth/login-page"), "LoginPage"),
});

const signup = createRoute({
  getParentRoute: () => guest,
  path: "/signup",
  component: lazyRouteComponent(() => import("@/features/auth/signup-page"), "SignupPage"),
});

/** For everybody: it asks by itself who is there. */
const invite = createRoute({
  getParentRoute: () => root,
  path: "/invite/$token",
  validateSearch: asStrings,
  beforeLoad: async () => {
    await resumeSession();
  },
  component: lazyRouteComponent(() => import("@/features/auth/invite-page"), "InvitePage"),
});

const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  validateSearch: asStrings,
  beforeLoad: async ({ location }) => {
    if (await resumeSession()) return;
    const next = location.href === "/" ? undefined : location.href;
    throw redirect({ to: "/login", search: { next }, replace: true });
  },
});

const welcome = createRoute({
  getParentRoute: () => signedIn,
  path: "/welcome",
  component: lazyRouteComponent(() => import("@/features/welcome/welcome-page"), "WelcomePage"),
});

const shell = createRoute({
  getParentRoute: () => signedIn,
  id: "shell",
  // Not in the first chunk: who signs in needs no menus yet.
  component: lazyRouteComponent(() => import("./shell-layout"), "ShellLayout"),
});

const projects = createRoute({
  getParentRoute: () => shell,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/projects/projects-page"), "ProjectsPage"),
});

const account = createRoute({
  getParentRoute: () => shell,
  path: "/account",
  component: lazyRouteComponent(() => import("@/features/account/account-page"), "AccountPage"),
});

const anyFeeds = createRoute({
  getParentRoute: () => shell,
  path: "/feeds",
  beforeLoad: toLastProject("/p/$project/feeds"),
});

const anyDashboards = createRoute({
  getParentRoute: () => shell,
  path: "/dashboards",
  beforeLoad: toLastProject("/p/$project/dashboards"),
});

const anyDashboard = createRoute({
  getParentRoute: () => shell,
  path: "/dashboards/$dashboard",
  beforeLoad: toItsProject,
});

const project = createRoute({
  getParentRoute: () => shell,
  path: "/p/$project",
  component: lazyRouteComponent(() => import("./project-layout"), "ProjectLayout"),
  validateSearch: asStrings,
  // The time range goes with the person from screen to screen.
  search: { middlewares: [retainSearchParams<SearchParams>(["from", "to", "refresh"])] },
});

const overview = createRoute({
  getParentRoute: () => project,
  path: "/",
  component: projectScreen(() => import("@/features/overview/overview-page"), "OverviewPage"),
});

const tail = createRoute({
  getParentRoute: () => project,
  path: "/tail",
  component: projectScreen(() => import("@/features/tail/tail-page"), "TailPage"),
});

const events = createRoute({
  getParentRoute: () => project,
  path: "/events",
  component: projectScreen(() => import("@/features/events/events-page"), "EventsPage"),
});

const dashboards = createRoute({
  getParentRoute: () => project,
  path: "/dashboards",
  component: projectScreen(() => import("@/features/dashboards/dashboards-page"), "DashboardsPage"),
});

const dashboard = createRoute({
  getParentRoute: () => project,
  path: "/dashboards/$dashboard",
  component: projectScreen(() => import("@/features/dashboards/dashboard-page"), "DashboardPage"),
});

const feeds = createRoute({
  getParentRoute: () => project,
  path: "/feeds",
  component: projectScreen(() => import("@/features/feeds/feeds-page"), "FeedsPage"),
});

const newFeed = createRoute({
  getParentRoute: () => project,
  path: "/feeds/new",
  component: projectScreen(() => import("@/features/feeds/new-feed-page"), "NewFeedPage"),
});

const feed = createRoute({
  getParentRoute: () => project,
  path: "/feeds/$feed",
  component: projectScreen(() => import("@/features/feeds/feed-page"), "FeedPage"),
});

const editFeed = createRoute({
  getParentRoute: () => project,
  path: "/feeds/$feed/edit",
  component: projectScreen(() => import("@/features/feeds/edit-feed-page"), "EditFeedPage"),
});

const settings = createRoute({
  getParentRoute: () => project,
  path: "/settings",
  component: lazyRouteComponent(
    () => import("@/features/settings/settings-layout"),
    "SettingsLayout",
  ),
});

const settingsIndex = createRoute({
  getParentRoute: () => settings,
  path: "/",
  beforeLoad: ({ params }) => {
    throw redirect({
      to: "/p/$project/settings/general",
      params: params as { project: string },
      replace: true,
    });
  },
});

const general = createRoute({
  getParentRoute: () => settings,
  path: "/general",
  component: projectScreen(() => import("@/features/settings/general-page"), "GeneralPage"),
});

const keys = createRoute({
  getParentRoute: () => settings,
  path: "/keys",
  component: projectScreen(() => import("@/features/settings/keys-page"), "KeysPage"),
});

const retention = createRoute({
  getParentRoute: () => settings,
  path: "/retention",
  component: projectScreen(() => import("@/features/settings/retention-page"), "RetentionPage"),
});

const members = createRoute({
  getParentRoute: () => settings,
  path: "/members",
  component: projectScreen(() => import("@/features/members/members-page"), "MembersPage"),
});

const audit = createRoute({
  getParentRoute: () => settings,
  path: "/audit",
  component: projectScreen(() => import("@/features/audit/audit-page"), "AuditPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    guest.addChildren([login, signup]),
    invite,
    signedIn.addChildren([
      welcome,
      shell.addChildren([
        projects,
        account,
        anyDashboards,
        anyDashboard,
        anyFeeds,
        project.addChildren([
          overview,
          tail,
          events,
          dashboards,
          dashboard,
          feeds,
          newFeed,
          feed,
          editFeed,
          settings.addChildren([settingsIndex, general, keys, retention, members, audit]),
        ]),
      ]),
    ]),
  ]),
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  defaultPendingMs: 300,
  defaultErrorComponent: RouteError,
  defaultPendingComponent: RoutePending,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
