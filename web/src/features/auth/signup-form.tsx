import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";
import * as z from "zod/mini";
import { Button } from "@/components/button";
import { Field } from "@/components/field";
import { Input } from "@/components/input";
import { Notice } from "@/components/notice";
import { type Answer, answer, api, showFieldErrors, startSession } from "@/lib/api";
import { emailRule } from "@/lib/email";
import { passwordHint, passwordRule } from "@/lib/password";

export type SignedUp = Answer<"/api/auth/register", "post">;

const schema = z.object({
  name: z.string().check(z.trim(), z.maxLength(100, "Use at most 100 characters.")),
  email: emailRule,
  password: passwordRule,
});

type SignupFormProps = {
  /** Joins the organization of this invitation as well. */
  invitation?: string;
  /** Filled in already. */
  email?: string;
  /** The verb on the button. */
  action: string;
  onDone: (session: SignedUp) => Promise<void>;
};

export function SignupForm({ invitation, email = "", action, onDone }: SignupFormProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { name: "", email, password: "" },
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async ({ name, ...rest }) => {
    setProblem(null);
    let session: SignedUp;
    try {
      const body = { ...rest, name: name || undefined, invitation };
      session = await answer(api.POST("/api/auth/register", { body }));
      startSession(session.access_token, session.expires_in);
    } catch (error) {
      setProblem(showFieldErrors(error, ["name", "email", "password"], form.setError));
      return;
    }
    await onDone(session);
  });

  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      {problem && <Notice tone="error">{problem}</Notice>}
      <Field
        label="Name"
        hint="Optional. Others in your organization see it."
        error={errors.name?.message}
      >
        <Input autoComplete="name" autoFocus {...form.register("name")} />
      </Field>
      <Field label="E-mail" error={errors.email?.message}>
        <Input type="email" autoComplete="username" {...form.register("email")} />
      </Field>
      <Field label="Password" hint={passwordHint} error={errors.password?.message}>
        <Input type="password" autoComplete="new-password" {...form.register("password")} />
      </Field>
      <Button variant="primary" type="submit" pending={isSubmitting} className="mt-1">
        {action}
      </Button>
    </form>
  );
}
