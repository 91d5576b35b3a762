import { expect, look, password, signUp, test } from "./app";

test("name, looks, password and sessions", async ({ page, browser, baseURL }) => {
  const { email } = await signUp(page);

  // The same person on another device.
  const other = await (await browser.newContext({ baseURL })).newPage();
  await other.goto("/login");
  await other.getByLabel("E-mail").fill(email);
  await other.getByLabel("Password").fill(password);
  await other.getByRole("button", { name: "Sign in" }).click();
  await expect(other.getByRole("heading", { name: "Projects" })).toBeVisible();

  await page.goto("/account");
  await page.getByLabel("Name").fill("Ann Other");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Name saved")).toBeVisible();
  await page.getByRole("button", { name: "Dismiss" }).click();
  await expect(page.getByText("this one", { exact: true })).toBeVisible();
  await look(page, "account");

  await page.getByRole("combobox", { name: "Time zone" }).selectOption("utc");
  await page.getByLabel("Current password").fill("not my password");
  await page.getByLabel("New password").fill("another long passphrase");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("This is not your current password.")).toBeVisible();
  await page.getByLabel("Current password").fill(password);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Password changed; other sessions were ended")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Revoke the session/ })).toHaveCount(0);
  await expect(page.getByText(/every other session was ended/)).toBeVisible();
  await look(page, "account-password");
  await other.reload();
  await expect(other.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await other.context().close();
});
