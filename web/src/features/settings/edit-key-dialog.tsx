import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import * as z from "zod/mini";
import { Button } from "@/components/button";
import { Dialog, DialogFooter } from "@/components/dialog";
import { Field } from "@/components/field";
import { Input, Textarea } from "@/components/input";
import { Notice } from "@/components/notice";
import { toast } from "@/components/toast";
import { answer, api, type Key, showFieldErrors } from "@/lib/api";
import { keysQuery } from "@/lib/projects";
import { keyName, originsRule, readOrigins } from "./origins";
import { OriginsField } from "./origins-field";

type EditKeyDialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  projectId: string;
  apiKey: Key;
};

export function EditKeyDialog({ open, onOpenChange, projectId, apiKey }: EditKeyDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Edit key">
      <EditKeyForm projectId={projectId} apiKey={apiKey} onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

const schema = z.object({ name: keyName, origins: originsRule });

type EditKeyFormProps = { projectId: string; apiKey: Key; onDone: () => void };

function EditKeyForm({ projectId, apiKey, onDone }: EditKeyFormProps) {
  const queries = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { name: apiKey.name, origins: (apiKey.origins ?? []).join("\n") },
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async ({ name, origins }) => {
    setProblem(null);
    try {
      await answer(
        api.PATCH("/api/projects/{project}/keys/{key}", {
          params: { path: { project: projectId, key: apiKey.id } },
          body: { name, origins: readOrigins(origins) },
        }),
      );
      onDone();
      toast.ok("Key saved");
      await queries.invalidateQueries({ queryKey: keysQuery(projectId).queryKey });
    } catch (error) {
      setProblem(showFieldErrors(error, ["name", "origins"], form.setError));
    }
  });

  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      {problem && <Notice tone="error">{problem}</Notice>}
      <Field label="Name" error={errors.name?.message}>
        <Input autoFocus autoComplete="off" {...form.register("name")} />
      </Field>
      {apiKey.kind === "public" && (
        <OriginsField error={errors.origins?.message}>
          <Textarea rows={3} spellCheck={false} {...form.register("origins")} />
        </OriginsField>
      )}
      <DialogFooter>
        <Button onClick={onDone}>Cancel</Button>
        <Button variant="primary" type="submit" pending={isSubmitting}>
          Save
        </Button>
      </DialogFooter>
    </form>
  );
}
