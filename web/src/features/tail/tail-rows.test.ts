import { event as anEvent } from "@test/things";
import { describe, expect, it, vi } from "vitest";
import { parseQuery } from "@/lib/event-query";
import type { LogEntry } from "@/lib/live";
import type { PulseEvent } from "@/lib/live/event";
import { eventsBetween } from "./load-gap";
import { countNew, pausedEntries, tailRows } from "./tail-rows";

vi.mock("@/lib/event-api", () => ({ fetchEvents: vi.fn() }));
vi.mock("@/lib/live", () => ({ projectLive: () => null }));

/** One event per second, named by its number. */
function event(second: number, changes: Partial<PulseEvent> = {}): PulseEvent {
  const at = new Date(Date.UTC(2026, 10, 20, 18, 0, second)).toISOString();
  const own = { id: `e${second}`, name: `n${second}`, timestamp: at, received_at: at };
  return anEvent({ ...own, ...changes });
}

const entry = (seq: number, changes?: Partial<PulseEvent>): LogEntry => ({
  kind: "event",
  seq,
  event: event(seq, changes),
});
const gap = (seq: number, missed: number): LogEntry => ({
  kind: "gap",
  seq,
  missed,
  before: null,
  state: "open",
});
const keys = (rows: { key: string }[]) => rows.map(({ key }) => key);

describe("the rows of the tail", () => {
  it("are what was there, oldest first, then what came live, each once", () => {
    const history = [event(4), event(3), event(2)];
    expect(keys(tailRows(history, [entry(4), entry(5)], []))).toEqual(["e2", "e3", "e4", "e5"]);
  });

  it("filter what comes live by the same query", () => {
    const { tokens } = parseQuery("level:error");
    const live = [entry(1, { level: "error" }), entry(2), entry(3, { level: "error" })];
    expect(keys(tailRows([], live, tokens))).toEqual(["e1", "e3"]);
  });

  it("keep a gap in its place and leave its events to it", () => {
    const history = [event(3), event(1)];
    expect(keys(tailRows(history, [entry(2), gap(3, 5), entry(9)], []))).toEqual([
      "e1",
      "e2",
      "gap-3",
      "e9",
    ]);
  });
});

describe("a paused tail", () => {
  const frozen = [entry(1), entry(2)];

  it("stands still and counts what matches since", () => {
    const now = [entry(1), entry(2), entry(3), entry(4, { level: "error" })];
    expect(pausedEntries(frozen, now)).toEqual(frozen);
    expect(countNew(frozen, now, [])).toBe(2);
    expect(countNew(frozen, now, parseQuery("level:error").tokens)).toBe(1);
    expect(countNew([], now, [])).toBe(4);
  });

  it("keeps its rows when the log has let go of them", () => {
    expect(pausedEntries(frozen, [entry(8), entry(9)])).toBe(frozen);
  });
});

it("fetches what lies between two events, page by page, oldest first", async () => {
  const pages = [
    { items: [event(9), event(6), event(5)], next_cursor: "2" },
    { items: [event(4), event(1)], next_cursor: null },
  ];
  const fetch = vi.fn().mockResolvedValueOnce(pages[0]).mockResolvedValueOnce(pages[1]);
  const found = await eventsBetween({ before: event(3), after: event(7) }, fetch);
  expect(found.map(({ id }) => id)).toEqual(["e4", "e5", "e6"]);
  expect(fetch).toHaveBeenLastCalledWith(
    { since: "2026-11-20T17:59:03.000Z", until: "2026-11-20T18:01:07.000Z" },
    { limit: 1_000, cursor: "2" },
  );
});
