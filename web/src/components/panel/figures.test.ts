import { line, panelData } from "@test/board";
import { describe, expect, it } from "vitest";
import { columnsOf } from "@/lib/board/columns";
import type { PanelThreshold } from "@/lib/board/types";
import { chartData, lineNames, reduced, shareText, toneAt, trendOf, unitOf } from "./figures";
import { arc, gaugeEnds, share } from "./gauge-arc";
import { barsOf, payloadBars, rowsOf, tableRows } from "./payload-rows";
import { thinned } from "./stat";

const gap = Number.NaN;
const numbers = (...values: number[]) => Float64Array.from(values);

it.each([
  ["last", 4],
  ["avg", 3],
  ["min", 2],
  ["max", 4],
  ["sum", 9],
] as const)("makes one number: %s", (how, expected) => {
  expect(reduced(numbers(3, gap, 2, 4), how)).toBe(expected);
  expect(reduced(numbers(gap), how)).toBeNull();
});

describe("a trend", () => {
  it.each([
    [numbers(10, 12), null, { direction: "up", change: 0.2, against: "since the start" }],
    [numbers(gap, 10, 5), null, { direction: "down", change: -0.5, against: "since the start" }],
    [
      numbers(10, 10.01),
      null,
      { direction: "steady", change: expect.anything(), against: "since the start" },
    ],
    [
      numbers(5),
      numbers(10),
      { direction: "down", change: -0.5, against: "vs the previous period" },
    ],
    [numbers(0, 5), null, { direction: "up", change: null, against: "since the start" }],
    [numbers(gap), null, null],
    [numbers(5), numbers(gap), null],
  ])("%#", (values, previous, expected) => {
    expect(trendOf({ values, previous })).toEqual(expected);
  });

  it("is written short", () => {
    expect([shareText(0.123), shareText(-0.5), shareText(0.0312)]).toEqual([
      "12 %",
      "50 %",
      "3.1 %",
    ]);
  });
});

it("colours a value by the highest threshold it reaches, in any order", () => {
  const thresholds: PanelThreshold[] = [
    { value: 90, color: "error" },
    { value: 0, color: "ok" },
    { value: 80, color: "warn" },
  ];
  const tones = [-1, 0, 80, 95].map((value) => toneAt(value, thresholds));
  expect(tones).toEqual([null, "ok", "warn", "error"]);
  expect([toneAt(null, thresholds), toneAt(5, undefined)]).toEqual([null, null]);
});

it("tells lines apart by what differs", () => {
  const lines = [
    line([], { labels: { host: "a", zone: "x", feed: "f1" } }),
    line([], { labels: { host: "b", zone: "x", feed: "f2" } }),
    line([], { source: 1, name: "ram", title: "RAM of $host" }),
  ];
  expect(lineNames(lines, [{ id: "f1", name: "Host" }], { host: "web" })).toEqual([
    "cpu a, Host",
    "cpu b, feed f2",
    "RAM of web",
  ]);
});

it("calls lines of one name by their labels alone, and says which label is missing", () => {
  const of = (labels: Record<string, string>) => line([], { name: "cpu", labels });
  expect(lineNames([of({ host: "a" }), of({ host: "b" }), of({})], [], {})).toEqual([
    "a",
    "b",
    "cpu (no host)",
  ]);
  expect(lineNames([of({}), of({})], [], {})).toEqual(["cpu 1", "cpu 2"]);
});

it("takes the unit that was chosen, or the one all share", () => {
  const ms = line([], { unit: "ms" });
  expect(unitOf({ unit: "s" }, [ms])).toBe("s");
  expect(unitOf({}, [ms, ms])).toBe("ms");
  expect(unitOf({}, [ms, line([])])).toBeNull();
});

it("draws the previous period behind and releases beside", () => {
  const data = columnsOf(
    panelData({
      series: [line([[1_000, 1]], { previous: [[1_000, 2]] })],
      annotations: [{ ts: 1_500, kind: "release", text: "1.4.2" }],
    }),
  );
  expect(chartData(data, ["cpu"])).toMatchObject({
    series: [{ name: "cpu" }, { name: "cpu", previous: true }],
    marks: [{ ts: 1_500, text: "1.4.2" }],
    span: { from: 0, to: 10_000 },
  });
});

describe("a payload as rows", () => {
  it.each([
    [null, [], []],
    [5, ["value"], [[5]]],
    [
      { a: 1, b: { c: 2 } },
      ["field", "value"],
      [
        ["a", 1],
        ["b", '{"c":2}'],
      ],
    ],
    [[1, "x"], ["value"], [[1], ["x"]]],
    [
      [{ a: 1 }, { b: true }, 7],
      ["a", "b"],
      [
        [1, null],
        [null, true],
        [null, null],
      ],
    ],
  ])("%j", (payload, columns, rows) => {
    expect(rowsOf(payload)).toMatchObject({ columns, rows });
  });

  it("has the columns that were chosen, and no more rows than help", () => {
    const payload = Array.from({ length: 1_000 }, (_, i) => ({ id: i, name: `n${i}` }));
    const data = columnsOf(panelData({ latest: [{ source: 0, feed_id: "f", ts: 1, payload }] }));
    const table = tableRows(data, { columns: ["name", "nothing"] }, []);
    expect([table.columns, table.rows.length, table.total]).toEqual([["name"], 200, 1_000]);
  });

  it("puts series and names beside each other", () => {
    const data = columnsOf(
      panelData({
        names: [{ source: 1, name: "sale", type: "event", count: 3 }],
        series: [
          line([
            [1_000, 1],
            [2_000, 3],
          ]),
        ],
      }),
    );
    expect(tableRows(data, {}, ["cpu"])).toMatchObject({
      columns: ["name", "type", "count", "last", "min", "max", "avg"],
      rows: [
        ["sale", "event", 3, null, null, null, null],
        ["cpu", null, null, 3, 1, 3, 2],
      ],
    });
  });
});

describe("bars", () => {
  it.each([
    [
      { a: 1, b: "x", c: Number.NaN, d: 2 },
      [
        ["a", 1],
        ["d", 2],
      ],
    ],
    [[{ city: "Bern", people: 3 }, { city: "Basel" }], [["Bern", 3]]],
    [
      [4, 5],
      [
        ["0", 4],
        ["1", 5],
      ],
    ],
    [7, [["value", 7]]],
    ["text", []],
    [null, []],
  ])("of %j", (payload, expected) => {
    expect(payloadBars(payload).map(({ label, value }) => [label, value])).toEqual(expected);
  });

  it("come longest first and as many as wanted", () => {
    const data = columnsOf(
      panelData({ latest: [{ source: 0, feed_id: "f", ts: 1, payload: { a: 1, b: 5, c: 3 } }] }),
    );
    expect(barsOf(data, { limit: 2 }, []).map(({ label }) => label)).toEqual(["b", "c"]);
  });
});

describe("a gauge", () => {
  it.each([
    [{ min: 0, max: 50 }, null, 20, [0, 50]],
    [{}, "%", 20, [0, 100]],
    [{}, "ratio", 0.2, [0, 1]],
    [{}, null, 730, [0, 900]],
    [{ min: 10, max: 5 }, null, 3, [10, 11]],
    [{}, null, null, [0, 2]],
  ])("%j of %s at %s", (options, unit, value, ends) => {
    expect(gaugeEnds(options, unit, value)).toEqual(ends);
  });

  it("stays within its ends", () => {
    expect([share(-5, 0, 10), share(5, 0, 10), share(50, 0, 10), share(1, 1, 1)]).toEqual([
      0, 0.5, 1, 0,
    ]);
    expect(arc(0, 1, 40)).toMatch(/^M [\d.]+ [\d.]+ A 40 40 0 1 1 /);
  });
});

it("thins a line out without losing gaps", () => {
  const values = Float64Array.from({ length: 600 }, (_, i) => (i >= 300 && i < 400 ? gap : i));
  const kept = thinned(values);
  expect(kept.length).toBeLessThanOrEqual(60);
  expect(kept).toContain(null);
  expect(kept.at(-1)).toBeCloseTo(594.5);
});
