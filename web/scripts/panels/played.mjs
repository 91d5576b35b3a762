/**
 * The server played: nothing but the page is measured, and each line has 3,600 points, more than the
 * real one ever sends.
 */
import { createHash } from "node:crypto";
import { preview } from "vite";
import { LINES, PANELS, PER_SECOND } from "./load.mjs";

const POINTS = 3_600;

const project = "0196c7a0-0000-7000-8000-000000000001";
const board = "0196c7a0-0000-7000-8000-0000000000d1";
const at = "2026-11-21T10:00:00.000Z";
const wave = (i, ms) => 50 + 30 * Math.sin(ms / 60_000 + i) + 5 * Math.sin(ms / 900 + i * i);

const panels = Array.from({ length: PANELS }, (_, i) => ({
  id: `panel-${i}`,
  dashboard_id: board,
  type: "timeseries",
  title: `Panel ${i + 1}`,
  feed_ids: [],
  query: { sources: [{ kind: "series", name: "cpu" }] },
  options: { unit: "%" },
  position_x: (i % 4) * 3,
  position_y: Math.floor(i / 4) * 6,
  width: 3,
  height: 6,
  created_at: at,
  updated_at: at,
}));
const dashboard = {
  id: board,
  project_id: project,
  name: "Twelve live panels",
  description: null,
  variables: [],
  version: 1,
  starred: false,
  panel_count: PANELS,
  created_at: at,
  updated_at: at,
  updated_by: null,
  panels,
  feeds: [],
  role: "editor",
};
const user = { id: "u1", email: "ann@example.com", name: "Ann" };
const org = { id: "o1", name: "Acme", role: "admin" };
const owned = {
  id: project,
  num: 1,
  org_id: org.id,
  name: "Shop",
  slug: "shop",
  retention_days: 30,
  created_at: at,
  role: "admin",
};
const answers = {
  "/api/auth/refresh": { access_token: "t", expires_in: 600 },
  "/api/auth/me": { user, orgs: [org] },
  "/api/auth/config": { sign_up: "open" },
  "/api/projects": { items: [owned], next_cursor: null },
  [`/api/projects/${project}`]: owned,
  "/api/dashboards": { items: [dashboard], next_cursor: null },
  [`/api/dashboards/${board}`]: dashboard,
  "/api/realtime/tickets": { ticket: "t", expires_in: 30 },
};

function data(panel, from, to, step) {
  return {
    from,
    to,
    bucket: step / 1_000,
    latest: [],
    names: [],
    events: [],
    annotations: [],
    problems: [],
    series: Array.from({ length: LINES }, (_, line) => ({
      source: 0,
      name: "cpu",
      title: null,
      labels: { host: `host-${line + 1}` },
      unit: "%",
      previous: null,
      points: Array.from({ length: Math.round((to - from) / step) }, (_, i) => {
        const ms = from + i * step;
        return [ms, wave(panel * LINES + line, ms)];
      }),
    })),
  };
}

/** A quarter of a second to a point: every update brings a new one, and the last ones anew. */
const STEP = 1_000 / PER_SECOND;

/** A frame's head; a length has to be written as short as it can be. */
function headOf(length) {
  if (length < 126) return Buffer.from([0x81, length]);
  const head = Buffer.alloc(length < 65_536 ? 4 : 10);
  head[0] = 0x81;
  head[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/** A WebSocket as far as it is needed here: small text frames in, text frames of any size out. */
function accept(request, stream) {
  const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const answer = createHash("sha1").update(key).digest("base64");
  stream.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${answer}\r\n\r\n`,
  );
  stream.on("error", () => {});
  return {
    say(frame) {
      const text = Buffer.from(JSON.stringify(frame));
      stream.write(Buffer.concat([headOf(text.length), text]));
    },
    hear(run) {
      stream.on("data", (bytes) => {
        for (let at = 0; at + 6 <= bytes.length; ) {
          const long = (bytes[at + 1] & 0x7f) === 126;
          const length = long ? bytes.readUInt16BE(at + 2) : bytes[at + 1] & 0x7f;
          const mask = at + (long ? 4 : 2);
          const text = bytes.subarray(mask + 4, mask + 4 + length);
          if ((bytes[at] & 0x0f) === 1) run(text.map((byte, i) => byte ^ bytes[mask + (i % 4)]));
          at = mask + 4 + length;
        }
      });
    },
    ended: (run) => stream.on("close", run),
  };
}

function play(socket) {
  socket.say({ type: "snapshot", feeds: {}, history: {}, dashboard_version: 1, dashboard });
  let timer;
  socket.hear((bytes) => {
    const frame = JSON.parse(Buffer.from(bytes).toString());
    if (frame.type !== "watch" || timer) return;
    let now = Math.floor(Date.now() / STEP) * STEP;
    const all = (full, from) => {
      for (const [i, { id }] of panels.entries()) {
        socket.say({ type: "panel_data", panel_id: id, full, data: data(i, from, now, STEP) });
      }
    };
    all(true, now - POINTS * STEP);
    timer = setInterval(() => {
      now += STEP;
      all(false, now - 2 * STEP);
    }, STEP);
  });
  socket.ended(() => clearInterval(timer));
}

/** Begins to answer; what it says of itself is what a page may be opened with. */
export async function startPlayed(outDir) {
  const server = await preview({
    build: { outDir },
    // Not the proxy of development: the server is played here.
    preview: { host: "127.0.0.1", port: 0, open: false, proxy: {} },
    logLevel: "silent",
  });
  server.httpServer.on("upgrade", (request, stream) => {
    if (request.url.startsWith("/api/ws/dashboards/")) play(accept(request, stream));
    else stream.destroy();
  });
  const origin = server.resolvedUrls.local[0].replace(/\/$/, "");
  return {
    about: `a played server, ${POINTS} points a line`,
    async open(page) {
      await page.route("**/api/**", (route) => {
        const json = answers[new URL(route.request().url()).pathname];
        const made = route.request().method() === "POST";
        return json
          ? route.fulfill({ status: made ? 201 : 200, json })
          : route.fulfill({ status: 404, json: NOT_HERE });
      });
      return `${origin}/p/${project}/dashboards/${board}`;
    },
    stop: () => server.httpServer.close(),
  };
}

const NOT_HERE = { error: { code: "not_found", message: "not here" } };
