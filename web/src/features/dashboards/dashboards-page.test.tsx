import { answers, refusal } from "@test/api";
import { show } from "@test/render";
import { project } from "@test/things";
import { within } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import type { Role } from "@/lib/api";
import type { Dashboard } from "@/lib/board";
import { DashboardsPage } from "./dashboards-page";

const home = project().id;

function dashboard(changes: Partial<Dashboard> = {}): Dashboard {
  return {
    id: "d-ops",
    project_id: home,
    name: "Ops",
    description: null,
    variables: [],
    version: 3,
    starred: false,
    panel_count: 4,
    created_at: "2026-11-20T08:00:00.000Z",
    updated_at: "2026-11-20T18:00:00.000Z",
    updated_by: { id: "u-ana", name: "Ana" },
    ...changes,
  };
}

const made = (changes: Partial<Dashboard>) =>
  ({ ...dashboard(changes), panels: [], feeds: [], role: "editor" }) as never;

function iAm(role: Role) {
  answers("get", "/api/projects/{project}", () => project({ role }));
}

function listed(...items: Dashboard[]) {
  answers("get", "/api/dashboards", () => ({ items, next_cursor: null }) as never);
}

beforeEach(() => {
  iAm("editor");
  answers(
    "get",
    "/api/dashboards/templates",
    () =>
      ({
        items: [
          {
            id: "host",
            name: "Host",
            description: "A machine.",
            feeds: [{ type: "system_metrics", name: "This machine" }],
            panels: [
              { type: "stat", title: "CPU", position_x: 0, position_y: 0, width: 3, height: 4 },
              { type: "gauge", title: "Disk", position_x: 3, position_y: 0, width: 3, height: 4 },
            ],
          },
        ],
      }) as never,
  );
  answers("get", "/api/feeds", () => ({ items: [], next_cursor: null }));
});

test("starred ones come first, and a star is kept", async () => {
  listed(dashboard(), dashboard({ id: "d-zoo", name: "Zoo", starred: true, panel_count: 1 }));
  let starred: string | null = null;
  answers("put", "/api/dashboards/{dashboard}/star", ({ params }) => {
    starred = params.dashboard ?? null;
    return undefined;
  });
  const { screen, user } = await show(<DashboardsPage projectId={home} />);
  const list = within(await screen.findByRole("list", { name: "Dashboards" }));
  expect(list.getAllByRole("link").map((link) => link.textContent)).toEqual([
    expect.stringMatching(/^Zoo1 panel/),
    expect.stringMatching(/^Ops4 panels.* by Ana$/),
  ]);
  await user.click(list.getByRole("button", { name: "Star Ops" }));
  await expect.poll(() => starred).toBe("d-ops");
  expect(list.getAllByRole("link")[0]).toHaveTextContent("Ops");
});

test("a star that is not taken goes back", async () => {
  listed(dashboard());
  answers("put", "/api/dashboards/{dashboard}/star", () => refusal(503, "unavailable"));
  const { screen, user } = await show(<DashboardsPage projectId={home} />);
  await user.click(await screen.findByRole("button", { name: "Star Ops" }));
  expect(await screen.findByText(/The star was not kept/)).toBeVisible();
  expect(screen.getByRole("button", { name: "Star Ops" })).toHaveAttribute("aria-pressed", "false");
});

test("with nothing yet, a template leads to a dashboard", async () => {
  listed();
  answers("post", "/api/dashboards", ({ body }) => {
    expect(body).toEqual({
      project_id: home,
      name: "Host",
      template: "host",
      create_feeds: true,
    });
    return made({ id: "d-new", name: "Host" });
  });
  const { screen, user, address } = await show(<DashboardsPage projectId={home} />);
  expect(await screen.findByText("No dashboards yet")).toBeVisible();
  await user.click(await screen.findByRole("button", { name: /^Host/ }));
  await expect.poll(address).toBe(`/p/${home}/dashboards/d-new`);
});

test("a blank one opens for editing, under a name that is free", async () => {
  listed(dashboard({ name: "New dashboard" }));
  answers("post", "/api/dashboards", ({ body }) => made({ id: "d-new", name: body.name }));
  const { screen, user, address } = await show(<DashboardsPage projectId={home} />);
  await user.click(await screen.findByRole("button", { name: /^Blank/ }));
  await expect.poll(address).toBe(`/p/${home}/dashboards/d-new?edit=1`);
});

test("search narrows the list and stands in the address", async () => {
  listed(dashboard(), dashboard({ id: "d-zoo", name: "Zoo" }));
  const { screen, user, address } = await show(<DashboardsPage projectId={home} />);
  await user.type(await screen.findByLabelText("Search dashboards"), "zo");
  await expect.poll(() => screen.queryByRole("link", { name: /Ops/ })).toBeNull();
  expect(screen.getByRole("link", { name: /Zoo/ })).toBeVisible();
  expect(address()).toContain("q=zo");
  await user.type(screen.getByLabelText("Search dashboards"), "x");
  expect(await screen.findByText("No dashboard has “zox” in its name.")).toBeVisible();
});

test("viewers look and change nothing", async () => {
  iAm("viewer");
  listed(dashboard());
  const { screen, user } = await show(<DashboardsPage projectId={home} />);
  await user.click(await screen.findByRole("button", { name: "More for Ops" }));
  expect(screen.getByRole("menuitem", { name: "Export JSON" })).toBeVisible();
  expect(screen.queryByRole("menuitem", { name: "Delete" })).toBeNull();
  expect(screen.queryByRole("button", { name: /New dashboard/ })).toBeNull();
  expect(screen.queryByText("Blank")).toBeNull();
});

test("renames by one operation", async () => {
  listed(dashboard());
  let sent: unknown;
  answers("post", "/api/dashboards/{dashboard}/ops", ({ body }) => {
    sent = body;
    return { ops: [], version: 4 };
  });
  const { screen, user } = await show(<DashboardsPage projectId={home} />);
  await user.click(await screen.findByRole("button", { name: "More for Ops" }));
  await user.click(screen.getByRole("menuitem", { name: "Rename" }));
  await user.clear(screen.getByLabelText("Name"));
  await user.type(screen.getByLabelText("Name"), "Night shift");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await expect
    .poll(() => sent)
    .toMatchObject({ ops: [{ target: "dashboard", field: "name", value: "Night shift" }] });
});

test("deletes after a question", async () => {
  listed(dashboard());
  let deleted = false;
  answers("delete", "/api/dashboards/{dashboard}", () => {
    deleted = true;
    listed();
    return undefined;
  });
  const { screen, user } = await show(<DashboardsPage projectId={home} />);
  await user.click(await screen.findByRole("button", { name: "More for Ops" }));
  await user.click(screen.getByRole("menuitem", { name: "Delete" }));
  expect(deleted).toBe(false);
  await user.click(screen.getByRole("button", { name: "Delete" }));
  expect(await screen.findByText("No dashboards yet")).toBeVisible();
});

test("an import says what is wrong, then leads to the dashboard", async () => {
  listed(dashboard());
  const document = { pulseboard: { kind: "dashboard", version: 1 }, name: "Ops", panels: [] };
  let refuse = true;
  answers("post", "/api/dashboards/import", ({ body }) => {
    expect(body).toEqual({ project_id: home, document, name: "Ops 2" });
    if (refuse) {
      return refusal(422, "invalid_field", {
        message: "The document is not right.",
        fields: { "panels.0.type": "must be one of timeseries, stat" },
      });
    }
    return made({ id: "d-in", name: "Ops 2" });
  });
  const { screen, user, address } = await show(<DashboardsPage projectId={home} />);
  await user.click(await screen.findByRole("button", { name: /^Import/ }));
  const text = screen.getByLabelText("Or paste its text");
  await user.click(text);
  await user.paste('{"pulseboard": {"kind": "dashboard", "version": 9}}');
  expect(await screen.findByText(/exported by a newer PulseBoard/)).toBeVisible();
  await user.clear(text);
  await user.click(text);
  await user.paste(JSON.stringify(document));
  const dialog = within(screen.getByRole("dialog"));
  await user.click(dialog.getByRole("button", { name: "Import" }));
  expect(await screen.findByText(/must be one of timeseries, stat/)).toBeVisible();
  refuse = false;
  await user.click(dialog.getByRole("button", { name: "Import" }));
  await expect.poll(address).toBe(`/p/${home}/dashboards/d-in`);
});

test("who comes from a feed chooses where its panel goes", async () => {
  listed(dashboard());
  const { screen, user, address } = await show(<DashboardsPage projectId={home} />, "/?addFeed=f1");
  expect(await screen.findByText(/Choose the dashboard for a panel of/)).toBeVisible();
  await user.click(await screen.findByRole("link", { name: /Ops/ }));
  await expect.poll(address).toContain("/dashboards/d-ops?");
  expect(address()).toContain("addFeed=f1");
  expect(address()).toContain("edit=1");
});

test("an outage keeps the last list on the screen", async () => {
  listed(dashboard());
  const { screen, queries } = await show(<DashboardsPage projectId={home} />);
  await screen.findByRole("link", { name: /Ops/ });
  answers("get", "/api/dashboards", () => refusal(503, "unavailable"));
  await queries.invalidateQueries({ queryKey: ["projects", home, "dashboards"] });
  expect(await screen.findByText(/What you see is the last/)).toBeVisible();
  expect(screen.getByRole("link", { name: /Ops/ })).toBeVisible();
});
