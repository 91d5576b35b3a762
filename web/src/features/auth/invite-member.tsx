import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "@/components/button";
import { ErrorState } from "@/components/error-state";
import { Notice } from "@/components/notice";
import { Loading, Skeleton } from "@/components/skeleton";
import { answer, api, type OfferedInvitation, type Org } from "@/lib/api";
import { meQuery } from "@/lib/me";
import { personName } from "@/lib/members";
import { useSignOut } from "@/lib/sign-out";

type InviteMemberProps = {
  token: string;
  invitation: OfferedInvitation;
  onJoined: (before: readonly Org[]) => Promise<void>;
};

/** Somebody is signed in: as whom they would join, and the way to join as another. */
export function InviteMember({ token, invitation, onJoined }: InviteMemberProps) {
  const me = useQuery(meQuery);
  const queries = useQueryClient();
  const signOut = useSignOut();
  const join = useMutation({
    mutationFn: () =>
      answer(api.POST("/api/invitations/{token}/accept", { params: { path: { token } } })),
    onSuccess: () => onJoined(me.data?.orgs ?? []),
    // Used or withdrawn meanwhile: the page then says so.
    onError: () => queries.invalidateQueries({ queryKey: ["invitation", token] }),
  });

  if (me.isPending) {
    return (
      <>
        <Loading what="your account" />
        <Skeleton className="h-28 w-full" />
      </>
    );
  }
  if (!me.data) return <ErrorState error={me.error} onRetry={() => me.refetch()} />;
  const { user } = me.data;
  const another = user.email.toLowerCase() !== invitation.email.toLowerCase();
  return (
    <div className="flex flex-col gap-3">
      <div className="rounded-md border border-line px-3 py-2">
        <p className="text-xs text-muted">You are signed in as</p>
        <p className="truncate font-medium">{personName(user)}</p>
        {user.name.trim() && <p className="truncate text-muted">{user.email}</p>}
      </div>
      {another && (
        <Notice tone="info">
          The invitation was made for <strong className="break-words">{invitation.email}</strong>.
          Is this the right account?
        </Notice>
      )}
      {join.error && <ErrorState error={join.error} />}
      <Button variant="primary" pending={join.isPending} onClick={() => join.mutate()}>
        <span className="truncate">Join as {personName(user)}</span>
      </Button>
      <Button pending={signOut.isPending} onClick={() => signOut.mutate()}>
        Use another account
      </Button>
    </div>
  );
}
