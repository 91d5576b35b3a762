import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Copy, Download, Ellipsis, Pencil, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/button";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Dialog, DialogFooter } from "@/components/dialog";
import { Field } from "@/components/field";
import { Input } from "@/components/input";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/menu";
import { RelativeTime } from "@/components/relative-time";
import { toast } from "@/components/toast";
import { ApiError } from "@/lib/api";
import { ops } from "@/lib/board/ops";
import type { Dashboard } from "@/lib/board/types";
import {
  changeDashboard,
  dashboardsQuery,
  deleteDashboard,
  exportDashboard,
  importDashboard,
} from "@/lib/dashboards";
import { freeName, saveFile, slugOf } from "./import-document";
import { StarButton } from "./star-button";

type DashboardRowProps = {
  dashboard: Dashboard;
  taken: readonly string[];
  editable: boolean;
  /** Of a feed that is to be put on the dashboard that is chosen. */
  addFeed: string | undefined;
};

export function DashboardRow({ dashboard, taken, editable, addFeed }: DashboardRowProps) {
  const { id, project_id: project, name, description, panel_count: count } = dashboard;
  return (
    <li className="flex items-center gap-1 border-b border-line py-1 pr-1 pl-2 last:border-b-0">
      <StarButton dashboard={dashboard} />
      <Link
        to="/p/$project/dashboards/$dashboard"
        params={{ project, dashboard: id }}
        search={
          ((old: object) => ({
            ...old,
            q: undefined,
            addFeed,
            edit: addFeed ? "1" : undefined,
          })) as never
        }
        className="group flex min-w-0 flex-1 flex-col rounded-md px-2 py-1.5 md:flex-row md:items-center md:gap-4"
      >
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium group-hover:underline">{name}</span>
          {description && <span className="block truncate text-xs text-muted">{description}</span>}
        </span>
        <span className="flex shrink-0 gap-3 text-xs text-muted md:text-sm">
          <span className="md:w-20 md:text-right">
            {count === 1 ? "1 panel" : `${count} panels`}
          </span>
          <span className="min-w-0 truncate md:w-56 md:text-right">
            <RelativeTime at={dashboard.updated_at} />
            {dashboard.updated_by && ` by ${dashboard.updated_by.name}`}
          </span>
        </span>
      </Link>
      <RowMenu dashboard={dashboard} taken={taken} editable={editable} />
    </li>
  );
}

type RowMenuProps = Omit<DashboardRowProps, "addFeed">;

function RowMenu({ dashboard, taken, editable }: RowMenuProps) {
  const { id, project_id: project, name } = dashboard;
  const [open, setOpen] = useState<"rename" | "delete" | null>(null);
  const queries = useQueryClient();
  const again = () =>
    queries.invalidateQueries({ queryKey: dashboardsQuery(project).queryKey, exact: true });
  const duplicate = useMutation({
    mutationFn: async () =>
      importDashboard(project, await exportDashboard(id), freeName(`${name} copy`, taken)),
    onSuccess: (made) => {
      toast.ok(`“${made.name}” made`);
      void again();
    },
    onError: (error) => toast.error(`It was not duplicated: ${reason(error)}`),
  });
  const save = useMutation({
    mutationFn: async () =>
      saveFile(
        `${slugOf(name)}.json`,
        `${JSON.stringify(await exportDashboard(id), null, 2)}\n`,
        "application/json",
      ),
    onError: (error) => toast.error(`It was not exported: ${reason(error)}`),
  });
  const drop = useMutation({
    mutationFn: () => deleteDashboard(id),
    onSuccess: () => {
      setOpen(null);
      toast.ok(`“${name}” deleted`);
      void again();
    },
  });
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon" aria-label={`More for ${name}`}>
            <Ellipsis aria-hidden />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          {editable && (
            <MenuItem onSelect={() => setOpen("rename")}>
              <Pencil aria-hidden />
              Rename
            </MenuItem>
          )}
          {editable && (
            <MenuItem onSelect={() => duplicate.mutate()}>
              <Copy aria-hidden />
              Duplicate
            </MenuItem>
          )}
          <MenuItem onSelect={() => save.mutate()}>
            <Download aria-hidden />
            Export JSON
          </MenuItem>
          {editable && (
            <>
              <MenuSeparator />
              <MenuItem danger onSelect={() => setOpen("delete")}>
                <Trash2 aria-hidden />
                Delete
              </MenuItem>
            </>
          )}
        </MenuContent>
      </Menu>
      {open === "rename" && (
        <RenameDialog
          dashboard={dashboard}
          onClose={() => setOpen(null)}
          onDone={() => {
            setOpen(null);
            void again();
          }}
        />
      )}
      <ConfirmDialog
        open={open === "delete"}
        onOpenChange={(next) => setOpen(next ? "delete" : null)}
        title={`Delete “${name}”?`}
        action="Delete"
        onConfirm={() => drop.mutate()}
        pending={drop.isPending}
        error={drop.error}
      >
        The dashboard with its {dashboard.panel_count === 1 ? "panel" : "panels"} and its history is
        gone for everyone. Feeds and their data stay.
      </ConfirmDialog>
    </>
  );
}

type RenameDialogProps = { dashboard: Dashboard; onClose: () => void; onDone: () => void };

function RenameDialog({ dashboard, onClose, onDone }: RenameDialogProps) {
  const [name, setName] = useState(dashboard.name);
  const rename = useMutation({
    mutationFn: () => changeDashboard(dashboard.id, [ops.set("dashboard", "name", name.trim())]),
    onSuccess: onDone,
  });
  const wrong = rename.error
    ? (rename.error instanceof ApiError && Object.values(rename.error.fields)[0]) ||
      reason(rename.error)
    : undefined;
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Rename"
    >
      <form
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (name.trim()) rename.mutate();
        }}
      >
        <Field label="Name" error={name.trim() ? wrong : "Give the dashboard a name."}>
          <Input
            autoFocus
            value={name}
            maxLength={200}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" pending={rename.isPending}>
            Save
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  );
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : "the server did not answer";
}
