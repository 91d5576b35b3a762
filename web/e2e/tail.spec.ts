import { expect, ingest, look, projectOf, publicKey, signUp, test } from "./app";

/** A crash as a phone would send it. */
const crash = {
  type: "error",
  name: "NullPointerException",
  level: "error",
  user: "u_1",
  release: "1.4.2",
  environment: "production",
  tags: { os: "android" },
  payload: { screen: "HomeScreen", cart: { items: 2, total: 19.99 } },
  exception: {
    type: "NullPointerException",
    value: "Attempt to read a null object",
    frames: [
      { function: "onResume", file: "HomeScreen.kt", line: 142, in_app: true },
      { function: "performResume", file: "Activity.java", line: 8051, in_app: false },
    ],
  },
  breadcrumbs: [{ timestamp: new Date().toISOString(), category: "ui", message: "tap checkout" }],
};

const views = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({
    type: "event",
    name: `screen_view_${from + i}`,
    user: `u_${i % 7}`,
    payload: { screen: "Home", step: from + i },
  }));

test("an empty tail says how to fill it, and fills itself", async ({ page }) => {
  await signUp(page);
  const key = await publicKey(page);
  await page.goto(`/p/${projectOf(page)}/tail`);
  await expect(page.getByRole("heading", { name: "Waiting for the first event" })).toBeVisible();
  await expect(page.getByRole("region", { name: "curl command" })).toContainText(key);
  await look(page, "tail-empty");

  await ingest(page, key, [{ type: "event", name: "hello_pulseboard" }]);
  await expect(page.getByRole("option", { name: /hello_pulseboard/ })).toBeVisible();
});

test("follows, pauses, returns", async ({ page, isMobile }) => {
  await signUp(page);
  const key = await publicKey(page);
  await ingest(page, key, [...views(80), crash]);
  await page.goto(`/p/${projectOf(page)}/tail`);
  const list = page.getByRole("listbox", { name: /Live events/ });
  await expect(page.getByRole("option", { name: /NullPointerException/ })).toBeVisible();

  await ingest(page, key, views(1, 900));
  await expect(page.getByRole("option", { name: /screen_view_900/ })).toBeInViewport();

  // Scrolling up pauses.
  await list.evaluate((element) => element.scrollBy(0, -400));
  await expect(page.getByRole("button", { name: "Resume" })).toBeVisible();
  const top = await list.evaluate((element) => element.scrollTop);
  await ingest(page, key, views(12, 1_000));
  const fresh = page.getByRole("button", { name: "12 new" });
  await expect(fresh).toBeVisible();
  expect(await list.evaluate((element) => element.scrollTop)).toBe(top);
  await look(page, "tail-paused");

  await fresh.click();
  await expect(page.getByRole("option", { name: /screen_view_1011/ })).toBeInViewport();
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
  await look(page, "tail");

  if (isMobile) return;
  await page.keyboard.press("Space");
  await expect(page.getByRole("button", { name: "Resume" })).toBeVisible();
  await page.keyboard.press("Space");
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
});

test("filters by query and by a click on a value", async ({ page }) => {
  await signUp(page);
  const key = await publicKey(page);
  await ingest(page, key, [...views(5), crash]);
  await page.goto(`/p/${projectOf(page)}/tail`);
  await expect(page.getByRole("option")).toHaveCount(6);

  const query = page.getByRole("combobox", { name: "Filter events" });
  await query.fill("level:error");
  await query.press("Escape");
  await query.press("Enter");
  await expect(page.getByRole("option")).toHaveCount(1);
  await expect(page).toHaveURL(/q=level:error/);
  await look(page, "tail-filtered");

  // What comes live is held to the same query.
  await ingest(page, key, [{ type: "event", name: "quiet" }, crash]);
  await expect(page.getByRole("option")).toHaveCount(2);
  await expect(page.getByRole("option", { name: /quiet/ })).toHaveCount(0);

  await query.fill("colour:red");
  await query.press("Escape");
  await query.press("Enter");
  await expect(page.getByText("“colour” is not a field")).toBeVisible();
  await query.fill("");
  await query.press("Escape");
  await query.press("Enter");
  await expect(page.getByRole("option")).toHaveCount(8);
});

test("a row opens with everything in it", async ({ page, isMobile }) => {
  await signUp(page);
  const key = await publicKey(page);
  await ingest(page, key, [...views(3), crash]);
  await page.goto(`/p/${projectOf(page)}/tail`);
  const row = page.getByRole("option", { name: /NullPointerException/ });
  await row.click({ position: { x: 20, y: 10 } });

  const drawer = page.getByRole("dialog", { name: "NullPointerException" });
  await expect(drawer.getByText("HomeScreen.kt:142")).toBeVisible();
  await expect(drawer.getByText("Activity.java:8051")).toBeHidden();
  await expect(drawer.getByText("tap checkout")).toBeVisible();
  await expect(drawer.getByRole("button", { name: "Copy as curl" })).toBeVisible();
  await expect(page).toHaveURL(/event=/);
  await look(page, "tail-event");

  // The link is the event.
  await page.reload();
  await expect(drawer.getByText("HomeScreen.kt:142")).toBeVisible();
  await drawer.getByText("android").click();
  await expect(drawer).toBeHidden();
  await expect(page).toHaveURL(/q=tag\.os:android/);
  await expect(page.getByRole("option")).toHaveCount(1);

  if (isMobile) return;
  await page.getByRole("button", { name: "Remove tag.os:android" }).click();
  await expect(page.getByRole("option")).toHaveCount(4);
  await page.keyboard.press("k");
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  const opened = page.getByRole("dialog");
  await expect(opened).toBeVisible();
  const first = page.url();
  await page.keyboard.press("k");
  await expect.poll(() => page.url()).not.toBe(first);
  await opened.getByRole("button", { name: "Find similar" }).click();
  await expect(page.getByRole("heading", { name: "Events", level: 1 })).toBeVisible();
  await expect(page).toHaveURL(/q=type:event/);
});

test("misses nothing while the line is down", async ({ page, context }) => {
  await signUp(page);
  const key = await publicKey(page);
  await ingest(page, key, views(2));
  await page.goto(`/p/${projectOf(page)}/tail`);
  await expect(page.getByRole("option")).toHaveCount(2);
  await expect(page.getByRole("button", { name: /^Live/ })).toBeVisible();

  await context.setOffline(true);
  await expect(page.getByRole("button", { name: /Offline/ })).toBeVisible();
  await look(page, "tail-offline");
  // Somebody else's network still works: these come while this page is away.
  const sent = await fetch(new URL("/ingest", page.url()), {
    method: "POST",
    headers: { "x-api-key": key, "content-type": "application/json" },
    body: JSON.stringify(views(5, 100)),
  });
  expect(sent.status).toBe(202);
  await expect(page.getByRole("option")).toHaveCount(2);

  await context.setOffline(false);
  await expect(page.getByRole("button", { name: /^Live/ })).toBeVisible();
  await ingest(page, key, views(1, 200));
  await expect(page.getByRole("option", { name: /screen_view_200/ })).toBeVisible();
  // Two from before, five missed, one after; each once.
  await expect(page.getByRole("option")).toHaveCount(8);
});
