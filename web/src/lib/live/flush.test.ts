import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createFlush } from "./flush";

let hidden = false;
let visible = () => {};

function flush() {
  return createFlush({
    frame: (run) => setTimeout(run, 16),
    now: () => Date.now(),
    later: (run, ms) => setTimeout(run, ms),
    hidden: () => hidden,
    onVisible: (run) => {
      visible = run;
    },
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  hidden = false;
});
afterEach(() => vi.useRealTimers());

it("draws at most four times a second whatever is asked", () => {
  const { request } = flush();
  const draw = vi.fn();
  for (let i = 0; i < 100; i++) {
    request(draw);
    vi.advanceTimersByTime(10);
  }
  expect(draw.mock.calls.length).toBeGreaterThanOrEqual(3);
  expect(draw.mock.calls.length).toBeLessThanOrEqual(4);
});

it("draws nothing in a hidden tab and catches up when it is seen", () => {
  hidden = true;
  const { request } = flush();
  const draw = vi.fn();
  request(draw);
  vi.advanceTimersByTime(5_000);
  expect(draw).not.toHaveBeenCalled();
  hidden = false;
  visible();
  vi.advanceTimersByTime(20);
  expect(draw).toHaveBeenCalledTimes(1);
});
