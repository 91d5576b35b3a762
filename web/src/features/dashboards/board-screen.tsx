import { cx } from "class-variance-authority";
import { Plus, Redo2, SquarePen, Undo2 } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { Button } from "@/components/button";
import { StatusPill } from "@/components/connection-pill";
import { EmptyState } from "@/components/empty-state";
import { useNarrow } from "@/components/event/use-narrow";
import { Page } from "@/components/page";
import { BoardContext, type PanelBoard } from "@/components/panel";
import { Skeleton } from "@/components/skeleton";
import { Tooltip } from "@/components/tooltip";
import type { BoardView, DashboardFull } from "@/lib/board";
import { useTimeRange } from "@/lib/time-range";
import { pixels, rowsOf } from "./arrange";
import { choice, chosenValues, useBoardAddress } from "./board-address";
import { BoardGrid } from "./board-grid";
import { BoardMenu } from "./board-menu";
import { BoardPanel } from "./board-panel";
import { Kiosk } from "./kiosk";
import { StarButton } from "./star-button";
import { useAddedFeed } from "./use-added-feed";
import { useBoardNotices } from "./use-board-notices";
import { useFeedNames } from "./use-feed-names";
import { usePanelActions } from "./use-panel-actions";
import { useUndo } from "./use-undo";
import { VariablesBar } from "./variables-bar";

const loadEditor = () => import("./panel-editor");
const loadGallery = () => import("./panel-gallery");
const EditGrid = lazy(() => import("./edit-grid"));
const PanelEditor = lazy(loadEditor);
const PanelGallery = lazy(loadGallery);
const HistoryDrawer = lazy(() => import("./history-drawer"));
const SettingsDrawer = lazy(() => import("./settings-drawer"));
const PlaybackBar = lazy(() => import("./playback-bar"));
const EventOfPanel = lazy(() => import("./event-of-panel"));

export type OpenDrawer = "history" | "settings" | "gallery" | null;

type BoardScreenProps = { view: BoardView; board: DashboardFull; projectId: string };

/** A dashboard that is there: its header, its panels, and what opens over them. */
export function BoardScreen({ view, board, projectId }: BoardScreenProps) {
  const { live } = view;
  const { address, params, change } = useBoardAddress();
  const [drawer, setDrawer] = useState<OpenDrawer>(null);
  const { range, refreshMs, setRange } = useTimeRange();
  const past = address.at !== undefined;
  const editable = board.role !== "viewer" && !past;
  const editing = editable && address.editing;
  // Who begins to edit may lose the connection and go on.
  useEffect(() => {
    if (editing) void Promise.allSettled([loadEditor(), loadGallery()]);
  }, [editing]);
  const alone = board.panels.find(({ id }) => id === address.panelId);
  const variables = useMemo(() => chosenValues(board.variables, params), [board.variables, params]);

  useEffect(() => {
    live.watch({ from: range.from, to: range.to, variables });
  }, [live, range.from, range.to, variables]);
  useEffect(() => {
    if (!refreshMs) return;
    const timer = setInterval(() => {
      if (!document.hidden) live.reload();
    }, refreshMs);
    return () => clearInterval(timer);
  }, [live, refreshMs]);

  const feeds = useFeedNames(board);
  const actions = usePanelActions(board, live, { feeds, variables }, change);
  const notices = useBoardNotices(live, address.editor);
  const undo = useUndo(live, editing && !address.editor);
  useAddedFeed(board, live, editable);

  const onBrush = useCallback(
    (from: number, to: number) =>
      setRange({ from: new Date(from).toISOString(), to: new Date(to).toISOString() }),
    [setRange],
  );
  const onOpenEvent = useCallback((event: { id: string }) => change({ event: event.id }), [change]);
  const context = useMemo(
    (): PanelBoard => ({
      projectId,
      variables,
      feeds,
      syncKey: board.id,
      editable,
      onOpenEvent,
      ...(!past && { onBrush }),
    }),
    [projectId, variables, feeds, board.id, editable, onOpenEvent, onBrush, past],
  );

  const hasVariables = board.variables.length > 0;
  const content = (
    <BoardContext value={context}>
      {board.panels.length === 0 ? (
        <NoPanels editable={editable} onAdd={() => setDrawer("gallery")} />
      ) : alone ? (
        <div
          className={cx(
            "min-h-64 max-md:h-[calc(100dvh-160px)]",
            hasVariables ? "md:h-[calc(100dvh-136px)]" : "md:h-[calc(100dvh-92px)]",
          )}
        >
          <BoardPanel
            panel={alone}
            live={live}
            editable={editable}
            editing={editing}
            alone
            notice={notices[alone.id]}
            actions={actions}
          />
        </div>
      ) : (
        <Panels
          board={board}
          live={live}
          editable={editable}
          editing={editing}
          notices={notices}
          actions={actions}
        />
      )}
    </BoardContext>
  );

  if (address.kiosk) {
    return (
      <Kiosk name={board.name} status={view.status} onLeave={() => change({ kiosk: undefined })}>
        {content}
      </Kiosk>
    );
  }
  return (
    <Page
      title={board.name}
      range={!past}
      beside={<StarButton dashboard={board} />}
      pill={<StatusPill live={view.status} onRetry={live.retry} />}
      actions={
        <>
          {editing && (
            <>
              <UndoButton step="undo" undo={undo} />
              <UndoButton step="redo" undo={undo} />
              <Button onClick={() => setDrawer("gallery")}>
                <Plus aria-hidden />
                <span>
                  Add<span className="max-sm:sr-only"> panel</span>
                </span>
              </Button>
            </>
          )}
          {alone && <Button onClick={() => change({ panel: undefined })}>All panels</Button>}
          {editable && !alone && (
            <Button
              variant={editing ? "primary" : "secondary"}
              aria-pressed={editing}
              onClick={() => change({ edit: editing ? undefined : "1" })}
            >
              {!editing && <SquarePen aria-hidden />}
              {editing ? "Done" : "Edit"}
            </Button>
          )}
          <BoardMenu
            board={board}
            live={live}
            editable={editable}
            past={past}
            naming={{ feeds, variables }}
            onOpen={setDrawer}
            change={change}
          />
        </>
      }
    >
      {past && (
        <Suspense fallback={<Skeleton className="mb-3 h-13 rounded-lg" />}>
          <PlaybackBar live={live} clock={view.clock} address={address} change={change} />
        </Suspense>
      )}
      {board.description && !alone && <p className="mb-3 text-muted">{board.description}</p>}
      <VariablesBar
        projectId={projectId}
        variables={board.variables}
        chosen={variables}
        onChoose={(variable, value) => change(choice(variable, value), "replace")}
      />
      {content}
      {view.pending > 0 && view.status.status !== "live" && (
        <p className="mt-3 text-center text-xs text-warn" role="status">
          {view.pending === 1 ? "1 change is" : `${view.pending} changes are`} kept here and will be
          sent once the connection is back.
        </p>
      )}
      <Suspense>
        {drawer === "gallery" && (
          <PanelGallery
            onClose={() => setDrawer(null)}
            onChoose={(type) => {
              setDrawer(null);
              change({ edit: "1", editor: `new:${type}` });
            }}
          />
        )}
        {drawer === "history" && (
          <HistoryDrawer
            board={board}
            live={live}
            version={view.version}
            onClose={() => setDrawer(null)}
          />
        )}
        {drawer === "settings" && (
          <SettingsDrawer board={board} live={live} onClose={() => setDrawer(null)} />
        )}
        {editable && address.editor && (
          <PanelEditor
            key={address.editor}
            editor={address.editor}
            board={board}
            live={live}
            projectId={projectId}
            context={context}
            onClose={() => change({ editor: undefined }, "replace")}
          />
        )}
        {address.eventId && (
          <EventOfPanel
            projectId={projectId}
            eventId={address.eventId}
            onClose={() => change({ event: undefined }, "replace")}
          />
        )}
      </Suspense>
    </Page>
  );
}

type PanelsProps = Parameters<typeof BoardGrid>[0] extends infer P
  ? Omit<P, "panels"> & { board: DashboardFull }
  : never;

function Panels({ board, ...rest }: PanelsProps) {
  const narrow = useNarrow();
  const { editable: _editable, editing, ...editProps } = rest;
  if (!editing || narrow) return <BoardGrid panels={board.panels} {...rest} />;
  const height = pixels(rowsOf(board.panels));
  return (
    <Suspense fallback={<div style={{ height }} />}>
      <EditGrid panels={board.panels} {...editProps} />
    </Suspense>
  );
}

type NoPanelsProps = { editable: boolean; onAdd: () => void };

function NoPanels({ editable, onAdd }: NoPanelsProps) {
  return (
    <EmptyState
      icon={Plus}
      title={editable ? "Add your first panel" : "No panels yet"}
      action={
        editable && (
          <Button variant="primary" onClick={onAdd}>
            <Plus aria-hidden />
            Add panel
          </Button>
        )
      }
    >
      {editable
        ? "A chart, a figure, a gauge, a table: choose what to show, then where it comes from."
        : "Editors and admins of the organization add panels; they will appear here."}
    </EmptyState>
  );
}

type UndoButtonProps = { step: "undo" | "redo"; undo: ReturnType<typeof useUndo> };

function UndoButton({ step, undo }: UndoButtonProps) {
  const label = step === "undo" ? "Undo my last change" : "Redo";
  const Icon = step === "undo" ? Undo2 : Redo2;
  return (
    <Tooltip label={label}>
      <Button
        variant="ghost"
        size="icon"
        aria-label={label}
        aria-busy={undo.pending === step || undefined}
        disabled={undo.pending !== null}
        onClick={() => void undo.run(step)}
      >
        <Icon aria-hidden />
      </Button>
    </Tooltip>
  );
}
