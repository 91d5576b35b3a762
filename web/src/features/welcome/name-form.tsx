import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import * as z from "zod/mini";
import { Button } from "@/components/button";
import { Field } from "@/components/field";
import { Input } from "@/components/input";
import { toast } from "@/components/toast";
import { answer, api, type Project, showFieldErrors } from "@/lib/api";
import { projectName } from "@/lib/project-name";

const schema = z.object({ name: projectName });

export function NameForm({ project }: { project: Project }) {
  const queries = useQueryClient();
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { name: project.name } });
  const { errors, isSubmitting, isDirty } = form.formState;

  const submit = form.handleSubmit(async (body) => {
    try {
      const params = { path: { project: project.id } };
      await answer(api.PATCH("/api/projects/{project}", { params, body }));
      form.reset(body);
      void queries.invalidateQueries({ queryKey: ["projects"] });
      toast.ok("Name saved");
    } catch (error) {
      const problem = showFieldErrors(error, ["name"], form.setError);
      if (problem) form.setError("name", { message: problem });
    }
  });

  return (
    <form onSubmit={submit} noValidate className="flex items-end gap-2">
      <div className="min-w-0 flex-1">
        <Field label="Name" error={errors.name?.message}>
          <Input autoComplete="off" {...form.register("name")} />
        </Field>
      </div>
      <Button type="submit" disabled={!isDirty} pending={isSubmitting}>
        Save
      </Button>
    </form>
  );
}
