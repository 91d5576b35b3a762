import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Ban, Eye, Lock, Pencil } from "lucide-react";
import { useState } from "react";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { CopyButton } from "@/components/copy-button";
import { RelativeTime } from "@/components/relative-time";
import { toast } from "@/components/toast";
import { Tooltip } from "@/components/tooltip";
import { answer, api, type Key } from "@/lib/api";
import { keysQuery } from "@/lib/projects";
import { EditKeyDialog } from "./edit-key-dialog";

type KeyRowProps = { apiKey: Key; projectId: string; admin: boolean };

export function KeyRow({ apiKey: key, projectId, admin }: KeyRowProps) {
  const [open, setOpen] = useState<"edit" | "revoke" | null>(null);
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () =>
      answer(
        api.DELETE("/api/projects/{project}/keys/{key}", {
          params: { path: { project: projectId, key: key.id } },
        }),
      ),
    onSuccess: async () => {
      setOpen(null);
      toast.ok(`Key ${key.name} revoked`);
      await queries.invalidateQueries({ queryKey: keysQuery(projectId).queryKey });
    },
  });
  const origins = key.origins ?? [];

  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line py-3 first:border-t-0">
      <div className="min-w-0 flex-1 basis-80">
        <p className="flex flex-wrap items-center gap-2">
          <span className="min-w-0 truncate font-medium">{key.name}</span>
          {key.kind === "public" ? (
            <Badge tone="accent">
              <Eye aria-hidden /> public
            </Badge>
          ) : (
            <Badge tone="warn">
              <Lock aria-hidden /> secret
            </Badge>
          )}
          {key.revoked_at && (
            <Badge tone="error">
              <Ban aria-hidden /> revoked
            </Badge>
          )}
        </p>
        <p className="mt-1 flex min-w-0 items-center gap-1 font-mono text-xs text-muted">
          <span className="min-w-0 break-all">{key.key ?? `${key.prefix}…${key.last4}`}</span>
          {key.key && !key.revoked_at && (
            <CopyButton value={key.key} label={`Copy key ${key.name}`} />
          )}
        </p>
        <p className="mt-1 text-xs text-muted">
          {key.revoked_at ? (
            <>
              Revoked <RelativeTime at={key.revoked_at} />
            </>
          ) : key.last_used_at ? (
            <>
              Last used <RelativeTime at={key.last_used_at} />
            </>
          ) : (
            "Never used"
          )}
          {" · "}Created <RelativeTime at={key.created_at} />
          {origins.length > 0 && (
            <>
              {" · "}Only from <span className="break-all text-text">{origins.join(", ")}</span>
            </>
          )}
        </p>
      </div>
      {admin && !key.revoked_at && (
        <div className="flex gap-2">
          <Tooltip label="Change the name and the origins">
            <Button onClick={() => setOpen("edit")} aria-label={`Edit key ${key.name}`}>
              <Pencil aria-hidden />
              Edit
            </Button>
          </Tooltip>
          <Button
            variant="danger"
            onClick={() => setOpen("revoke")}
            aria-label={`Revoke key ${key.name}`}
          >
            Revoke
          </Button>
        </div>
      )}
      <EditKeyDialog
        open={open === "edit"}
        onOpenChange={(next) => setOpen(next ? "edit" : null)}
        projectId={projectId}
        apiKey={key}
      />
      <ConfirmDialog
        open={open === "revoke"}
        onOpenChange={(next) => {
          setOpen(next ? "revoke" : null);
          revoke.reset();
        }}
        title="Revoke this key?"
        action="Revoke key"
        onConfirm={() => revoke.mutate()}
        pending={revoke.isPending}
        error={revoke.error}
      >
        Whatever uses <strong className="text-text">{key.name}</strong> is refused within five
        seconds. A revoked key can't be brought back.
      </ConfirmDialog>
    </li>
  );
}
