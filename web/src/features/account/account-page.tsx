import { useQuery } from "@tanstack/react-query";
import { ErrorState } from "@/components/error-state";
import { Page } from "@/components/page";
import { Loading, Skeleton } from "@/components/skeleton";
import { meQuery } from "@/lib/me";
import { AppearanceCard } from "./appearance-card";
import { PasswordCard } from "./password-card";
import { ProfileCard } from "./profile-card";
import { SessionsCard } from "./sessions-card";

export function AccountPage() {
  const me = useQuery(meQuery);
  return (
    <Page title="Account" narrow>
      <div className="flex flex-col gap-3">
        {me.isPending && (
          <>
            <Loading what="your account" />
            <Skeleton className="h-58 rounded-lg" />
          </>
        )}
        {me.isError && !me.data && <ErrorState error={me.error} onRetry={() => me.refetch()} />}
        {me.data && <ProfileCard user={me.data.user} />}
        <AppearanceCard />
        <PasswordCard email={me.data?.user.email} />
        <SessionsCard />
      </div>
    </Page>
  );
}
