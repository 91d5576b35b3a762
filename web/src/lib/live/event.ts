/** One thing that happened, as `GET …/events` and the live frames carry it. Absent is `null`. */
export type PulseEvent = {
  id: string;
  type: EventKind;
  name: string;
  timestamp: string;
  received_at: string;
  level: string | null;
  user: string | null;
  session: string | null;
  release: string | null;
  environment: string | null;
  tags: Record<string, string>;
  value: number | null;
  unit: string | null;
  payload: unknown;
  issue_id?: string | null;
  feed_id?: string | null;
  stack?: string | null;
  exception?: EventException | EventException[] | null;
  breadcrumbs?: Breadcrumb[] | null;
};

export type EventKind = "error" | "event" | "metric";

export const EVENT_KINDS: readonly EventKind[] = ["error", "event", "metric"];

export type EventException = {
  type?: string | null;
  value?: string | null;
  frames?: StackFrame[] | null;
};

export type StackFrame = {
  function?: string | null;
  file?: string | null;
  filename?: string | null;
  module?: string | null;
  line?: number | null;
  lineno?: number | null;
  column?: number | null;
  colno?: number | null;
  in_app?: boolean | null;
};

/** Clients send breadcrumbs in many shapes; what is unknown is shown as it is. */
export type Breadcrumb = Record<string, unknown>;
