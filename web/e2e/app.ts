/** What the walks share: a server, a person, and a hard look at each screen. */
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { type Server, startServer } from "./server";

export { expect };

export const password = "correct horse battery";

type Options = { complaints: string[] };

type WorkerOptions = {
  server: Server;
  /** What the server is told by its environment; a walk with other settings has a server of its own. */
  settings: Record<string, string>;
};

export const test = base.extend<Options, WorkerOptions>({
  settings: [{}, { option: true, scope: "worker" }],
  server: [
    async ({ settings }, use) => {
      const server = await startServer(settings);
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ server }, use) => use(server.url),
  // Nothing may be refused by the content security policy, and nothing may throw.
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => {
        if (/content security policy|violates/i.test(message.text())) {
          complaints.push(message.text());
        }
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

/** A new person with an account and a first project; ends on the welcome screen. */
export async function signUp(page: Page, name = "Ann Example"): Promise<{ email: string }> {
  const email = `ann-${Date.now()}-${Math.floor(Math.random() * 1e6)}@example.com`;
  await page.goto("/signup");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("heading", { name: "Send your first event" })).toBeVisible();
  await expect(page).toHaveURL(/project=/);
  return { email };
}

/** The project of the welcome screen or of a project's screen. */
export function projectOf(page: Page): string {
  const url = new URL(page.url());
  const id = url.searchParams.get("project") ?? /^\/p\/([^/]+)/.exec(url.pathname)?.[1];
  if (!id) throw new Error(`No project in ${url}`);
  return id;
}

/** The public key as a person finds it: in the command on the welcome screen. */
export async function publicKey(page: Page): Promise<string> {
  const command = await page.getByRole("region", { name: "curl command" }).innerText();
  const key = /pb_pub_\w+/.exec(command)?.[0];
  if (!key) throw new Error(`No key in ${command}`);
  return key;
}

/** Sends events the way an app does. */
export async function ingest(page: Page, key: string, events: object[]): Promise<void> {
  const response = await page.request.post("/ingest", {
    headers: { "x-api-key": key },
    data: events.length === 1 ? events[0] : events,
  });
  expect(response.status()).toBe(202);
}

/** Takes the picture, and holds the screen to what every screen must keep. */
export async function look(page: Page, name: string): Promise<void> {
  // What lies below the edge of the screen loads when it comes into sight.
  await page.waitForFunction(() =>
    [...document.querySelectorAll("[data-skeleton]")].every((skeleton) => {
      const { top, bottom } = skeleton.getBoundingClientRect();
      return bottom < 0 || top > innerHeight;
    }),
  );
  await page.evaluate(() => document.fonts.ready);
  // Entering takes 120 ms; a half-faded text would fail the contrast check.
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getComputedTiming().iterations === 1)
        .map((animation) => animation.finished.catch(() => {})),
    ),
  );
  const project = test.info().project.name;
  await page.screenshot({ path: `test-results/${name}-${project}.png` });

  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow, `${name} scrolls sideways`).toBeLessThanOrEqual(0);

  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`),
    `${name} has accessibility violations`,
  ).toEqual([]);
}
