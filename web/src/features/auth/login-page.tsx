import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useForm } from "react-hook-form";
import * as z from "zod/mini";
import { Button } from "@/components/button";
import { Field } from "@/components/field";
import { Input } from "@/components/input";
import { Notice } from "@/components/notice";
import { answer, api, showFieldErrors, startSession } from "@/lib/api";
import { localPath } from "@/lib/local-path";
import { useSearchParam } from "@/lib/search-params";
import { authConfigQuery } from "./auth-config";
import { AuthLayout } from "./auth-layout";

const schema = z.object({
  email: z.string().check(z.trim(), z.minLength(1, "Enter your e-mail address.")),
  password: z.string().check(z.minLength(1, "Enter your password.")),
});

export function LoginPage() {
  const { data: config } = useQuery(authConfigQuery);
  const [next] = useSearchParam("next");
  const navigate = useNavigate();
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { email: "", password: "" },
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (body) => {
    setProblem(null);
    try {
      const session = await answer(api.POST("/api/auth/login", { body }));
      startSession(session.access_token, session.expires_in);
    } catch (error) {
      setProblem(showFieldErrors(error, ["email", "password"], form.setError));
      form.setFocus("password", { shouldSelect: true });
      return;
    }
    await navigate({ href: localPath(next), replace: true });
  });

  return (
    <AuthLayout
      title="Sign in"
      footer={
        config &&
        config.sign_up !== "closed" && (
          <>
            New here?{" "}
            <Link
              // Who came from an invitation signs up there.
              to={next?.startsWith("/invite/") ? next : "/signup"}
              className="text-accent underline underline-offset-2"
            >
              Create an account
            </Link>
          </>
        )
      }
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        {problem && <Notice tone="error">{problem}</Notice>}
        <Field label="E-mail" error={errors.email?.message}>
          <Input type="email" autoComplete="username" autoFocus {...form.register("email")} />
        </Field>
        <Field label="Password" error={errors.password?.message}>
          <Input type="password" autoComplete="current-password" {...form.register("password")} />
        </Field>
        <Button variant="primary" type="submit" pending={isSubmitting} className="mt-1">
          Sign in
        </Button>
      </form>
    </AuthLayout>
  );
}
