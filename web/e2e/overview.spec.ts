import { expect, ingest, look, projectOf, publicKey, signUp, test } from "./app";

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

/** Two hours of a small app: this hour and the one before. */
function day() {
  return Array.from({ length: 480 }, (_, i) => {
    const error = i % 23 === 0;
    const metric = !error && i % 4 === 0;
    return {
      type: error ? "error" : metric ? "metric" : "event",
      name: error
        ? "TimeoutError"
        : metric
          ? "fps"
          : ["screen_view", "login_ok", "checkout"][i % 3],
      level: error ? "error" : null,
      user: `u_${i % 31}`,
      ...(metric && { value: 55 + 4 * Math.sin(i / 20), unit: "fps" }),
      timestamp: ago((i * 118) / 480),
    };
  });
}

test("an empty overview leads to the first event", async ({ page }) => {
  await signUp(page);
  const project = projectOf(page);
  await page.goto(`/p/${project}/`);
  await expect(page.getByRole("heading", { name: /waits for its first event/ })).toBeVisible();
  await look(page, "overview-empty");
  await page.getByRole("link", { name: "Show me how to send one" }).click();
  await expect(page.getByRole("heading", { name: "Send your first event" })).toBeVisible();
  expect(projectOf(page)).toBe(project);
});

test("an empty overview fills itself", async ({ page }) => {
  await signUp(page);
  const key = await publicKey(page);
  await page.goto(`/p/${projectOf(page)}/`);
  await expect(page.getByRole("heading", { name: /waits for its first event/ })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Live/ })).toBeVisible();
  await ingest(page, key, [{ type: "event", name: "first_light" }]);
  await expect(page.getByRole("button", { name: /first_light/ })).toBeVisible();
});

test("figures, chart, latest, names, metrics", async ({ page }) => {
  await signUp(page);
  const key = await publicKey(page);
  await ingest(page, key, day());
  await page.goto(`/p/${projectOf(page)}/`);
  for (const figure of ["Events / min", "Error rate", "Active users", "Rejected"]) {
    await expect(page.getByRole("heading", { name: figure, exact: true })).toBeVisible();
  }
  await expect(page.getByText("vs previous hour").first()).toBeVisible();
  await expect(page.getByRole("heading", { name: "Top names" })).toBeVisible();
  await expect(page.getByRole("link", { name: "screen_view" })).toBeVisible();
  await look(page, "overview");

  await page.getByRole("button", { name: "Compare with previous" }).click();
  await expect(page.getByRole("button", { name: "events, previous" })).toBeVisible();
  const chart = page.getByRole("group", { name: /^Events by kind/ });
  await chart.focus();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  await look(page, "overview-compare");

  // A live event shows at once, and opens.
  await expect(page.getByRole("button", { name: /^Live/ })).toBeVisible();
  await ingest(page, key, [{ type: "error", name: "PaymentFailed", level: "fatal" }]);
  await page.getByRole("button", { name: /PaymentFailed/ }).click();
  await expect(page.getByRole("dialog", { name: "PaymentFailed" })).toBeVisible();
  await page.keyboard.press("Escape");

  await page.getByRole("heading", { name: "Metrics" }).scrollIntoViewIfNeeded();
  await expect(page.getByRole("group", { name: /^fps/ })).toBeVisible();
  await page.getByLabel("How values are combined").selectOption("p95");
  await look(page, "overview-metrics");

  await page.getByRole("link", { name: "screen_view" }).click();
  await expect(page.getByRole("heading", { name: "Events", level: 1 })).toBeVisible();
  await expect(page).toHaveURL(/q=name:screen_view/);
});

test("keeps what it has when the server goes away", async ({ page }) => {
  await signUp(page);
  const key = await publicKey(page);
  await ingest(page, key, day());
  await page.goto(`/p/${projectOf(page)}/`);
  await expect(page.getByRole("link", { name: "screen_view" })).toBeVisible();
  await page.route("**/api/projects/*/overview*", (route) => route.abort());
  await page.route("**/api/projects/*/events/histogram*", (route) => route.abort());
  await page.getByRole("button", { name: "Compare with previous" }).click();
  await expect(page.getByText("What you see is the last that arrived.").first()).toBeVisible({
    timeout: 15_000,
  });
  await expect(page.getByRole("group", { name: /^Events by kind/ })).toBeVisible();
});
