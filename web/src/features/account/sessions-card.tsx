import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, MonitorSmartphone } from "lucide-react";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Card, CardTitle } from "@/components/card";
import { ErrorState } from "@/components/error-state";
import { RelativeTime } from "@/components/relative-time";
import { Loading, Skeleton } from "@/components/skeleton";
import { toast } from "@/components/toast";
import { answer, api, type UserSession } from "@/lib/api";
import { deviceName, sessionsQuery } from "./sessions";

export function SessionsCard() {
  const sessions = useQuery(sessionsQuery);
  return (
    <Card>
      <CardTitle description="Where you are signed in. Revoke what you don't recognize, then change your password.">
        Sessions
      </CardTitle>
      {sessions.isError && (
        <ErrorState
          error={sessions.error}
          compact={sessions.data !== undefined}
          onRetry={() => sessions.refetch()}
        />
      )}
      {sessions.isPending && (
        <>
          <Loading what="your sessions" />
          <Skeleton className="h-15" />
        </>
      )}
      <ul>
        {sessions.data?.map((session) => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
    </Card>
  );
}

function SessionRow({ session }: { session: UserSession }) {
  const queries = useQueryClient();
  const device = deviceName(session.user_agent) ?? "Unknown device";
  const revoke = useMutation({
    mutationFn: () =>
      answer(
        api.DELETE("/api/auth/sessions/{session}", { params: { path: { session: session.id } } }),
      ),
    onSuccess: () => toast.ok("Session revoked"),
    onError: (error) => toast.error(error.message),
    onSettled: () => queries.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
  return (
    <li className="flex items-center gap-3 border-t border-line py-3 first:border-t-0 first:pt-0 last:pb-0">
      <MonitorSmartphone className="size-5 shrink-0 text-muted" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2">
          <span className="min-w-0 truncate font-medium" title={session.user_agent ?? undefined}>
            {device}
          </span>
          {session.current && (
            <Badge tone="ok">
              <Check aria-hidden /> this one
            </Badge>
          )}
        </p>
        <p className="text-xs text-muted">
          {session.ip && <>{session.ip} · </>}Last used <RelativeTime at={session.last_used_at} /> ·
          Signed in <RelativeTime at={session.created_at} />
        </p>
      </div>
      {!session.current && (
        <Button
          variant="danger"
          pending={revoke.isPending}
          onClick={() => revoke.mutate()}
          aria-label={`Revoke the session ${device}`}
        >
          Revoke
        </Button>
      )}
    </li>
  );
}
