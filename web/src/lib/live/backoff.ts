/** How long to wait before the next attempt. */
const BASE_MS = 500;
const CAP_MS = 30_000;

/**
 * Exponential with equal jitter: attempt 0 waits 250–500 ms, attempt 6 and later 15–30 s.
 * Half of it is fixed so that a server that refuses at once is never hammered.
 */
export function backoffMs(attempt: number, random: () => number): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt, 16));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}

/** A restart drops every client in the same moment: they come back spread over three seconds. */
export function restartMs(random: () => number): number {
  return Math.round(250 + 2_750 * random());
}
