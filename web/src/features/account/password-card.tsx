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
import { toast } from "@/components/toast";
import { ApiError, answer, api, showFieldErrors } from "@/lib/api";
import { passwordHint, passwordRule } from "@/lib/password";
import { sessionsQuery } from "./sessions";

const schema = z.object({
  current_password: z.string().check(z.minLength(1, "Enter your current password.")),
  new_password: passwordRule,
});

export function PasswordCard({ email }: { email?: string }) {
  const queries = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const [changed, setChanged] = useState(false);
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { current_password: "", new_password: "" },
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (body) => {
    setProblem(null);
    setChanged(false);
    try {
      await answer(api.POST("/api/auth/password", { body }));
      form.reset();
      setChanged(true);
      toast.ok("Password changed; other sessions were ended");
      await queries.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    } catch (error) {
      if (error instanceof ApiError && error.fields.current_password) {
        form.setError("current_password", { message: "This is not your current password." });
        form.setFocus("current_password", { shouldSelect: true });
        return;
      }
      setProblem(showFieldErrors(error, ["current_password", "new_password"], form.setError));
    }
  });

  return (
    <Card>
      <CardTitle description="Changing it signs out every other session; this one stays.">
        Password
      </CardTitle>
      <form onSubmit={submit} noValidate className="flex max-w-md flex-col gap-4">
        {problem && <Notice tone="error">{problem}</Notice>}
        {changed && (
          <Notice tone="ok">
            Your password is changed and every other session was ended. Sign in again on your other
            devices.
          </Notice>
        )}
        {/* Tells password managers whose password this is. */}
        <input type="hidden" name="username" autoComplete="username" value={email ?? ""} readOnly />
        <Field label="Current password" error={errors.current_password?.message}>
          <Input
            type="password"
            autoComplete="current-password"
            {...form.register("current_password")}
          />
        </Field>
        <Field label="New password" hint={passwordHint} error={errors.new_password?.message}>
          <Input type="password" autoComplete="new-password" {...form.register("new_password")} />
        </Field>
        <Button variant="primary" type="submit" pending={isSubmitting} className="self-start">
          Change password
        </Button>
      </form>
    </Card>
  );
}
