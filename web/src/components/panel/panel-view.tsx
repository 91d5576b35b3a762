/** A panel: its frame, and within it what its type draws. Fills its parent. */
import { cx } from "class-variance-authority";
import { CircleAlert, Table2, TrendingUp, TriangleAlert } from "lucide-react";
import { type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from "react";
import type { PanelSource } from "@/lib/board/panel-source";
import type { Problem } from "@/lib/board/types";
import { fillVariables } from "@/lib/board/variables";
import { Button } from "../button";
import { Loading, Skeleton } from "../skeleton";
import { type ShownPanel, useSurroundings } from "./body";
import { Gate, watchSight } from "./gate";
import { PanelBoundary } from "./panel-boundary";
import { emptyText, type PanelState, usePanelState } from "./panel-state";
import { panels } from "./panels";

type PanelViewProps = {
  panel: ShownPanel;
  source: PanelSource;
  /** Stands at the end of the head. */
  menu?: ReactNode;
  /** A sentence about the panel itself, such as who changed it. */
  notice?: ReactNode;
  /** Whether somebody can see it; off screen nothing is drawn. `run` must be stable. */
  onSeen?: (seen: boolean) => void;
  /** A class of the head, by which the panel is dragged. */
  dragHandle?: string;
  /** In an editor, while the same panel may stand on the dashboard behind. */
  isPreview?: boolean;
  className?: string;
};

export function PanelView(props: PanelViewProps) {
  const { panel, source, menu, notice, onSeen, dragHandle, isPreview, className } = props;
  const { variables, editable } = useSurroundings();
  const [view, setView] = useState<"chart" | "table">("chart");
  const root = useRef<HTMLElement>(null);
  const gate = useMemo(() => new Gate(source), [source]);
  const state = usePanelState(gate, panel.type);
  const kind = panels[panel.type];
  const title = fillVariables(panel.title, variables);

  useEffect(() => {
    const element = root.current;
    if (!element) return;
    const leave = watchSight(element, (seen) => {
      gate.setSeen(seen);
      onSeen?.(seen);
    });
    return () => {
      leave();
      onSeen?.(false);
    };
  }, [gate, onSeen]);

  const isTable = view === "table";
  const Icon = isTable ? TrendingUp : Table2;
  const shown = useMemo(() => ({ ...panel, title }), [panel, title]);
  return (
    <section
      ref={root}
      data-panel={panel.id}
      aria-label={isPreview ? `Preview of ${title || kind.title}` : title || kind.title}
      aria-busy={state.loading || undefined}
      className={cx(
        "group flex h-full min-h-0 min-w-0 flex-col overflow-hidden rounded-lg border border-line bg-surface",
        className,
      )}
    >
      <header className={cx("flex h-9 shrink-0 items-center gap-1.5 pr-1 pl-3", dragHandle)}>
        <StateDot state={state} hasData={panel.type !== "text"} />
        <h2 className="min-w-0 flex-1 truncate font-medium" title={title}>
          {title || <span className="text-muted">{kind.title}</span>}
        </h2>
        {kind.hasTable && (
          <Button
            variant="ghost"
            size="sm"
            className="panel-no-drag px-1.5 opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 aria-pressed:opacity-100 pointer-coarse:opacity-100"
            aria-pressed={isTable}
            aria-label={`View as table: ${title || kind.title}`}
            title={isTable ? `View as ${kind.title.toLowerCase()}` : "View as table"}
            onClick={() => setView(isTable ? "chart" : "table")}
          >
            <Icon aria-hidden />
          </Button>
        )}
        {menu}
      </header>
      <div className="relative min-h-0 flex-1 px-3 pb-2">
        {state.phase === "loading" ? (
          <>
            <Loading what={title || kind.title} />
            <Skeleton className="h-full" />
          </>
        ) : state.phase === "empty" ? (
          <Nothing state={state} text={emptyText(panel, editable)} />
        ) : (
          <PanelBoundary of={shown}>
            <Suspense fallback={<Skeleton className="h-full" />}>
              <kind.Body panel={shown} source={gate} view={view} />
            </Suspense>
          </PanelBoundary>
        )}
      </div>
      {notice && (
        <p className="shrink-0 border-t border-line px-3 py-1 text-xs text-accent" role="status">
          {notice}
        </p>
      )}
      {state.phase === "ready" && <Problems state={state} />}
    </section>
  );
}

/** What is wrong, in the middle where the data would be; a whole sentence and never a code. */
function Nothing({ state, text }: { state: PanelState; text: string }) {
  const wrong = state.error ? [state.error] : state.problems.map(({ message }) => message);
  const Icon = wrong.length > 0 ? CircleAlert : null;
  return (
    <div className="flex h-full flex-col items-center justify-center gap-2 overflow-y-auto px-2 text-center text-muted">
      {Icon && <Icon className="size-5 shrink-0 text-warn" aria-hidden />}
      {(wrong.length > 0 ? wrong : [text]).map((sentence) => (
        <p key={sentence} className="max-w-sm">
          {sentence}
        </p>
      ))}
    </div>
  );
}

/** What is wrong while the last good data is still shown. */
function Problems({ state: { problems, error } }: { state: PanelState }) {
  const all: Pick<Problem, "message">[] = [...(error ? [{ message: error }] : []), ...problems];
  const [first, ...rest] = all;
  if (!first) return null;
  return (
    <p
      role="status"
      title={all.map(({ message }) => message).join("\n")}
      className="flex shrink-0 items-start gap-1.5 border-t border-line px-3 py-1 text-xs text-warn"
    >
      <TriangleAlert className="mt-0.5 size-3 shrink-0" aria-hidden />
      <span className="line-clamp-2 min-w-0">
        {first.message}
        {rest.length > 0 && ` (and ${rest.length} more)`}
      </span>
    </p>
  );
}

function StateDot({ state, hasData }: { state: PanelState; hasData: boolean }) {
  if (!hasData || !state.stale || state.phase === "loading") return null;
  return (
    <span className="shrink-0" title="Not live: these are the last values that arrived.">
      <span aria-hidden className="block size-2 rounded-full border-2 border-warn" />
      <span className="sr-only">Not live.</span>
    </span>
  );
}
