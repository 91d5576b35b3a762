import { expect, it } from "vitest";
import { backoffMs, restartMs } from "./backoff";
import { CounterRing } from "./counter-ring";

it("counts by kind and bucket, and forgets what the ring has overtaken", () => {
  const ring = new CounterRing(1_000, 4);
  ring.add("error", 10_000);
  ring.add("event", 10_999, 2);
  ring.add("metric", 12_000);
  expect(ring.at("error", 10_500)).toBe(1);
  expect(ring.at("event", 10_000)).toBe(2);
  expect(ring.total(10_000, 12_000)).toBe(3);
  ring.add("event", 14_000);
  expect(ring.at("error", 10_500)).toBe(0);
  ring.add("error", 10_000);
  expect(ring.at("event", 14_000)).toBe(1);
  ring.add("event", Number.NaN);
  ring.clear();
  expect(ring.total(0, 20_000)).toBe(0);
});

it("backs off exponentially with jitter and a cap", () => {
  expect(backoffMs(0, () => 0)).toBe(250);
  expect(backoffMs(0, () => 1)).toBe(500);
  expect(backoffMs(3, () => 1)).toBe(4_000);
  expect(backoffMs(50, () => 1)).toBe(30_000);
  expect(restartMs(() => 1)).toBe(3_000);
});
