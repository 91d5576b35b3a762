import type { Page } from "@playwright/test";
import { expect, look, projectOf, signUp, test } from "./app";
import { html, type Outside, startOutside } from "./outside";

test.use({ settings: { PULSEBOARD_OUTBOUND_ALLOW: "127.0.0.0/8" } });

// Feeds take their time, on the machine that also runs the server.
test.beforeEach(() => test.slow());

let outside: Outside;
test.beforeEach(async () => {
  outside = await startOutside(rates);
});
test.afterEach(() => outside.stop());

/** Exchange rates that move a little, below a key that needs quotes. */
const rates = {
  type: "application/json",
  body: () =>
    JSON.stringify({
      source: "test bank",
      "by.day": [
        { day: "2026-11-20", eur: 1.07, gbp: 1.26 },
        { day: "2026-11-21", eur: Number((1.08 + Math.random() / 100).toFixed(4)), gbp: 1.27 },
      ],
    }),
};

/** Waits for the feed of this screen, or of the list, to be in a state. */
const state = (page: Page, word: string) =>
  expect(page.locator("main").getByText(word, { exact: true }).first()).toBeVisible({
    timeout: 20_000,
  });

const list = (page: Page, isMobile: boolean) =>
  page.getByRole(isMobile ? "list" : "table", { name: "Feeds" });

test("a feed from the gallery: tried, pointed at, saved, broken, disabled, deleted", async ({
  page,
  isMobile,
}) => {
  await signUp(page);
  const project = projectOf(page);
  await page.goto("/feeds");
  await expect(page).toHaveURL(new RegExp(`/p/${project}/feeds`));
  await expect(page.getByRole("heading", { name: "No feeds yet" })).toBeVisible();
  await look(page, "feeds-empty");

  await page.getByRole("link", { name: "Choose a kind of feed" }).click();
  const kinds = page.getByRole("list", { name: "Kinds of feeds" });
  await expect(kinds.getByText(/Not available here/).first()).toBeVisible();
  await look(page, "feeds-gallery");
  await kinds.getByRole("link", { name: /JSON by HTTP/ }).click();

  // What is missing is said at its field, before anything is sent.
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Enter Address.")).toBeVisible();
  await page.getByLabel("Name", { exact: true }).fill("Exchange rates");
  await page.getByLabel("Address").fill(`${outside.url}/rates.json`);
  await page.getByLabel(/^Interval/).fill("1");
  await page.getByRole("button", { name: "Add to headers" }).click();
  await page.getByLabel("Name in headers").fill("X-Token");
  await page.getByLabel("Value of X-Token").fill("s3cret");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect(page.getByText("worked")).toBeVisible();
  expect(outside.lastHeaders()["x-token"]).toBe("s3cret");

  const whole = page.getByRole("region", { name: "Whole answer" });
  await whole.getByRole("button", { name: "1.27" }).click();
  await expect(page.getByLabel(/^Path/)).toHaveValue('["by.day"][1].gbp');
  await expect(page.getByText("old", { exact: true })).toBeVisible();
  await look(page, "feeds-form-picked");
  await whole.getByRole("button", { name: 'Use ["by.day"][1]', exact: true }).click();
  await expect(page.getByLabel(/^Path/)).toHaveValue('["by.day"][1]');
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect(page.getByText("2 numbers to draw")).toBeVisible();
  await expect(page.getByText("old", { exact: true })).toBeHidden();
  await look(page, "feeds-form-tested");

  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Exchange rates", level: 1 })).toBeVisible();
  await state(page, "ok");
  await expect(page.getByRole("region", { name: "eur" })).toContainText("1.0");
  await expect(page.getByRole("table", { name: "Recent ticks" })).toContainText("gbp 1.27");
  await page.getByRole("button", { name: "Dismiss" }).click();
  await look(page, "feed");

  await page.goto(`/p/${project}/feeds`);
  await state(page, "ok");
  await expect(list(page, isMobile)).toContainText("gbp 1.27");
  await expect(list(page, isMobile)).toContainText(/just now|\d+ s ago/);
  await look(page, "feeds");

  // The settings again: the secret stays hidden, and kept.
  await page.getByRole("button", { name: "Edit Exchange rates" }).click();
  await expect(page.getByRole("textbox", { name: "Value of X-Token" })).toHaveValue("********");
  await page.getByLabel("Name", { exact: true }).fill("Rates");
  await look(page, "feeds-edit");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Rates", level: 1 })).toBeVisible();
  expect(outside.lastHeaders()["x-token"]).toBe("s3cret");

  // The outside breaks: why is said, and what was good stays.
  outside.answer(html);
  await state(page, "failing");
  await expect(page.getByText(/not JSON/).first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Last payload" })).toContainText("1.27");
  await look(page, "feed-failing");
  await page.getByRole("button", { name: "Edit Rates" }).click();
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect(page.getByText("It failed.")).toBeVisible();
  await look(page, "feeds-form-failed");
  await page.getByRole("link", { name: "Cancel" }).click();

  await page.goto(`/p/${project}/feeds`);
  await expect(list(page, isMobile)).toContainText(/not JSON/);
  await expect(list(page, isMobile)).toContainText("gbp 1.27");
  await look(page, "feeds-failing");

  await page.getByRole("switch", { name: "Rates enabled" }).click();
  await state(page, "disabled");
  await expect(page.getByRole("button", { name: "Refresh Rates" })).toBeDisabled();
  await page.getByRole("button", { name: "Delete Rates" }).click();
  await look(page, "feeds-delete");
  await page.getByRole("button", { name: "Delete feed" }).click();
  await expect(page.getByRole("heading", { name: "No feeds yet" })).toBeVisible();
});

test("a test whose path leads nowhere keeps the answer to point into", async ({ page }) => {
  await signUp(page);
  await page.goto(`/p/${projectOf(page)}/feeds/new?type=http_json`);
  await page.getByLabel("Address").fill(`${outside.url}/rates.json`);
  await page.getByLabel(/^Path/).fill("rates.eur");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect(page.getByText("It failed.")).toBeVisible();
  await expect(page.getByLabel(/^Path/)).toHaveAttribute("aria-invalid", "true");
  await look(page, "feeds-form-nowhere");
  const whole = page.getByRole("region", { name: "Whole answer" });
  await whole.getByRole("button", { name: "1.26" }).click();
  await expect(page.getByLabel(/^Path/)).toHaveValue('["by.day"][0].gbp');
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect(page.getByText("1 number to draw")).toBeVisible();

  // What the server refuses stands at its field too.
  await page.getByLabel("Address").fill("http://169.254.169.254/");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect(page.getByLabel("Address")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByRole("region", { name: "Last good result" })).toBeVisible();
  await look(page, "feeds-form-refused");
});

test("a draft survives a reload; leaving asks", async ({ page }) => {
  await signUp(page);
  await page.goto(`/p/${projectOf(page)}/feeds/new?type=http_json`);
  await page.getByLabel("Address").fill("https://rates.example/latest.json");
  page.on("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await expect(page.getByLabel("Address")).toHaveValue("https://rates.example/latest.json");
  await expect(page.getByText(/your draft from before/)).toBeVisible();
  await page.getByRole("link", { name: "Other kinds" }).click();
  await expect(page.getByText("Leave without saving?")).toBeVisible();
  await look(page, "feeds-leave");
  await page.getByRole("button", { name: "Discard changes" }).click();
  await expect(page.getByRole("list", { name: "Kinds of feeds" })).toBeVisible();
});

test("a webhook receives a post, and has a new address when asked", async ({ page }) => {
  await signUp(page);
  await page.goto(`/p/${projectOf(page)}/feeds/new?type=webhook`);
  await expect(page.getByRole("heading", { name: "It receives" })).toBeVisible();
  await look(page, "feeds-form-webhook");
  await page.getByLabel("Name", { exact: true }).fill("Deploys");
  await page.getByRole("button", { name: "Save" }).click();
  const address = page.getByRole("region", { name: "address" });
  await expect(address).toContainText("/hooks/pb_hook_");
  const old = (await address.innerText()).trim();
  const sent = await page.request.post(old, { data: { version: "1.5.0", took_sec: 93 } });
  expect(sent.status()).toBe(202);
  await state(page, "ok");
  await expect(page.getByRole("region", { name: "Last payload" })).toContainText("1.5.0");
  await expect(page.getByRole("table", { name: "Recent ticks" })).toContainText("took_sec 93");
  await page.getByRole("button", { name: "Dismiss" }).click();
  await look(page, "feed-webhook");

  await page.getByRole("button", { name: "New address" }).click();
  await page.getByRole("button", { name: "Make a new address" }).click();
  await expect(address).not.toContainText(old);
  const fresh = (await address.innerText()).trim();
  await expect(async () => {
    expect((await page.request.post(old, { data: 1 })).status()).toBe(404);
  }).toPass();
  expect((await page.request.post(fresh, { data: { version: "1.5.1" } })).status()).toBe(202);
  await expect(page.getByRole("region", { name: "Last payload" })).toContainText("1.5.1");
});

test("demo data moves", async ({ page, isMobile }) => {
  await signUp(page);
  await page.goto(`/p/${projectOf(page)}/feeds`);
  await page.getByRole("link", { name: "Start with demo data" }).click();
  await page.getByLabel("Shape").selectOption("host");
  await page.getByRole("button", { name: "Save" }).click();
  await state(page, "ok");
  await expect(page.getByRole("region", { name: "cpu" })).toBeVisible();
  await page.getByRole("button", { name: "Dismiss" }).click();
  await look(page, "feed-demo");
  await page.getByRole("button", { name: "Refresh Demo data" }).click();
  await expect(page.getByText("Demo data runs now")).toBeVisible();

  // From anywhere by its name.
  if (isMobile) return;
  await page.goto(`/p/${projectOf(page)}`);
  await page.getByRole("button", { name: "Open the command palette" }).click();
  await page.getByRole("combobox", { name: "Command palette" }).fill("demo da");
  await page.getByRole("option", { name: "Demo data" }).click();
  await expect(page.getByRole("heading", { name: "Demo data", level: 1 })).toBeVisible();
});
