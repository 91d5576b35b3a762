import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/button";
import { Card, CardTitle } from "@/components/card";
import { EmptyState } from "@/components/empty-state";
import { ErrorState } from "@/components/error-state";
import { Loading, Skeleton } from "@/components/skeleton";
import { isAdmin, keysQuery, projectQuery } from "@/lib/projects";
import { AdminOnlyNotice } from "./admin-only";
import { KeyRow } from "./key-row";
import { NewKeyDialog } from "./new-key-dialog";

export function KeysPage({ projectId }: { projectId: string }) {
  const keys = useQuery(keysQuery(projectId));
  const { data: project } = useQuery(projectQuery(projectId));
  const [creating, setCreating] = useState(false);
  const [showRevoked, setShowRevoked] = useState(false);
  const admin = isAdmin(project);
  const active = keys.data?.filter((key) => !key.revoked_at) ?? [];
  const revoked = keys.data?.filter((key) => key.revoked_at) ?? [];
  const create = admin && (
    <Button variant="primary" onClick={() => setCreating(true)}>
      <Plus aria-hidden />
      New key
    </Button>
  );

  return (
    <>
      <AdminOnlyNotice projectId={projectId} />
      <Card>
        <CardTitle
          description="A public key may only write and is safe inside an app. A secret key also reads and belongs on a server."
          actions={create}
        >
          Keys
        </CardTitle>
        {keys.isError && (
          <ErrorState
            error={keys.error}
            compact={keys.data !== undefined}
            onRetry={() => keys.refetch()}
          />
        )}
        {keys.isPending && (
          <>
            <Loading what="the keys" />
            <Skeleton className="mb-3 h-20" />
            <Skeleton className="h-20" />
          </>
        )}
        {keys.data && active.length === 0 && (
          <EmptyState icon={KeyRound} title="No active keys">
            <p>
              {admin
                ? "Nothing can send to this project. Create a public key to start."
                : "Nothing can send to this project until an admin creates a key."}
            </p>
          </EmptyState>
        )}
        <ul>
          {active.map((key) => (
            <KeyRow key={key.id} apiKey={key} projectId={projectId} admin={admin} />
          ))}
          {showRevoked &&
            revoked.map((key) => (
              <KeyRow key={key.id} apiKey={key} projectId={projectId} admin={admin} />
            ))}
        </ul>
        {revoked.length > 0 && (
          <Button
            variant="ghost"
            size="sm"
            className="mt-2"
            aria-expanded={showRevoked}
            onClick={() => setShowRevoked(!showRevoked)}
          >
            {showRevoked ? "Hide revoked keys" : `Show revoked keys (${revoked.length})`}
          </Button>
        )}
      </Card>
      <NewKeyDialog open={creating} onOpenChange={setCreating} projectId={projectId} />
    </>
  );
}
