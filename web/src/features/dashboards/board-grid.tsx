import { useMemo } from "react";
import { useNarrow } from "@/components/event/use-narrow";
import { panels as kinds } from "@/components/panel";
import type { BoardLive, Panel } from "@/lib/board";
import { arrange, COLUMNS, GAP, inReadingOrder, pixels, ROW } from "./arrange";
import { BoardPanel } from "./board-panel";
import type { PanelActions } from "./panel-menu";

type BoardGridProps = {
  panels: readonly Panel[];
  live: BoardLive;
  editable: boolean;
  editing: boolean;
  notices: Readonly<Record<string, string>>;
  actions: PanelActions;
};

/** The panels where they stand; on a phone below each other, as one reads. */
export function BoardGrid({ panels, live, editable, editing, notices, actions }: BoardGridProps) {
  const narrow = useNarrow();
  const places = useMemo(() => arrange(panels), [panels]);
  const order = useMemo(() => {
    const placed = panels.map((panel) => ({ ...panel, ...places.get(panel.id) }));
    return inReadingOrder(placed).map(({ id }) => id);
  }, [panels, places]);
  const byId = useMemo(() => new Map(panels.map((panel) => [panel.id, panel])), [panels]);
  return (
    <ul
      aria-label="Panels"
      className={narrow ? "flex flex-col gap-3" : "grid"}
      style={
        narrow
          ? undefined
          : {
              gridTemplateColumns: `repeat(${COLUMNS}, minmax(0, 1fr))`,
              gridAutoRows: ROW,
              gap: GAP,
            }
      }
    >
      {order.map((id) => {
        const panel = byId.get(id);
        const place = places.get(id);
        if (!panel || !place) return null;
        const { position_x: x, position_y: y, width, height } = place;
        return (
          <li
            key={id}
            id={`panel-${id}`}
            className="min-w-0 scroll-mt-4"
            style={
              narrow
                ? { height: pixels(Math.max(height, kinds[panel.type]?.least.height ?? 1)) }
                : {
                    gridColumn: `${x + 1} / span ${width}`,
                    gridRow: `${y + 1} / span ${height}`,
                  }
            }
          >
            <BoardPanel
              panel={panel}
              live={live}
              editable={editable}
              editing={editing}
              notice={notices[id]}
              actions={actions}
            />
          </li>
        );
      })}
    </ul>
  );
}
