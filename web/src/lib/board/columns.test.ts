import { line, panelData } from "@test/board";
import { describe, expect, it } from "vitest";
import { type Columns, columnsOf, lastOf, mergeColumns } from "./columns";

const gap = Number.NaN;

function values({ series }: Columns): number[][] {
  return series.map((one) => Array.from(one.values));
}

describe("columns", () => {
  it("put lines of different moments over one row of them", () => {
    const columns = columnsOf(
      panelData({
        series: [
          line([
            [1_000, 1],
            [3_000, null],
            [5_000, 3],
          ]),
          line([[3_000, 7]], { name: "ram", previous: [[5_000, 9]] }),
        ],
      }),
    );
    expect(Array.from(columns.times)).toEqual([1_000, 3_000, 5_000]);
    expect(values(columns)).toEqual([
      [1, gap, 3],
      [gap, 7, gap],
    ]);
    expect(Array.from(columns.series[1]?.previous ?? [])).toEqual([gap, gap, 9]);
  });

  it("take in the newest buckets and let the oldest go", () => {
    const old = columnsOf(
      panelData({ series: [line([0, 2, 4, 6, 8].map((s) => [s * 1_000, s]))] }),
    );
    const merged = mergeColumns(
      old,
      panelData({
        from: 8_000,
        to: 13_000,
        series: [
          line([
            [8_000, 80],
            [12_000, 120],
          ]),
        ],
      }),
    );
    expect([merged.from, merged.to]).toEqual([3_000, 13_000]);
    expect(Array.from(merged.times)).toEqual([4_000, 6_000, 8_000, 12_000]);
    expect(values(merged)).toEqual([[4, 6, 80, 120]]);
    // What was handed out stays as it was.
    expect(values(old)).toEqual([[0, 2, 4, 6, 8]]);
  });

  it("keep the order of lines, those that were silent too, until they are out of sight", () => {
    const old = columnsOf(
      panelData({ series: [line([[1_000, 1]]), line([[9_000, 2]], { name: "ram" })] }),
    );
    const next = mergeColumns(
      old,
      panelData({
        from: 9_000,
        to: 10_500,
        series: [line([[10_000, 3]], { name: "new" }), line([[10_000, 4]], { name: "ram" })],
      }),
    );
    expect(next.series.map(({ name }) => name)).toEqual(["cpu", "ram", "new"]);
    const later = mergeColumns(next, panelData({ from: 11_000, to: 12_000 }));
    expect(later.series.map(({ name }) => name)).toEqual(["ram", "new"]);
  });

  it("keep what the whole span told until there is something", () => {
    const nothing = { source: 0, code: "nothing_at_path", message: "nothing at `a.b`" };
    const failing = { source: 0, code: "feed_failing", message: "host: no answer" };
    const old = columnsOf(panelData({ problems: [nothing, failing] }));
    expect(mergeColumns(old, panelData({ from: 9_000 })).problems).toEqual([nothing]);
    const found = panelData({ from: 9_000, series: [line([[9_000, 1]])] });
    expect(mergeColumns(old, found).problems).toEqual([]);
  });

  it("are the same however the parts are cut", () => {
    const all = Array.from({ length: 60 }, (_, i): [number, number] => [i * 1_000, i * i]);
    let merged = columnsOf(panelData({ from: 0, to: 10_000, series: [line(all.slice(0, 10))] }));
    for (let to = 13; to <= 60; to += 3) {
      const part = all.slice(Math.max(to - 7, 0), to);
      merged = mergeColumns(
        merged,
        panelData({ from: part[0]?.[0] ?? 0, to: to * 1_000, series: [line(part)] }),
      );
    }
    const { to } = merged;
    const whole = columnsOf(
      panelData({
        from: to - 10_000,
        to,
        series: [line(all.filter(([ms]) => ms >= to - 10_000 && ms < to))],
      }),
    );
    expect(Array.from(merged.times)).toEqual(Array.from(whole.times));
    expect(values(merged)).toEqual(values(whole));
  });
});

it("finds the last number", () => {
  expect([lastOf([1, 2, gap]), lastOf([gap]), lastOf([])]).toEqual([2, null, null]);
});
