/**
 * A histogram that goes on by itself: REST brought the counts so far, the socket brings what is
 * new. Nothing here renders; the chart is told at the pace of the flush.
 */
import type { ChartData, ChartFeed, ChartLine } from "@/components/chart";
import { CounterRing, EVENT_KINDS, type EventKind, flush, projectLive } from "@/lib/live";
import type { ComparedHistogram } from "./overview-api";

/** More than any histogram has. */
const BUCKETS = 256;

const TONES: Record<EventKind, ChartLine["tone"]> = {
  error: "error",
  event: "accent",
  metric: "metric",
};
const LABELS: Record<EventKind, string> = { error: "errors", event: "events", metric: "metrics" };

/** The counts as a chart: a line per kind that occurs, and the period before where asked. */
export function histogramData(
  { current, previous }: ComparedHistogram,
  added?: CounterRing,
  now?: number,
): ChartData {
  const step = current.bucket * 1_000;
  const times = current.items.map(({ ts }) => Date.parse(ts));
  let last = times.at(-1);
  if (added && now !== undefined && last !== undefined) {
    while (last + step <= now && times.length < BUCKETS) {
      last += step;
      times.push(last);
    }
  }
  const line = (kind: EventKind): ChartLine => ({
    name: kind,
    label: LABELS[kind],
    tone: TONES[kind],
    values: times.map((time, i) => (current.items[i]?.[kind] ?? 0) + (added?.at(kind, time) ?? 0)),
  });
  const before = (kind: EventKind): ChartLine => ({
    name: kind,
    label: LABELS[kind],
    tone: TONES[kind],
    previous: true,
    values: times.map((_, i) => previous?.items[i]?.[kind] ?? null),
  });
  return {
    times,
    series: [
      ...EVENT_KINDS.map(line),
      ...(previous ? (["error", "event"] as const).map(before) : []),
    ],
  };
}

/** Follows a project from the moment the counts were read. */
export function liveFeed(projectId: string, base: ComparedHistogram): ChartFeed {
  return {
    subscribe(run) {
      const added = new CounterRing(base.current.bucket * 1_000, BUCKETS);
      const draw = () => run(histogramData(base, added, Date.now()));
      const leave = projectLive(projectId)?.listen((events) => {
        for (const event of events) {
          // What happened before the counts end is in them already.
          const at = Date.parse(event.timestamp);
          if (at >= base.to) added.add(event.type, at);
        }
        flush.request(draw);
      });
      const slide = setInterval(() => flush.request(draw), 5_000);
      return () => {
        leave?.();
        clearInterval(slide);
        flush.cancel(draw);
      };
    },
  };
}
