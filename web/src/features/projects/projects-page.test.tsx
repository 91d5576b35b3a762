import { answers, refusal } from "@test/api";
import { show } from "@test/render";
import { project } from "@test/things";
import { within } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import type { ListedProject, Role } from "@/lib/api";
import { projectsQuery } from "@/lib/projects";
import { ProjectsPage } from "./projects-page";

const summary = {
  events_24h: 12_408,
  errors_24h: 287,
  last_event_at: "2026-11-20T17:59:00.000Z",
  sparkline: Array.from({ length: 24 }, (_, hour) => hour * 10),
};
const quiet = { events_24h: 0, errors_24h: 0, last_event_at: null, sparkline: Array(24).fill(0) };

function iAm(role: Role) {
  answers("get", "/api/auth/me", () => ({
    user: { id: "u1", email: "ann@example.com", name: "Ann" },
    orgs: [{ id: project().org_id, name: "Acme", role }],
  }));
}

function projectsAre(items: ListedProject[]) {
  answers("get", "/api/projects", () => ({ items, next_cursor: null }));
}

beforeEach(() => iAm("admin"));

test("a card says how much, how bad and how long ago, and leads to the overview", async () => {
  projectsAre([{ ...project(), summary }]);
  const { screen } = await show(<ProjectsPage />);
  const card = await screen.findByRole("link", { name: /Web shop/ });
  expect(card).toHaveTextContent("12.4K");
  expect(card).toHaveTextContent("2.31 %");
  expect(card).toHaveAttribute("href", `/p/${project().id}`);
});

test("a project without events leads to the command that sends one", async () => {
  projectsAre([{ ...project(), summary: quiet }]);
  const { screen } = await show(<ProjectsPage />);
  const card = await screen.findByRole("link", { name: /Web shop/ });
  expect(card).toHaveTextContent("waiting");
  expect(card).toHaveAttribute("href", `/welcome?project=${project().id}`);
});

test("with nothing yet it says the next step, and does it", async () => {
  projectsAre([]);
  answers("post", "/api/projects", ({ body }) => {
    expect(body.name).toBe("Mobile app");
    return project({ id: "new", name: "Mobile app" });
  });
  const { screen, user, address } = await show(<ProjectsPage />);
  expect(await screen.findByText("No projects yet")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "New project" }));
  await user.click(screen.getByRole("button", { name: "Create project" }));
  expect(await screen.findByText("Give the project a name.")).toBeVisible();
  await user.type(screen.getByLabelText("Name"), "Mobile app");
  await user.click(screen.getByRole("button", { name: "Create project" }));
  await expect.poll(address).toBe("/welcome?project=new");
});

test("who is no admin anywhere sees the button disabled", async () => {
  iAm("viewer");
  projectsAre([{ ...project({ role: "viewer" }), summary }]);
  const { screen, user } = await show(<ProjectsPage />);
  const button = await screen.findByRole("button", { name: "New project" });
  await expect.poll(() => button.getAttribute("aria-disabled")).toBe("true");
  await user.click(button);
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("an outage keeps the last that arrived on the screen", async () => {
  projectsAre([{ ...project(), summary }]);
  const { screen, queries } = await show(<ProjectsPage />);
  await screen.findByRole("link", { name: /Web shop/ });
  answers("get", "/api/projects", () => refusal(503, "unavailable", { retryAfter: 2 }));
  await queries.invalidateQueries({ queryKey: projectsQuery.queryKey });
  expect(await screen.findByRole("alert")).toHaveTextContent("What you see is the last");
  expect(screen.getByRole("link", { name: /Web shop/ })).toBeVisible();
  expect(screen.getByRole("button", { name: "Try again in 2 s" })).toBeDisabled();
});

test("who belongs to several organizations sees which is whose, and creates in the chosen one", async () => {
  const beta = { id: "o-beta", name: "Beta", role: "admin" as const };
  answers("get", "/api/auth/me", () => ({
    user: { id: "u1", email: "ann@example.com", name: "Ann" },
    orgs: [{ id: project().org_id, name: "Acme", role: "viewer" as const }, beta],
  }));
  projectsAre([{ ...project({ role: "viewer" }), summary }]);
  answers("post", "/api/projects", ({ body }) => {
    expect(body).toEqual({ name: "Mobile app", org_id: "o-beta" });
    return project({ id: "new", name: "Mobile app" });
  });
  const { screen, user, address } = await show(<ProjectsPage />);
  const acme = within(await screen.findByRole("region", { name: "Acme" }));
  expect(acme.getByRole("link", { name: /Web shop/ })).toBeVisible();
  expect(acme.queryByRole("button", { name: /New project/ })).toBeNull();
  const ours = within(screen.getByRole("region", { name: "Beta" }));
  expect(ours.getByText("No projects yet. Create the first one.")).toBeVisible();

  await user.selectOptions(screen.getByLabelText("Organization"), "Beta");
  expect(address()).toBe("/?org=o-beta");
  expect(screen.queryByRole("region", { name: "Acme" })).toBeNull();
  await user.click(screen.getByRole("button", { name: "New project in Beta" }));
  await user.type(screen.getByLabelText("Name"), "Mobile app");
  await user.click(screen.getByRole("button", { name: "Create project" }));
  await expect.poll(address).toBe("/welcome?project=new");
});

test("with several to choose from, the organization of the address is chosen at first", async () => {
  const orgs = ["Acme", "Beta"].map((name) => ({ id: name, name, role: "admin" as const }));
  answers("get", "/api/auth/me", () => ({
    user: { id: "u1", email: "ann@example.com", name: "Ann" },
    orgs,
  }));
  projectsAre([]);
  const { screen, user } = await show(<ProjectsPage />, "/?org=Beta");
  await user.click(await screen.findByRole("button", { name: "New project" }));
  expect(within(screen.getByRole("dialog")).getByLabelText("Organization")).toHaveValue("Beta");
});
