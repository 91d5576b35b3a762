import { expect, test } from "vitest";
import { axisFloor, byPath, headline, numbersOf, shownRange, spansOf } from "./feed-numbers";

test.each([
  [
    { b: 1, a: { c: 2, text: "3" } },
    { b: 1, "a.c": 2 },
  ],
  [
    { disks: [{ free: 1 }, 2], "odd.key": 3 },
    { "disks[0].free": 1, "disks[1]": 2, '["odd.key"]': 3 },
  ],
  [42, { value: 42 }],
  [null, {}],
  ["text", {}],
])("the numbers of %j", (payload, found) => {
  expect(Object.fromEntries(numbersOf(payload))).toEqual(found);
});

test("numbers are found without end in neither width nor depth", () => {
  expect(numbersOf(Array.from({ length: 500 }, (_, i) => i)).size).toBe(100);
  let deep: unknown = 1;
  for (let i = 0; i < 5_000; i++) deep = [deep];
  expect(numbersOf(deep).size).toBe(0);
});

test("what stands on top comes first, and the tenth after the ninth", () => {
  const names = ["by_day[10].n", "by_day[9].n", "today", "authors"].map((name) => ({ name }));
  expect(names.toSorted(byPath).map(({ name }) => name)).toEqual([
    "authors",
    "today",
    "by_day[9].n",
    "by_day[10].n",
  ]);
});

test.each([
  [1, "10m"],
  [null, "10m"],
  [60, "1h"],
  [3_600, "24h"],
])("with an interval of %j the first span is %s", (interval_sec, first) => {
  expect(spansOf({ interval_sec })[0]).toBe(first);
});

test("a young feed fills the chart, an old one has the whole span", () => {
  const to = Date.parse("2026-11-20T18:00:00Z");
  const range = { from: to - 600_000, to };
  const born = (seconds: number) => ({ created_at: new Date(to - seconds * 1_000).toISOString() });
  expect(shownRange(range, born(5))).toEqual({ from: to - 60_000, to });
  expect(shownRange(range, born(240))).toEqual({ from: to - 240_000, to });
  expect(shownRange(range, born(86_400))).toEqual(range);
});

test.each([
  [1.08125, null, "1.08125"],
  [1_706, null, "1,706"],
  [4_515_151, null, "4,515,151"],
  [270_553_174_016, null, "270.6 G"],
  [184, "ms", "184 ms"],
  [undefined, null, "–"],
])("%j with the unit %j is told as %s", (value, unit, text) => {
  expect(headline(value, unit)).toBe(text);
});

test.each([
  [[60, 61, 62], 59],
  [[1, 100], null],
  [[2, 2], 1.9],
  [[255_026_765_824, 255_026_865_824], 255_026_700_000],
  [[1.0809, 1.0867], 1.08],
  [[0, 0], null],
  [[-5, -4], null],
  [[], null],
])("the axis of %j begins at %j", (values, floor) => {
  expect(axisFloor(values)).toBe(floor);
});
