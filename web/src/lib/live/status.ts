/** The connection pill's side of the live store. */
import { useCallback, useSyncExternalStore } from "react";
import { projectLive, watchProjects } from "./projects";
import type { LiveStatus } from "./status-of";

export type { LiveStatus } from "./status-of";

/** How live a project is just now; `null` while no screen holds its socket. */
export function useLiveStatus(projectId: string | undefined): LiveStatus | null {
  const subscribe = useCallback(
    (run: () => void) => {
      let leave: (() => void) | undefined;
      const attach = () => {
        leave?.();
        leave = projectId ? projectLive(projectId)?.subscribe(run) : undefined;
        run();
      };
      const unwatch = watchProjects(attach);
      attach();
      return () => {
        unwatch();
        leave?.();
      };
    },
    [projectId],
  );
  const read = useCallback(
    () => (projectId ? (projectLive(projectId)?.snapshot().status ?? null) : null),
    [projectId],
  );
  return useSyncExternalStore(subscribe, read);
}

/** "Try now" on the pill. */
export function retryLive(projectId: string) {
  projectLive(projectId)?.retry();
}
