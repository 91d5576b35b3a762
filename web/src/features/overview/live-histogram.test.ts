import { expect, it, vi } from "vitest";
import type { ChartData } from "@/components/chart";
import type { PulseEvent } from "@/lib/live/event";
import { newest } from "./latest-events";
import { histogramData, liveFeed } from "./live-histogram";
import type { ComparedHistogram } from "./overview-api";

const live = vi.hoisted(() => ({ tell: (_events: unknown[]) => {} }));
vi.mock("@/lib/live", async () => {
  const { CounterRing } = await import("@/lib/live/counter-ring");
  const { EVENT_KINDS } = await import("@/lib/live/event");
  return {
    CounterRing,
    EVENT_KINDS,
    flush: { request: (job: () => void) => job(), cancel: () => {} },
    useLive: () => null,
    projectLive: () => ({
      listen: (run: (events: unknown[]) => void) => {
        live.tell = run;
        return () => {};
      },
    }),
  };
});
vi.mock("@/components/chart", () => ({ formatValue: String }));
vi.mock("@/lib/event-api", () => ({}));
vi.mock("@/lib/api", () => ({}));

const start = Date.UTC(2026, 10, 20, 18);
const at = (ms: number) => new Date(start + ms).toISOString();
const bucket = (ms: number, error: number, event: number) => ({
  ts: at(ms),
  error,
  event,
  metric: 0,
});
const base: ComparedHistogram = {
  current: { bucket: 60, items: [bucket(0, 1, 10), bucket(60_000, 0, 5)] },
  previous: { bucket: 60, items: [bucket(-120_000, 2, 7)] },
  to: start + 90_000,
};

it("draws a line per kind, and the period before behind them", () => {
  const data = histogramData(base);
  expect(data.times).toEqual([start, start + 60_000]);
  expect(
    data.series.map(({ name, previous, values }) => [name, previous ?? false, values]),
  ).toEqual([
    ["error", false, [1, 0]],
    ["event", false, [10, 5]],
    ["metric", false, [0, 0]],
    ["error", true, [2, null]],
    ["event", true, [7, null]],
  ]);
});

it("goes on with what the socket brings and counts nothing twice", () => {
  vi.useFakeTimers({ now: start + 130_000 });
  let drawn: ChartData | undefined;
  const leave = liveFeed("p", base).subscribe((data) => {
    drawn = data;
  });
  live.tell([
    { type: "event", timestamp: at(70_000) },
    { type: "event", timestamp: at(95_000) },
    { type: "error", timestamp: at(125_000) },
  ]);
  expect(drawn?.times).toEqual([start, start + 60_000, start + 120_000]);
  expect(drawn?.series[1]?.values).toEqual([10, 6, 0]);
  expect(drawn?.series[0]?.values).toEqual([1, 0, 1]);
  leave();
  vi.useRealTimers();
});

it("lists the newest events, live ones first, each once", () => {
  const event = (id: string) => ({ id }) as PulseEvent;
  const entries = ["c", "d"].map((id, seq) => ({ kind: "event" as const, seq, event: event(id) }));
  expect(newest(entries, [event("c"), event("b"), event("a")]).map(({ id }) => id)).toEqual([
    "d",
    "c",
    "b",
    "a",
  ]);
});
