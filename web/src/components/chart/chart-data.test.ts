import { describe, expect, it } from "vitest";
import {
  type ChartData,
  type ChartLine,
  isEmpty,
  lineKey,
  pauseOf,
  plotColumns,
  structureOf,
  valueNear,
  valueRange,
} from "./chart-data";
import { seriesColors } from "./palette";
import { lineColors } from "./plot";
import { strokes } from "./sparkline";
import { formatTimeTick } from "./time-axis";
import { formatTick, formatValue } from "./unit";

const data: ChartData = {
  times: [1_000, 2_000, 3_000],
  series: [
    { name: "metric", values: [5, 5, 5] },
    { name: "event", values: [1, null, 3] },
    { name: "error", values: [1, 1, Number.NaN] },
    { name: "event", previous: true, values: [9, 9, 9] },
  ],
};

describe("plotColumns", () => {
  it("keeps gaps as gaps", () => {
    expect(plotColumns(data, false, new Set())).toEqual([
      [1_000, 2_000, 3_000],
      [5, 5, 5],
      [1, null, 3],
      [1, 1, null],
      [9, 9, 9],
    ]);
  });

  it("stacks from the last line up and leaves the previous period alone", () => {
    expect(plotColumns(data, true, new Set()).slice(1)).toEqual([
      [7, 6, 8],
      [2, 1, 3],
      [1, 1, 0],
      [9, 9, 9],
    ]);
  });

  it("stacks without what is hidden", () => {
    const hidden = new Set(["error"]);
    expect(plotColumns(data, true, hidden)[1]).toEqual([6, 5, 8]);
  });
});

describe("a line that shares its moments with others", () => {
  const nan = Number.NaN;
  const times = [0, 1, 2, 3, 4, 5, 20, 21].map((s) => s * 1_000);
  const sparse: ChartLine = { name: "a", values: [1, nan, 3, nan, 5, nan, 7, nan], sparse: true };

  it("has gaps only where it paused for long", () => {
    const [, column] = plotColumns({ times, series: [sparse] }, false, new Set());
    expect(column).toEqual([1, undefined, 3, undefined, 5, undefined, 7, undefined]);
    expect(pauseOf(sparse, times)).toBe(6_000);
    expect(pauseOf({ name: "b", values: [1] }, [0])).toBe(Number.POSITIVE_INFINITY);
  });

  it("is read at the moments of others, but not across a gap", () => {
    const data = [1, 3, 5, 7].map((i) => valueNear(sparse, times, i));
    expect(data).toEqual([1, 3, 5, 7]);
    const far: ChartLine = { ...sparse, values: [1, 2, 3, nan, nan, nan, nan, 9] };
    expect(valueNear(far, times, 6, 1_000)).toBeNull();
    expect(valueNear({ ...far, sparse: false }, times, 3)).toBeNull();
  });

  it("goes to the plot as it is when it has a value everywhere", () => {
    const whole = Float64Array.from(times);
    const columns = plotColumns(
      { times: whole, series: [{ name: "a", values: whole }] },
      false,
      new Set(),
    );
    expect(columns[1]).toBe(whole);
  });
});

it("tells a line from its previous period, and structure from values", () => {
  const [, event, , previous] = data.series;
  expect(lineKey(event as never)).not.toBe(lineKey(previous as never));
  const moved = {
    ...data,
    times: [4_000],
    series: data.series.map((s) => ({ ...s, values: [1] })),
  };
  expect(structureOf(moved)).toBe(structureOf(data));
  expect(structureOf({ ...data, series: data.series.slice(1) })).not.toBe(structureOf(data));
});

it("knows when there is nothing to draw", () => {
  expect(isEmpty(data)).toBe(false);
  expect(isEmpty({ times: [], series: data.series })).toBe(true);
  expect(isEmpty({ times: [1], series: [{ name: "a", values: [null] }] })).toBe(true);
});

describe("the value axis", () => {
  it.each([
    [0, 100, true, [], [0, 108]],
    [90, 100, true, [], [0, 108]],
    [90, 100, false, [], [89.2, 100.8]],
    [10, 100, false, [], [0, 108]],
    [null, null, true, [], [0, 1.08]],
    [0, 10, true, [{ value: 50, tone: "warn" as const }], [0, 54]],
  ])("from %s to %s, from zero %s", (min, max, zero, thresholds, expected) => {
    const [low, high] = valueRange(min, max, zero, thresholds);
    expect(low).toBeCloseTo(expected[0] as number);
    expect(high).toBeCloseTo(expected[1] as number);
  });
});

it("keeps the ends of the axis that were chosen", () => {
  expect(valueRange(10, 20, false, [], { min: 0, max: 100 })).toEqual([0, 100]);
  expect(valueRange(10, 20, false, [], { max: 5 })).toEqual([0, 5]);
  expect(valueRange(10, 20, false, [], { min: 50, max: 5 })).toEqual([50, 51]);
});

describe("colours", () => {
  it("stay with a name in any order and company", () => {
    const alone = seriesColors(["p95 latency"], "dark").get("p95 latency");
    const first = seriesColors(["cpu", "p95 latency"], "dark");
    const second = seriesColors(["p95 latency", "cpu"], "dark");
    expect(first).toEqual(second);
    expect([...first.values()]).toContain(alone);
  });

  it("are all different while the palette lasts, then grey", () => {
    const names = Array.from({ length: 12 }, (_, i) => `series ${i}`);
    const colors = [...seriesColors(names, "dark").values()];
    expect(new Set(colors).size).toBe(9);
    expect(colors.filter((color) => color === "#98A2B6")).toHaveLength(4);
  });

  it("of kinds mean what they mean everywhere", () => {
    const lines = [
      { name: "a", tone: "error" as const, values: [] },
      { name: "b", tone: "accent" as const, values: [] },
    ];
    expect(lineColors(lines, "light")).toEqual(["#C2332B", "#2257D6"]);
  });
});

it.each([
  [null, null, "–"],
  [12_408, null, "12,408"],
  [0.0231, "ratio", "2.31 %"],
  [184, "ms", "184 ms"],
  [12_000, "ms", "12 s"],
  [0.25, "s", "250 ms"],
  [1_500_000, "bytes", "1.5 MB"],
  [42.3, "%", "42.3 %"],
  [58.9, "fps", "58.9 fps"],
  [0.00042, null, "0.00042"],
  [-3, "", "-3"],
])("writes %s %s as %s", (value, unit, text) => {
  expect(formatValue(value, unit)).toBe(text);
});

it.each([
  [42.345, "%", 1, "42.3 %"],
  [5, null, 2, "5.00"],
  [2_500, "bytes/s", null, "2.5 kB/s"],
])("writes %s %s with %s decimals as %s", (value, unit, decimals, text) => {
  expect(formatValue(value, unit, decimals)).toBe(text);
});

it("shortens numbers on an axis", () => {
  expect(formatTick(4_000, null)).toBe("4,000");
  expect(formatTick(12_000, null)).toBe("12 k");
});

it("names midnight by its day", () => {
  const midnight = Date.UTC(2026, 10, 20);
  expect(formatTimeTick(midnight, 3_600_000, "utc")).toBe("20 Nov");
  expect(formatTimeTick(midnight + 3_600_000, 3_600_000, "utc")).toBe("01:00");
  expect(formatTimeTick(midnight + 5_000, 5_000, "utc")).toBe("00:00:05");
});

it("draws a sparkline in runs between gaps", () => {
  expect(strokes([0, 1, null, 2], 30)).toEqual(["0,29 33.33,15", "100,1"]);
  expect(strokes([], 30)).toEqual([]);
  expect(strokes([0, 0], 30)).toEqual(["0,29 100,29"]);
});
