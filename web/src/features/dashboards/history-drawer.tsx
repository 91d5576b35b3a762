import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Button } from "@/components/button";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Drawer } from "@/components/drawer";
import { ErrorState } from "@/components/error-state";
import { useLastGood } from "@/components/event/use-last-good";
import { RelativeTime } from "@/components/relative-time";
import { Loading, Skeleton } from "@/components/skeleton";
import { toast } from "@/components/toast";
import type { BoardLive, DashboardFull } from "@/lib/board";
import { fetchHistory, restoreVersion } from "@/lib/dashboards";
import { entriesOf, type HistoryEntry } from "./history-sentences";

type HistoryDrawerProps = {
  board: DashboardFull;
  live: BoardLive;
  /** Grows with every change, also of others. */
  version: number;
  onClose: () => void;
};

/** Who changed what when, and the way back to each of these states. */
export default function HistoryDrawer({ board, live, version, onClose }: HistoryDrawerProps) {
  const { id } = board;
  const [restoring, setRestoring] = useState<HistoryEntry | null>(null);
  const history = useInfiniteQuery({
    queryKey: ["dashboards", id, "history", version],
    queryFn: ({ pageParam, signal }) => fetchHistory(id, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    gcTime: 0,
  });
  const data = useLastGood(history.data);
  const entries = useMemo(() => {
    const titles = new Map(board.panels.map((panel) => [panel.id, panel.title]));
    return (
      data &&
      entriesOf(
        data.pages.flatMap(({ items }) => items),
        titles,
      )
    );
  }, [data, board.panels]);
  const restore = useMutation({
    mutationFn: (to: HistoryEntry) => restoreVersion(id, to.seq),
    onSuccess: ({ ops }) => {
      live.take(ops);
      setRestoring(null);
      toast.ok("The dashboard is as it was then. Undo brings back what it was before.");
    },
  });
  const editable = board.role !== "viewer";
  return (
    <Drawer open onOpenChange={onClose} title="History">
      {history.error && (
        <div className="p-4">
          <ErrorState
            error={history.error}
            compact={data !== undefined}
            onRetry={() => void history.refetch()}
          />
        </div>
      )}
      {!entries && !history.error && <HistoryLoading />}
      {entries?.length === 0 && <p className="p-4 text-muted">Nothing was changed yet.</p>}
      {entries && entries.length > 0 && (
        <ol aria-label="Changes, newest first">
          {entries.map((entry, i) => (
            <li
              key={entry.seq}
              className="flex items-start gap-3 border-b border-line px-4 py-2.5 last:border-b-0"
            >
              <div className="min-w-0 flex-1">
                <p className="break-words">
                  <strong className="font-medium">{entry.actor}</strong> {entry.text}
                </p>
                <RelativeTime at={entry.at} className="text-xs text-muted" />
              </div>
              {i === 0 ? (
                <span className="shrink-0 py-1 text-xs text-muted">now</span>
              ) : (
                editable && (
                  <Button size="sm" onClick={() => setRestoring(entry)}>
                    Restore
                  </Button>
                )
              )}
            </li>
          ))}
        </ol>
      )}
      {history.hasNextPage && (
        <div className="p-4 text-center">
          <Button pending={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
            Show older
          </Button>
        </div>
      )}
      <ConfirmDialog
        open={restoring !== null}
        onOpenChange={() => setRestoring(null)}
        title="Restore this state?"
        action="Restore"
        onConfirm={() => {
          if (restoring) restore.mutate(restoring);
        }}
        pending={restore.isPending}
        error={restore.error}
      >
        {restoring && (
          <>
            The dashboard becomes what it was after {restoring.actor} {restoring.text},{" "}
            <RelativeTime at={restoring.at} />. Everyone sees it at once; what was changed since
            stays in the history.
          </>
        )}
      </ConfirmDialog>
    </Drawer>
  );
}

function HistoryLoading() {
  return (
    <div className="flex flex-col gap-3 p-4">
      <Loading what="the history" />
      {[0, 1, 2, 3, 4, 5].map((row) => (
        <Skeleton key={row} className="h-10" />
      ))}
    </div>
  );
}
