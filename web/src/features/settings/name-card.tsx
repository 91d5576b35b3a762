import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import * as z from "zod/mini";
import { Card, CardTitle } from "@/components/card";
import { CopyButton } from "@/components/copy-button";
import { Field } from "@/components/field";
import { Input } from "@/components/input";
import { Notice } from "@/components/notice";
import { SaveButton } from "@/components/save-button";
import { toast } from "@/components/toast";
import { answer, api, type Project, showFieldErrors } from "@/lib/api";
import { projectName } from "@/lib/project-name";
import { isAdmin, projectQuery } from "@/lib/projects";
import { formatDate, useTimeZone } from "@/lib/time-zone";

const schema = z.object({ name: projectName });

export function NameCard({ project }: { project: Project }) {
  const queries = useQueryClient();
  const zone = useTimeZone();
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm({ resolver: zodResolver(schema), values: { name: project.name } });
  const { errors, isSubmitting, isDirty } = form.formState;
  const admin = isAdmin(project);

  const submit = form.handleSubmit(async (body) => {
    setProblem(null);
    try {
      const params = { path: { project: project.id } };
      const saved = await answer(api.PATCH("/api/projects/{project}", { params, body }));
      queries.setQueryData(projectQuery(project.id).queryKey, saved);
      void queries.invalidateQueries({ queryKey: ["projects"], exact: true });
      toast.ok("Name saved");
    } catch (error) {
      setProblem(showFieldErrors(error, ["name"], form.setError));
    }
  });

  return (
    <Card>
      <CardTitle>Project</CardTitle>
      <form onSubmit={submit} noValidate className="flex max-w-md flex-col gap-4">
        {problem && <Notice tone="error">{problem}</Notice>}
        <Field label="Name" error={errors.name?.message}>
          <Input autoComplete="off" readOnly={!admin} {...form.register("name")} />
        </Field>
        {admin && <SaveButton isDirty={isDirty} isSubmitting={isSubmitting} />}
      </form>
      <dl className="mt-4 flex flex-wrap gap-x-8 gap-y-2 border-t border-line pt-4 text-muted">
        <div className="min-w-0">
          <dt className="text-xs">Project id</dt>
          <dd className="flex items-center gap-1 font-mono text-xs text-text">
            <span className="truncate">{project.id}</span>
            <CopyButton value={project.id} label="Copy project id" />
          </dd>
        </div>
        <div>
          <dt className="text-xs">Number</dt>
          <dd className="flex h-8 items-center text-text">{project.num}</dd>
        </div>
        <div>
          <dt className="text-xs">Created</dt>
          <dd className="flex h-8 items-center text-text">
            {formatDate(project.created_at, zone)}
          </dd>
        </div>
      </dl>
    </Card>
  );
}
