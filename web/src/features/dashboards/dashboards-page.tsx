import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { LayoutGrid, Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/button";
import { Card } from "@/components/card";
import { EmptyState } from "@/components/empty-state";
import { ErrorState } from "@/components/error-state";
import { Input } from "@/components/input";
import { Notice } from "@/components/notice";
import { Page } from "@/components/page";
import { Loading, Skeleton } from "@/components/skeleton";
import type { Dashboard } from "@/lib/board/types";
import { dashboardsQuery } from "@/lib/dashboards";
import { feedsQuery } from "@/lib/feeds";
import { canEdit, projectQuery } from "@/lib/projects";
import { useSearchParams } from "@/lib/search-params";
import { DashboardRow } from "./dashboard-row";
import { ImportDialog } from "./import-dialog";
import { StartGallery } from "./start-gallery";

/** The dashboards of a project, and the ways to a new one. */
export function DashboardsPage({ projectId }: { projectId: string }) {
  const dashboards = useQuery({
    ...dashboardsQuery(projectId),
    refetchInterval: 30_000,
    placeholderData: keepPreviousData,
  });
  const { data: project } = useQuery(projectQuery(projectId));
  const editable = canEdit(project);
  const [{ q = "", addFeed }, change] = useSearchParams();
  const [importing, setImporting] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const list = dashboards.data;
  const taken = list?.map(({ name }) => name) ?? [];
  const shown = list?.filter(({ name }) => name.toLowerCase().includes(q.trim().toLowerCase()));

  function open(made: Dashboard, edit: boolean) {
    void queries.invalidateQueries({ queryKey: ["projects", projectId, "dashboards"] });
    void queries.invalidateQueries({ queryKey: feedsQuery(projectId).queryKey });
    void navigate({
      to: "/p/$project/dashboards/$dashboard",
      params: { project: projectId, dashboard: made.id },
      search: ((old: object) => ({
        ...old,
        q: undefined,
        addFeed,
        edit: edit || addFeed ? "1" : undefined,
      })) as never,
    });
  }

  const gallery = (
    <StartGallery
      projectId={projectId}
      taken={taken}
      onMade={(made, from) => open(made, from === "blank")}
      onImport={() => setImporting(true)}
    />
  );
  return (
    <Page
      title="Dashboards"
      actions={
        editable &&
        list &&
        list.length > 0 && (
          <Button
            variant="primary"
            onClick={() => {
              const heading = document.getElementById("new-dashboard");
              heading?.scrollIntoView({ behavior: "smooth" });
              heading?.focus();
            }}
          >
            <Plus aria-hidden />
            <span>
              New<span className="max-sm:sr-only"> dashboard</span>
            </span>
          </Button>
        )
      }
    >
      {addFeed && (
        <AddFeedNotice
          projectId={projectId}
          feedId={addFeed}
          onCancel={() => change({ addFeed: undefined })}
        />
      )}
      {dashboards.error && (
        <div className="mb-3">
          <ErrorState
            error={dashboards.error}
            compact={list !== undefined}
            onRetry={() => void dashboards.refetch()}
          />
        </div>
      )}
      {dashboards.isPending && !dashboards.error && <ListLoading />}
      {list?.length === 0 && (
        <EmptyState icon={LayoutGrid} title="No dashboards yet">
          {editable
            ? "Start from a template: it brings its panels and the feeds they need. Everything can be changed afterwards."
            : "Editors and admins of the organization make dashboards; they will appear here."}
        </EmptyState>
      )}
      {list && list.length > 0 && (
        <>
          <Input
            type="search"
            aria-label="Search dashboards"
            placeholder="Search by name"
            className="mb-3 sm:max-w-xs"
            value={q}
            onChange={(event) => change({ q: event.target.value || undefined }, "replace")}
          />
          <Card className="p-0!">
            <ul aria-label="Dashboards">
              {shown?.map((dashboard) => (
                <DashboardRow
                  key={dashboard.id}
                  dashboard={dashboard}
                  taken={taken}
                  editable={editable}
                  addFeed={addFeed}
                />
              ))}
            </ul>
            {shown?.length === 0 && (
              <p className="p-4 text-muted">No dashboard has “{q.trim()}” in its name.</p>
            )}
          </Card>
        </>
      )}
      {editable && list && (
        <section className={list.length > 0 ? "mt-6" : undefined} aria-labelledby="new-dashboard">
          <h2
            id="new-dashboard"
            tabIndex={-1}
            className="mb-3 scroll-mt-4 text-base font-semibold outline-none"
          >
            {list.length > 0 ? "New dashboard" : "Start from a template"}
          </h2>
          {gallery}
        </section>
      )}
      {importing && (
        <ImportDialog
          projectId={projectId}
          taken={taken}
          onClose={() => setImporting(false)}
          onImported={(made) => open(made, false)}
        />
      )}
    </Page>
  );
}

type AddFeedNoticeProps = { projectId: string; feedId: string; onCancel: () => void };

function AddFeedNotice({ projectId, feedId, onCancel }: AddFeedNoticeProps) {
  const { data: feeds } = useQuery(feedsQuery(projectId));
  const feed = feeds?.find(({ id }) => id === feedId);
  return (
    <div className="mb-3">
      <Notice tone="info">
        <div className="flex flex-wrap items-center justify-between gap-2">
          <p>
            Choose the dashboard for a panel of <strong>{feed ? feed.name : "the feed"}</strong>, or
            begin a new one.
          </p>
          <Button size="sm" onClick={onCancel}>
            Cancel
          </Button>
        </div>
      </Notice>
    </div>
  );
}

function ListLoading() {
  return (
    <>
      <Loading what="dashboards" />
      <Skeleton className="mb-3 h-8 sm:max-w-xs" />
      <Skeleton className="h-44 rounded-lg" />
    </>
  );
}
