/** React's way into an open dashboard. */
import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react";
import type { BoardLive, BoardSnapshot, Playback } from "./board-live";
import { boardLive, holdBoard } from "./boards";
import type { Notice } from "./notices";
import type { PanelFrame, PanelSource } from "./panel-source";

export type BoardView = BoardSnapshot & { live: BoardLive };

/** A dashboard and its socket while mounted. Renders when the dashboard changes, never because of data. */
export function useBoard(dashboardId: string, playback?: Playback): BoardView {
  const at = playback?.at;
  const speed = playback?.speed;
  const live = useMemo(
    () => boardLive(dashboardId, at ? { at, speed } : undefined),
    [dashboardId, at, speed],
  );
  useEffect(() => holdBoard(live, at ? { at, speed } : undefined), [live, at, speed]);
  const view = useSyncExternalStore(live.subscribe, live.snapshot);
  return useMemo(() => ({ ...view, live }), [view, live]);
}

/** One value of it: renders only when that value changes. `pick` must be stable. */
export function useBoardValue<T>(live: BoardLive, pick: (board: BoardSnapshot) => T): T {
  const read = useCallback(() => pick(live.snapshot()), [live, pick]);
  return useSyncExternalStore(live.subscribe, read);
}

/** What others did meanwhile, and what was refused. `run` must be stable. */
export function useNotices(live: BoardLive, run: (notice: Notice) => void) {
  useEffect(() => live.onNotice(run), [live, run]);
}

/** The data of one panel, for what renders with it. */
export function usePanelFrame(source: PanelSource): PanelFrame {
  return useSyncExternalStore(source.subscribe, source.get);
}
