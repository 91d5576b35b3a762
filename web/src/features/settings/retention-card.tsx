import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import * as z from "zod/mini";
import { Card, CardTitle } from "@/components/card";
import { Field } from "@/components/field";
import { Input } from "@/components/input";
import { Notice } from "@/components/notice";
import { SaveButton } from "@/components/save-button";
import { toast } from "@/components/toast";
import { answer, api, type Project, showFieldErrors } from "@/lib/api";
import { isAdmin, projectQuery } from "@/lib/projects";
import { formatDate, useTimeZone } from "@/lib/time-zone";

const limits = "Choose a whole number of days from 1 to 365.";
const schema = z.object({
  retention_days: z.string().check(
    z.trim(),
    z.regex(/^\d{1,3}$/, limits),
    z.refine((text) => Number(text) >= 1 && Number(text) <= 365, limits),
  ),
});

const dayMs = 86_400_000;

export function RetentionCard({ project }: { project: Project }) {
  const queries = useQueryClient();
  const zone = useTimeZone();
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm({
    resolver: zodResolver(schema),
    values: { retention_days: String(project.retention_days) },
    mode: "onChange",
  });
  const { errors, isSubmitting, isDirty } = form.formState;
  const typed = Number(useWatch({ control: form.control, name: "retention_days" }));
  const valid = Number.isInteger(typed) && typed >= 1 && typed <= 365;
  const shorter = valid && typed < project.retention_days;
  const admin = isAdmin(project);

  const submit = form.handleSubmit(async ({ retention_days }) => {
    setProblem(null);
    try {
      const saved = await answer(
        api.PATCH("/api/projects/{project}", {
          params: { path: { project: project.id } },
          body: { retention_days: Number(retention_days) },
        }),
      );
      queries.setQueryData(projectQuery(project.id).queryKey, saved);
      toast.ok("Retention saved");
    } catch (error) {
      setProblem(showFieldErrors(error, ["retention_days"], form.setError));
    }
  });

  return (
    <Card>
      <CardTitle description="Events older than this are deleted once a day, for good. It keeps the database small and searches fast.">
        Retention
      </CardTitle>
      <form onSubmit={submit} noValidate className="flex max-w-md flex-col gap-4">
        {problem && <Notice tone="error">{problem}</Notice>}
        <Field
          label="Keep events for (days)"
          error={errors.retention_days?.message}
          hint={
            valid &&
            `As of today, everything since ${formatDate(Date.now() - typed * dayMs, zone)} is kept.`
          }
        >
          <Input
            inputMode="numeric"
            autoComplete="off"
            readOnly={!admin}
            className="max-w-32"
            {...form.register("retention_days")}
          />
        </Field>
        {admin && shorter && (
          <Notice tone="warn">
            Events from before {formatDate(Date.now() - typed * dayMs, zone)} will be deleted. This
            can't be undone.
          </Notice>
        )}
        {admin && <SaveButton isDirty={isDirty} isSubmitting={isSubmitting} />}
      </form>
    </Card>
  );
}
