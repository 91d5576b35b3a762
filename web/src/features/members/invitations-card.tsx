import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Card, CardTitle } from "@/components/card";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { CopyButton } from "@/components/copy-button";
import { ErrorState } from "@/components/error-state";
import { RelativeTime } from "@/components/relative-time";
import { Loading, Skeleton } from "@/components/skeleton";
import { toast } from "@/components/toast";
import { answer, api, type Invitation } from "@/lib/api";
import { personName } from "@/lib/members";
import { invitationsQuery } from "./invitations";

type InvitationsCardProps = {
  org: { id: string; name: string };
  /** The links that were made in this visit, by invitation. */
  links: Record<string, string>;
  onInvite: () => void;
};

/** Who was asked to join and has not answered yet. */
export function InvitationsCard({ org, links, onInvite }: InvitationsCardProps) {
  const invitations = useQuery(invitationsQuery(org.id));
  return (
    <Card>
      <CardTitle description="An invitation grants nothing until it is accepted. Its link works once, for seven days.">
        Pending invitations
      </CardTitle>
      {invitations.isError && (
        <ErrorState
          error={invitations.error}
          compact={invitations.data !== undefined}
          onRetry={() => invitations.refetch()}
        />
      )}
      {invitations.isPending && (
        <>
          <Loading what="the invitations" />
          <Skeleton className="h-10" />
        </>
      )}
      {invitations.data?.length === 0 && (
        <p className="flex flex-wrap items-center justify-between gap-3 text-muted">
          Nobody is asked to join just now.
          <Button onClick={onInvite}>Make an invitation</Button>
        </p>
      )}
      <ul>
        {invitations.data?.map((invitation) => (
          <InvitationRow
            key={invitation.id}
            invitation={invitation}
            org={org}
            link={links[invitation.id]}
          />
        ))}
      </ul>
    </Card>
  );
}

type InvitationRowProps = {
  invitation: Invitation;
  org: { id: string; name: string };
  link: string | undefined;
};

function InvitationRow({ invitation, org, link }: InvitationRowProps) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const { id, email, role, invited_by: inviter } = invitation;
  const withdraw = useMutation({
    mutationFn: () =>
      answer(
        api.DELETE("/api/orgs/{org}/invitations/{invitation}", {
          params: { path: { org: org.id, invitation: id } },
        }),
      ),
    onSuccess: () => {
      setAsking(false);
      toast.ok(`Invitation of ${email} withdrawn`);
    },
    // Accepted meanwhile, the person is in the list of members now.
    onSettled: () => queries.invalidateQueries({ queryKey: ["orgs", org.id] }),
  });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line py-3 first:border-t-0 first:pt-0 last:pb-0">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex items-center gap-2">
          <span className="min-w-0 truncate font-medium">{email}</span>
          <Badge>{role}</Badge>
        </p>
        <p className="text-xs break-words text-muted">
          Expires <RelativeTime at={invitation.expires_at} />
          {inviter && <> · Invited by {personName(inviter)}</>}
        </p>
      </div>
      <div className="flex items-center gap-2">
        {link && <CopyButton value={link} label="Copy link" withText />}
        <Button
          variant="danger"
          aria-label={`Withdraw the invitation of ${email}`}
          onClick={() => setAsking(true)}
        >
          Withdraw
        </Button>
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={(open) => {
          setAsking(open);
          withdraw.reset();
        }}
        title="Withdraw this invitation?"
        action="Withdraw"
        onConfirm={() => withdraw.mutate()}
        pending={withdraw.isPending}
        error={withdraw.error}
      >
        The link that <strong className="text-text break-words">{email}</strong> has stops working
        at once. You can invite them again with a new one.
      </ConfirmDialog>
    </li>
  );
}
