/** Live events: one store outside React, one socket per project. */
export { CounterRing } from "./counter-ring";
export {
  type Breadcrumb,
  EVENT_KINDS,
  type EventException,
  type EventKind,
  type PulseEvent,
  type StackFrame,
} from "./event";
export type { GapState, LogEntry } from "./event-log";
export { flush } from "./flush";
export type { LiveSnapshot } from "./project-live";
export { closeAll, holdProject, projectLive } from "./projects";
export { type LiveStatus, retryLive, useLiveStatus } from "./status";
export { useLive, useLiveConnection, useLiveEvents, useLiveValue } from "./use-live";
