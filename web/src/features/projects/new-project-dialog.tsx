import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useForm } from "react-hook-form";
import * as z from "zod/mini";
import { Button } from "@/components/button";
import { Dialog, DialogFooter } from "@/components/dialog";
import { Field } from "@/components/field";
import { Input } from "@/components/input";
import { Notice } from "@/components/notice";
import { Select } from "@/components/select";
import { answer, api, type Org, showFieldErrors } from "@/lib/api";
import { projectName } from "@/lib/project-name";

type NewProjectDialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Where the person may create projects. */
  orgs: Org[];
  /** The one that is chosen at first. */
  org?: string;
};

export function NewProjectDialog({ open, onOpenChange, orgs, org }: NewProjectDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New project"
      description="An app, a service, a fleet: whatever you want to see on one screen."
    >
      <NewProjectForm orgs={orgs} org={org} onCancel={() => onOpenChange(false)} />
    </Dialog>
  );
}

const schema = z.object({ name: projectName, org_id: z.string() });

type NewProjectFormProps = { orgs: Org[]; org: string | undefined; onCancel: () => void };

function NewProjectForm({ orgs, org, onCancel }: NewProjectFormProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { name: "", org_id: orgs.find(({ id }) => id === org)?.id ?? orgs[0]?.id ?? "" },
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async ({ name, org_id }) => {
    setProblem(null);
    try {
      const body = { name, org_id: org_id || undefined };
      const project = await answer(api.POST("/api/projects", { body }));
      void queries.invalidateQueries({ queryKey: ["projects"], exact: true });
      await navigate({ to: "/welcome", search: { project: project.id } });
    } catch (error) {
      setProblem(showFieldErrors(error, ["name", "org_id"], form.setError));
    }
  });

  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      {problem && <Notice tone="error">{problem}</Notice>}
      <Field label="Name" error={errors.name?.message}>
        <Input
          autoFocus
          autoComplete="off"
          placeholder="Shop, mobile app"
          {...form.register("name")}
        />
      </Field>
      {orgs.length > 1 && (
        <Field label="Organization" error={errors.org_id?.message}>
          <Select {...form.register("org_id")}>
            {orgs.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
      )}
      <DialogFooter>
        <Button onClick={onCancel}>Cancel</Button>
        <Button variant="primary" type="submit" pending={isSubmitting}>
          Create project
        </Button>
      </DialogFooter>
    </form>
  );
}
