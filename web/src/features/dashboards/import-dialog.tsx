import { FileUp } from "lucide-react";
import { type DragEvent, type FormEvent, useState } from "react";
import { Button } from "@/components/button";
import { Dialog, DialogFooter } from "@/components/dialog";
import { Field } from "@/components/field";
import { Input, Textarea } from "@/components/input";
import { Notice } from "@/components/notice";
import { ApiError } from "@/lib/api";
import type { Dashboard } from "@/lib/board/types";
import { importDashboard } from "@/lib/dashboards";
import { freeName, readDocument } from "./import-document";

/** An export is far smaller; what is larger is some other file. */
const MOST_BYTES = 2 * 1024 * 1024;

type ImportDialogProps = {
  projectId: string;
  /** Names that are in use. */
  taken: readonly string[];
  onClose: () => void;
  onImported: (dashboard: Dashboard) => void;
};

/** A dashboard from a file or from pasted text. */
export function ImportDialog(props: ImportDialogProps) {
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) props.onClose();
      }}
      title="Import a dashboard"
      description="A JSON file that was exported from PulseBoard, from this project or another."
      wide
    >
      <ImportForm {...props} />
    </Dialog>
  );
}

function ImportForm({ projectId, taken, onClose, onImported }: ImportDialogProps) {
  const [text, setText] = useState("");
  const [name, setName] = useState<string | null>(null);
  const [problem, setProblem] = useState<string>();
  const [refusal, setRefusal] = useState<ReturnType<typeof refusalOf> | null>(null);
  const [pending, setPending] = useState(false);
  const read = text.trim() ? readDocument(text) : null;
  const suggested = read && "document" in read ? freeName(read.name, taken) : "";

  function offer(next: string) {
    setText(next);
    setRefusal(null);
    const found = readDocument(next);
    setProblem("problem" in found && next.trim() ? found.problem : undefined);
  }

  async function take(file: File | undefined) {
    if (!file) return;
    if (file.size > MOST_BYTES) {
      setProblem(`${file.name} is too large for an exported dashboard (at most 2 MB).`);
      return;
    }
    offer(await file.text());
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    const found = readDocument(text);
    if ("problem" in found) {
      setProblem(found.problem);
      return;
    }
    setPending(true);
    setRefusal(null);
    try {
      onImported(await importDashboard(projectId, found.document, (name ?? suggested).trim()));
    } catch (error) {
      setRefusal(refusalOf(error));
    } finally {
      setPending(false);
    }
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
      {refusal && (
        <Notice tone="error">
          <p>{refusal.message}</p>
          {refusal.fields.length > 0 && (
            <ul className="mt-1 list-disc pl-4">
              {refusal.fields.map(([field, message]) => (
                <li key={field}>
                  <code className="font-mono text-xs">{field}</code> {message}
                </li>
              ))}
            </ul>
          )}
        </Notice>
      )}
      <label
        className="flex flex-col items-center gap-1 rounded-md border border-dashed border-control px-4 py-5 text-center has-focus-visible:outline-2 has-focus-visible:outline-accent"
        onDragOver={(event: DragEvent) => event.preventDefault()}
        onDrop={(event: DragEvent) => {
          event.preventDefault();
          void take(event.dataTransfer.files[0]);
        }}
      >
        <FileUp className="size-5 text-muted" aria-hidden />
        <span className="font-medium">Choose a file</span>
        <span className="text-xs text-muted">or drop it here</span>
        <input
          type="file"
          accept=".json,application/json"
          className="sr-only"
          onChange={(event) => void take(event.target.files?.[0])}
        />
      </label>
      <Field label="Or paste its text" error={problem}>
        <Textarea
          rows={6}
          spellCheck={false}
          value={text}
          placeholder={'{"pulseboard": {"kind": "dashboard", "version": 1}, …}'}
          onChange={(event) => offer(event.target.value)}
        />
      </Field>
      {read && "document" in read && (
        <Field
          label="Name"
          hint="Feeds that the project has by type and name are used; the others are made."
        >
          <Input
            value={name ?? suggested}
            maxLength={200}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
      )}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="primary" type="submit" pending={pending}>
          Import
        </Button>
      </DialogFooter>
    </form>
  );
}

function refusalOf(error: unknown): { message: string; fields: [string, string][] } {
  if (error instanceof ApiError) {
    return {
      message: error.status === 403 ? "Your role doesn't allow this." : error.message,
      fields: Object.entries(error.fields).slice(0, 8),
    };
  }
  return { message: error instanceof Error ? error.message : String(error), fields: [] };
}
