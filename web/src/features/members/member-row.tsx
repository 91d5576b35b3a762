import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { RelativeTime } from "@/components/relative-time";
import { Select } from "@/components/select";
import { toast } from "@/components/toast";
import { answer, api, type Member, type Role } from "@/lib/api";
import { meQuery } from "@/lib/me";
import { membersQuery, personName } from "@/lib/members";
import { lowerFirst, roleNames, roles, takesRights } from "@/lib/roles";

type MemberRowProps = {
  member: Member;
  org: { id: string; name: string };
  admin: boolean;
  isMe: boolean;
  /** The only admin there is: neither role nor membership can change. */
  lastAdmin: boolean;
};

export function MemberRow({ member, org, admin, isMe, lastAdmin }: MemberRowProps) {
  const [asking, setAsking] = useState<Role | "remove" | null>(null);
  const name = personName(member.user);
  const changeRole = useChangeRole(org.id, member, isMe, () => setAsking(null));
  const remove = useRemove(org, member, isMe, () => setAsking(null));
  const reason = useId();
  const why = lastAdmin ? reason : undefined;
  const close = (open: boolean) => {
    if (open) return;
    setAsking(null);
    changeRole.reset();
    remove.reset();
  };

  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line py-3 first:border-t-0 first:pt-0 last:pb-0">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex items-center gap-2">
          <span className="min-w-0 truncate font-medium">{name}</span>
          {isMe && <Badge tone="accent">you</Badge>}
        </p>
        <p className="text-xs break-words text-muted">
          {member.user.name.trim() && <>{member.user.email} · </>}Joined{" "}
          <RelativeTime at={member.joined_at} />
        </p>
        {lastAdmin && (admin || isMe) && (
          <p id={reason} className="mt-1 text-xs text-muted">
            The only admin. Make someone else an admin first, then this role can change.
          </p>
        )}
      </div>
      <div className="flex items-center gap-2">
        {admin ? (
          <Select
            aria-label={`Role of ${name}`}
            aria-describedby={why}
            className="w-28"
            value={member.role}
            disabled={lastAdmin || changeRole.isPending}
            onChange={(event) => {
              const role = event.target.value as Role;
              if (takesRights(member.role, role)) setAsking(role);
              else changeRole.mutate(role);
            }}
          >
            {roleNames.map((role) => (
              <option key={role} value={role}>
                {roles[role].name}
              </option>
            ))}
          </Select>
        ) : (
          <Badge>{member.role}</Badge>
        )}
        {(admin || isMe) && (
          <Button
            variant="danger"
            aria-label={isMe ? `Leave ${org.name}` : `Remove ${name}`}
            aria-describedby={why}
            disabled={lastAdmin}
            onClick={() => setAsking("remove")}
          >
            {isMe ? "Leave" : "Remove"}
          </Button>
        )}
      </div>
      <ConfirmDialog
        open={asking === "remove"}
        onOpenChange={close}
        title={isMe ? `Leave ${org.name}?` : `Remove ${name}?`}
        action={isMe ? "Leave" : "Remove"}
        onConfirm={() => remove.mutate()}
        pending={remove.isPending}
        error={remove.error}
      >
        {isMe ? (
          <>
            You lose every project of <strong className="text-text">{org.name}</strong> at once.
            Only a new invitation brings you back.
          </>
        ) : (
          <>
            <strong className="text-text break-words">{name}</strong> loses every project of{" "}
            <strong className="text-text">{org.name}</strong>, on open pages within five seconds.
            What they made stays. Only a new invitation brings them back.
          </>
        )}
      </ConfirmDialog>
      <RoleDialog
        role={asking === "remove" ? null : asking}
        member={member}
        isMe={isMe}
        onOpenChange={close}
        change={changeRole}
      />
    </li>
  );
}

type RoleDialogProps = {
  role: Role | null;
  member: Member;
  isMe: boolean;
  onOpenChange: (open: boolean) => void;
  change: ReturnType<typeof useChangeRole>;
};

/** Asked before rights are taken away. */
function RoleDialog({ role, member, isMe, onOpenChange, change }: RoleDialogProps) {
  const name = personName(member.user);
  const next = role ?? member.role;
  return (
    <ConfirmDialog
      open={role !== null}
      onOpenChange={onOpenChange}
      title={isMe ? `Become ${roles[next].an}?` : `Make ${name} ${roles[next].an}?`}
      action={`Change to ${next}`}
      onConfirm={() => role && change.mutate(role)}
      pending={change.isPending}
      error={change.error}
    >
      {isMe
        ? "You give up rights that you can't give back to yourself: another admin has to."
        : `${name} loses what ${roles[member.role].an} may do beyond ${roles[next].an}.`}{" "}
      {roles[next].name}: {lowerFirst(roles[next].what)}
    </ConfirmDialog>
  );
}

function useChangeRole(org: string, member: Member, isMe: boolean, onDone: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (role: Role) =>
      answer(
        api.PATCH("/api/orgs/{org}/members/{user}", {
          params: { path: { org, user: member.user.id } },
          body: { role },
        }),
      ),
    onSuccess: async ({ role }) => {
      onDone();
      toast.ok(`${isMe ? "You are" : `${personName(member.user)} is`} now ${roles[role].an}`);
      if (!isMe) return;
      await queries.invalidateQueries({ queryKey: meQuery.queryKey });
      await queries.invalidateQueries({ queryKey: ["projects"] });
    },
    onError: (error, role) => {
      // A change that was confirmed has a dialog to say it in.
      if (!takesRights(member.role, role)) toast.error(error.message);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: membersQuery(org).queryKey }),
  });
}

function useRemove(
  org: { id: string; name: string },
  member: Member,
  isMe: boolean,
  onDone: () => void,
) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () =>
      answer(
        api.DELETE("/api/orgs/{org}/members/{user}", {
          params: { path: { org: org.id, user: member.user.id } },
        }),
      ),
    onSuccess: async () => {
      onDone();
      if (!isMe) {
        toast.ok(`${personName(member.user)} removed`);
        await queries.invalidateQueries({ queryKey: membersQuery(org.id).queryKey });
        return;
      }
      await navigate({ to: "/" });
      toast.ok(`You left ${org.name}`);
      queries.removeQueries({ queryKey: ["orgs", org.id] });
      await queries.invalidateQueries({ queryKey: meQuery.queryKey });
      await queries.invalidateQueries({ queryKey: ["projects"] });
    },
    // What the list says is old when the server says no.
    onError: () => queries.invalidateQueries({ queryKey: membersQuery(org.id).queryKey }),
  });
}
