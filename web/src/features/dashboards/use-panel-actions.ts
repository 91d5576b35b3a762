import { useMemo, useRef } from "react";
import { type Naming, savePanelCsv, savePanelPng } from "@/components/panel";
import { toast } from "@/components/toast";
import { type BoardLive, type DashboardFull, newId, ops } from "@/lib/board";
import type { SearchParams } from "@/lib/search-params";
import { useTheme } from "@/lib/theme";
import { changedPlaces, freePlace, moved } from "./arrange";
import type { PanelActions } from "./panel-menu";

/** What the menus of the panels do. The same object for ever, so that panels do not render anew. */
export function usePanelActions(
  board: DashboardFull,
  live: BoardLive,
  naming: Naming,
  change: (changes: SearchParams) => void,
): PanelActions {
  const theme = useTheme();
  const latest = useRef({ board, change, theme, naming });
  latest.current = { board, change, theme, naming };
  return useMemo((): PanelActions => {
    const find = (id: string) => latest.current.board.panels.find((panel) => panel.id === id);
    return {
      edit: (id) => latest.current.change({ edit: "1", editor: id }),
      maximize: (id) => latest.current.change({ panel: id }),
      duplicate: (id) => {
        const panel = find(id);
        if (!panel) return;
        const { type, title, feed_ids, query, options } = panel;
        const copy = newId();
        live.change(
          ops.create(copy, {
            type,
            title: title ? `${title} copy`.slice(0, 200) : "",
            feed_ids,
            query,
            options,
            ...freePlace(latest.current.board.panels, panel),
          }),
        );
        bringIntoView(copy);
      },
      remove: (id) => {
        const panel = find(id);
        if (!panel) return;
        live.change(ops.remove(id));
        latest.current.change({ panel: undefined });
        toast.ok(panel.title ? `“${panel.title}” deleted` : "Panel deleted", {
          undo: () => live.change(ops.bringBack(id)),
        });
      },
      step: (id, move) => {
        const { panels } = latest.current.board;
        const changed = changedPlaces(panels, moved(panels, id, move));
        if (changed) live.change(ops.layout(changed));
      },
      csv: (id) => {
        const panel = find(id);
        if (panel && !savePanelCsv(panel, live.panel(id).get(), latest.current.naming)) {
          toast.error("This panel has no data to export yet.");
        }
      },
      png: (id, element) => {
        const panel = find(id);
        if (!panel || !element) return;
        const frame = live.panel(id).get();
        if (!frame.data) {
          toast.error("This panel has no data to draw yet.");
          return;
        }
        savePanelPng(element, panel, frame, latest.current.theme, latest.current.naming).catch(() =>
          toast.error("The picture could not be made in this browser."),
        );
      },
    };
  }, [live]);
}

/** Once it has been drawn. */
export function bringIntoView(panelId: string): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() =>
      document
        .getElementById(`panel-${panelId}`)
        ?.scrollIntoView({ block: "nearest", behavior: "smooth" }),
    ),
  );
}
