import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import * as z from "zod/mini";
import { Button } from "@/components/button";
import { Card, CardTitle } from "@/components/card";
import { Field } from "@/components/field";
import { Input } from "@/components/input";
import { Notice } from "@/components/notice";
import { SaveButton } from "@/components/save-button";
import { toast } from "@/components/toast";
import { answer, api, showFieldErrors, type User } from "@/lib/api";
import { meQuery } from "@/lib/me";
import { useSignOut } from "@/lib/sign-out";

const schema = z.object({
  name: z.string().check(z.trim(), z.maxLength(100, "Use at most 100 characters.")),
});

export function ProfileCard({ user }: { user: User }) {
  const queries = useQueryClient();
  const signOut = useSignOut();
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm({ resolver: zodResolver(schema), values: { name: user.name ?? "" } });
  const { errors, isSubmitting, isDirty } = form.formState;

  const submit = form.handleSubmit(async (body) => {
    setProblem(null);
    try {
      queries.setQueryData(meQuery.queryKey, await answer(api.PATCH("/api/auth/me", { body })));
      toast.ok("Name saved");
    } catch (error) {
      setProblem(showFieldErrors(error, ["name"], form.setError));
    }
  });

  return (
    <Card>
      <CardTitle
        actions={
          <Button onClick={() => signOut.mutate()} pending={signOut.isPending}>
            Sign out
          </Button>
        }
        description={user.email}
      >
        Profile
      </CardTitle>
      <form onSubmit={submit} noValidate className="flex max-w-md flex-col gap-4">
        {problem && <Notice tone="error">{problem}</Notice>}
        <Field label="Name" error={errors.name?.message}>
          <Input autoComplete="name" {...form.register("name")} />
        </Field>
        <SaveButton isDirty={isDirty} isSubmitting={isSubmitting} />
      </form>
    </Card>
  );
}
