import { expect, test } from "vitest";
import { compactValue, countdown, everyText } from "./feed-text";

test.each([
  [{ cpu: 42.34, ram: 68.1 }, "cpu 42.34 · ram 68.1"],
  [{ a: 1, b: "two", c: true, d: null, e: 5 }, "a 1 · b two · c true · and 2 more"],
  [{ disk: { free: 1 }, cpu: 3 }, "cpu 3 · and 1 more"],
  [{ disk: { free: 1 }, list: [1, 2] }, "disk {1} · list [2]"],
  [69000.12, "69,000.1"],
  [1.08125, "1.08125"],
  [12_345_678, "12,345,678"],
  ["up", "up"],
  ["x".repeat(50), `${"x".repeat(39)}…`],
  [[1, 2, 3], "3 items"],
  [[1], "1 item"],
  [[], "an empty list"],
  [{}, "an empty object"],
  [null, "nothing"],
  [false, "false"],
])("%j on one line is %s", (payload, text) => {
  expect(compactValue(payload)).toBe(text);
});

test.each([
  [0, "now"],
  [-5, "now"],
  [4, "in 4 s"],
  [3.2, "in 4 s"],
  [125, "in 2:05"],
  [7_380, "in 2 h 3 min"],
])("%d s from now is %s", (seconds, text) => {
  const now = Date.parse("2026-11-20T18:00:00Z");
  expect(countdown(new Date(now + seconds * 1_000).toISOString(), now)).toBe(text);
});

test.each([
  [10, "every 10 s"],
  [90, "every 90 s"],
  [300, "every 5 min"],
  [7_200, "every 2 h"],
  [null, "receives"],
])("an interval of %d is %s", (interval_sec, text) => {
  expect(everyText({ interval_sec })).toBe(text);
});
