import { memo, type ReactNode, useCallback, useRef } from "react";
import { PanelView } from "@/components/panel";
import type { BoardLive, Panel } from "@/lib/board";
import { type PanelActions, PanelMenu } from "./panel-menu";

/** What the grid library drags by. */
export const DRAG_HANDLE = "panel-drag";

type BoardPanelProps = {
  panel: Panel;
  live: BoardLive;
  editable: boolean;
  editing: boolean;
  alone?: boolean;
  /** Whether it can be dragged by its header. */
  draggable?: boolean;
  notice?: string | null;
  actions: PanelActions;
  /** Before the menu. */
  tools?: ReactNode;
};

/** A panel with its data and its menu, in whatever box it is put. */
export const BoardPanel = memo(function BoardPanel({
  panel,
  live,
  editable,
  editing,
  alone = false,
  draggable = false,
  notice = null,
  actions,
  tools,
}: BoardPanelProps) {
  const frame = useRef<HTMLDivElement>(null);
  const { id } = panel;
  const seen = useCallback((visible: boolean) => live.see(id, visible), [live, id]);
  return (
    <div ref={frame} className="h-full min-w-0">
      <PanelView
        panel={panel}
        source={live.panel(id)}
        notice={notice}
        onSeen={seen}
        dragHandle={draggable ? DRAG_HANDLE : undefined}
        className="h-full"
        menu={
          <>
            {tools}
            <PanelMenu
              panel={panel}
              editable={editable}
              editing={editing}
              alone={alone}
              actions={actions}
              element={() => frame.current?.firstElementChild as HTMLElement | null}
            />
          </>
        }
      />
    </div>
  );
});
