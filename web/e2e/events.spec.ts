import { readFile } from "node:fs/promises";
import { expect, ingest, look, projectOf, publicKey, signUp, test } from "./app";

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

const sample = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    type: i % 6 === 0 ? "error" : i % 5 === 0 ? "metric" : "event",
    name: i % 6 === 0 ? "TimeoutError" : i % 5 === 0 ? "fps" : ["screen_view", "login_ok"][i % 2],
    level: i % 6 === 0 ? "error" : "info",
    user: i === 7 ? "=cmd|' /C calc'!A0" : `u_${i % 9}`,
    release: ["1.4.2", "1.5.0"][i % 2],
    tags: { os: ["ios", "android", "web"][i % 3] },
    ...(i % 6 !== 0 && i % 5 === 0 && { value: 58.9, unit: "fps" }),
    timestamp: ago((i * 55) / count),
    payload: { screen: "HomeScreen", step: i },
  }));

test("an empty explorer says what to do", async ({ page }) => {
  await signUp(page);
  await page.goto(`/p/${projectOf(page)}/events`);
  await expect(page.getByRole("heading", { name: "No event in this range" })).toBeVisible();
  await look(page, "events-empty");
});

test("searches, pages, opens", async ({ page, isMobile }) => {
  await signUp(page);
  const key = await publicKey(page);
  await ingest(page, key, sample(260));
  await page.goto(`/p/${projectOf(page)}/events`);
  await expect(page.getByText("260 matches")).toBeVisible();
  await look(page, "events");

  // Further pages come by scrolling.
  await expect(async () => {
    await page.locator("#content").evaluate((element) => element.scrollTo(0, 1e6));
    await expect(page.getByText("That is all in this range.")).toBeVisible({ timeout: 500 });
  }).toPass();
  await page.locator("#content").evaluate((element) => element.scrollTo(0, 0));

  const query = page.getByRole("combobox", { name: "Filter events" });
  await query.click();
  await query.pressSequentially("lev");
  await expect(page.getByRole("option", { name: /level:/ })).toBeVisible();
  await look(page, "events-suggest");
  await query.press("ArrowDown");
  await query.press("Enter");
  await page.getByRole("option", { name: "level:error" }).click();
  await expect(page).toHaveURL(/q=level:error/);
  await expect(page.getByText("44 matches")).toBeVisible();
  await expect(page.getByRole("button", { name: "Remove level:error" })).toBeVisible();

  await page
    .getByRole("button", { name: /TimeoutError/ })
    .first()
    .click();
  const drawer = page.getByRole("dialog", { name: "TimeoutError" });
  await expect(drawer.getByText("HomeScreen")).toBeVisible();
  await look(page, "events-event");
  await drawer.getByText("1.4.2").click();
  await expect(page).toHaveURL(/release:1\.4\.2/);

  await query.fill("nothing_like_this");
  await query.press("Escape");
  await query.press("Enter");
  await expect(page.getByRole("heading", { name: "No event matches" })).toBeVisible();
  await look(page, "events-none");
  await page.getByText("Clear the query").click();
  await expect(page.getByText("260 matches")).toBeVisible();

  if (isMobile) await expect(page.getByRole("list", { name: "Events" })).toBeVisible();
  else await expect(page.getByRole("table", { name: "Events" })).toBeVisible();
});

test("narrows the time on the histogram", async ({ page, isMobile }) => {
  await signUp(page);
  const key = await publicKey(page);
  await ingest(page, key, sample(120));
  await page.goto(`/p/${projectOf(page)}/events`);
  await expect(page.getByText("120 matches")).toBeVisible();
  const chart = page.getByRole("group", { name: /Matching events over time/ });
  if (isMobile) {
    // Without a mouse the arrow keys and Enter do it.
    await chart.focus();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
  } else {
    const box = await chart.boundingBox();
    if (!box) throw new Error("no chart");
    await page.mouse.move(box.x + box.width * 0.3, box.y + 30);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 30, { steps: 8 });
    await page.mouse.up();
  }
  await expect(page).toHaveURL(/from=20\d\d-.*to=20\d\d-/);
  await expect(page.getByText("120 matches")).toBeHidden();
  await look(page, "events-narrowed");
  await page.goBack();
  await expect(page.getByText("120 matches")).toBeVisible();

  await page.getByRole("button", { name: /View as table/ }).click();
  await expect(page.getByRole("region", { name: /over time as a table/ })).toBeVisible();
  await look(page, "events-chart-table");
});

test("exports what matches, harmless to a spreadsheet", async ({ page }) => {
  await signUp(page);
  const key = await publicKey(page);
  await ingest(page, key, sample(30));
  await page.goto(`/p/${projectOf(page)}/events?q=-level:error`);
  await expect(page.getByText("25 matches")).toBeVisible();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "CSV" }).click(),
  ]);
  const lines = (await readFile(await download.path(), "utf8")).trim().split("\r\n");
  expect(lines).toHaveLength(26);
  expect(lines[0]).toContain("id,type,name,timestamp");
  expect(lines.join("\n")).toContain("'=cmd|");
  await expect(page.getByText("25 events exported")).toBeVisible();
});

test("keeps views and columns", async ({ page, isMobile }) => {
  await signUp(page);
  const key = await publicKey(page);
  await ingest(page, key, sample(30));
  await page.goto(`/p/${projectOf(page)}/events?q=level:error`);
  await expect(page.getByText("5 matches")).toBeVisible();

  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("menuitem", { name: "Save this view" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Only errors");
  await look(page, "events-save-view");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name: "Clear the query" }).first().click();
  await expect(page.getByText("30 matches")).toBeVisible();
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("menuitem", { name: "Only errors", exact: true }).click();
  await expect(page.getByText("5 matches")).toBeVisible();

  if (isMobile) return;
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: "os" }).click();
  await look(page, "events-columns");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("columnheader", { name: "os" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("columnheader", { name: "os" })).toBeVisible();

  const names = page.getByRole("region", { name: "Names" });
  await names.getByRole("button", { name: /TimeoutError/ }).click();
  await expect(page).toHaveURL(/name:TimeoutError/);
});

test("says how many are new and brings them", async ({ page }) => {
  await signUp(page);
  const key = await publicKey(page);
  await ingest(page, key, sample(10));
  await page.goto(`/p/${projectOf(page)}/events`);
  await expect(page.getByText("10 matches")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Live/ })).toBeVisible();
  await ingest(page, key, [
    { type: "event", name: "fresh_1" },
    { type: "event", name: "fresh_2" },
  ]);
  await page.getByRole("button", { name: "2 new" }).click();
  await expect(page.getByText("12 matches")).toBeVisible();
  await expect(page.getByRole("button", { name: "fresh_2" }).first()).toBeVisible();
});
