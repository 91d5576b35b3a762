/** React's way into the live store. */
import { useCallback, useEffect, useSyncExternalStore } from "react";
import type { EventsListener, LiveSnapshot } from "./project-live";
import { holdProject, projectLive } from "./projects";

const NOTHING: LiveSnapshot = {
  entries: [],
  rate: 0,
  status: {
    status: "reconnecting",
    label: "Connecting",
    detail: "Opening the live connection.",
    canRetry: false,
  },
  epoch: 0,
  gaps: 0,
};

/** Keeps a project's socket open while mounted. */
export function useLiveConnection(projectId: string | undefined) {
  useEffect(() => (projectId ? holdProject(projectId) : undefined), [projectId]);
}

/** What is live in a project, renewed at most four times a second; holds its socket. */
export function useLive(projectId: string): LiveSnapshot {
  return useLiveValue(projectId, whole);
}

/** One value of it: renders only when that value changes. `pick` must be stable. */
export function useLiveValue<T>(projectId: string, pick: (live: LiveSnapshot) => T): T {
  const subscribe = useCallback(
    (run: () => void) => {
      const release = holdProject(projectId);
      const leave = projectLive(projectId)?.subscribe(run);
      return () => {
        leave?.();
        release();
      };
    },
    [projectId],
  );
  const read = useCallback(
    () => pick(projectLive(projectId)?.snapshot() ?? NOTHING),
    [projectId, pick],
  );
  return useSyncExternalStore(subscribe, read);
}

/** Every batch at once, for counting outside React. `run` must be stable. */
export function useLiveEvents(projectId: string, run: EventsListener) {
  useEffect(() => {
    const release = holdProject(projectId);
    const leave = projectLive(projectId)?.listen(run);
    return () => {
      leave?.();
      release();
    };
  }, [projectId, run]);
}

function whole(live: LiveSnapshot): LiveSnapshot {
  return live;
}
