import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import * as z from "zod/mini";
import { Button } from "@/components/button";
import { CodeBlock } from "@/components/code-block";
import { Dialog, DialogFooter } from "@/components/dialog";
import { Field } from "@/components/field";
import { Input } from "@/components/input";
import { Notice } from "@/components/notice";
import { answer, api, type NewInvitation, type Role, showFieldErrors } from "@/lib/api";
import { emailRule } from "@/lib/email";
import { roles } from "@/lib/roles";
import { invitationsQuery } from "./invitations";
import { RoleChoice } from "./role-choice";

type InviteDialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  org: { id: string; name: string };
  onMade: (invitation: NewInvitation) => void;
};

/** Asks whom and as what, and ends with the link to send. */
export function InviteDialog({ open, onOpenChange, org, onMade }: InviteDialogProps) {
  const [made, setMade] = useState<NewInvitation | null>(null);
  const change = (next: boolean) => {
    onOpenChange(next);
    if (!next) setMade(null);
  };
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title={made ? "Send this link" : `Invite someone to ${org.name}`}
      wide
    >
      {made ? (
        <MadeInvitation made={made} onDone={() => change(false)} />
      ) : (
        <InviteForm
          org={org}
          onMade={(invitation) => {
            setMade(invitation);
            onMade(invitation);
          }}
          onCancel={() => change(false)}
        />
      )}
    </Dialog>
  );
}

const schema = z.object({ email: emailRule, role: z.enum(["admin", "editor", "viewer"]) });

type InviteFormProps = {
  org: { id: string };
  onMade: (invitation: NewInvitation) => void;
  onCancel: () => void;
};

function InviteForm({ org, onMade, onCancel }: InviteFormProps) {
  const queries = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { email: "", role: "editor" as Role },
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (body) => {
    setProblem(null);
    try {
      const params = { path: { org: org.id } };
      onMade(await answer(api.POST("/api/orgs/{org}/invitations", { params, body })));
      await queries.invalidateQueries({ queryKey: invitationsQuery(org.id).queryKey });
    } catch (error) {
      setProblem(showFieldErrors(error, ["email", "role"], form.setError));
    }
  });

  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      {problem && <Notice tone="error">{problem}</Notice>}
      <Field
        label="E-mail"
        hint="Says whom the invitation is for. PulseBoard sends no mail: you send the link."
        error={errors.email?.message}
      >
        <Input
          type="email"
          autoComplete="off"
          autoFocus
          placeholder="bob@example.com"
          {...form.register("email")}
        />
      </Field>
      <RoleChoice register={form.register("role")} />
      <DialogFooter>
        <Button onClick={onCancel}>Cancel</Button>
        <Button variant="primary" type="submit" pending={isSubmitting}>
          Make the invitation
        </Button>
      </DialogFooter>
    </form>
  );
}

function MadeInvitation({ made, onDone }: { made: NewInvitation; onDone: () => void }) {
  return (
    <>
      <Notice tone="warn">
        Copy this link now and send it to <strong className="break-words">{made.email}</strong>.
        Whoever opens it first joins as {roles[made.role].an}. It works once, for seven days, and is
        not shown again.
      </Notice>
      <div className="mt-3">
        <CodeBlock code={made.link ?? ""} label="invitation link" />
      </div>
      <DialogFooter>
        <Button variant="primary" onClick={onDone}>
          Done
        </Button>
      </DialogFooter>
    </>
  );
}
