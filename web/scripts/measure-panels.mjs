// What a dashboard of live panels costs the browser: 12 panels of 3 lines, four updates a second, in
// headless Chromium. It prints figures and judges nothing. See docs/performance.md.
//
//   npm run build && node scripts/measure-panels.mjs [--real [--span 300]] [--rounds 1] [--seconds 20]
//
// By default the server is played, so that nothing but the page is measured; --real starts the
// binary (`PULSEBOARD_BIN`, or what is in target/). More: [--out dist] [--shot panels.png] [--gpu]
// [--profile panels.cpuprofile]
import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { chromium } from "@playwright/test";
import { LINES, PANELS, PER_SECOND } from "./panels/load.mjs";
import { startPlayed } from "./panels/played.mjs";
import { startReal } from "./panels/real.mjs";

const argument = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? process.argv[at + 1] : fallback;
};
const has = (name) => process.argv.includes(`--${name}`);
const seconds = Number(argument("seconds", "20"));

const server = has("real")
  ? await startReal(Number(argument("span", "300")))
  : await startPlayed(argument("out", "dist"));
const browser = await chromium.launch({
  executablePath: process.env.PULSEBOARD_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-background-networking",
    "--no-first-run",
    ...(has("gpu") ? [] : ["--disable-gpu"]),
  ],
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1100 } });
  page.on("pageerror", (error) => console.log("error on the page:", error.message));
  let frames = 0;
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      if (String(payload).includes('"panel_data"')) frames += 1;
    }),
  );
  const address = await server.open(page);
  console.log(
    `${server.about}; ${PANELS} panels, ${LINES} lines each, ${PER_SECOND} updates a second, ${seconds} s`,
  );
  for (let round = 0; round < Number(argument("rounds", "1")); round++) {
    for (const [domain, meaning] of [
      ["threadTicks", "of the main thread's own CPU time"],
      ["timeTicks", "of wall-clock time, other programs' turns included"],
    ]) {
      await page.goto(address);
      await page.waitForFunction(
        (count) => document.querySelectorAll("[data-panel] canvas").length === count,
        PANELS,
      );
      await page.waitForTimeout(3_000);
      frames = 0;
      const spent = await measure(page, domain);
      const rate = (frames / PANELS / spent.seconds).toFixed(1);
      console.log(
        `main thread busy ${spent.of("TaskDuration")} ${meaning} (script ${spent.of("ScriptDuration")}, layout ${spent.of("LayoutDuration")}, style ${spent.of("RecalcStyleDuration")}); heap ${spent.heap} MiB; ${rate} updates a panel and second; load average ${loadavg()[0].toFixed(1)}`,
      );
    }
  }
  const shot = argument("shot", null);
  if (shot) await page.screenshot({ path: shot });
  const profile = argument("profile", null);
  if (profile) await writeFile(profile, await profileOf(page));
} finally {
  await browser.close();
  await server.stop();
}
process.exit(0);

/** What the page's main thread did for a while, by the browser's own account. */
async function measure(page, timeDomain) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain });
  const read = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  };
  const before = await read();
  const began = Date.now();
  await page.waitForTimeout(seconds * 1_000);
  const after = await read();
  const took = (Date.now() - began) / 1_000;
  await session.detach();
  return {
    seconds: took,
    heap: (after.JSHeapUsedSize / 2 ** 20).toFixed(0),
    of: (name) => `${((100 * (after[name] - before[name])) / took).toFixed(1)} %`,
  };
}

/** Where the time goes, for the Performance tab of Chromium. */
async function profileOf(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Profiler.enable");
  await session.send("Profiler.start");
  await page.waitForTimeout(seconds * 1_000);
  const { profile } = await session.send("Profiler.stop");
  return JSON.stringify(profile);
}
