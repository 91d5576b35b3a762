import { expect, ingest, look, publicKey, signUp, test } from "./app";

test("from signing up to the first event", async ({ page }) => {
  await signUp(page);
  await expect(page.getByText("Waiting for an event…")).toBeVisible();
  await look(page, "welcome");

  await page.getByLabel("Name").fill("Web shop");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Name saved")).toBeVisible();

  await page.getByRole("tab", { name: "JavaScript" }).click();
  await expect(page.getByRole("region", { name: "JavaScript code" })).toContainText("pb_pub_");
  await page.getByRole("tab", { name: "curl" }).click();

  // A refused attempt is shown with its reason, and is no success.
  const key = await publicKey(page);
  const refused = await page.request.post("/ingest", {
    data: { apiKey: key, type: "nonsense", name: "x" },
  });
  expect(refused.status()).toBe(400);
  await expect(page.getByText("An attempt came in and was refused")).toBeVisible();
  await look(page, "welcome-refused");

  await page.getByRole("button", { name: "Send one for me" }).click();
  await expect(page.getByText("Your event arrived")).toBeVisible();
  await look(page, "welcome-arrived");

  // What arrived before never satisfies a new wait; a new event does.
  await page.reload();
  await expect(page.getByText("Waiting for an event…")).toBeVisible();
  await page.waitForTimeout(3_000);
  await expect(page.getByText("Your event arrived")).toBeHidden();
  await ingest(page, key, [{ type: "error", name: "PaymentFailed" }]);
  await expect(page.getByText("Your event arrived")).toBeVisible();
  await expect(page.getByText("PaymentFailed")).toBeVisible();

  await page.getByRole("link", { name: "Open the overview" }).click();
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();
});

test("tips when nothing comes", async ({ page }) => {
  await page.clock.install();
  await signUp(page);
  await expect(page.getByText("Waiting for an event…")).toBeVisible();
  await page.clock.runFor(21_000);
  await expect(page.getByText("Nothing yet. What usually helps:")).toBeVisible();
  await look(page, "welcome-tips");
});
