import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  Download,
  Ellipsis,
  FileSpreadsheet,
  FileUp,
  History,
  Monitor,
  Play,
  RefreshCw,
  Settings2,
  Trash2,
} from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Button } from "@/components/button";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { MenuItem, MenuSeparator } from "@/components/menu";
import { type Naming, panelCsv } from "@/components/panel";
import { toast } from "@/components/toast";
import type { BoardLive, DashboardFull } from "@/lib/board";
import { dashboardsQuery, deleteDashboard, exportDashboard } from "@/lib/dashboards";
import type { SearchParams } from "@/lib/search-params";
import { inReadingOrder } from "./arrange";
import type { OpenDrawer } from "./board-screen";
import { saveFile, slugOf } from "./import-document";
import { SheetMenu } from "./sheet-menu";

const ImportDialog = lazy(async () => ({
  default: (await import("./import-dialog")).ImportDialog,
}));

type BoardMenuProps = {
  board: DashboardFull;
  live: BoardLive;
  editable: boolean;
  past: boolean;
  naming: Naming;
  onOpen: (drawer: OpenDrawer) => void;
  change: (changes: SearchParams) => void;
};

/** A quarter of an hour ago: near enough to recognize, far enough to see something move. */
const PLAY_FROM_MS = 15 * 60_000;

export function BoardMenu(props: BoardMenuProps) {
  const { board, live, editable, past, naming, onOpen, change } = props;
  const { id, name, project_id: project } = board;
  const [open, setOpen] = useState<"import" | "delete" | null>(null);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { queryKey } = dashboardsQuery(project);
  const save = useMutation({
    mutationFn: async () =>
      saveFile(
        `${slugOf(name)}.json`,
        `${JSON.stringify(await exportDashboard(id), null, 2)}\n`,
        "application/json",
      ),
    onError: () => toast.error("It was not exported: the server did not answer. Try again."),
  });
  const drop = useMutation({
    mutationFn: () => deleteDashboard(id),
    onSuccess: async () => {
      await navigate({ to: "/p/$project/dashboards", params: { project } });
      toast.ok(`“${name}” deleted`);
      void queries.invalidateQueries({ queryKey });
    },
  });

  function refresh() {
    live.reload();
    const polling = board.feeds.filter((feed) => feed.enabled && feed.interval_sec !== null);
    if (editable) for (const feed of polling) void live.refresh(feed.id);
    toast.ok("Refreshed");
  }

  function saveCsv() {
    const parts = inReadingOrder(board.panels).flatMap((panel) => {
      const text = panelCsv(panel, live.panel(panel.id).get(), naming);
      return text ? [`# ${panel.title.replace(/[\r\n]+/g, " ")}\r\n${text}`] : [];
    });
    if (parts.length === 0) toast.error("No panel has data to export yet.");
    else saveFile(`${slugOf(name)}.csv`, `\uFEFF${parts.join("\r\n")}`, "text/csv;charset=utf-8");
  }

  return (
    <>
      <SheetMenu
        trigger={
          <Button variant="ghost" size="icon" aria-label="Dashboard menu">
            <Ellipsis aria-hidden />
          </Button>
        }
      >
        {!past && (
          <MenuItem onSelect={refresh}>
            <RefreshCw aria-hidden />
            Refresh now
          </MenuItem>
        )}
        <MenuItem onSelect={() => change({ kiosk: "1", edit: undefined })}>
          <Monitor aria-hidden />
          Kiosk mode
        </MenuItem>
        {!past && (
          <MenuItem
            onSelect={() =>
              change({
                at: new Date(Date.now() - PLAY_FROM_MS).toISOString().replace(/\.\d+/, ""),
                edit: undefined,
                editor: undefined,
              })
            }
          >
            <Play aria-hidden />
            Play back the past
          </MenuItem>
        )}
        <MenuItem onSelect={() => onOpen("history")}>
          <History aria-hidden />
          History
        </MenuItem>
        <MenuSeparator />
        <MenuItem onSelect={() => save.mutate()}>
          <Download aria-hidden />
          Export JSON
        </MenuItem>
        <MenuItem onSelect={saveCsv}>
          <FileSpreadsheet aria-hidden />
          Export CSV of all panels
        </MenuItem>
        {editable && (
          <>
            <MenuItem onSelect={() => setOpen("import")}>
              <FileUp aria-hidden />
              Import
            </MenuItem>
            <MenuSeparator />
            <MenuItem onSelect={() => onOpen("settings")}>
              <Settings2 aria-hidden />
              Settings
            </MenuItem>
            <MenuItem danger onSelect={() => setOpen("delete")}>
              <Trash2 aria-hidden />
              Delete
            </MenuItem>
          </>
        )}
      </SheetMenu>
      <Suspense>
        {open === "import" && (
          <ImportDialog
            projectId={project}
            taken={queries.getQueryData(queryKey)?.map((other) => other.name) ?? [name]}
            onClose={() => setOpen(null)}
            onImported={(made) => {
              void queries.invalidateQueries({ queryKey });
              void navigate({
                to: "/p/$project/dashboards/$dashboard",
                params: { project, dashboard: made.id },
              });
            }}
          />
        )}
      </Suspense>
      <ConfirmDialog
        open={open === "delete"}
        onOpenChange={(next) => setOpen(next ? "delete" : null)}
        title={`Delete “${name}”?`}
        action="Delete"
        onConfirm={() => drop.mutate()}
        pending={drop.isPending}
        error={drop.error}
      >
        The dashboard with its panels and its history is gone for everyone. Feeds and their data
        stay.
      </ConfirmDialog>
    </>
  );
}
