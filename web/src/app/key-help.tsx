import { Dialog } from "@/components/dialog";
import { Kbd } from "@/components/kbd";
import { ModifierKey } from "@/components/page";
import { screens } from "./screens";

export default function KeyHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onOpenChange={onClose} title="Keyboard">
      <dl className="flex flex-col gap-2">
        <Row what="Search screens, dashboards, feeds, projects and actions">
          <ModifierKey /> <Kbd>K</Kbd>
        </Row>
        <Row what="Show this help">
          <Kbd>?</Kbd>
        </Row>
        <Row what="Go to projects">
          <Kbd>g</Kbd> <Kbd>p</Kbd>
        </Row>
        {screens.map(({ label, key }) => (
          <Row key={key} what={`Go to ${label.toLowerCase()}`}>
            <Kbd>g</Kbd> <Kbd>{key}</Kbd>
          </Row>
        ))}
        <Row what="Undo my last change of a dashboard, while editing">
          <ModifierKey /> <Kbd>Z</Kbd>
        </Row>
        <Row what="Redo it">
          <ModifierKey /> <Kbd>Shift</Kbd> <Kbd>Z</Kbd>
        </Row>
        <Row what="Move a panel, from its move button">
          <Kbd>↑</Kbd> <Kbd>↓</Kbd> <Kbd>←</Kbd> <Kbd>→</Kbd>
        </Row>
        <Row what="Resize it">
          <Kbd>Shift</Kbd> <Kbd>→</Kbd>
        </Row>
        <Row what="Leave kiosk mode, close what is open">
          <Kbd>Esc</Kbd>
        </Row>
      </dl>
    </Dialog>
  );
}

function Row({ what, children }: { what: string; children: React.ReactNode }) {
  return (
    <div className="flex items-center justify-between gap-4 border-b border-line pb-2 last:border-0">
      <dt>{what}</dt>
      <dd className="flex gap-1">{children}</dd>
    </div>
  );
}
