import { expect, test } from "vitest";
import { relativeTime } from "./relative-time";

const now = Date.parse("2026-11-20T18:00:00Z");

test.each([
  ["2026-11-20T18:00:00Z", "just now"],
  ["2026-11-20T18:00:04Z", "just now"],
  ["2026-11-20T17:59:56Z", "4 s ago"],
  ["2026-11-20T17:57:01Z", "2 min ago"],
  ["2026-11-20T15:00:00Z", "3 h ago"],
  ["2026-11-18T18:00:00Z", "2 d ago"],
  ["2026-08-20T18:00:00Z", "3 mo ago"],
  ["2024-08-20T18:00:00Z", "2 y ago"],
  ["2026-11-20T18:05:00Z", "in 5 min"],
])("%s is %s", (at, text) => {
  expect(relativeTime(at, now)).toBe(text);
});
