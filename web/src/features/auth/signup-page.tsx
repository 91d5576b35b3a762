import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useForm } from "react-hook-form";
import * as z from "zod/mini";
import { Button } from "@/components/button";
import { ErrorState } from "@/components/error-state";
import { Field } from "@/components/field";
import { Input } from "@/components/input";
import { Notice } from "@/components/notice";
import { Loading, Skeleton } from "@/components/skeleton";
import { answer, api, showFieldErrors, startSession } from "@/lib/api";
import { passwordHint, passwordRule } from "@/lib/password";
import { useSearchParam } from "@/lib/search-params";
import { authConfigQuery } from "./auth-config";
import { AuthLayout } from "./auth-layout";

/** Open to all, to the invited, or to nobody: whoever hosts it decides. */
export function SignupPage() {
  const config = useQuery(authConfigQuery);
  const [invitation] = useSearchParam("invitation");
  const signUp = config.data?.sign_up;

  if (config.isPending) {
    return (
      <AuthLayout title="Create an account">
        <Loading what="the form" />
        <Skeleton className="h-67 w-full" />
      </AuthLayout>
    );
  }
  if (config.isError) {
    return (
      <AuthLayout title="Create an account">
        <ErrorState error={config.error} onRetry={() => config.refetch()} />
      </AuthLayout>
    );
  }
  if (signUp === "closed" || (signUp === "invitation" && !invitation)) {
    return (
      <AuthLayout
        title={signUp === "closed" ? "Sign-up is closed" : "You need an invitation"}
        lead={
          signUp === "closed"
            ? "Whoever runs this PulseBoard has switched off new accounts."
            : "This PulseBoard takes new accounts by invitation. Open the link of your invitation, or ask an admin for one."
        }
      >
        <Button asChild variant="primary" className="w-full">
          <Link to="/login">Go to sign-in</Link>
        </Button>
      </AuthLayout>
    );
  }
  return (
    <AuthLayout
      title="Create an account"
      lead={
        invitation
          ? "You were invited. Use the address that the invitation was sent to."
          : "Then send your first event. It takes a minute."
      }
      footer={
        <>
          Have an account?{" "}
          <Link to="/login" className="text-accent underline underline-offset-2">
            Sign in
          </Link>
        </>
      }
    >
      <SignupForm invitation={invitation} />
    </AuthLayout>
  );
}

const schema = z.object({
  name: z.string().check(z.trim(), z.maxLength(100, "Use at most 100 characters.")),
  email: z
    .string()
    .check(z.trim(), z.regex(/^\S+@\S+\.\S+$|^\S+@localhost$/, "Enter an e-mail address.")),
  password: passwordRule,
});

function SignupForm({ invitation }: { invitation?: string }) {
  const navigate = useNavigate();
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { name: "", email: "", password: "" },
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async ({ name, ...rest }) => {
    setProblem(null);
    try {
      const body = { ...rest, name: name || undefined, invitation };
      const session = await answer(api.POST("/api/auth/register", { body }));
      startSession(session.access_token, session.expires_in);
    } catch (error) {
      setProblem(showFieldErrors(error, ["name", "email", "password"], form.setError));
      return;
    }
    // The invited find projects there already; everybody else starts with their first.
    await navigate({ to: invitation ? "/" : "/welcome", replace: true });
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
        Create account
      </Button>
    </form>
  );
}
