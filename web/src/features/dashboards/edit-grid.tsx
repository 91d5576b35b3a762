import "./edit-grid.css";
import { Move } from "lucide-react";
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import ReactGridLayout, { type Layout, useContainerWidth } from "react-grid-layout";
import { Button } from "@/components/button";
import { panels as kinds } from "@/components/panel";
import { Tooltip } from "@/components/tooltip";
import { type BoardLive, ops, type Panel } from "@/lib/board";
import {
  arrange,
  COLUMNS,
  changedPlaces,
  GAP,
  inReadingOrder,
  MAX_HEIGHT,
  moved,
  type Place,
  ROW,
  type Move as Step,
} from "./arrange";
import { BoardPanel, DRAG_HANDLE } from "./board-panel";
import type { PanelActions } from "./panel-menu";

type EditGridProps = {
  panels: readonly Panel[];
  live: BoardLive;
  notices: Readonly<Record<string, string>>;
  actions: PanelActions;
};

/** Steps that follow each other this closely are one change. */
const STEPS_MS = 700;

/** The panels while they are arranged: each drag, resize or run of arrow keys is one operation. */
export default function EditGrid({ panels, live, notices, actions }: EditGridProps) {
  const { width, containerRef, mounted } = useContainerWidth();
  const [trial, setTrial] = useState<Map<string, Place> | null>(null);
  const settled = useMemo(() => arrange(panels), [panels]);
  const places = trial ?? settled;
  const layout = useMemo(
    () =>
      panels.map((panel) => {
        const place = places.get(panel.id) ?? panel;
        const least = kinds[panel.type]?.least;
        return {
          i: panel.id,
          x: place.position_x,
          y: place.position_y,
          w: place.width,
          h: place.height,
          minW: Math.min(least?.width ?? 1, place.width),
          minH: Math.min(least?.height ?? 1, place.height),
          maxH: MAX_HEIGHT,
        };
      }),
    [panels, places],
  );
  // Focus and screen readers follow the order of the document.
  const ordered = useMemo(() => inReadingOrder(panels), [panels]);

  const commit = useCallback(
    (next: ReadonlyMap<string, Place>) => {
      const changed = changedPlaces(panels, next);
      if (changed) live.change(ops.layout(changed));
    },
    [panels, live],
  );
  const onStop = useCallback((next: Layout) => commit(placesOf(next)), [commit]);
  const step = useSteps(panels, trial, setTrial, commit);

  return (
    <div ref={containerRef} className="min-w-0">
      {/* The drag library writes a style tag, which the content security policy refuses,
          unless it finds that one is there. */}
      <span id="react-draggable-style-el" hidden />
      {mounted && (
        <ReactGridLayout
          className="arranging"
          width={width}
          layout={layout}
          gridConfig={{
            cols: COLUMNS,
            rowHeight: ROW,
            margin: [GAP, GAP],
            containerPadding: [0, 0],
          }}
          dragConfig={{
            enabled: true,
            handle: `.${DRAG_HANDLE}`,
            cancel: `button:not(.${DRAG_HANDLE}), a, input, select`,
          }}
          resizeConfig={{ enabled: true, handles: ["se"] }}
          style={{ backgroundSize: `${(width + GAP) / COLUMNS}px ${ROW + GAP}px` }}
          onDragStop={onStop}
          onResizeStop={onStop}
        >
          {ordered.map((panel) => (
            <div key={panel.id} id={`panel-${panel.id}`} className="min-w-0">
              <BoardPanel
                panel={panel}
                live={live}
                editable
                editing
                draggable
                notice={notices[panel.id]}
                actions={actions}
                tools={<MoveButton panel={panel} onStep={step} />}
              />
            </div>
          ))}
        </ReactGridLayout>
      )}
    </div>
  );
}

function placesOf(layout: Layout): Map<string, Place> {
  return new Map(
    layout.map(({ i, x, y, w, h }) => [i, { position_x: x, position_y: y, width: w, height: h }]),
  );
}

/** Arrow keys: seen at once, kept when the person pauses. */
function useSteps(
  panels: readonly Panel[],
  trial: Map<string, Place> | null,
  setTrial: (trial: Map<string, Place> | null) => void,
  commit: (places: ReadonlyMap<string, Place>) => void,
) {
  const waiting = useRef<{ timer: ReturnType<typeof setTimeout>; run: () => void } | null>(null);
  const latest = useRef({ panels, trial, commit });
  latest.current = { panels, trial, commit };

  // Leaving in the middle of it keeps what was done.
  useEffect(
    () => () => {
      if (!waiting.current) return;
      clearTimeout(waiting.current.timer);
      waiting.current.run();
    },
    [],
  );
  return useCallback(
    (id: string, move: Step) => {
      const { panels, trial } = latest.current;
      const now = panels.map((panel) => ({ ...panel, ...trial?.get(panel.id) }));
      const next = moved(now, id, move);
      latest.current.trial = next;
      setTrial(next);
      if (waiting.current) clearTimeout(waiting.current.timer);
      const run = () => {
        waiting.current = null;
        latest.current.commit(next);
        setTrial(null);
      };
      waiting.current = { timer: setTimeout(run, STEPS_MS), run };
    },
    [setTrial],
  );
}

const STEPS: Record<string, Step> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};
const SIZES: Record<string, Step> = {
  ArrowUp: "shorter",
  ArrowDown: "taller",
  ArrowLeft: "narrower",
  ArrowRight: "wider",
};

type MoveButtonProps = { panel: Panel; onStep: (id: string, move: Step) => void };

function MoveButton({ panel, onStep }: MoveButtonProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    const step = (event.shiftKey ? SIZES : STEPS)[event.key];
    if (!step) return;
    event.preventDefault();
    onStep(panel.id, step);
  };
  return (
    <Tooltip label="Arrow keys move, Shift and arrow keys resize">
      <Button
        variant="ghost"
        size="icon"
        className={`-my-1 size-7! cursor-grab! ${DRAG_HANDLE}`}
        aria-label={`Move ${panel.title || "the panel"} with the arrow keys, resize with Shift`}
        onKeyDown={onKeyDown}
      >
        <Move aria-hidden />
      </Button>
    </Tooltip>
  );
}
