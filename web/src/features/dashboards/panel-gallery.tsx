import { Dialog } from "@/components/dialog";
import { panels as kinds, panelTypes } from "@/components/panel";
import type { PanelType } from "@/lib/board";

type PanelGalleryProps = { onClose: () => void; onChoose: (type: PanelType) => void };

/** The kinds of panels, to begin a new one with. */
export default function PanelGallery({ onClose, onChoose }: PanelGalleryProps) {
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Add a panel"
      description="What should it look like? It can be changed later."
      wide
    >
      <ul className="grid grid-cols-1 gap-2 sm:grid-cols-2">
        {panelTypes.map((type) => {
          const { icon: Icon, title, description } = kinds[type];
          return (
            <li key={type}>
              <button
                type="button"
                className="flex h-full w-full items-start gap-3 rounded-md border border-line p-3 text-left transition-colors hover:border-control hover:bg-raised"
                onClick={() => onChoose(type)}
              >
                <Icon className="mt-0.5 size-5 shrink-0 text-accent" aria-hidden />
                <span className="min-w-0">
                  <span className="block font-medium">{title}</span>
                  <span className="block text-xs text-muted">{description}</span>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}
