import {
  ArrowDown,
  ArrowUp,
  Copy,
  Ellipsis,
  FileSpreadsheet,
  Image,
  Maximize2,
  Minimize2,
  Pencil,
  Trash2,
} from "lucide-react";
import { Button } from "@/components/button";
import { MenuItem, MenuSeparator } from "@/components/menu";
import { canPng } from "@/components/panel";
import type { Panel } from "@/lib/board";
import { SheetMenu } from "./sheet-menu";

export type PanelActions = {
  edit: (id: string) => void;
  duplicate: (id: string) => void;
  remove: (id: string) => void;
  maximize: (id: string | undefined) => void;
  csv: (id: string) => void;
  png: (id: string, element: HTMLElement | null) => void;
  step: (id: string, move: "up" | "down") => void;
};

type PanelMenuProps = {
  panel: Panel;
  editable: boolean;
  /** Whether the dashboard is being arranged. */
  editing: boolean;
  alone: boolean;
  actions: PanelActions;
  /** What is drawn into a PNG. */
  element: () => HTMLElement | null;
};

/** Everything one can do with a panel. */
export function PanelMenu({ panel, editable, editing, alone, actions, element }: PanelMenuProps) {
  const { id, type } = panel;
  return (
    <SheetMenu
      escapes
      trigger={
        <Button
          variant="ghost"
          size="icon"
          className="-my-1 size-7! pointer-coarse:size-11!"
          aria-label={`Menu of ${panel.title || "the panel"}`}
        >
          <Ellipsis aria-hidden />
        </Button>
      }
    >
      {editable && (
        <>
          <MenuItem onSelect={() => actions.edit(id)}>
            <Pencil aria-hidden />
            Edit
          </MenuItem>
          <MenuItem onSelect={() => actions.duplicate(id)}>
            <Copy aria-hidden />
            Duplicate
          </MenuItem>
        </>
      )}
      <MenuItem onSelect={() => actions.maximize(alone ? undefined : id)}>
        {alone ? <Minimize2 aria-hidden /> : <Maximize2 aria-hidden />}
        {alone ? "Back to the dashboard" : "Full screen"}
      </MenuItem>
      {type !== "text" && (
        <MenuItem onSelect={() => actions.csv(id)}>
          <FileSpreadsheet aria-hidden />
          Export CSV
        </MenuItem>
      )}
      {canPng(panel) && (
        <MenuItem onSelect={() => actions.png(id, element())}>
          <Image aria-hidden />
          Export PNG
        </MenuItem>
      )}
      {editing && !alone && (
        <>
          <MenuSeparator />
          <MenuItem onSelect={() => actions.step(id, "up")}>
            <ArrowUp aria-hidden />
            Move up
          </MenuItem>
          <MenuItem onSelect={() => actions.step(id, "down")}>
            <ArrowDown aria-hidden />
            Move down
          </MenuItem>
        </>
      )}
      {editable && (
        <>
          <MenuSeparator />
          <MenuItem danger onSelect={() => actions.remove(id)}>
            <Trash2 aria-hidden />
            Delete
          </MenuItem>
        </>
      )}
    </SheetMenu>
  );
}
