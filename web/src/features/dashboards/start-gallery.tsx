import { useMutation, useQuery } from "@tanstack/react-query";
import { FileUp, LoaderCircle, Plus } from "lucide-react";
import type { ReactNode } from "react";
import { ErrorState } from "@/components/error-state";
import { Loading, Skeleton } from "@/components/skeleton";
import type { Dashboard } from "@/lib/board/types";
import { createDashboard, templatesQuery } from "@/lib/dashboards";
import { freeName } from "./import-document";
import { TemplatePreview } from "./template-preview";

type StartGalleryProps = {
  projectId: string;
  taken: readonly string[];
  onMade: (dashboard: Dashboard, from: "blank" | "template") => void;
  onImport: () => void;
};

/** The ways to a new dashboard: a template with its feeds, nothing, or a file. */
export function StartGallery({ projectId, taken, onMade, onImport }: StartGalleryProps) {
  const templates = useQuery(templatesQuery);
  const making = useMutation({
    mutationFn: ({ id, name }: { id: string | null; name: string }) =>
      createDashboard({
        project_id: projectId,
        name: freeName(name, taken),
        ...(id && { template: id }),
      }),
    onSuccess: (made, { id }) => onMade(made, id ? "template" : "blank"),
  });
  const pendingId = making.isPending ? making.variables.id : undefined;
  const make = (id: string | null, name: string) => {
    if (!making.isPending) making.mutate({ id, name });
  };
  return (
    <>
      {making.error && (
        <div className="mb-3">
          <ErrorState error={making.error} />
        </div>
      )}
      {templates.error && !templates.data && (
        <div className="mb-3">
          <ErrorState error={templates.error} onRetry={() => void templates.refetch()} />
        </div>
      )}
      <ul className="grid grid-cols-1 gap-3 sm:grid-cols-2 xl:grid-cols-3">
        {templates.data?.map((template) => (
          <li key={template.id}>
            <Choice
              name={template.name}
              text={template.description}
              note={feedsText(template.feeds)}
              pending={pendingId === template.id}
              onClick={() => make(template.id, template.name)}
            >
              <TemplatePreview panels={template.panels} />
            </Choice>
          </li>
        ))}
        {templates.isPending && (
          <>
            <Loading what="templates" />
            {[0, 1, 2, 3].map((card) => (
              <li key={card}>
                <Skeleton className="h-52 rounded-lg" />
              </li>
            ))}
          </>
        )}
        <li>
          <Choice
            name="Blank"
            text="An empty dashboard, to add panels one by one."
            pending={pendingId === null}
            onClick={() => make(null, "New dashboard")}
          >
            <Blank>
              <Plus className="size-5" aria-hidden />
            </Blank>
          </Choice>
        </li>
        <li>
          <Choice name="Import" text="A JSON file that was exported before." onClick={onImport}>
            <Blank>
              <FileUp className="size-5" aria-hidden />
            </Blank>
          </Choice>
        </li>
      </ul>
    </>
  );
}

type ChoiceProps = {
  name: string;
  text: string;
  note?: string;
  pending?: boolean;
  onClick: () => void;
  children: ReactNode;
};

function Choice({ name, text, note, pending, onClick, children }: ChoiceProps) {
  return (
    <button
      type="button"
      aria-busy={pending || undefined}
      className="flex h-full min-h-52 w-full flex-col rounded-lg border border-line bg-surface p-3 text-left transition-colors hover:border-control"
      onClick={onClick}
    >
      {children}
      <span className="mt-2.5 flex items-center gap-2 text-base font-semibold">
        {name}
        {pending && <LoaderCircle className="size-4 animate-spin text-muted" aria-hidden />}
      </span>
      <span className="line-clamp-2 text-muted">{text}</span>
      {note && <span className="mt-auto w-full truncate pt-1.5 text-xs text-muted">{note}</span>}
    </button>
  );
}

function Blank({ children }: { children: ReactNode }) {
  return (
    <span className="flex h-24 w-full shrink-0 items-center justify-center rounded-md border border-dashed border-control text-muted">
      {children}
    </span>
  );
}

function feedsText(feeds: readonly { name: string }[]): string {
  if (feeds.length === 0) return "Uses the project's events";
  return `With ${feeds.map(({ name }) => name).join(", ")}`;
}
