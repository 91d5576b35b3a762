import { event } from "@test/things";
import { describe, expect, it, vi } from "vitest";
import { cellText, DEFAULT_COLUMNS, orderColumns, tableWidth } from "./columns";
import { collect, eventsAsCsv } from "./csv";
import { readViews } from "./saved-views";

vi.mock("@/components/chart", () => ({ formatValue: (value: number) => String(value) }));
vi.mock("@/lib/event-api", () => ({ fetchEvents: vi.fn() }));

const odd = event({
  id: "1",
  name: 'say "hi"',
  level: "info",
  user: "=HYPERLINK(1)",
  release: "1.2",
  tags: { os: "ios", "a,b": "x" },
  value: -2.5,
  unit: "ms",
  payload: { a: 1 },
});

describe("CSV", () => {
  it("has every field, a column per tag and the payload", () => {
    const [head, row, rest] = eventsAsCsv([odd]).split("\r\n");
    expect(head).toBe(
      'id,type,name,timestamp,received_at,level,user,session,release,environment,value,unit,"tag.a,b",tag.os,payload',
    );
    expect(row).toBe(
      `1,event,"say ""hi""",2026-11-20T18:00:00.000Z,2026-11-20T18:00:00.100Z,info,'=HYPERLINK(1),,1.2,,-2.5,ms,x,ios,"{""a"":1}"`,
    );
    expect(rest).toBe("");
  });

  it("is fetched page by page up to its limit", async () => {
    const page = { items: Array.from({ length: 1_000 }, () => odd), next_cursor: "x" };
    const fetch = vi.fn().mockResolvedValue(page);
    const progress = vi.fn();
    const { events, more } = await collect(fetch, progress, 3_000);
    expect(events).toHaveLength(3_000);
    expect(more).toBe(true);
    expect(fetch).toHaveBeenCalledTimes(3);
    expect(progress).toHaveBeenLastCalledWith(3_000);
  });

  it("ends with the last page", async () => {
    const fetch = vi.fn().mockResolvedValue({ items: [odd], next_cursor: null });
    expect(await collect(fetch, () => {})).toEqual({ events: [odd], more: false });
  });
});

it("keeps columns in the order of the table, tags last, unknown ones out", () => {
  expect(orderColumns(["tag.os", "user", "nonsense", "name", "tag.", "tag.os"])).toEqual([
    "name",
    "user",
    "tag.os",
  ]);
  expect(tableWidth(DEFAULT_COLUMNS)).toBeGreaterThan(600);
});

it.each([
  ["tag.os", "ios"],
  ["tag.none", ""],
  ["level", "info"],
  ["summary", "a=1"],
  ["release", "1.2"],
  ["session", ""],
  ["value", "-2.5"],
] as const)("shows %s as %j", (id, text) => expect(cellText(odd, id)).toBe(text));

it("reads saved views and drops what is broken", () => {
  const good = { name: "a", q: "x", from: "now-1h", to: "now", columns: ["name"] };
  expect(readViews([good, null, { name: 1 }, { name: "b", q: "", columns: "x" }])).toEqual([
    good,
    { name: "b", q: "", from: "now-1h", to: "now", columns: [] },
  ]);
  expect(readViews("nonsense")).toEqual([]);
});
