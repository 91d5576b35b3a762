import { useNavigate } from "@tanstack/react-router";
import { EventDrawer } from "@/components/event/event-drawer";
import { addFilter } from "@/lib/event-query";

type EventOfPanelProps = { projectId: string; eventId: string; onClose: () => void };

/** An event of a list; looking for others like it goes on in the explorer. */
export default function EventOfPanel({ projectId, eventId, onClose }: EventOfPanelProps) {
  const navigate = useNavigate();
  const search = (q: string) =>
    void navigate({
      to: "/p/$project/events",
      params: { project: projectId },
      search: { q } as never,
    });
  return (
    <EventDrawer
      projectId={projectId}
      id={eventId}
      onClose={onClose}
      onFilter={(by) => search(addFilter("", by))}
      onSearch={search}
    />
  );
}
