import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Button } from "@/components/button";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Notice } from "@/components/notice";
import { BoardContext, panels as kinds, type PanelBoard, PanelView } from "@/components/panel";
import { ApiError, answer, api } from "@/lib/api";
import {
  type BoardLive,
  type DashboardFull,
  diffPanel,
  newId,
  ops,
  type Panel,
  type PanelType,
  useNotices,
  usePanelPreview,
} from "@/lib/board";
import { useTimeRange } from "@/lib/time-range";
import { freePlace, pixels } from "./arrange";
import { keptDrafts, mergeRemote, newDraft, partName, settle } from "./panel-draft";
import { PanelForm } from "./panel-form";
import { useColumnNames } from "./use-column-names";
import { bringIntoView } from "./use-panel-actions";

/** The preview asks this often for what is new. */
const PREVIEW_MS = 2_000;

type PanelEditorProps = {
  /** A panel's id, or `new:` with a type. */
  editor: string;
  board: DashboardFull;
  live: BoardLive;
  projectId: string;
  context: PanelBoard;
  onClose: () => void;
};

/** The editor of one panel, over the whole screen: what it will look like, and everything about it. */
export default function PanelEditor(props: PanelEditorProps) {
  const { editor, board, onClose } = props;
  const [isNew] = useState(() => editor.startsWith("new:"));
  const type = editor.slice(4);
  const known = Object.hasOwn(kinds, type);
  const saved = board.panels.find(({ id }) => id === editor);
  const [first] = useState<Panel | undefined>(() =>
    isNew ? (known ? newDraft(type as PanelType, board.id, newId()) : undefined) : saved,
  );
  useEffect(() => {
    if (!first) onClose();
  }, [first, onClose]);
  if (!first) return null;
  return <OpenEditor {...props} first={first} isNew={isNew} saved={saved} />;
}

type OpenEditorProps = PanelEditorProps & {
  first: Panel;
  isNew: boolean;
  /** As it stands on the dashboard now; nothing when it is new or was deleted. */
  saved: Panel | undefined;
};

function OpenEditor(props: OpenEditorProps) {
  const { board, live, projectId, context, onClose, first, isNew, saved, editor } = props;
  // Whoever is here need not be told to edit the panel.
  const inEditor = useMemo(() => ({ ...context, editable: false }), [context]);
  const key = isNew ? `${board.id}.${editor}` : editor;
  const [kept] = useState(() => keptDrafts.load(key));
  const [base, setBase] = useState(first);
  const [draft, setDraft] = useState<Panel>(() => (kept ? { ...kept, id: first.id } : first));
  const [restored, setRestored] = useState(kept !== null);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState<string | null>(null);
  const [saving, setSaving] = useState(false);
  const [asking, setAsking] = useState(false);
  const { range } = useTimeRange();

  const removed = !isNew && !saved;
  const merge = useMemo(
    () => (saved ? mergeRemote(base, saved, draft) : null),
    [saved, base, draft],
  );
  const [heard, setHeard] = useState<{ actor: string; parts: string[] } | null>(null);
  const actor = useLastActor(live, isNew ? null : first.id);
  // What others changed and I did not comes in by itself.
  useEffect(() => {
    if (!merge || merge.taken.length === 0) return;
    setBase(merge.base);
    setDraft(merge.draft);
    setHeard({ actor: actor.current ?? "Someone", parts: merge.taken.map(partName) });
  }, [merge, actor]);

  const changes = useMemo(() => diffPanel(base, draft), [base, draft]);
  const dirty = isNew ? hasContent(draft, first) : changes.length > 0;
  useEffect(() => keptDrafts.keep(key, dirty ? draft : null), [key, dirty, draft]);
  useBeforeUnload(dirty);

  const change = useCallback((next: Panel) => {
    setDraft(next);
    setErrors({});
    setProblem(null);
  }, []);
  const preview = usePanelPreview(
    projectId,
    draft,
    { from: range.from, to: range.to, variables: context.variables },
    PREVIEW_MS,
  );
  const columns = useColumnNames(preview);

  function leave() {
    keptDrafts.keep(key, null);
    onClose();
  }

  async function save() {
    setSaving(true);
    try {
      const found = await problemsOf(projectId, draft, range);
      if (found) {
        setErrors(found.fields);
        setProblem(found.message);
        return;
      }
      if (isNew) {
        const { type, title, feed_ids, query, options } = draft;
        const place = freePlace(board.panels, draft);
        live.change(ops.create(draft.id, { type, title, feed_ids, query, options, ...place }));
        bringIntoView(draft.id);
      } else {
        live.change([...(removed ? [ops.bringBack(draft.id)] : []), ...changes]);
      }
      leave();
    } finally {
      setSaving(false);
    }
  }

  const title = isNew ? "New panel" : "Edit panel";
  return (
    <Radix.Root
      open
      onOpenChange={(open) => {
        if (open) return;
        if (dirty) setAsking(true);
        else leave();
      }}
    >
      <Radix.Portal>
        <div data-modal className="fixed inset-0 z-40 bg-bg" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed inset-0 z-50 flex flex-col bg-bg outline-none"
          onInteractOutside={(event) => event.preventDefault()}
        >
          <header className="flex min-h-12.5 shrink-0 items-center gap-2 border-b border-line bg-surface px-3 py-2 md:px-5">
            <Radix.Title className="min-w-0 flex-1 truncate text-lg leading-8 font-semibold">
              {title}
              <span className="font-normal text-muted max-sm:hidden"> · {board.name}</span>
            </Radix.Title>
            <Radix.Close asChild>
              <Button>
                <X aria-hidden className="sm:hidden" />
                <span className="max-sm:sr-only">Cancel</span>
              </Button>
            </Radix.Close>
            <Button
              variant="primary"
              disabled={!isNew && !dirty && !removed}
              pending={saving}
              onClick={() => void save()}
            >
              Save
            </Button>
          </header>
          <div className="flex min-h-0 flex-1 flex-col max-lg:overflow-y-auto lg:flex-row">
            <div className="flex min-w-0 flex-1 flex-col gap-3 p-3 max-lg:sticky max-lg:top-0 max-lg:z-10 max-lg:shrink-0 max-lg:bg-bg md:p-5 lg:overflow-y-auto">
              <div
                style={{ height: `clamp(340px, ${pixels(draft.height)}px, 62dvh)` }}
                className="max-lg:h-60!"
              >
                <BoardContext value={inEditor}>
                  <PanelView
                    key={draft.type}
                    panel={draft}
                    source={preview}
                    isPreview
                    className="h-full"
                  />
                </BoardContext>
              </div>
            </div>
            <div className="flex flex-col gap-4 border-line p-3 md:p-5 lg:w-110 lg:shrink-0 lg:overflow-y-auto lg:border-l lg:bg-surface">
              {restored && (
                <Notice tone="info">
                  <p>Your unsaved changes from before are here.</p>
                  <Button
                    size="sm"
                    className="mt-2"
                    onClick={() => {
                      setDraft(base);
                      setRestored(false);
                    }}
                  >
                    Discard them
                  </Button>
                </Notice>
              )}
              {removed && (
                <Notice tone="warn">
                  {actor.current ?? "Someone"} deleted this panel. Saving brings it back with your
                  changes; cancelling leaves it deleted.
                </Notice>
              )}
              {heard && (
                <Notice tone="info">
                  {heard.actor} changed this panel: {heard.parts.join(", ")}. You see it already.
                </Notice>
              )}
              {merge && saved && merge.conflicts.length > 0 && (
                <Notice tone="warn">
                  <p>
                    {actor.current ?? "Someone"} changed this panel too. What should stay, when you
                    save?
                  </p>
                  <ul className="mt-2 flex flex-col gap-2">
                    {merge.conflicts.map((part) => {
                      const keep = (whose: "mine" | "theirs") => {
                        const next = settle({ base, draft }, saved, part, whose);
                        setBase(next.base);
                        setDraft(next.draft);
                      };
                      return (
                        <li key={part} className="flex flex-wrap items-center gap-2">
                          <span className="min-w-0 flex-1">{partName(part)}</span>
                          <Button size="sm" onClick={() => keep("mine")}>
                            Keep mine
                          </Button>
                          <Button size="sm" onClick={() => keep("theirs")}>
                            Take theirs
                          </Button>
                        </li>
                      );
                    })}
                  </ul>
                </Notice>
              )}
              {problem && <Notice tone="error">{problem}</Notice>}
              <PanelForm
                projectId={projectId}
                draft={draft}
                errors={errors}
                columns={columns}
                onChange={change}
              />
            </div>
          </div>
          <ConfirmDialog
            open={asking}
            onOpenChange={setAsking}
            title="Discard your changes?"
            action="Discard"
            onConfirm={leave}
            pending={false}
            error={null}
          >
            They have not been saved. Cancel to go on editing.
          </ConfirmDialog>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Who changed or deleted the panel last, and that its editor is open. */
function useLastActor(live: BoardLive, panelId: string | null) {
  const actor = useRef<string | null>(null);
  useEffect(() => {
    live.editing(panelId);
    return () => live.editing(null);
  }, [live, panelId]);
  const hear = useCallback(
    (notice: Parameters<Parameters<BoardLive["onNotice"]>[0]>[0]) => {
      if (notice.kind !== "refused" && notice.panelId === panelId) actor.current = notice.actor;
    },
    [panelId],
  );
  useNotices(live, hear);
  return actor;
}

/** Asks before the tab is closed or loaded anew; the draft is kept in any case. */
function useBeforeUnload(dirty: boolean) {
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [dirty]);
}

function hasContent(draft: Panel, first: Panel): boolean {
  return diffPanel({ ...first, id: draft.id }, draft).length > 0;
}

type Problems = { message: string | null; fields: Record<string, string> };

/** What the server would refuse. Without an answer the change is kept and sent later. */
async function problemsOf(
  projectId: string,
  draft: Panel,
  { from, to }: { from: string; to: string },
): Promise<Problems | null> {
  const empty = draft.options.thresholds?.findIndex(({ value }) => !Number.isFinite(value)) ?? -1;
  if (empty >= 0) {
    return {
      message: null,
      fields: { "options.thresholds": `Threshold ${empty + 1} needs a number.` },
    };
  }
  if (draft.type === "text") return null;
  const { type, query, feed_ids, options } = draft;
  try {
    await answer(
      api.POST("/api/projects/{project}/panel-data", {
        params: { path: { project: projectId } },
        body: { type, query, feed_ids, options, from, to, points: 1 } as never,
      }),
    );
    return null;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 422) return null;
    const fields = Object.fromEntries(
      Object.entries(error.fields).map(([field, message]) => [field, sentence(message)]),
    );
    const shown = Object.keys(fields).some((field) => /^(query|options|title)/.test(field));
    return { message: shown ? null : error.message, fields };
  }
}

/** The server says what is wrong with the field: "must have …". */
function sentence(message: string): string {
  const text = message.slice(0, 1).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
