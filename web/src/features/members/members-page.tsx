import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/button";
import { Card, CardTitle } from "@/components/card";
import { ErrorState } from "@/components/error-state";
import { Loading, Skeleton } from "@/components/skeleton";
import type { Member, Role } from "@/lib/api";
import { meQuery } from "@/lib/me";
import { membersQuery } from "@/lib/members";
import { projectQuery } from "@/lib/projects";
import { roles } from "@/lib/roles";
import { InvitationsCard } from "./invitations-card";
import { InviteDialog } from "./invite-dialog";
import { MemberRow } from "./member-row";

/** The people of the project's organization, and who is asked to join it. */
export function MembersPage({ projectId }: { projectId: string }) {
  const project = useQuery(projectQuery(projectId));
  const me = useQuery(meQuery);
  if (project.data && me.data) {
    const { org_id } = project.data;
    const org = me.data.orgs.find(({ id }) => id === org_id);
    return (
      <Members
        org={{ id: org_id, name: org?.name ?? "this organization" }}
        role={project.data.role}
        me={me.data.user.id}
      />
    );
  }
  const failed = [project, me].find(({ isError }) => isError);
  if (failed) return <ErrorState error={failed.error} onRetry={() => failed.refetch()} />;
  return (
    <Card>
      <CardTitle>Members</CardTitle>
      <MembersLoading />
    </Card>
  );
}

type MembersProps = { org: { id: string; name: string }; role: Role; me: string };

function Members({ org, role, me }: MembersProps) {
  const members = useQuery(membersQuery(org.id));
  const [inviting, setInviting] = useState(false);
  // A link is told once, when it is made: this visit still knows those it made.
  const [links, setLinks] = useState<Record<string, string>>({});
  const admin = role === "admin";
  const admins = members.data?.filter((member) => member.role === "admin").length ?? 0;

  return (
    <div className="flex flex-col gap-3">
      <Card>
        <CardTitle
          description={`Everybody in ${org.name}. They see all of its projects; the role says what they may change.`}
          actions={
            admin && (
              <Button variant="primary" onClick={() => setInviting(true)}>
                <UserPlus aria-hidden />
                Invite someone
              </Button>
            )
          }
        >
          Members
        </CardTitle>
        {members.isError && (
          <ErrorState
            error={members.error}
            compact={members.data !== undefined}
            onRetry={() => members.refetch()}
          />
        )}
        {members.isPending && <MembersLoading />}
        {members.data && (
          <ul>
            {sorted(members.data, me).map((member) => (
              <MemberRow
                key={member.user.id}
                member={member}
                org={org}
                admin={admin}
                isMe={member.user.id === me}
                lastAdmin={member.role === "admin" && admins === 1}
              />
            ))}
          </ul>
        )}
        {members.data?.length === 1 && admin && (
          <p className="mt-3 border-t border-line pt-3 text-muted">
            Nobody else is here yet. Invite someone: you get a link to send to them.
          </p>
        )}
        {!admin && (
          <p className="mt-3 border-t border-line pt-3 text-muted">
            You are {roles[role].an} here. Admins invite people and change roles.
          </p>
        )}
      </Card>
      {admin && <InvitationsCard org={org} links={links} onInvite={() => setInviting(true)} />}
      <InviteDialog
        open={inviting}
        onOpenChange={setInviting}
        org={org}
        onMade={({ id, link }) => link && setLinks((known) => ({ ...known, [id]: link }))}
      />
    </div>
  );
}

/** Oneself first, then in the order of joining. */
function sorted(members: readonly Member[], me: string): Member[] {
  return members.toSorted((a, b) => {
    if ((a.user.id === me) !== (b.user.id === me)) return a.user.id === me ? -1 : 1;
    return a.joined_at.localeCompare(b.joined_at);
  });
}

function MembersLoading() {
  return (
    <>
      <Loading what="the members" />
      <Skeleton className="mb-3 h-14" />
      <Skeleton className="h-14" />
    </>
  );
}
