import { describe, expect, test } from "vitest";
import { defaultRange, instant, rangeLabel, readRange, resolveRange } from "./time-range";

const now = new Date("2026-11-20T18:00:00.000Z");

describe("instant", () => {
  test.each([
    ["now", "2026-11-20T18:00:00.000Z"],
    ["now-90s", "2026-11-20T17:58:30.000Z"],
    ["now-15m", "2026-11-20T17:45:00.000Z"],
    ["now-24h", "2026-11-19T18:00:00.000Z"],
    ["now-7d", "2026-11-13T18:00:00.000Z"],
    ["now-2w", "2026-11-06T18:00:00.000Z"],
    ["2026-11-20T10:00:00Z", "2026-11-20T10:00:00.000Z"],
  ])("%s", (word, at) => {
    expect(instant(word, now)?.toISOString()).toBe(at);
  });

  test.each(["", "yesterday", "now+1h", "now-1y", "now-", "2026", "2026-99-99T00:00:00Z"])(
    "%j is no time",
    (word) => {
      expect(instant(word, now)).toBeNull();
    },
  );
});

describe("readRange", () => {
  test("without anything it is the last hour", () => {
    expect(readRange({})).toEqual(defaultRange);
  });

  test("keeps words as words", () => {
    expect(readRange({ from: "now-6h", to: "now", refresh: "30s" })).toEqual({
      from: "now-6h",
      to: "now",
      refresh: "30s",
    });
  });

  test("an unreadable or backward range falls back, but keeps the refresh", () => {
    const last = { ...defaultRange, refresh: "5s" };
    expect(readRange({ from: "nonsense", refresh: "5s" })).toEqual(last);
    expect(readRange({ from: "now", to: "now-1h", refresh: "5s" })).toEqual(last);
  });

  test("an unknown refresh is off", () => {
    expect(readRange({ refresh: "1ms" }).refresh).toBe("off");
  });
});

test("a relative range moves with the clock", () => {
  const later = new Date(now.getTime() + 60_000);
  const range = { from: "now-1h", to: "now" };
  expect(resolveRange(range, later).from.getTime() - resolveRange(range, now).from.getTime()).toBe(
    60_000,
  );
});

test("labels", () => {
  const format = (at: string) => at.slice(11, 16);
  expect(rangeLabel({ from: "now-1h", to: "now" }, format)).toBe("Last 1 hour");
  expect(rangeLabel({ from: "now-3h", to: "now" }, format)).toBe("Last 3 h");
  expect(rangeLabel({ from: "2026-11-20T10:00:00Z", to: "2026-11-20T11:00:00Z" }, format)).toBe(
    "10:00 – 11:00",
  );
});
