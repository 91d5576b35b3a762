import { useNavigate } from "@tanstack/react-router";
import { Pencil, RotateCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/button";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Switch } from "@/components/switch";
import type { Feed } from "@/lib/api";
import { useFeedChanges } from "./feed-changes";

type FeedButtonsProps = {
  feed: Feed;
  /** Why nothing may be changed, for who may not; null for who may. */
  refused: string | null;
  onDeleted?: () => void;
  /** Leaves the room of buttons that this feed has not, so that columns of them stand in line. */
  inLine?: boolean;
};

/** Enable, run now, edit, delete. */
export function FeedButtons({ feed, refused, onDeleted, inLine }: FeedButtonsProps) {
  const [asking, setAsking] = useState(false);
  const { enable, refresh, remove } = useFeedChanges(feed);
  const navigate = useNavigate();
  const off = refused !== null;
  const polls = feed.interval_sec != null;

  return (
    <div className="flex items-center gap-1">
      <Switch
        className="mr-1"
        checked={feed.enabled}
        aria-label={`${feed.name} enabled`}
        title={refused ?? (feed.enabled ? "Disable" : "Enable")}
        disabled={off || enable.isPending}
        onCheckedChange={(enabled) => enable.mutate(enabled)}
      />
      {polls && (
        <Button
          variant="ghost"
          size="icon"
          aria-label={`Refresh ${feed.name}`}
          title={refused ?? (feed.enabled ? "Run now" : "Enable it first: it is disabled")}
          disabled={off || !feed.enabled}
          pending={refresh.isPending}
          onClick={() => refresh.mutate()}
        >
          {!refresh.isPending && <RotateCw aria-hidden />}
        </Button>
      )}
      {!polls && inLine && <span className="size-8 pointer-coarse:size-11" aria-hidden />}
      <Button
        variant="ghost"
        size="icon"
        aria-label={`Edit ${feed.name}`}
        title={refused ?? "Edit"}
        disabled={off}
        onClick={() =>
          void navigate({
            to: "/p/$project/feeds/$feed/edit",
            params: { project: feed.project_id, feed: feed.id },
          })
        }
      >
        <Pencil aria-hidden />
      </Button>
      <Button
        variant="ghost"
        size="icon"
        aria-label={`Delete ${feed.name}`}
        title={refused ?? "Delete"}
        disabled={off}
        onClick={() => setAsking(true)}
      >
        <Trash2 aria-hidden />
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={(open) => {
          setAsking(open);
          remove.reset();
        }}
        title="Delete this feed?"
        action="Delete feed"
        onConfirm={() =>
          remove.mutate(undefined, {
            onSuccess: () => {
              setAsking(false);
              onDeleted?.();
            },
          })
        }
        pending={remove.isPending}
        error={remove.error}
      >
        <strong className="break-words text-text">{feed.name}</strong> stops within two seconds, and
        panels that show it say that it is gone. What it has collected stays in the project's
        events.
      </ConfirmDialog>
    </div>
  );
}
