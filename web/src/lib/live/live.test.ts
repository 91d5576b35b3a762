import { event } from "@test/things";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PulseEvent } from "./event";
import { createFlush } from "./flush";
import { type SocketLike, TicketRefused } from "./line";
import { ProjectLive } from "./project-live";

/** A server in memory: a numbered log of events and sockets that replay from a cursor. */
class FakeServer {
  log: PulseEvent[] = [];
  sockets: FakeSocket[] = [];
  urls: string[] = [];
  tickets = 0;
  /** The next tickets fail with these. */
  failures: unknown[] = [];

  ticket = async () => {
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.tickets += 1;
    return `t${this.tickets}`;
  };

  open = (url: string) => {
    this.urls.push(url);
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket as unknown as SocketLike;
  };

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("no socket yet");
    return socket;
  }

  /** Says `ready` on the newest socket and replays what its `since` lacks. */
  accept() {
    const since = new URL(this.urls.at(-1) ?? "", "http://x").searchParams.get("since");
    const from = since === null ? this.log.length : Number(since);
    this.socket.say({ type: "ready", project_id: "p", cursor: String(this.log.length) });
    if (from < this.log.length) this.deliver(from, this.log.length);
  }

  commit(...names: string[]) {
    for (const name of names) this.log.push(event({ id: `id-${this.log.length + 1}`, name }));
  }

  deliver(from: number, to: number) {
    this.socket.say({ type: "events", events: this.log.slice(from, to), cursor: String(to) });
  }
}

class FakeSocket {
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((close: { code: number }) => void) | null = null;
  sent: string[] = [];
  closed = false;

  send(data: string) {
    this.sent.push(data);
  }
  close() {
    this.closed = true;
  }
  say(frame: unknown) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  end(code: number) {
    this.closed = true;
    this.onclose?.({ code });
  }
}

let server: FakeServer;
let live: ProjectLive;
let online = true;

beforeEach(() => {
  vi.useFakeTimers();
  online = true;
  server = new FakeServer();
  live = new ProjectLive("p", {
    ticket: server.ticket,
    open: server.open,
    random: () => 0.5,
    online: () => online,
    flush: createFlush({
      frame: (run) => run(),
      now: () => Date.now(),
      later: (run, ms) => setTimeout(run, ms),
      hidden: () => false,
      onVisible: () => {},
    }),
  });
});

afterEach(() => {
  live.stop();
  vi.useRealTimers();
});

async function settle(ms = 300) {
  await vi.advanceTimersByTimeAsync(ms);
}

async function goLive() {
  live.start();
  await settle(0);
  server.accept();
  await settle();
}

function names(): string[] {
  return live
    .snapshot()
    .entries.map((entry) => (entry.kind === "event" ? entry.event.name : `gap ${entry.missed}`));
}

function status(): string {
  return live.snapshot().status.label;
}

describe("a project's live connection", () => {
  it("buys a ticket and shows what comes after ready", async () => {
    await goLive();
    expect(server.urls).toEqual(["/api/realtime/p?ticket=t1"]);
    expect(status()).toBe("Live");
    server.commit("a", "b");
    server.deliver(0, 2);
    await settle();
    expect(names()).toEqual(["a", "b"]);
  });

  it("loses nothing and repeats nothing across a reconnect", async () => {
    await goLive();
    server.commit("a");
    server.deliver(0, 1);
    server.socket.end(1006);
    await settle();
    expect(status()).toBe("Reconnecting");
    server.commit("b", "c");
    await settle(1_000);
    expect(server.urls.at(-1)).toBe("/api/realtime/p?ticket=t2&since=1");
    server.accept();
    await settle();
    expect(names()).toEqual(["a", "b", "c"]);
    expect(status()).toBe("Live");
  });

  it("keeps its own cursor when a resumed socket breaks before the replay", async () => {
    await goLive();
    server.commit("a");
    server.deliver(0, 1);
    server.socket.end(1006);
    server.commit("b");
    await settle(1_000);
    server.socket.say({ type: "ready", project_id: "p", cursor: "2" });
    server.socket.end(1006);
    await settle(1_000);
    expect(server.urls.at(-1)).toContain("since=1");
    server.accept();
    await settle();
    expect(names()).toEqual(["a", "b"]);
  });

  it("drops an event that comes twice", async () => {
    await goLive();
    server.commit("a", "b");
    server.deliver(0, 2);
    server.deliver(1, 2);
    await settle();
    expect(names()).toEqual(["a", "b"]);
  });

  it("shows a gap where events are missing and fills it in place", async () => {
    await goLive();
    server.commit("a", "b", "c", "d");
    server.deliver(0, 1);
    server.socket.say({ type: "gap", missed: 2, cursor: "3" });
    server.deliver(3, 4);
    await settle();
    expect(names()).toEqual(["a", "gap 2", "d"]);
    const gap = live.snapshot().entries[1];
    expect(live.gapBounds(gap?.seq ?? 0)).toMatchObject({
      before: { name: "a" },
      after: { name: "d" },
    });
    live.fillGap(gap?.seq ?? 0, server.log);
    await settle();
    expect(names()).toEqual(["a", "b", "c", "d"]);
    const order = live.snapshot().entries.map((entry) => entry.seq);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    server.socket.end(1006);
    await settle(1_000);
    expect(server.urls.at(-1)).toContain("since=4");
  });

  it("answers a ping and hangs up on a line that went silent", async () => {
    await goLive();
    server.socket.say({ type: "ping" });
    expect(server.socket.sent).toEqual(['{"type":"pong"}']);
    const old = server.socket;
    await settle(61_500);
    expect(old.closed).toBe(true);
    expect(server.sockets.length).toBeGreaterThan(1);
  });

  it.each([
    [4401, "No access"],
    [4404, "Project deleted"],
  ])("stops for good on %i and says so", async (code, label) => {
    await goLive();
    server.socket.end(code);
    await settle(120_000);
    live.wake();
    await settle(1_000);
    expect(status()).toBe(label);
    expect(server.sockets).toHaveLength(1);
  });

  it("stops when the ticket is refused and starts again when asked", async () => {
    server.failures = [new TicketRefused("not_allowed")];
    live.start();
    await settle();
    expect(status()).toBe("No access");
    live.retry();
    await settle(0);
    server.accept();
    await settle();
    expect(status()).toBe("Live");
  });

  it.each([
    [1012, "restarting"],
    [4408, "More arrived"],
  ])("comes back by itself after %i", async (code, reason) => {
    await goLive();
    server.socket.end(code);
    await settle();
    expect(live.snapshot().status.detail).toContain(reason);
    await settle(3_500);
    server.accept();
    await settle();
    expect(status()).toBe("Live");
  });

  it("waits longer each time, says offline, and wakes at once", async () => {
    server.failures = Array.from({ length: 8 }, () => new Error("no answer"));
    live.start();
    await settle();
    expect(status()).toBe("Reconnecting");
    await settle(12_000);
    expect(status()).toBe("Offline");
    server.failures = [];
    live.wake();
    await settle(0);
    server.accept();
    await settle();
    expect(status()).toBe("Live");
  });

  it("says that the device has no network", async () => {
    await goLive();
    online = false;
    live.offline();
    await settle();
    expect(live.snapshot().status.detail).toContain("no network");
    expect(server.socket.closed).toBe(true);
  });

  it("measures events per second and lets the rate fall", async () => {
    await goLive();
    server.commit(...Array.from({ length: 40 }, (_, i) => `e${i}`));
    server.deliver(0, 40);
    await settle(4_000);
    expect(live.snapshot().rate).toBe(10);
    await settle(12_000);
    expect(live.snapshot().rate).toBe(0);
  });

  it("begins a new epoch only without a cursor", async () => {
    await goLive();
    expect(live.snapshot().epoch).toBe(1);
    server.socket.end(1006);
    await settle(1_000);
    server.accept();
    await settle();
    expect(live.snapshot().epoch).toBe(1);
  });
});
