/** An open dashboard: operations, optimistic and confirmed, and the data of its panels. */
export { applyOp, type Board } from "./apply-op";
export { BoardLive, type BoardSnapshot, type Playback } from "./board-live";
export { boardLive, holdBoard } from "./boards";
export { type Columns, columnsOf, type Line as PanelLine, lastOf, seriesKey } from "./columns";
export type { FeedNow, FeedWindow } from "./feed-window";
export type { Clock, Watch } from "./frames";
export { newId } from "./new-id";
export { type Notice, noticeText } from "./notices";
export { diffPanel, type NewPanel, ops, same } from "./ops";
export { fixedSource, type PanelFrame, type PanelSource } from "./panel-source";
export * from "./types";
export { type BoardView, useBoard, useBoardValue, useNotices, usePanelFrame } from "./use-board";
export { type Preview, usePanelPreview } from "./use-preview";
export { fillVariables } from "./variables";
