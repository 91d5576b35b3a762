/** What a panel has to say beside its data: nothing yet, nothing there, or what is wrong. */
import { useCallback, useRef, useSyncExternalStore } from "react";
import type { Columns } from "@/lib/board/columns";
import type { PanelFrame, PanelSource } from "@/lib/board/panel-source";
import type { PanelType, Problem } from "@/lib/board/types";
import type { ShownPanel } from "./body";

export type PanelState = {
  phase: "loading" | "empty" | "ready";
  stale: boolean;
  loading: boolean;
  problems: readonly Problem[];
  error: string | null;
};

export function panelState(type: PanelType, frame: PanelFrame): PanelState {
  const { data, stale, loading, error } = frame;
  const problems = data?.problems ?? [];
  if (type === "text") return { phase: "ready", stale: false, loading: false, problems: [], error };
  const phase = !data ? (error ? "empty" : "loading") : hasData(type, data) ? "ready" : "empty";
  return { phase, stale, loading, problems, error };
}

/** Renders only when the state changes, not with every value. */
export function usePanelState(source: PanelSource, type: PanelType): PanelState {
  const last = useRef<{ key: string; state: PanelState } | null>(null);
  const read = useCallback(() => {
    const state = panelState(type, source.get());
    const key = JSON.stringify(state);
    if (last.current?.key !== key) last.current = { key, state };
    return last.current.state;
  }, [source, type]);
  return useSyncExternalStore(source.subscribe, read);
}

export function hasData(type: PanelType, data: Columns): boolean {
  if (type === "event_list") return data.events.length > 0;
  const hasNumbers = data.series.some(({ values, previous }) => some(values) || some(previous));
  if (type !== "bar" && type !== "table") return hasNumbers;
  const hasPayload = data.latest.some(({ payload }) => payload !== null && payload !== undefined);
  return hasNumbers || hasPayload || data.names.length > 0;
}

/** Why there is nothing, and what to do about it. */
export function emptyText(panel: ShownPanel, editable: boolean): string {
  const sources = panel.query?.sources ?? [];
  if (sources.length === 0 && panel.feed_ids.length === 0) {
    return editable
      ? "Nothing is chosen yet. Edit this panel and choose its data."
      : "Nothing is chosen yet.";
  }
  if (panel.type === "event_list") return "No event matches in this range. Choose a longer one.";
  const isFeed = sources.length === 0 || sources.every(({ kind }) => kind === "feed");
  return isFeed
    ? "The feed has brought nothing in this range. Choose a longer one, or refresh the feed."
    : "Nothing in this range. Choose a longer one.";
}

function some(values: Float64Array | null): boolean {
  return values?.some((value) => !Number.isNaN(value)) ?? false;
}
