import { boardId, dashboard, panel } from "@test/board";
import { describe, expect, it } from "vitest";
import { applyOp, type Board } from "./apply-op";
import { ops } from "./ops";
import { BoardSync } from "./sync";
import type { AppliedOp, DashboardFull, Draft, Op } from "./types";

function applied(op: Op | Draft, seq: number, changes: Partial<AppliedOp> = {}): AppliedOp {
  const about = { actor: { id: "u1", name: "Ana" }, at: "2026-11-21T11:00:00.000Z" };
  return {
    op_id: `op-${seq}`,
    ...op,
    seq,
    batch: null,
    previous: null,
    undoes: null,
    ...about,
    ...changes,
  };
}

function loaded(): BoardSync {
  const sync = new BoardSync(boardId);
  sync.load(dashboard({ version: 3, panels: [panel({ id: "a" }), panel({ id: "b" })] }));
  return sync;
}

const titles = (sync: BoardSync) => sync.view()?.panels.map(({ title }) => title);

describe("what is shown", () => {
  it("is the confirmed state with mine on top, until mine is confirmed", () => {
    const sync = loaded();
    const [mine] = sync.ask([ops.set("a", "title", "Mine")]);
    expect(titles(sync)).toEqual(["Mine", "CPU"]);
    sync.applied(applied(ops.set("a", "title", "Ana's"), 4));
    expect(titles(sync)).toEqual(["Mine", "CPU"]);
    sync.applied(applied(mine as Op, 5));
    sync.applied(applied(ops.set("a", "title", "Later"), 6));
    expect(titles(sync)).toEqual(["Later", "CPU"]);
    expect(sync.pending).toHaveLength(0);
  });

  it("goes back when mine is refused", () => {
    const sync = loaded();
    const [mine] = sync.ask([ops.set("a", "title", "Mine")]);
    expect(sync.refused((mine as Op).op_id)).toMatchObject({ value: "Mine" });
    expect(titles(sync)).toEqual(["CPU", "CPU"]);
  });

  it("follows what was deleted though mine still waits", () => {
    const sync = loaded();
    sync.ask([ops.set("a", "title", "Mine")]);
    sync.applied(applied(ops.remove("a"), 4));
    expect(titles(sync)).toEqual(["CPU"]);
  });

  it("keeps mine when the whole state comes anew, and lets go of it when its old answer comes", () => {
    const sync = loaded();
    const [mine] = sync.ask([ops.set("a", "title", "Mine")]);
    const now = [panel({ id: "a", title: "Ana's" }), panel({ id: "b" })];
    sync.load(dashboard({ version: 5, panels: now }));
    expect(titles(sync)).toEqual(["Mine", "CPU"]);
    // Mine was number 4, before Ana's.
    expect(sync.applied(applied(mine as Op, 4))).toEqual([]);
    expect(titles(sync)).toEqual(["Ana's", "CPU"]);
  });

  it("is the same object until something changes", () => {
    const sync = loaded();
    const before = sync.view();
    expect(sync.view()).toBe(before);
    sync.applied(applied(ops.set("a", "title", "x"), 4));
    expect(sync.view()?.panels.find(({ id }) => id === "b")).toBe(before?.panels[1]);
  });
});

describe("the order", () => {
  it("is the server's, whatever the order of hearing", () => {
    const sync = loaded();
    expect(sync.applied(applied(ops.set("a", "title", "second"), 5))).toEqual([]);
    expect(sync.isIncomplete).toBe(true);
    const heard = sync.applied(applied(ops.set("a", "title", "first"), 4));
    expect(heard.map(({ op }) => op.seq)).toEqual([4, 5]);
    expect(titles(sync)?.[0]).toBe("second");
    expect(sync.isIncomplete).toBe(false);
  });

  it("asks for the whole state when what is brought back was never seen", () => {
    const sync = loaded();
    sync.applied(applied(ops.bringBack("old"), 4));
    expect(sync.isIncomplete).toBe(true);
    sync.load(dashboard({ version: 4, panels: [panel({ id: "old", title: "Old" })] }));
    expect([sync.isIncomplete, titles(sync)]).toEqual([false, ["Old"]]);
  });

  it("takes an older state for what it is", () => {
    const sync = loaded();
    sync.load(dashboard({ version: 1, panels: [] }));
    expect(titles(sync)).toHaveLength(2);
  });
});

it("changes what was typed but not sent yet", () => {
  const sync = loaded();
  sync.ask([ops.set("a", "title", "C")]);
  sync.ask([ops.set("a", "title", "CP")]);
  expect(sync.unsent().map(({ value }) => value)).toEqual(["CP"]);
  sync.ask([ops.set("a", "title", "CPU 2")]);
  expect(sync.unsent().map(({ value }) => value)).toEqual(["CPU 2"]);
});

/** A server as the real one: one order, refusals, the first answer again for an id seen before. */
class Server {
  state: DashboardFull = dashboard({ panels: [panel({ id: "p0" }), panel({ id: "p1" })] });
  board: Board = {
    name: "Host",
    description: null,
    variables: [],
    panels: Object.fromEntries(this.state.panels.map((p) => [p.id, p])),
    gone: {},
  };
  log: AppliedOp[] = [];

  take(op: Op): AppliedOp | "refused" {
    const known = this.log.find(({ op_id }) => op_id === op.op_id);
    if (known) return known;
    const isThere = op.target === "dashboard" || this.board.panels[op.target];
    const isNew = op.field === "panel" && !isThere && !this.board.gone[op.target];
    const isBack = op.field === "deleted" && op.value === false && this.board.gone[op.target];
    if (!isThere && !isNew && !isBack) return "refused";
    const done = applied(op, this.log.length + 1);
    this.board = applyOp(this.board, op, { dashboardId: boardId, at: done.at });
    this.log.push(done);
    return done;
  }

  snapshot(): DashboardFull {
    return {
      ...this.state,
      name: this.board.name,
      version: this.log.length,
      panels: Object.values(this.board.panels),
    };
  }
}

type Client = {
  sync: BoardSync;
  connected: boolean;
  inbox: AppliedOp[];
  outbox: Op[];
  refused: string[];
};

/** A small generator of its own, so that a failure can be played again. */
function dice(seed: number) {
  let state = seed >>> 0;
  return (sides: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

function randomDraft(roll: (sides: number) => number, turn: number): Draft {
  const target = `p${roll(5)}`;
  const box = {
    position_x: roll(8),
    position_y: roll(20),
    width: 1 + roll(4),
    height: 1 + roll(8),
  };
  switch (roll(9)) {
    case 0:
      return ops.create(target, { type: "text", title: `made ${turn}`, ...box });
    case 1:
      return ops.remove(target);
    case 2:
      return ops.bringBack(target);
    case 3:
      return ops.place(target, box);
    case 4:
      return ops.layout({ [target]: box, p1: box });
    case 5:
      return ops.option(target, ["unit", "min"][roll(2)] as string, roll(2) ? turn : null);
    case 6:
      return ops.set("dashboard", "name", `name ${turn}`);
    default:
      return ops.set(target, "title", `title ${turn}`);
  }
}

describe("several people", () => {
  it.each(Array.from({ length: 60 }, (_, i) => i + 1))(
    "end with the same bytes (seed %i)",
    (seed) => {
      const roll = dice(seed);
      const server = new Server();
      const clients = Array.from({ length: 4 }, (): Client => {
        const sync = new BoardSync(boardId);
        sync.load(server.snapshot());
        return { sync, connected: true, inbox: [], outbox: [], refused: [] };
      });
      const tellAll = (op: AppliedOp) => {
        for (const client of clients) {
          if (!client.connected) continue;
          client.inbox.push(op);
          if (roll(8) === 0) client.inbox.push(op);
          const { inbox } = client;
          // Two commits told in the wrong order.
          if (roll(4) === 0 && inbox.length > 1) inbox.push(...inbox.splice(-2).reverse());
        }
      };
      const connect = (client: Client) => {
        client.connected = true;
        client.inbox = [];
        client.refused = [];
        client.sync.load(server.snapshot());
        client.outbox = client.sync.unconfirmed();
      };
      const hear = (client: Client) => {
        const op = client.inbox.shift();
        if (op) client.sync.applied(op);
        const refused = client.refused.shift();
        if (refused) client.sync.refused(refused);
      };
      const send = (client: Client) => {
        const op = client.outbox.shift();
        if (!op) return;
        const answer = server.take(op);
        if (answer === "refused") client.refused.push(op.op_id);
        else if (answer.seq === server.log.length) tellAll(answer);
        else client.inbox.push(answer);
      };

      for (let turn = 0; turn < 400; turn++) {
        const client = clients[roll(clients.length)] as Client;
        const action = roll(10);
        if (action < 3) {
          client.sync.ask([randomDraft(roll, turn)]);
          if (client.connected) client.outbox.push(...client.sync.unsent());
        } else if (action < 6) {
          if (client.connected) send(client);
        } else if (action < 9) hear(client);
        else if (client.connected) {
          // What was on its way either way is lost.
          client.connected = false;
          client.outbox = [];
          client.inbox = [];
        } else connect(client);
      }
      for (let round = 0; round < 20; round++) {
        for (const client of clients) {
          if (!client.connected || client.sync.isIncomplete) connect(client);
          while (client.outbox.length > 0) send(client);
        }
        for (const client of clients) {
          while (client.inbox.length > 0 || client.refused.length > 0) hear(client);
        }
      }
      const bytes = ({ name, version, panels }: DashboardFull) =>
        JSON.stringify(
          [name, version, panels.map((one) => [one.id, one]).sort(), "end"],
          sortedKeys,
        );
      const truth = bytes(server.snapshot());
      for (const { sync } of clients) {
        expect(sync.pending).toEqual([]);
        expect(bytes(sync.view() as DashboardFull)).toBe(truth);
      }
      expect(server.log.length).toBeGreaterThan(20);
    },
  );
});

function sortedKeys(_: string, value: unknown) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
