import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useCallback } from "react";
import { Button } from "@/components/button";
import { ErrorState } from "@/components/error-state";
import { Loading, Skeleton } from "@/components/skeleton";
import { toast } from "@/components/toast";
import { ApiError, answer, api, type OfferedInvitation, type Org, useSignedIn } from "@/lib/api";
import { meQuery } from "@/lib/me";
import { lowerFirst, roles } from "@/lib/roles";
import { AuthLayout } from "./auth-layout";
import { InviteGuest } from "./invite-guest";
import { InviteMember } from "./invite-member";

/** Where the link of an invitation leads, signed in or not. */
export function InvitePage() {
  const { token } = useParams({ strict: false }) as { token: string };
  const signedIn = useSignedIn();
  const invitation = useQuery({
    queryKey: ["invitation", token],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/invitations/{token}", { params: { path: { token } }, signal })),
    // Joining uses it up: asked again by itself it would say no while the person goes on.
    staleTime: Number.POSITIVE_INFINITY,
  });
  const joined = useJoined(invitation.data);

  if (invitation.isPending) {
    return (
      <AuthLayout title="Your invitation">
        <Loading what="the invitation" />
        <Skeleton className="h-40 w-full" />
      </AuthLayout>
    );
  }
  // Also when it ends under the person's eyes: withdrawn, or used in another tab.
  if (isGone(invitation.error)) return <Gone />;
  if (!invitation.data) {
    return (
      <AuthLayout title="Your invitation">
        <ErrorState error={invitation.error} onRetry={() => invitation.refetch()} />
      </AuthLayout>
    );
  }
  const { org, role } = invitation.data;
  return (
    <AuthLayout
      title={`Join ${org.name}`}
      lead={
        <>
          You are invited to <strong className="text-text">{org.name}</strong> as {roles[role].an}.
          <span className="mt-1 block text-xs">
            {roles[role].name}: {lowerFirst(roles[role].what)}
          </span>
        </>
      }
    >
      {signedIn === "in" ? (
        <InviteMember token={token} invitation={invitation.data} onJoined={joined} />
      ) : (
        <InviteGuest token={token} invitation={invitation.data} onJoined={joined} />
      )}
    </AuthLayout>
  );
}

function isGone(error: unknown): boolean {
  return error instanceof ApiError && [400, 403, 404, 410].includes(error.status);
}

/** Used, withdrawn, expired or never there: the server does not tell them apart, and need not. */
function Gone() {
  const signedIn = useSignedIn();
  return (
    <AuthLayout
      title="This invitation is no longer valid"
      lead="It was used already, withdrawn, or its seven days are over. Ask whoever invited you for a new link."
    >
      <Button asChild variant="primary" className="w-full">
        {signedIn === "in" ? (
          <Link to="/">Go to your projects</Link>
        ) : (
          <Link to="/login">Go to sign-in</Link>
        )}
      </Button>
    </AuthLayout>
  );
}

/** On to the projects of the organization that was joined: the one that was not there before. */
function useJoined(invitation: OfferedInvitation | undefined) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useCallback(
    async (before: readonly Org[]) => {
      const { orgs } = await queries.fetchQuery({ ...meQuery, staleTime: 0 });
      const fresh = orgs.filter(({ id }) => !before.some((old) => old.id === id));
      const joined = fresh.find(({ name }) => name === invitation?.org.name) ?? fresh[0];
      void queries.invalidateQueries({ queryKey: ["projects"] });
      toast.ok(`You joined ${invitation?.org.name ?? "the organization"}`);
      await navigate({ to: "/", search: { org: joined?.id } as never, replace: true });
    },
    [invitation, queries, navigate],
  );
}
