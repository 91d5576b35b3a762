import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, look, projectOf, publicKey, signUp, test } from "./app";
import { type Api, apiOf, cpuPanels, ingestLoad, makeBoard, makeFeed } from "./boards";

// Feeds, sockets and charts at once, on the machine that also runs the server.
test.beforeEach(() => test.slow());

const panel = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

const pill = (page: Page) => page.getByRole("button", { name: "Live", exact: true });

async function menu(page: Page, item: string) {
  await page.getByRole("button", { name: "Dashboard menu" }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

async function panelMenu(page: Page, name: string, item: string) {
  await page.getByRole("button", { name: `Menu of ${name}`, exact: true }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

/** A person with a project, some data and the API. */
async function begin(page: Page): Promise<{ api: Api; project: string; email: string }> {
  const { email } = await signUp(page);
  const project = projectOf(page);
  await ingestLoad(page, await publicKey(page));
  return { api: await apiOf(page.request, email), project, email };
}

async function openBoard(page: Page, project: string, id: string, search = "") {
  await page.goto(`/p/${project}/dashboards/${id}${search}`);
  await expect(pill(page)).toBeVisible({ timeout: 20_000 });
}

/** What the picture of a chart is made of. */
const pixelsOf = (page: Page, name: string) =>
  panel(page, name)
    .locator("canvas")
    .first()
    .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());

test("from nothing to a moving chart in under a minute", async ({ page }) => {
  await signUp(page);
  const project = projectOf(page);
  await page.goto(`/p/${project}/dashboards`);
  await expect(page.getByRole("heading", { name: "No dashboards yet" })).toBeVisible();
  await look(page, "dashboards-empty");

  const began = Date.now();
  await page.goto(`/p/${project}/feeds`);
  await page.getByRole("link", { name: "Start with demo data" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "Add to a dashboard" }).click();
  await expect(page.getByText("Choose the dashboard for a panel of")).toBeVisible();
  await page.getByRole("button", { name: /^Blank/ }).click();
  await expect(panel(page, "Demo data")).toBeVisible();
  await expect(panel(page, "Demo data").locator("canvas").first()).toBeVisible({
    timeout: 20_000,
  });
  await page.getByRole("button", { name: "Done" }).click();
  const first = await pixelsOf(page, "Demo data");
  await expect
    .poll(() => pixelsOf(page, "Demo data"), { timeout: 20_000, message: "the chart stands still" })
    .not.toBe(first);
  const took = Date.now() - began;
  console.log(`from nothing to a moving chart: ${(took / 1000).toFixed(1)} s`);
  expect(took).toBeLessThan(60_000);
  await page.getByRole("button", { name: /^Time range/ }).click();
  await page.getByRole("button", { name: "Last 5 minutes", exact: true }).click();
  await expect(pill(page)).toBeVisible();
  await look(page, "dashboard-moving");
});

test("two people edit one dashboard, one of them offline for a while", async ({
  page,
  browser,
  baseURL,
}) => {
  const { api, project, email } = await begin(page);
  const { id } = await makeBoard(api, project, "Ops");
  await openBoard(page, project, id, "?edit=1");

  const other = await browser.newContext({ baseURL });
  const there = await other.newPage();
  await there.goto("/login");
  await there.getByLabel("E-mail").fill(email);
  await there.getByLabel("Password").fill("correct horse battery");
  await there.getByRole("button", { name: "Sign in" }).click();
  await expect(there.getByRole("heading", { name: "Projects" })).toBeVisible();
  await openBoard(there, project, id, "?edit=1");

  const rename = async (on: Page, from: string, to: string) => {
    await panelMenu(on, from, "Edit");
    await on.getByLabel("Title", { exact: true }).fill(to);
    await on.getByRole("button", { name: "Save" }).click();
    await expect(on.getByRole("dialog")).toBeHidden();
    await expect(panel(on, to)).toBeVisible();
  };
  // Both see each other's changes.
  await rename(page, "Load", "Load of all");
  await expect(panel(there, "Load of all")).toBeVisible();

  await other.setOffline(true);
  // Chromium lets open sockets live on; the app hears that there is no network.
  await there.evaluate(() => dispatchEvent(new Event("offline")));
  await expect(there.getByRole("button", { name: /Offline|Reconnecting/ })).toBeVisible({
    timeout: 20_000,
  });
  await rename(there, "Load now", "Load, said offline");
  await panelMenu(there, "On call", "Delete");
  await expect(there.getByText(/changes? (is|are) kept here/)).toBeVisible();
  await rename(page, "What happens", "Said online");
  await page.waitForTimeout(1_500);
  await expect(panel(page, "Load, said offline")).toBeHidden();

  await other.setOffline(false);
  await there.evaluate(() => dispatchEvent(new Event("online")));
  await expect(pill(there)).toBeVisible({ timeout: 30_000 });
  for (const side of [page, there]) {
    await expect(panel(side, "Load of all")).toBeVisible({ timeout: 20_000 });
    await expect(panel(side, "Load, said offline")).toBeVisible({ timeout: 20_000 });
    await expect(panel(side, "Said online")).toBeVisible();
    await expect(panel(side, "On call")).toBeHidden();
  }
  await expect(there.getByText(/changes? (is|are) kept here/)).toBeHidden();
  // The server has the same.
  const kept = await api.get<{ panels: { title: string }[] }>(`/api/dashboards/${id}`);
  expect(kept.panels.map(({ title }) => title).sort()).toEqual(
    ["Load of all", "Load, said offline", "Said online"].sort(),
  );
  await look(page, "dashboard-two");
  await other.close();
});

test("someone changes the panel that I am editing", async ({ page }) => {
  const { api, project } = await begin(page);
  const { id, panels } = await makeBoard(api, project, "Ops");
  const theirs = (field: string, value: unknown) =>
    api.post(`/api/dashboards/${id}/ops`, {
      ops: [{ op_id: crypto.randomUUID(), target: panels[1], field, value }],
    });
  await openBoard(page, project, id, "?edit=1");
  await panelMenu(page, "Load", "Edit");
  await page.getByLabel("Title", { exact: true }).fill("My title");
  await theirs("options.unit", "load");
  await expect(page.getByText(/changed this panel: unit\. You see it already/)).toBeVisible();
  await expect(page.getByLabel("Unit")).toHaveValue("load");
  await theirs("title", "Their title");
  await expect(page.getByText(/What should stay, when you save/)).toBeVisible();
  await look(page, "panel-editor-conflict");
  await page.getByRole("button", { name: "Keep mine" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(panel(page, "My title")).toBeVisible();
  await expect
    .poll(async () => {
      const kept = await api.get<{ panels: { title: string; options: object }[] }>(
        `/api/dashboards/${id}`,
      );
      return kept.panels.find(({ title }) => title === "My title")?.options;
    })
    .toMatchObject({ unit: "load" });
});

test("a template, renamed, starred, found, duplicated and deleted", async ({ page, isMobile }) => {
  const { project } = await begin(page);
  await page.goto("/dashboards");
  await expect(page).toHaveURL(new RegExp(`/p/${project}/dashboards`));
  await expect(page.getByRole("button", { name: /^App health/i })).toBeVisible();
  await look(page, "dashboards-templates");
  await page.getByRole("button", { name: /^App health/i }).click();
  await expect(page).toHaveURL(/\/dashboards\/[0-9a-f-]{36}/);
  await expect(page.locator("[data-panel]").first()).toBeVisible();
  await expect(pill(page)).toBeVisible({ timeout: 20_000 });
  await page.waitForTimeout(1_500);
  await look(page, "dashboard-template");
  const id = new URL(page.url()).pathname.split("/").at(-1);

  await page.getByRole("button", { name: /^Star / }).click();
  await page.goto(`/dashboards/${id}`);
  await expect(page).toHaveURL(new RegExp(`/p/${project}/dashboards/${id}`));
  await expect(page.getByRole("button", { name: /^Star / })).toHaveAttribute(
    "aria-pressed",
    "true",
  );

  if (!isMobile) {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("app health");
    await page
      .getByRole("option", { name: /App health/i })
      .first()
      .click();
    await expect(page).toHaveURL(new RegExp(id as string));
  }

  await page.goto(`/p/${project}/dashboards`);
  const more = page.getByRole("button", { name: /^More for/ });
  await more.first().click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Night shift");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("link", { name: /Night shift/ })).toBeVisible();
  await page.getByRole("button", { name: "More for Night shift" }).click();
  await page.getByRole("menuitem", { name: "Duplicate" }).click();
  await expect(page.getByRole("link", { name: /Night shift copy/ })).toBeVisible();
  await look(page, "dashboards-list");
  await page.getByLabel("Search dashboards").fill("copy");
  await expect(page.getByRole("list", { name: "Dashboards" }).getByRole("link")).toHaveCount(1);
  await page.getByRole("button", { name: "More for Night shift copy" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await look(page, "dashboards-delete");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page.getByRole("link", { name: /Night shift copy/ })).toBeHidden();
});

test("a panel from every kind of data", async ({ page }) => {
  const { api, project } = await begin(page);
  await makeFeed(api, project, "Waves");
  const { id } = await makeBoard(api, project, "Fresh", []);
  await openBoard(page, project, id);
  await expect(page.getByRole("heading", { name: "Add your first panel" })).toBeVisible();
  await look(page, "dashboard-empty");
  await page.getByRole("main").getByRole("button", { name: "Add panel" }).click();
  await look(page, "dashboard-gallery");
  await page.getByRole("button", { name: /^Gauge/ }).click();
  await page.getByRole("combobox", { name: /Search feeds/ }).fill("waves");
  await expect(page.getByRole("option").nth(1)).toBeVisible({ timeout: 15_000 });
  await look(page, "panel-editor-picker");
  await page.getByRole("option").nth(1).click();
  await page.getByLabel("Title", { exact: true }).fill("A wave");
  await page.getByRole("button", { name: "Add threshold" }).click();
  await look(page, "panel-editor-gauge");

  // A type that shows it otherwise keeps the data.
  await page.getByRole("dialog").getByText("Time series", { exact: true }).click();
  await expect(page.getByRole("dialog").locator("canvas").first()).toBeVisible();
  await look(page, "panel-editor-timeseries");
  // Leaving asks, and a reload keeps the draft.
  await page.getByRole("button", { name: "Cancel" }).first().click();
  await expect(page.getByText("Discard your changes?")).toBeVisible();
  await look(page, "panel-editor-discard");
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).last().click();
  page.once("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await expect(page.getByText("Your unsaved changes from before are here.")).toBeVisible();
  await expect(page.getByLabel("Title", { exact: true })).toHaveValue("A wave");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(panel(page, "A wave")).toBeVisible();

  for (const [kind, option] of [
    [/^Stat/, /^cpu/],
    [/^Table/, /^Top names/],
    [/^Event list/, /^Latest events/],
  ] as const) {
    await page.getByRole("button", { name: "Add panel" }).click();
    await page.getByRole("dialog").getByRole("button", { name: kind }).click();
    await page.getByRole("option", { name: option }).first().click();
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("dialog")).toBeHidden();
  }
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.locator("[data-panel]")).toHaveCount(4);
  await page.waitForTimeout(1_500);
  await look(page, "dashboard-kinds");
  await menu(page, "Refresh now");
  await expect(page.getByText("Refreshed", { exact: true })).toBeVisible();
  // An event of a list opens beside the dashboard.
  await page.getByRole("list", { name: "Latest events" }).getByRole("button").first().click();
  await expect(page).toHaveURL(/event=/);
  await expect(page.getByRole("dialog").getByText("Waves").first()).toBeVisible();
  await look(page, "dashboard-event");
});

test("a line per label, its maximum, the period before and releases", async ({ page }) => {
  const { api, project } = await begin(page);
  const { id, panels } = await makeBoard(api, project, "Ops");
  await openBoard(page, project, id, "?edit=1");
  await panelMenu(page, "Load", "Edit");
  const preview = page.getByRole("dialog").locator("[data-panel]");
  await expect(preview.getByRole("button", { name: "web-1" })).toBeVisible();
  await page.getByLabel("Values become their").selectOption("max");
  await page.getByLabel("One line per").selectOption("");
  await expect(preview.getByRole("button", { name: "cpu", exact: true })).toBeVisible();
  await page.getByLabel("One line per").selectOption("host");
  await page.getByLabel("Add a label").selectOption("host");
  await page.getByLabel("Value of host").fill("web-2");
  await page.getByLabel("Compare with the period before").check();
  await page.getByLabel("Mark releases").check();
  await expect(preview.getByRole("button", { name: "cpu, previous" })).toBeVisible();
  await expect(preview.getByRole("button", { name: "web-1" })).toBeHidden();
  await look(page, "panel-editor-compare");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(panel(page, "Load").getByRole("button", { name: "cpu, previous" })).toBeVisible();
  type Stored = { panels: { id: string; query: object }[] };
  const kept = await api.get<Stored>(`/api/dashboards/${id}`);
  expect(kept.panels.find((one) => one.id === panels[1])?.query).toMatchObject({
    sources: [
      {
        kind: "series",
        name: "cpu",
        aggregate: "max",
        group_by: ["host"],
        labels: { host: "web-2" },
      },
    ],
    compare: true,
    annotations: true,
  });
});

test("what is wrong in a panel is said at its field", async ({ page }) => {
  const { api, project } = await begin(page);
  const { id } = await makeBoard(api, project, "Ops");
  await openBoard(page, project, id, "?edit=1");
  await panelMenu(page, "What happens", "Edit");
  await page.getByLabel("At most", { exact: true }).fill("5000");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/Must be a number from 1 to/)).toBeVisible();
  await look(page, "panel-editor-error");
});

test("arranged by mouse and by keyboard, undone and redone", async ({ page, isMobile }) => {
  test.skip(isMobile, "Panels are not dragged on phones.");
  const { api, project } = await begin(page);
  const { id, panels } = await makeBoard(api, project, "Ops");
  type Stored = { panels: { id: string; position_x: number; position_y: number; width: number }[] };
  const stored = async (index: number) => {
    const { panels: all } = await api.get<Stored>(`/api/dashboards/${id}`);
    const found = all.find((one) => one.id === panels[index]);
    return found && [found.position_x, found.position_y, found.width];
  };
  await openBoard(page, project, id, "?edit=1");
  const box = async (name: string) => {
    const found = await panel(page, name).boundingBox();
    if (!found) throw new Error(`no box of ${name}`);
    return found;
  };
  const column = (await box("Load")).width / 6;

  // Dragged by its header to the right, where there is room.
  const from = await box("Load now");
  await page.mouse.move(from.x + 60, from.y + 16);
  await page.mouse.down();
  await page.mouse.move(from.x + 60 + column * 3, from.y + 20, { steps: 12 });
  await look(page, "dashboard-dragging");
  await page.mouse.up();
  await expect.poll(() => stored(0)).toEqual([3, 0, 3]);

  // Made wider by its corner.
  const corner = await box("Load");
  await page.mouse.move(corner.x + corner.width - 8, corner.y + corner.height - 8);
  await page.mouse.down();
  await page.mouse.move(corner.x + corner.width - 8 - column * 2, corner.y + corner.height - 8, {
    steps: 12,
  });
  await page.mouse.up();
  await expect.poll(async () => (await stored(1))?.[2]).toBe(4);

  // By the arrow keys: a run of them is one change.
  await page.getByRole("button", { name: /^Move Load now with the arrow keys/ }).focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Shift+ArrowRight");
  await expect.poll(() => stored(0)).toEqual([1, 0, 4]);
  await page.getByRole("heading", { name: "Ops", level: 1 }).click();
  await page.keyboard.press("Control+z");
  await expect.poll(() => stored(0)).toEqual([3, 0, 3]);
  await page.getByRole("button", { name: "Undo my last change" }).click();
  await expect.poll(async () => (await stored(1))?.[2]).toBe(6);
  await page.getByRole("button", { name: "Redo", exact: true }).click();
  await expect.poll(async () => (await stored(1))?.[2]).toBe(4);

  // A reload shows what was kept.
  await page.reload();
  await expect(panel(page, "Load now")).toBeVisible();
  expect((await box("Load now")).x).toBeGreaterThan((await box("Load")).x + column);
  await look(page, "dashboard-editing");
});

test("duplicated, deleted, brought back, and a state of the past restored", async ({ page }) => {
  const { api, project } = await begin(page);
  const { id } = await makeBoard(api, project, "Ops");
  await openBoard(page, project, id, "?edit=1");
  await panelMenu(page, "Load", "Duplicate");
  await expect(panel(page, "Load copy")).toBeVisible();
  await panelMenu(page, "Load copy", "Delete");
  await expect(panel(page, "Load copy")).toBeHidden();
  await page
    .getByRole("region", { name: "Messages" })
    .getByRole("button", { name: "Undo" })
    .click();
  await expect(panel(page, "Load copy")).toBeVisible();
  await panelMenu(page, "On call", "Delete");
  await expect(panel(page, "On call")).toBeHidden();

  await menu(page, "History");
  const changes = page.getByRole("list", { name: "Changes, newest first" });
  await expect(changes.getByText(/deleted the panel “On call”/)).toBeVisible();
  await expect(changes.getByText(/brought back the panel “Load copy”/)).toBeVisible();
  await look(page, "dashboard-history");
  await changes
    .getByRole("listitem")
    .filter({ hasText: /added 4 panels/ })
    .getByRole("button", { name: "Restore" })
    .click();
  await look(page, "dashboard-restore");
  await page.getByRole("dialog").last().getByRole("button", { name: "Restore" }).click();
  await expect(page.getByText(/The dashboard is as it was then/)).toBeVisible();
  await page.getByRole("button", { name: "Close" }).click();
  await expect(panel(page, "On call")).toBeVisible();
  await expect(panel(page, "Load copy")).toBeHidden();
});

test("leaves as JSON, CSV and PNG, and comes back from JSON", async ({ page }) => {
  const { api, project } = await begin(page);
  const { id } = await makeBoard(api, project, "Ops");
  await openBoard(page, project, id);
  await expect(panel(page, "Load").locator("canvas").first()).toBeVisible();
  const download = async (start: () => Promise<void>) => {
    const [file] = await Promise.all([page.waitForEvent("download"), start()]);
    return { name: file.suggestedFilename(), path: await file.path() };
  };
  const json = await download(() => menu(page, "Export JSON"));
  expect(json.name).toBe("ops.json");
  const document = JSON.parse(await readFile(json.path, "utf8"));
  expect(document.pulseboard).toEqual({ kind: "dashboard", version: 1 });
  expect(document.panels).toHaveLength(cpuPanels.length);

  const csv = await download(() => panelMenu(page, "Load", "Export CSV"));
  expect(csv.name).toMatch(/^load-.*\.csv$/);
  expect((await readFile(csv.path, "utf8")).split("\r\n").length).toBeGreaterThan(10);
  const all = await download(() => menu(page, "Export CSV of all panels"));
  expect(await readFile(all.path, "utf8")).toContain("# What happens");
  const png = await download(() => panelMenu(page, "Load", "Export PNG"));
  expect(png.name).toMatch(/\.png$/);
  expect((await readFile(png.path)).subarray(1, 4).toString()).toBe("PNG");

  await page.goto(`/p/${project}/dashboards`);
  await page.getByRole("button", { name: /^Import/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog
    .getByLabel("Or paste its text")
    .fill(JSON.stringify({ ...document, pulseboard: { kind: "dashboard", version: 99 } }));
  await expect(dialog.getByText(/exported by a newer PulseBoard/)).toBeVisible();
  await look(page, "dashboards-import-newer");
  await dialog.locator("input[type=file]").setInputFiles(json.path);
  await expect(dialog.getByLabel("Name")).toHaveValue("Ops 2");
  await look(page, "dashboards-import");
  await dialog.getByRole("button", { name: "Import" }).click();
  await expect(page.getByRole("heading", { name: "Ops 2", level: 1 })).toBeVisible();
  await expect(page.locator("[data-panel]")).toHaveCount(cpuPanels.length);
  const again = await api.get<{ panels: unknown[] }>(
    `/api/dashboards/${new URL(page.url()).pathname.split("/").at(-1)}/export`,
  );
  expect(again.panels).toEqual(document.panels);
});

test("kiosk, one panel alone, variables and the past", async ({ page, isMobile }) => {
  const { api, project } = await begin(page);
  const { id } = await makeBoard(api, project, "Ops");
  await openBoard(page, project, id);
  await panelMenu(page, "Load", "Full screen");
  await expect(page).toHaveURL(/panel=/);
  await expect(page.locator("[data-panel]")).toHaveCount(1);
  await look(page, "dashboard-panel");
  await page.getByRole("button", { name: "All panels" }).click();

  await menu(page, "Settings");
  await page.getByRole("button", { name: "Add variable" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/beginning with a letter/)).toBeVisible();
  const variable = page.getByRole("group", { name: /^Variable/ });
  await variable.getByLabel("Name").fill("host");
  await variable.getByLabel("Shown as").fill("Host");
  await variable.getByLabel("Label", { exact: true }).selectOption("host");
  await look(page, "dashboard-settings");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByLabel("Host", { exact: true }).selectOption("web-2");
  await expect(page).toHaveURL(/var-host=web-2/);
  await expect(panel(page, "On call").getByText("web-2")).toBeVisible();
  await look(page, "dashboard-variables");

  await panel(page, "Load").hover();
  await panel(page, "Load")
    .getByRole("button", { name: /View as table/ })
    .click();
  await expect(panel(page, "Load").getByRole("table").first()).toBeVisible();
  await look(page, "dashboard-table");

  await menu(page, "Kiosk mode");
  await expect(page).toHaveURL(/kiosk=1/);
  await expect(page.getByRole("navigation", { name: "Main" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Dashboard menu" })).toHaveCount(0);
  await look(page, "dashboard-kiosk");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Dashboard menu" })).toBeVisible();

  await menu(page, "Play back the past");
  const bar = page.getByRole("region", { name: "Playback" });
  await expect(bar.getByRole("button", { name: "Pause" })).toBeEnabled({ timeout: 15_000 });
  await bar.getByLabel("Speed").selectOption("60");
  const clock = bar.getByRole("time").or(bar.locator("time"));
  const shown = await clock.first().innerText();
  await expect.poll(() => clock.first().innerText(), { timeout: 15_000 }).not.toBe(shown);
  await expect(page.getByRole("button", { name: "Edit", exact: true })).toHaveCount(0);
  await look(page, "dashboard-playback");
  await bar.getByRole("button", { name: "Pause" }).click();
  await expect(bar.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  await bar.getByRole("button", { name: "Back to live" }).click();
  await expect(page).not.toHaveURL(/at=/);
  await expect(pill(page)).toBeVisible({ timeout: 20_000 });
  if (!isMobile) {
    await page.keyboard.press("?");
    await expect(page.getByText("Go to dashboards")).toBeVisible();
  }
});

test("a panel whose feed was deleted, and a dashboard that was", async ({ page }) => {
  const { api, project } = await begin(page);
  const feed = await makeFeed(api, project, "Short-lived");
  const { id } = await makeBoard(api, project, "Ops", [
    {
      type: "timeseries",
      title: "Orphan",
      feed_ids: [feed],
      position_x: 0,
      position_y: 0,
      width: 6,
      height: 8,
    },
  ]);
  await openBoard(page, project, id);
  await expect(panel(page, "Orphan").locator("canvas").first()).toBeVisible({ timeout: 20_000 });
  await api.remove(`/api/feeds/${feed}`);
  await page.reload();
  await expect(
    panel(page, "Orphan").getByText(/feed.*(deleted|gone|isn't|no longer)/i),
  ).toBeVisible({ timeout: 20_000 });
  await look(page, "dashboard-orphan");
  await api.remove(`/api/dashboards/${id}`);
  await expect(page.getByRole("heading", { name: /“Ops” was deleted/ })).toBeVisible({
    timeout: 20_000,
  });
  await look(page, "dashboard-deleted");
  await page.goto(`/p/${project}/dashboards/${id}`);
  await expect(page.getByRole("heading", { name: "This dashboard isn't here" })).toBeVisible();
  await look(page, "dashboard-missing");
});

test("a viewer looks and changes nothing", async ({ page, browser, baseURL }) => {
  const { api, project } = await begin(page);
  const { id } = await makeBoard(api, project, "Ops");
  const { org_id: org } = await api.get<{ org_id: string }>(`/api/projects/${project}`);
  const context = await browser.newContext({ baseURL });
  const viewer = await context.newPage();
  const { email } = await signUp(viewer, "Vic Viewer");
  const { link } = await api.post<{ link: string }>(`/api/orgs/${org}/invitations`, {
    email,
    role: "viewer",
  });
  await viewer.goto(new URL(link, baseURL).pathname);
  await viewer.getByRole("button", { name: /^(Join|Accept)/ }).click();
  await viewer.waitForURL((url) => !url.pathname.startsWith("/invite"));
  await openBoard(viewer, project, id, "?edit=1");
  await expect(panel(viewer, "Load").locator("canvas").first()).toBeVisible();
  await expect(viewer.getByRole("button", { name: "Edit", exact: true })).toHaveCount(0);
  await expect(viewer.getByRole("button", { name: "Add panel" })).toHaveCount(0);
  await viewer.getByRole("button", { name: "Menu of Load", exact: true }).click();
  await expect(viewer.getByRole("menuitem", { name: "Full screen" })).toBeVisible();
  await expect(viewer.getByRole("menuitem", { name: "Delete" })).toHaveCount(0);
  await viewer.keyboard.press("Escape");
  await look(viewer, "dashboard-viewer");
  await viewer.goto(`/p/${project}/dashboards`);
  await expect(viewer.getByRole("link", { name: /Ops/ })).toBeVisible();
  await expect(viewer.getByRole("button", { name: /^Blank/ })).toHaveCount(0);
  await context.close();
});
