import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { LayoutGrid } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "@/components/button";
import { EmptyState } from "@/components/empty-state";
import { ErrorState } from "@/components/error-state";
import { Page } from "@/components/page";
import { Loading, Skeleton } from "@/components/skeleton";
import { ApiError } from "@/lib/api";
import { type Playback, useBoard } from "@/lib/board";
import { fetchDashboard } from "@/lib/dashboards";
import { pixels } from "./arrange";
import { useBoardAddress } from "./board-address";
import { BoardScreen } from "./board-screen";

/** One dashboard: read by REST at first, then kept by its socket. */
export function DashboardPage({ projectId }: { projectId: string }) {
  const { dashboard } = useParams({ strict: false }) as { dashboard: string };
  const { address } = useBoardAddress();
  // The past and the present are two connections; nothing of one may stay on the other.
  return (
    <OpenDashboard
      key={`${dashboard} ${address.at ? "past" : "now"}`}
      projectId={projectId}
      dashboardId={dashboard}
      playFrom={address.at ? { at: address.at, speed: address.speed } : undefined}
    />
  );
}

type OpenDashboardProps = {
  projectId: string;
  dashboardId: string;
  playFrom: Playback | undefined;
};

function OpenDashboard({ projectId, dashboardId, playFrom }: OpenDashboardProps) {
  // Where the playback began; from here on the socket is told where to go.
  const [playback] = useState(playFrom);
  const view = useBoard(dashboardId, playback);
  const { live, board, phase } = view;
  const first = useQuery({
    queryKey: ["projects", projectId, "dashboards", dashboardId],
    queryFn: () => fetchDashboard(dashboardId),
    retry: (count, error) => !(error instanceof ApiError && error.status < 500) && count < 2,
    staleTime: 0,
    gcTime: 0,
  });
  useEffect(() => {
    if (first.data) live.seed(first.data);
  }, [live, first.data]);

  const missing = first.error instanceof ApiError && [400, 404].includes(first.error.status);
  const elsewhere = board && board.project_id !== projectId;
  if (view.deleted || phase === "gone" || (missing && !board) || elsewhere) {
    return <Gone projectId={projectId} deleted={view.deleted} name={board?.name} />;
  }
  if (board) return <BoardScreen view={view} board={board} projectId={projectId} />;
  return (
    <Page title="Dashboard" range>
      {first.error ? (
        <ErrorState error={first.error} onRetry={() => void first.refetch()} />
      ) : (
        <BoardLoading />
      )}
    </Page>
  );
}

type GoneProps = { projectId: string; deleted: boolean; name: string | undefined };

function Gone({ projectId, deleted, name }: GoneProps) {
  return (
    <Page title="Dashboard">
      <EmptyState
        icon={LayoutGrid}
        title={deleted ? `“${name ?? "This dashboard"}” was deleted` : "This dashboard isn't here"}
        action={
          <Button asChild variant="primary">
            <Link to="/p/$project/dashboards" params={{ project: projectId }}>
              All dashboards
            </Link>
          </Button>
        }
      >
        {deleted
          ? "Someone deleted it a moment ago. Its feeds and their data are still there."
          : "It was deleted, or the link belongs to another project."}
      </EmptyState>
    </Page>
  );
}

/** As a usual dashboard: a row of figures, two charts. */
function BoardLoading() {
  return (
    <>
      <Loading what="the dashboard" />
      <div className="grid grid-cols-1 gap-3 md:grid-cols-4">
        {[0, 1, 2, 3].map((card) => (
          <div key={card} style={{ height: pixels(2) }}>
            <Skeleton className="h-full rounded-lg" />
          </div>
        ))}
      </div>
      <div className="mt-3 grid grid-cols-1 gap-3 md:grid-cols-2">
        {[0, 1].map((card) => (
          <div key={card} style={{ height: pixels(5) }}>
            <Skeleton className="h-full rounded-lg" />
          </div>
        ))}
      </div>
    </>
  );
}
