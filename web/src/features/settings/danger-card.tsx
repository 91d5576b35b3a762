import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Button } from "@/components/button";
import { Card, CardTitle } from "@/components/card";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { toast } from "@/components/toast";
import { answer, api, type Project } from "@/lib/api";

/** What can't be undone, each behind its typed name. */
export function DangerCard({ project }: { project: Project }) {
  const [asking, setAsking] = useState<"events" | "project" | null>(null);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const params = { path: { project: project.id } };

  const deleteEvents = useMutation({
    mutationFn: () => answer(api.DELETE("/api/projects/{project}/events", { params })),
    onSuccess: async () => {
      setAsking(null);
      toast.ok("All events deleted");
      await queries.invalidateQueries({ queryKey: ["projects"] });
    },
  });
  const deleteProject = useMutation({
    mutationFn: () => answer(api.DELETE("/api/projects/{project}", { params })),
    onSuccess: async () => {
      await navigate({ to: "/" });
      queries.removeQueries({ queryKey: ["projects", project.id] });
      await queries.invalidateQueries({ queryKey: ["projects"], exact: true });
      toast.ok(`Project ${project.name} deleted`);
    },
  });
  const close = (open: boolean) => {
    if (open) return;
    setAsking(null);
    deleteEvents.reset();
    deleteProject.reset();
  };

  return (
    <Card>
      <CardTitle>Delete</CardTitle>
      <Row
        title="All events"
        explanation="Errors, events and metrics of this project. Keys and settings stay, and new events keep arriving."
        action={
          <Button variant="danger" onClick={() => setAsking("events")}>
            Delete all events
          </Button>
        }
      />
      <Row
        title="This project"
        explanation="Its events, keys and settings. Apps that still send to it are refused."
        action={
          <Button variant="danger" onClick={() => setAsking("project")}>
            Delete project
          </Button>
        }
      />
      <ConfirmDialog
        open={asking === "events"}
        onOpenChange={close}
        title="Delete all events?"
        action="Delete all events"
        phrase={project.name}
        onConfirm={() => deleteEvents.mutate()}
        pending={deleteEvents.isPending}
        error={deleteEvents.error}
      >
        Every event that <strong className="text-text">{project.name}</strong> has received is gone
        from all screens at once. This can't be undone.
      </ConfirmDialog>
      <ConfirmDialog
        open={asking === "project"}
        onOpenChange={close}
        title="Delete this project?"
        action="Delete project"
        phrase={project.name}
        onConfirm={() => deleteProject.mutate()}
        pending={deleteProject.isPending}
        error={deleteProject.error}
      >
        <strong className="text-text">{project.name}</strong>, its events and its keys are gone, for
        everybody in the organization. This can't be undone.
      </ConfirmDialog>
    </Card>
  );
}

type RowProps = { title: string; explanation: string; action: ReactNode };

function Row({ title, explanation, action }: RowProps) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 border-t border-line py-3 last-of-type:pb-0">
      <div className="min-w-0 flex-1 basis-72">
        <h3 className="font-medium">{title}</h3>
        <p className="text-muted">{explanation}</p>
      </div>
      {action}
    </div>
  );
}
