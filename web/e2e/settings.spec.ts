import { expect, ingest, look, projectOf, publicKey, signUp, test } from "./app";

test("a project's name, keys and retention", async ({ page }) => {
  await signUp(page);
  const project = projectOf(page);
  const key = await publicKey(page);
  await ingest(page, key, [{ type: "event", name: "screen_view" }]);

  await page.goto(`/p/${project}/settings`);
  await expect(page).toHaveURL(/settings\/general/);
  await page.getByLabel("Name").fill("Web shop");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Name saved")).toBeVisible();
  await page.getByRole("button", { name: "Dismiss" }).click();
  await look(page, "settings-general");

  await page.getByRole("link", { name: "Keys" }).click();
  await expect(page.getByText(key)).toBeVisible();
  await look(page, "settings-keys");
  await page.getByRole("button", { name: "New key" }).click();
  await page.getByLabel("Name").fill("Checkout page");
  await page.getByLabel("Allowed origins").fill("shop.example.com");
  await page.getByRole("button", { name: "Create key" }).click();
  await expect(page.getByText("Write one origin per line")).toBeVisible();
  await look(page, "settings-keys-new");
  await page.getByLabel("Allowed origins").fill("https://shop.example.com");
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("https://shop.example.com")).toBeVisible();

  await page.getByRole("button", { name: "New key" }).click();
  await page.getByRole("radio", { name: /Secret/ }).check();
  await page.getByLabel("Name").fill("Nightly export");
  await page.getByRole("button", { name: "Create key" }).click();
  const secret = await page.getByRole("region", { name: "key" }).innerText();
  expect(secret).toContain("pb_sec_");
  await look(page, "settings-keys-secret");
  await page.getByRole("button", { name: "I have copied it" }).click();
  await expect(page.getByText("Nightly export")).toBeVisible();
  await expect(page.getByText(secret.trim())).toBeHidden();

  await page.getByRole("button", { name: "Edit key Nightly export" }).click();
  await page.getByLabel("Name").fill("Weekly export");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Weekly export")).toBeVisible();
  await page.getByRole("button", { name: "Revoke key Weekly export" }).click();
  await look(page, "settings-keys-revoke");
  await page.getByRole("button", { name: "Revoke key", exact: true }).click();
  await expect(page.getByRole("button", { name: "Show revoked keys (1)" })).toBeVisible();

  await page.getByRole("link", { name: "Retention" }).click();
  await page.getByLabel("Keep events for (days)").fill("0");
  await expect(page.getByText("Choose a whole number of days from 1 to 365.")).toBeVisible();
  await page.getByLabel("Keep events for (days)").fill("14");
  await look(page, "settings-retention");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Retention saved")).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("Keep events for (days)")).toHaveValue("14");
});

test("deleting the events, then the project", async ({ page }) => {
  await signUp(page);
  const project = projectOf(page);
  await ingest(page, await publicKey(page), [{ type: "event", name: "screen_view" }]);
  await page.goto(`/p/${project}/settings/general`);

  await page.getByRole("button", { name: "Delete all events" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Delete all events" })).toBeDisabled();
  await look(page, "settings-delete-events");
  await dialog.getByLabel(/to confirm/).fill("My app");
  await dialog.getByRole("button", { name: "Delete all events" }).click();
  await expect(page.getByText("All events deleted")).toBeVisible();

  await page.getByRole("button", { name: "Delete project" }).click();
  await dialog.getByLabel(/to confirm/).fill("My app");
  await dialog.getByRole("button", { name: "Delete project" }).click();
  await expect(page.getByRole("heading", { name: "No projects yet" })).toBeVisible();
  await look(page, "projects-empty");

  await page.goto(`/p/${project}`);
  await expect(page.getByRole("heading", { name: "There is no page here" })).toBeVisible();
});
