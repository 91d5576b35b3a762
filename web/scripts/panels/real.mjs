/**
 * The real server: its binary with data of its own, an account, a dashboard, and a program that sends
 * each line's number four times a second. The page gets what the server makes of it.
 */
import { runnerImport } from "vite";
import { LINES, PANELS, PER_SECOND } from "./load.mjs";

/** Events of one body. */
const MOST = 900;

const nameOf = (panel) => `load_${panel + 1}`;
const sample = (panel, line, ms) => ({
  type: "metric",
  name: nameOf(panel),
  value: 25 * (line + 1) + 20 * Math.sin(ms / 60_000 + panel) + 3 * Math.sin(ms / 900 + line),
  unit: "percent",
  tags: { line: `line-${line + 1}` },
  timestamp: new Date(ms).toISOString(),
});
const every = (count, make) => Array.from({ length: count }, (_, i) => make(i));
const samplesAt = (ms) =>
  every(PANELS * LINES, (i) => sample(Math.floor(i / LINES), i % LINES, ms));

/** Starts the server, fills the span on the screen, and goes on sending until it is stopped. */
export async function startReal(span) {
  const { module } = await runnerImport(new URL("../../e2e/server.ts", import.meta.url).pathname);
  const server = await module.startServer({
    PULSEBOARD_KEY_RATE: "100000",
    PULSEBOARD_PROJECT_RATE: "100000",
  });
  let timer;
  let refused = 0;
  return {
    about: `the real server, ${span} s on the screen`,
    async open(page) {
      const { project, key, board } = await prepare(page.request, server.url);
      const send = (events) =>
        page.request
          .post(`${server.url}/ingest`, { headers: { "x-api-key": key }, data: events })
          .then((answer) => {
            if (answer.status() !== 202) refused += 1;
          });
      const now = Date.now();
      const past = every(span, (i) => samplesAt(now - (span - i) * 1_000)).flat();
      for (let at = 0; at < past.length; at += MOST) await send(past.slice(at, at + MOST));
      timer = setInterval(
        () => void send(samplesAt(Date.now())).catch(() => {}),
        1_000 / PER_SECOND,
      );
      return `${server.url}/p/${project}/dashboards/${board}?from=now-${span}s&to=now`;
    },
    async stop() {
      clearInterval(timer);
      if (refused > 0) console.log(`${refused} bodies were not accepted`);
      await server.stop();
    },
  };
}

/** An account, whose session the page then has, its project's key, and the dashboard. */
async function prepare(request, url) {
  const ask = async (method, path, data, headers) => {
    const answer = await request.fetch(`${url}/api${path}`, { method, data, headers });
    if (!answer.ok()) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return answer.json();
  };
  const account = { name: "Ann", email: "ann@example.com", password: "correct horse battery" };
  const { access_token } = await ask("POST", "/auth/register", account);
  const me = { authorization: `Bearer ${access_token}` };
  const { id: project } = await ask("POST", "/projects", { name: "Load" }, me);
  const { items: keys } = await ask("GET", `/projects/${project}/keys`, undefined, me);
  const { key } = keys.find(({ kind }) => kind === "public");
  const named = { project_id: project, name: "Twelve live panels" };
  const { id: board } = await ask("POST", "/dashboards", named, me);
  for (const [i, panel] of every(PANELS, panelAt).entries()) {
    await ask("POST", `/dashboards/${board}/panels`, { ...panel, title: `Panel ${i + 1}` }, me);
  }
  return { project, key, board };
}

const panelAt = (i) => ({
  type: "timeseries",
  query: { sources: [{ kind: "series", name: nameOf(i), aggregate: "avg", group_by: ["line"] }] },
  options: { unit: "percent" },
  position_x: (i % 4) * 3,
  position_y: Math.floor(i / 4) * 6,
  width: 3,
  height: 6,
});
