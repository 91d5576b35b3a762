import { expect, ingest, look, publicKey, signUp, test } from "./app";

test("projects as cards", async ({ page }) => {
  await signUp(page);
  const key = await publicKey(page);
  const events = Array.from({ length: 60 }, (_, i) => ({
    type: i % 12 === 0 ? "error" : "event",
    name: i % 12 === 0 ? "TimeoutError" : "screen_view",
    timestamp: new Date(Date.now() - ((i * 37) % 1_380) * 60_000).toISOString(),
  }));
  await ingest(page, key, events);

  await page.goto("/");
  await expect(page.getByRole("link", { name: /My app.*60/ })).toBeVisible();
  await expect(page.getByText("8.33 %")).toBeVisible();

  await page.getByRole("button", { name: "New project" }).click();
  await page.getByRole("button", { name: "Create project" }).click();
  await expect(page.getByText("Give the project a name.")).toBeVisible();
  await look(page, "projects-new");
  await page.getByLabel("Name").fill("Mobile app");
  await page.getByRole("button", { name: "Create project" }).click();
  await expect(page.getByRole("heading", { name: "Send your first event" })).toBeVisible();
  await expect(page.getByLabel("Name")).toHaveValue("Mobile app");

  await page.goto("/");
  await expect(page.getByRole("link", { name: /Mobile app.*waiting/ })).toBeVisible();
  await look(page, "projects");
});

test("the way around: palette, keys, drawer, theme", async ({ page, isMobile }) => {
  await signUp(page);
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Projects" })).toBeVisible();

  if (isMobile) {
    await page.getByRole("button", { name: "Open menu" }).click();
    await expect(page.getByRole("dialog", { name: "Menu" })).toBeVisible();
    await look(page, "drawer");
    await page.getByRole("link", { name: "Settings" }).click();
    await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
    await expect(page.getByRole("dialog", { name: "Menu" })).toBeHidden();
    return;
  }

  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("combobox", { name: "Command palette" }).fill("my app");
  await look(page, "palette");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();

  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard" })).toBeVisible();
  await look(page, "key-help");
  await page.keyboard.press("Escape");

  for (const [key, screen] of [
    ["d", "Dashboards"],
    ["f", "Feeds"],
    ["s", "Settings"],
  ] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await expect(page.getByRole("heading", { name: screen, level: 1 })).toBeVisible();
  }

  await page.getByRole("button", { name: "Collapse" }).click();
  await look(page, "sidebar-collapsed");
  await page.getByRole("button", { name: "Widen the sidebar" }).click();

  await page.getByRole("button", { name: /^Account:/ }).click();
  await look(page, "user-menu");
  await page.getByRole("menuitemradio", { name: "Light" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
});

test("the time range stays in the address from screen to screen", async ({ page, isMobile }) => {
  await signUp(page);
  await ingest(page, await publicKey(page), [{ type: "event", name: "screen_view" }]);
  await page.getByRole("link", { name: "Open the overview" }).click();
  await page.getByRole("button", { name: /^Time range/ }).click();
  await look(page, "time-range");
  await page.getByRole("button", { name: "Last 6 hours" }).click();
  await expect(page).toHaveURL(/from=now-6h/);

  if (isMobile) await page.getByRole("button", { name: "Open menu" }).click();
  await page.getByRole("link", { name: "Events", exact: true }).click();
  await expect(page).toHaveURL(/\/events\?.*from=now-6h/);
});
