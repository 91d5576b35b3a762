import { expect, ingest, look, projectOf, publicKey, signUp, test } from "./app";

test.use({ settings: { PULSEBOARD_DAILY_EVENTS: "5" } });

test("over the daily quota: the overview says so, the settings show how much", async ({ page }) => {
  await signUp(page);
  const project = projectOf(page);
  const key = await publicKey(page);
  const five = Array.from({ length: 5 }, () => ({ type: "event", name: "screen_view" }));
  await ingest(page, key, five);
  const refused = await page.request.post("/ingest", {
    headers: { "x-api-key": key },
    data: { type: "event", name: "one_too_many" },
  });
  expect(refused.status()).toBe(429);
  expect(Number(refused.headers()["retry-after"])).toBeGreaterThan(0);

  const banner = page.getByRole("region", { name: "Refused events" });
  // What was refused is written a moment later.
  await expect(async () => {
    await page.goto(`/p/${project}`);
    await expect(banner).toBeVisible({ timeout: 5_000 });
  }).toPass();
  await expect(banner).toContainText("1 event came over the daily quota today and was refused.");
  await look(page, "overview-refused");

  await banner.getByRole("link", { name: "Usage and limits" }).click();
  const quota = page.getByRole("meter", { name: "Today’s quota" });
  await expect(quota).toHaveAttribute("aria-valuetext", "5 of 5 events, used up");
  await quota.scrollIntoViewIfNeeded();
  await look(page, "settings-limits");
  await page.getByRole("button", { name: "View as table: Usage per day" }).click();
  await expect(page.getByRole("columnheader", { name: "over the quota" })).toBeVisible();
  await look(page, "settings-usage-table");

  await page.goto(`/p/${project}`);
  await page.getByRole("button", { name: "Dismiss for today" }).click();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Latest events" })).toBeVisible();
  await expect(banner).toHaveCount(0);
});
