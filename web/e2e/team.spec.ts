import type { Browser, Page } from "@playwright/test";
import { expect, ingest, look, password, projectOf, publicKey, signUp, test } from "./app";

/** Another person at another device, of the same size and looks as this one. */
async function someoneElse(browser: Browser, baseURL: string | undefined): Promise<Page> {
  const { viewport, colorScheme, hasTouch, isMobile, locale } = test.info().project.use;
  const looks = { viewport, colorScheme, hasTouch, isMobile, locale };
  return (await browser.newContext({ baseURL, ...looks })).newPage();
}

/** Makes an invitation on the members screen; returns its link. */
async function invite(page: Page, email: string, role: "Admin" | "Editor" | "Viewer") {
  await page.getByRole("button", { name: "Invite someone" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("radio", { name: new RegExp(`^${role}`) }).check();
  await page.getByRole("button", { name: "Make the invitation" }).click();
  const link = (await page.getByRole("region", { name: "invitation link" }).innerText()).trim();
  return { link, done: () => page.getByRole("button", { name: "Done" }).click() };
}

/** Bob opens the link without an account, and is in the organization after it. */
async function joinAsBob(guest: Page, link: string) {
  await guest.goto(new URL(link).pathname);
  await guest.getByLabel("Name").fill("Bob Builder");
  await guest.getByLabel("Password").fill(password);
  await guest.getByRole("button", { name: "Create account and join" }).click();
  await expect(guest.getByText("You joined Ann Example")).toBeVisible();
  await guest.getByRole("button", { name: "Dismiss" }).click();
}

/** Ann's project with an event in it, and she looks at its members. */
async function annsMembers(page: Page): Promise<string> {
  await signUp(page);
  const project = projectOf(page);
  await ingest(page, await publicKey(page), [{ type: "event", name: "screen_view" }]);
  await page.goto(`/p/${project}/settings/members`);
  return project;
}

// Two people, each with a browser, on the machine that also runs the server.
test.beforeEach(() => test.slow());

const address = (name: string) => `${name}-${Date.now()}@example.com`;

test("an admin invites by a link, and a guest joins with it", async ({
  page,
  browser,
  baseURL,
}) => {
  await annsMembers(page);
  await expect(page.getByLabel("Role of Ann Example")).toBeDisabled();
  await look(page, "members-alone");
  await page.getByRole("button", { name: "Invite someone" }).click();
  await page.getByRole("button", { name: "Make the invitation" }).click();
  await expect(page.getByText("Enter an e-mail address.")).toBeVisible();
  await look(page, "members-invite");
  await page.getByRole("button", { name: "Cancel" }).click();
  const email = address("bob");
  const { link, done } = await invite(page, email, "Editor");
  expect(link).toMatch(/\/invite\/[\w-]+$/);
  await look(page, "members-link");
  await done();
  await expect(page.getByRole("button", { name: "Copy link" })).toBeVisible();

  const guest = await someoneElse(browser, baseURL);
  await guest.goto(new URL(link).pathname);
  await expect(guest.getByRole("heading", { name: "Join Ann Example" })).toBeVisible();
  await expect(guest.getByLabel("E-mail")).toHaveValue(email);
  await look(guest, "invite-guest");
  await joinAsBob(guest, link);
  await expect(guest).toHaveURL(/\/\?org=/);
  await guest.getByLabel("Organization").selectOption("");
  await expect(guest.getByRole("region", { name: "Bob Builder" })).toBeVisible();
  await look(guest, "projects-organizations");
  await guest.getByRole("link", { name: /My app/ }).click();
  await expect(guest.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();

  // A used link, in the form that older versions gave out.
  await guest.goto(`/signup?invitation=${new URL(link).pathname.split("/").at(-1)}`);
  await expect(
    guest.getByRole("heading", { name: "This invitation is no longer valid" }),
  ).toBeVisible();
  await expect(guest).toHaveURL(/\/invite\//);
  await look(guest, "invite-invalid");
  await guest.context().close();
});

test("a role is taken back, then the membership, while the guest looks; the log tells it", async ({
  page,
  browser,
  baseURL,
}) => {
  const project = await annsMembers(page);
  const { link, done } = await invite(page, address("bob"), "Editor");
  await done();
  const guest = await someoneElse(browser, baseURL);
  await joinAsBob(guest, link);

  await page.reload();
  await page.getByLabel("Role of Bob Builder").selectOption("Viewer");
  await look(page, "members-role");
  await page.getByRole("button", { name: "Change to viewer" }).click();
  await expect(page.getByText("Bob Builder is now a viewer")).toBeVisible();
  await page.getByRole("button", { name: "Dismiss" }).click();
  await look(page, "members");

  await guest.goto(`/p/${project}/settings/members`);
  await expect(guest.getByText("You are a viewer here.")).toBeVisible();
  await expect(guest.getByRole("link", { name: "Audit" })).toHaveCount(0);
  await look(guest, "members-viewer");
  await guest.goto(`/p/${project}/settings/audit`);
  await expect(guest.getByText("Only admins see the audit log")).toBeVisible();
  await look(guest, "audit-viewer");

  await guest.goto(`/p/${project}`);
  await expect(guest.getByRole("button", { name: "Live", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Remove Bob Builder" }).click();
  await look(page, "members-remove");
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(page.getByText("Bob Builder removed")).toBeVisible();
  await expect(
    guest.getByRole("heading", { name: "You no longer have access to My app" }),
  ).toBeVisible();
  await look(guest, "no-access");
  await guest.getByRole("link", { name: "Go to projects" }).click();
  await expect(guest.getByRole("heading", { name: "No projects yet" })).toBeVisible();
  await guest.context().close();

  await readLog(page);
});

/** The log of the walk above, as the admin reads it. */
async function readLog(page: Page) {
  await page.getByRole("link", { name: "Audit" }).click();
  const newest = page.getByRole("listitem").filter({ hasText: "the team" }).first();
  await expect(newest).toContainText("Ann Example removed Bob Builder from the team");
  await look(page, "audit");
  await page.getByLabel("Action", { exact: true }).selectOption("Role changed");
  await expect(page).toHaveURL(/action=member.role_changed/);
  await page.getByRole("button", { name: /changed the role of Bob Builder/ }).click();
  const entry = page.getByRole("dialog", { name: "Audit entry" });
  await expect(entry.getByText("from editor", { exact: true })).toBeVisible();
  await expect(entry.getByText("viewer", { exact: true })).toBeVisible();
  await look(page, "audit-entry");
  await page.keyboard.press("Escape");
  await page.getByLabel("Action", { exact: true }).selectOption("Key revoked");
  await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeVisible();
  await page.getByLabel("Time", { exact: true }).selectOption("Choose days");
  await look(page, "audit-nothing");
  await page.getByRole("button", { name: "Clear the filter" }).click();

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export as CSV" }).click();
  expect((await download).suggestedFilename()).toMatch(/^audit-.*\.csv$/);
  await expect(page.getByText(/entries exported/)).toBeVisible();
}

test("somebody with an account joins by the link, as the right one, and leaves", async ({
  page,
  browser,
  baseURL,
}) => {
  const project = await annsMembers(page);

  const guest = await someoneElse(browser, baseURL);
  const { email } = await signUp(guest, "Cy Twombly");
  const { link, done } = await invite(page, address("somebody"), "Viewer");
  await done();
  const path = new URL(link).pathname;

  // Signed in as another than the invited: it says so, and both ways are open.
  await guest.goto(path);
  await expect(guest.getByText("Is this the right account?")).toBeVisible();
  await look(guest, "invite-member");
  await guest.getByRole("button", { name: "Use another account" }).click();
  await guest.getByRole("link", { name: "I have an account: sign in" }).click();
  await guest.getByLabel("E-mail").fill(email);
  await guest.getByLabel("Password").fill(password);
  await guest.getByRole("button", { name: "Sign in" }).click();
  await guest.getByRole("button", { name: "Join as Cy Twombly" }).click();
  await expect(guest.getByText("You joined Ann Example")).toBeVisible();

  await guest.goto(`/p/${project}/settings/members`);
  await guest.getByRole("button", { name: "Leave Ann Example" }).click();
  await look(guest, "members-leave");
  await guest.getByRole("button", { name: "Leave", exact: true }).click();
  await expect(guest.getByText("You left Ann Example")).toBeVisible();
  await expect(guest.getByLabel("Organization")).toHaveCount(0);

  // What is withdrawn can't be used any more.
  const second = await invite(page, email, "Viewer");
  await second.done();
  await guest.goto(new URL(second.link).pathname);
  await expect(guest.getByRole("button", { name: "Join as Cy Twombly" })).toBeVisible();
  await page.getByRole("button", { name: `Withdraw the invitation of ${email}` }).click();
  await page.getByRole("button", { name: "Withdraw", exact: true }).click();
  await expect(page.getByText(`Invitation of ${email} withdrawn`)).toBeVisible();
  await guest.getByRole("button", { name: "Join as Cy Twombly" }).click();
  await expect(
    guest.getByRole("heading", { name: "This invitation is no longer valid" }),
  ).toBeVisible();
  await guest.context().close();
});
