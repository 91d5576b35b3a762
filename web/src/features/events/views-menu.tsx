import { Bookmark, BookmarkPlus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/button";
import { Dialog, DialogFooter } from "@/components/dialog";
import { Field } from "@/components/field";
import { Input } from "@/components/input";
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuSeparator,
  MenuTrigger,
} from "@/components/menu";
import { toast } from "@/components/toast";
import { type SavedView, useSavedViews } from "./saved-views";

type ViewsMenuProps = {
  projectId: string;
  /** What would be saved. */
  current: Omit<SavedView, "name">;
  onApply: (view: SavedView) => void;
};

export function ViewsMenu({ projectId, current, onApply }: ViewsMenuProps) {
  const { views, save, remove, restore } = useSavedViews(projectId);
  const [naming, setNaming] = useState(false);

  function drop(view: SavedView) {
    remove(view.name);
    toast.ok(`View “${view.name}” removed`, { undo: () => restore(views) });
  }

  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button>
            <Bookmark aria-hidden />
            Views
          </Button>
        </MenuTrigger>
        <MenuContent align="end" className="max-w-72">
          {views.length === 0 && <MenuLabel>No saved views yet</MenuLabel>}
          {views.map((view) => (
            <div key={view.name} className="flex items-center" role="none">
              <MenuItem className="min-w-0 flex-1" onSelect={() => onApply(view)}>
                <span className="truncate">{view.name}</span>
              </MenuItem>
              <MenuItem aria-label={`Remove ${view.name}`} onSelect={() => drop(view)}>
                <Trash2 className="text-muted" aria-hidden />
              </MenuItem>
            </div>
          ))}
          <MenuSeparator />
          <MenuItem onSelect={() => setNaming(true)}>
            <BookmarkPlus aria-hidden />
            Save this view
          </MenuItem>
        </MenuContent>
      </Menu>
      {naming && (
        <NameView
          taken={views.map(({ name }) => name)}
          onClose={() => setNaming(false)}
          onSave={(name) => {
            save({ name, ...current });
            setNaming(false);
            toast.ok(`View “${name}” saved in this browser`);
          }}
        />
      )}
    </>
  );
}

type NameViewProps = { taken: string[]; onClose: () => void; onSave: (name: string) => void };

function NameView({ taken, onClose, onSave }: NameViewProps) {
  const [name, setName] = useState("");
  const wanted = name.trim();
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Save this view"
      description="The query, the time range and the columns, kept in this browser."
    >
      <form
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (wanted) onSave(wanted);
        }}
      >
        <Field
          label="Name"
          hint={taken.includes(wanted) ? "Replaces the view of the same name." : undefined}
        >
          <Input value={name} maxLength={60} onChange={(event) => setName(event.target.value)} />
        </Field>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={!wanted}>
            Save
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  );
}
