import { boardId, dashboard, line, panel, panelData } from "@test/board";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createFlush } from "@/lib/live/flush";
import type { SocketLike } from "@/lib/live/line";
import { type BatchAnswer, BoardLive } from "./board-live";
import { forgetOps, keptOps } from "./kept-ops";
import { type Notice, noticeText } from "./notices";
import { ops } from "./ops";
import type { AppliedOp, DashboardFull, Draft, Op } from "./types";

class FakeSocket {
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((close: { code: number }) => void) | null = null;
  sent: { type: string; op?: Op; [key: string]: unknown }[] = [];
  closed = false;

  send(data: string) {
    this.sent.push(JSON.parse(data));
  }
  close() {
    this.closed = true;
  }
  say(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  end(code: number) {
    this.onclose?.({ code });
  }
  ops(): Op[] {
    return this.sent.flatMap(({ op }) => (op ? [op] : []));
  }
}

let sockets: FakeSocket[];
let urls: string[];
let live: BoardLive;
let notices: Notice[];
let hidden = false;
const batch = vi.fn<(id: string, ops: readonly Op[]) => Promise<BatchAnswer>>();

function open(): BoardLive {
  const made = new BoardLive(boardId, {
    ticket: async () => "t1",
    batch,
    open: (url) => {
      urls.push(url);
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as SocketLike;
    },
    random: () => 0.5,
    online: () => true,
    flush: createFlush({
      frame: (run) => run(),
      now: () => Date.now(),
      later: (run, ms) => setTimeout(run, ms),
      hidden: () => hidden,
      onVisible: () => {},
    }),
  });
  made.onNotice((notice) => notices.push(notice));
  return made;
}

const socket = () => sockets.at(-1) as FakeSocket;
const settle = (ms = 300) => vi.advanceTimersByTimeAsync(ms);
const titles = () => live.snapshot().board?.panels.map(({ title }) => title);

function snapshot(changes: Partial<DashboardFull> = {}) {
  const board = dashboard({
    version: 3,
    panels: [panel({ id: "a" }), panel({ id: "b" })],
    ...changes,
  });
  return {
    type: "snapshot",
    feeds: {},
    history: {},
    dashboard_version: board.version,
    dashboard: board,
  };
}

function told(op: Op | Draft, seq: number, changes: Partial<AppliedOp> = {}) {
  const about = { actor: { id: "ana", name: "Ana" }, at: "2026-11-21T11:00:00.000Z" };
  const done = {
    op_id: `op-${seq}`,
    ...op,
    seq,
    batch: null,
    previous: null,
    undoes: null,
    ...about,
    ...changes,
  };
  return { type: op.target === "dashboard" ? "dashboard:updated" : "widget:updated", op: done };
}

async function goLive() {
  live.start();
  await settle(0);
  socket().say(snapshot());
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers();
  [sockets, urls, notices, hidden] = [[], [], [], false];
  batch.mockReset();
  forgetOps();
  live = open();
});

afterEach(() => {
  live.stop();
  vi.useRealTimers();
});

describe("a dashboard's operations", () => {
  it("are seen at once, sent, and confirmed", async () => {
    await goLive();
    expect(urls).toEqual([`/api/ws/dashboards/${boardId}?ticket=t1`]);
    live.change(ops.set("a", "title", "Mine"));
    expect(titles()).toEqual(["Mine", "CPU"]);
    expect(live.snapshot().pending).toBe(1);
    const [op] = socket().ops();
    expect(socket().sent.at(-1)).toMatchObject({ type: "widget:updated" });
    socket().say(told(op as Op, 4));
    await settle();
    expect([live.snapshot().pending, live.snapshot().version, titles()]).toEqual([
      0,
      4,
      ["Mine", "CPU"],
    ]);
    expect(notices).toEqual([]);
  });

  it("survive being offline: both people's changes are there afterwards", async () => {
    await goLive();
    socket().end(1006);
    live.change(ops.set("a", "title", "Mine"));
    live.change(ops.set("dashboard", "name", "My host"));
    expect(titles()).toEqual(["Mine", "CPU"]);
    await settle(2_000);
    socket().say(
      snapshot({ version: 5, panels: [panel({ id: "a" }), panel({ id: "b", title: "Ana's" })] }),
    );
    await settle();
    expect(titles()).toEqual(["Mine", "Ana's"]);
    expect(
      socket()
        .ops()
        .map(({ value }) => value),
    ).toEqual(["Mine", "My host"]);
    expect(live.snapshot().board?.name).toBe("My host");
  });

  it("are sent again with the same id when nobody answered", async () => {
    await goLive();
    live.change(ops.set("a", "title", "Mine"));
    const [first] = socket().ops();
    await settle(20_000);
    expect(sockets.length).toBe(2);
    socket().say(snapshot());
    await settle();
    expect(socket().ops()).toEqual([first]);
  });

  it("survive a reload and end with the session", async () => {
    await goLive();
    socket().end(1006);
    live.change(ops.set("a", "title", "Mine"));
    live.stop();
    live = open();
    await goLive();
    expect(titles()).toEqual(["Mine", "CPU"]);
    expect(socket().ops()).toHaveLength(1);
    forgetOps();
    expect(keptOps(boardId)).toEqual([]);
  });

  it("go together when they belong together, all or none", async () => {
    await goLive();
    const both = [ops.set("a", "title", "T"), ops.option("a", "unit", "ms")];
    batch.mockImplementation(async (_, sent) => ({
      ops: sent.map((op, i) => told(op, 4 + i, { batch: "b1" }).op),
    }));
    live.change(both);
    await settle();
    expect(batch).toHaveBeenCalledTimes(1);
    expect(socket().ops()).toEqual([]);
    expect([live.snapshot().version, live.snapshot().pending]).toEqual([5, 0]);

    batch.mockResolvedValue({ refused: { code: "invalid_field", message: "title is too long" } });
    live.change(both.map((draft) => ({ ...draft, value: "x" })));
    await settle();
    expect(titles()).toEqual(["T", "CPU"]);
    expect(notices.map(noticeText)).toEqual(["Your change was not taken: title is too long"]);

    batch.mockResolvedValue(null);
    live.change(both);
    await settle();
    expect(socket().ops()).toHaveLength(2);
  });

  it("go back when they are refused, and the reason is told", async () => {
    await goLive();
    live.change([ops.set("a", "title", "Mine")]);
    const [op] = socket().ops();
    const error = {
      code: "panel_deleted",
      message: "This panel has been deleted. Bring it back first.",
    };
    socket().say({ type: "op_refused", op_id: op?.op_id, error });
    await settle();
    expect(titles()).toEqual(["CPU", "CPU"]);
    expect(notices).toMatchObject([{ kind: "refused", code: "panel_deleted" }]);
    // What is deleted already is no news to who deletes it.
    live.change(ops.remove("a"));
    socket().say({ type: "op_refused", op_id: socket().ops().at(-1)?.op_id, error });
    expect(notices).toHaveLength(1);
  });

  it("of undo come by REST and are heard once", async () => {
    await goLive();
    const undone = told(ops.set("a", "title", "Old"), 4).op;
    live.take([undone]);
    socket().say({ type: "widget:updated", op: undone });
    await settle();
    expect([live.snapshot().version, titles(), notices]).toEqual([4, ["Old", "CPU"], []]);
  });

  it("are fetched as a whole when one is missing", async () => {
    await goLive();
    socket().say(told(ops.set("a", "title", "five"), 5));
    await settle(1_000);
    expect(sockets).toHaveLength(1);
    await settle(3_000);
    expect(sockets).toHaveLength(2);
    socket().say(snapshot({ version: 5, panels: [panel({ id: "a", title: "five" })] }));
    await settle();
    expect(titles()).toEqual(["five"]);
  });
});

describe("other people", () => {
  it("are named when they change what I edit or changed a moment ago", async () => {
    await goLive();
    socket().say(told(ops.set("a", "title", "1"), 4));
    expect(notices).toEqual([]);
    live.editing("a");
    socket().say(told(ops.option("a", "unit", "ms"), 5));
    live.editing(null);
    live.change(ops.set("b", "title", "Mine"));
    socket().say(told(socket().ops()[0] as Op, 6));
    socket().say(told(ops.set("b", "title", "Ana's"), 7));
    socket().say(told(ops.remove("b"), 8));
    expect(notices.map(noticeText)).toEqual([
      'Ana changed "1": unit.',
      'Ana changed "Mine" after you: title.',
      'Ana deleted "Ana\'s".',
    ]);
    await settle(20_000);
  });

  it("end it for all when they delete the dashboard", async () => {
    await goLive();
    socket().say({ type: "deleted" });
    await settle();
    expect(live.snapshot()).toMatchObject({ phase: "gone", deleted: true });
    expect(live.snapshot().status.label).toBe("Dashboard deleted");
    await settle(60_000);
    expect(sockets).toHaveLength(1);
  });
});

describe("the data", () => {
  const data = panelData({ series: [line([[9_000, 1]])] });

  it("is asked for what can be seen, again after a reconnect, and when asked", async () => {
    live.watch({ from: "now-1h", to: "now" });
    live.see("b", true);
    live.see("a", true);
    await goLive();
    const watches = () => socket().sent.filter(({ type }) => type === "watch");
    expect(watches()).toEqual([{ type: "watch", from: "now-1h", to: "now", panels: ["a", "b"] }]);
    live.see("b", false);
    live.see("b", true);
    await settle();
    expect(watches()).toHaveLength(1);
    live.watch({ from: "now-6h", to: "now", variables: { host: "x" } });
    expect(live.panel("a").get().loading).toBe(true);
    live.reload();
    await settle();
    expect(watches().at(-1)).toMatchObject({ from: "now-6h", variables: { host: "x" } });
    socket().end(1006);
    await settle(2_000);
    socket().say(snapshot());
    await settle();
    expect(watches()).toHaveLength(1);
  });

  it("goes to its panel alone, merged, and never renders the dashboard", async () => {
    await goLive();
    const before = live.snapshot();
    const run = vi.fn();
    live.panel("a").subscribe(run);
    socket().say({ type: "panel_data", panel_id: "a", full: true, data });
    socket().say({ type: "panel_data", panel_id: "b", full: false, data });
    const part = panelData({ from: 9_000, to: 11_000, series: [line([[10_000, 2]])] });
    socket().say({ type: "panel_data", panel_id: "a", full: false, data: part });
    await settle();
    expect(Array.from(live.panel("a").get().data?.times ?? [])).toEqual([10_000]);
    expect(live.panel("a").get()).toMatchObject({ loading: false, stale: false, error: null });
    expect(live.panel("b").get().data).toBeNull();
    expect(run.mock.calls.length).toBeLessThanOrEqual(2);
    expect(live.snapshot()).toBe(before);
  });

  it("waits while the page is hidden, and is marked when the line is lost", async () => {
    await goLive();
    const run = vi.fn();
    live.panel("a").subscribe(run);
    hidden = true;
    socket().say({ type: "panel_data", panel_id: "a", full: true, data });
    await settle(2_000);
    expect(run).not.toHaveBeenCalled();
    hidden = false;
    socket().end(1006);
    await settle(300);
    expect(live.panel("a").get()).toMatchObject({ stale: true });
    expect(live.panel("a").get().data).not.toBeNull();
    expect(run).toHaveBeenCalled();
  });

  it("of feeds has a latest value and a window", async () => {
    live.start();
    await settle(0);
    const tick = (s: number) => ({
      feed_id: "f",
      ts: new Date(s * 1_000).toISOString(),
      payload: { s },
    });
    socket().say({ ...snapshot(), feeds: { f: tick(2) }, history: { f: [tick(1), tick(2)] } });
    socket().say({ type: "feed_update", ...tick(2) });
    socket().say({ type: "feed_update", ...tick(602) });
    socket().say({
      type: "feed_state",
      feed_id: "f",
      state: "failing",
      last_error: null,
      next_run: null,
    });
    const { latest, history, state } = live.feed("f").get();
    expect([latest?.payload, history.length, state]).toEqual([{ s: 602 }, 2, "failing"]);
  });

  it("is refreshed by command, or it says why not", async () => {
    expect(await live.refresh("f")).toMatchObject({ ok: false });
    await goLive();
    const answer = live.refresh("f");
    expect(socket().sent.at(-1)).toEqual({ type: "command", command: "refresh", feed_id: "f" });
    socket().say({ type: "command_result", command: "refresh", feed_id: "f", ok: true });
    expect(await answer).toEqual({ ok: true });
  });
});

it("plays the past with its own clock and sends nothing kept", async () => {
  live = new BoardLive(
    boardId,
    {
      ticket: async () => "t",
      batch,
      open: (url) => {
        urls.push(url);
        const made = new FakeSocket();
        sockets.push(made);
        return made as unknown as SocketLike;
      },
      flush: createFlush({
        frame: (run) => run(),
        now: () => Date.now(),
        later: setTimeout,
        hidden: () => false,
        onVisible: () => {},
      }),
      online: () => true,
    },
    { at: "2026-11-20T10:00:00Z", speed: 10 },
  );
  await goLive();
  expect(urls[0]).toContain("at=2026-11-20T10%3A00%3A00Z&speed=10");
  socket().say({ type: "clock", now: 5, speed: 10, playing: true });
  await settle();
  expect(live.snapshot().clock).toEqual({ now: 5, speed: 10, playing: true });
  live.playback({ playing: false });
  expect(socket().sent.at(-1)).toEqual({ type: "playback", playing: false });
});

it.each([
  "",
  "nonsense",
  "[]",
  '{"type":"panel_data"}',
  '{"type":"snapshot"}',
  '{"type":"constructor"}',
])("passes over %j", async (text) => {
  await goLive();
  const before = live.snapshot();
  socket().onmessage?.({ data: text });
  await settle();
  expect(live.snapshot()).toBe(before);
});
