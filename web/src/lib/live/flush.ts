/**
 * One animation frame for everything live, at most four times a second, none while nobody looks.
 * Data is taken in at once; only the telling of it waits for the frame.
 */
export type Flush = { request(job: () => void): void; cancel(job: () => void): void };

const INTERVAL_MS = 250;

type Clock = {
  frame(run: () => void): void;
  now(): number;
  later(run: () => void, ms: number): void;
  hidden(): boolean;
  onVisible(run: () => void): void;
};

export function createFlush(clock: Clock): Flush {
  const jobs = new Set<() => void>();
  let scheduled = false;
  let last = Number.NEGATIVE_INFINITY;

  function schedule() {
    if (scheduled || jobs.size === 0 || clock.hidden()) return;
    scheduled = true;
    const wait = last + INTERVAL_MS - clock.now();
    if (wait <= 0) clock.frame(run);
    else clock.later(() => clock.frame(run), wait);
  }

  function run() {
    scheduled = false;
    if (clock.hidden()) return;
    last = clock.now();
    const due = [...jobs];
    jobs.clear();
    for (const job of due) job();
  }

  clock.onVisible(schedule);
  return {
    request(job) {
      jobs.add(job);
      schedule();
    },
    cancel(job) {
      jobs.delete(job);
    },
  };
}

/** The page's own. */
export const flush: Flush = createFlush({
  frame: (run) => requestAnimationFrame(run),
  now: () => performance.now(),
  later: (run, ms) => setTimeout(run, ms),
  hidden: () => document.hidden,
  onVisible: (run) =>
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) run();
    }),
});
