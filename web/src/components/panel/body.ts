/** What every renderer of a panel gets. */
import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";
import type { PanelFrame, PanelSource } from "@/lib/board/panel-source";
import type { FeedBrief, Panel } from "@/lib/board/types";
import type { PulseEvent } from "@/lib/live/event";

export type ShownPanel = Pick<Panel, "id" | "type" | "title" | "options" | "query" | "feed_ids">;

export type BodyProps = {
  panel: ShownPanel;
  source: PanelSource;
  /** As it is drawn, or the same as a table. */
  view: "chart" | "table";
};

/** What the panels of one dashboard share. */
export type PanelBoard = {
  projectId: string;
  variables: Readonly<Record<string, string>>;
  /** Only their ids and names are read. */
  feeds: readonly Pick<FeedBrief, "id" | "name">[];
  /** Charts with the same key show one cursor. */
  syncKey?: string;
  /** Whether this person may change the dashboard; empty panels then say how. */
  editable: boolean;
  /** A stretch of time was chosen in a chart. */
  onBrush?: (from: number, to: number) => void;
  onOpenEvent?: (event: PulseEvent) => void;
};

const NOWHERE: PanelBoard = { projectId: "", variables: {}, feeds: [], editable: false };

export const BoardContext = createContext<PanelBoard>(NOWHERE);

export function useSurroundings(): PanelBoard {
  return useContext(BoardContext);
}

/** The newest data, for what renders with it. */
export function useFrame(source: PanelSource): PanelFrame {
  return useSyncExternalStore(source.subscribe, source.get);
}

/** The same once a second, for what is read rather than watched. */
export function useSlowFrame(source: PanelSource): PanelFrame {
  const [frame, setFrame] = useState(source.get);
  useEffect(() => {
    setFrame(source.get());
    const timer = setInterval(() => setFrame(source.get()), 1_000);
    return () => clearInterval(timer);
  }, [source]);
  return frame;
}
