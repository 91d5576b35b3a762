import { defineConfig, devices } from "@playwright/test";

const desktop = { ...devices["Desktop Chrome"], viewport: { width: 1440, height: 900 } };
const phone = {
  ...devices["Desktop Chrome"],
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
};

/** Every walk can be done on both sizes and in both themes; each has a server of its own. */
export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results/runs",
  fullyParallel: false,
  workers: 2,
  retries: 0,
  // A walk with several pictures takes a minute on a machine that compiles meanwhile.
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    trace: "retain-on-failure",
    locale: "en-GB",
    launchOptions: {
      executablePath: process.env.PULSEBOARD_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    { name: "desktop-dark", use: { ...desktop, colorScheme: "dark" } },
    { name: "desktop-light", use: { ...desktop, colorScheme: "light" } },
    { name: "phone-dark", use: { ...phone, colorScheme: "dark" } },
    { name: "phone-light", use: { ...phone, colorScheme: "light" } },
  ],
});
