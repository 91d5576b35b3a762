import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import * as z from "zod/mini";
import { Button } from "@/components/button";
import { CodeBlock } from "@/components/code-block";
import { Dialog, DialogFooter } from "@/components/dialog";
import { Field } from "@/components/field";
import { Input, Textarea } from "@/components/input";
import { Notice } from "@/components/notice";
import { answer, api, type Key, showFieldErrors } from "@/lib/api";
import { keysQuery } from "@/lib/projects";
import { KindChoice } from "./kind-choice";
import { keyName, originsRule, readOrigins } from "./origins";
import { OriginsField } from "./origins-field";

type NewKeyDialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  projectId: string;
};

export function NewKeyDialog({ open, onOpenChange, projectId }: NewKeyDialogProps) {
  const [made, setMade] = useState<Key | null>(null);
  const change = (next: boolean) => {
    onOpenChange(next);
    if (!next) setMade(null);
  };
  return (
    <Dialog open={open} onOpenChange={change} title={made ? "Your new key" : "New key"} wide>
      {made ? (
        <MadeKey made={made} onDone={() => change(false)} />
      ) : (
        <NewKeyForm projectId={projectId} onMade={setMade} onCancel={() => change(false)} />
      )}
    </Dialog>
  );
}

const schema = z.object({
  kind: z.enum(["public", "secret"]),
  name: keyName,
  origins: originsRule,
});

type NewKeyFormProps = { projectId: string; onMade: (key: Key) => void; onCancel: () => void };

function NewKeyForm({ projectId, onMade, onCancel }: NewKeyFormProps) {
  const queries = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { kind: "public" as "public" | "secret", name: "", origins: "" },
  });
  const { errors, isSubmitting } = form.formState;
  const kind = useWatch({ control: form.control, name: "kind" });

  const submit = form.handleSubmit(async ({ kind, name, origins }) => {
    setProblem(null);
    try {
      const key = await answer(
        api.POST("/api/projects/{project}/keys", {
          params: { path: { project: projectId } },
          body: { kind, name, origins: kind === "public" ? readOrigins(origins) : [] },
        }),
      );
      onMade(key);
      await queries.invalidateQueries({ queryKey: keysQuery(projectId).queryKey });
    } catch (error) {
      setProblem(showFieldErrors(error, ["kind", "name", "origins"], form.setError));
    }
  });

  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      {problem && <Notice tone="error">{problem}</Notice>}
      <KindChoice register={form.register("kind")} />
      <Field label="Name" hint="What will use it." error={errors.name?.message}>
        <Input autoComplete="off" placeholder="Web shop" {...form.register("name")} />
      </Field>
      {kind === "public" && (
        <OriginsField error={errors.origins?.message}>
          <Textarea
            rows={2}
            spellCheck={false}
            placeholder="https://shop.example.com"
            {...form.register("origins")}
          />
        </OriginsField>
      )}
      <DialogFooter>
        <Button onClick={onCancel}>Cancel</Button>
        <Button variant="primary" type="submit" pending={isSubmitting}>
          Create key
        </Button>
      </DialogFooter>
    </form>
  );
}

function MadeKey({ made, onDone }: { made: Key; onDone: () => void }) {
  return (
    <>
      {made.kind === "secret" ? (
        <Notice tone="warn">
          Copy this key now. It is not shown again: only a fingerprint of it is kept.
        </Notice>
      ) : (
        <Notice tone="ok">Ready to use. You find it again in the list of keys.</Notice>
      )}
      <div className="mt-3">
        <CodeBlock code={made.key ?? ""} label="key" />
      </div>
      <DialogFooter>
        <Button variant="primary" onClick={onDone}>
          {made.kind === "secret" ? "I have copied it" : "Done"}
        </Button>
      </DialogFooter>
    </>
  );
}
