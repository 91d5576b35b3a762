import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button } from "@/components/button";
import { ErrorState } from "@/components/error-state";
import { Notice } from "@/components/notice";
import { Loading, Skeleton } from "@/components/skeleton";
import type { OfferedInvitation, Org } from "@/lib/api";
import { authConfigQuery } from "./auth-config";
import { SignupForm } from "./signup-form";

type InviteGuestProps = {
  token: string;
  invitation: OfferedInvitation;
  onJoined: (before: readonly Org[]) => Promise<void>;
};

/** Nobody is signed in: a new account, or the way through sign-in and back. */
export function InviteGuest({ token, invitation, onJoined }: InviteGuestProps) {
  const config = useQuery(authConfigQuery);
  if (config.isPending) {
    return (
      <>
        <Loading what="the form" />
        <Skeleton className="h-67 w-full" />
      </>
    );
  }
  if (!config.data) return <ErrorState error={config.error} onRetry={() => config.refetch()} />;
  const signIn = (
    <Button asChild className="w-full">
      <Link to="/login" search={{ next: `/invite/${token}` }}>
        I have an account: sign in
      </Link>
    </Button>
  );
  if (config.data.sign_up === "closed") {
    return (
      <div className="flex flex-col gap-3">
        <Notice tone="info">
          New accounts are switched off on this server. Sign in with the one you have.
        </Notice>
        {signIn}
      </div>
    );
  }
  return (
    <>
      <SignupForm
        invitation={token}
        email={invitation.email}
        action="Create account and join"
        // The new account's own organization is not the one that was joined.
        onDone={(session) => onJoined(session.org ? [session.org] : [])}
      />
      <p className="my-3 flex items-center gap-3 text-xs text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        or
      </p>
      {signIn}
    </>
  );
}
