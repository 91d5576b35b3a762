import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Download, Lock, ScrollText, SearchX } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "@/components/button";
import { Card, CardTitle } from "@/components/card";
import { EmptyState } from "@/components/empty-state";
import { ErrorState } from "@/components/error-state";
import { Loading, Skeleton } from "@/components/skeleton";
import { toast } from "@/components/toast";
import type { AuditEntry } from "@/lib/api";
import { formatCount } from "@/lib/figures";
import { isAdmin, projectQuery } from "@/lib/projects";
import { useSearchParams } from "@/lib/search-params";
import { useTimeZone } from "@/lib/time-zone";
import { type AuditQuestion, auditQuery, questionOf, readFilter } from "./audit";
import { CSV_LIMIT, downloadAudit } from "./audit-csv";
import { AuditDrawer } from "./audit-drawer";
import { AuditFilters } from "./audit-filters";
import { AuditList } from "./audit-list";

/** Who did what in the project's organization; for admins. */
export function AuditPage({ projectId }: { projectId: string }) {
  const project = useQuery(projectQuery(projectId));
  if (project.isPending) {
    return (
      <Card>
        <CardTitle>Audit log</CardTitle>
        <ListLoading />
      </Card>
    );
  }
  if (!project.data) return <ErrorState error={project.error} onRetry={() => project.refetch()} />;
  if (!isAdmin(project.data)) {
    return (
      <Card>
        <EmptyState icon={Lock} title="Only admins see the audit log">
          <p>It names who did what and from where. Ask an admin if you need to know.</p>
        </EmptyState>
      </Card>
    );
  }
  return <AuditLog org={project.data.org_id} />;
}

function AuditLog({ org }: { org: string }) {
  const [params, change] = useSearchParams();
  const zone = useTimeZone();
  const { person, action, since, until } = params;
  const filter = useMemo(
    () => readFilter({ person, action, since, until }),
    [person, action, since, until],
  );
  const question = useMemo(() => questionOf(filter, zone, new Date()), [filter, zone]);
  const log = useInfiniteQuery(auditQuery(org, question));
  const [opened, setOpened] = useState<AuditEntry | null>(null);
  const entries = useMemo(() => log.data?.pages.flatMap(({ items }) => items) ?? [], [log.data]);
  const filtered = Object.values(filter).some(Boolean);

  return (
    <Card>
      <CardTitle
        description="What people changed in this organization, newest first. Nobody can change or delete an entry."
        actions={<ExportButton org={org} question={question} />}
      >
        Audit log
      </CardTitle>
      <AuditFilters
        org={org}
        filter={filter}
        entries={entries}
        onChange={(changes) => change(changes, "replace")}
      />
      {log.isError && (
        <ErrorState
          error={log.error}
          compact={log.data !== undefined}
          onRetry={() => void log.refetch()}
        />
      )}
      {log.isPending && <ListLoading />}
      {entries.length > 0 && <AuditList entries={entries} onOpen={setOpened} />}
      {log.data && entries.length === 0 && !filtered && (
        <EmptyState icon={ScrollText} title="Nothing noted yet">
          <p>Invite someone, create a key or change a setting: it appears here at once.</p>
        </EmptyState>
      )}
      {log.data && entries.length === 0 && filtered && (
        <EmptyState
          icon={SearchX}
          title="Nothing matches"
          action={
            <Button
              onClick={() =>
                change({
                  person: undefined,
                  action: undefined,
                  since: undefined,
                  until: undefined,
                })
              }
            >
              Clear the filter
            </Button>
          }
        >
          <p>No entry has this person, action and time.</p>
        </EmptyState>
      )}
      {entries.length > 0 && (
        <div className="mt-4 flex justify-center">
          {log.hasNextPage ? (
            <Button pending={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
              Load more
            </Button>
          ) : (
            <p className="text-xs text-muted">That is all{filtered ? " that matches" : ""}.</p>
          )}
        </div>
      )}
      <AuditDrawer entry={opened} onClose={() => setOpened(null)} />
    </Card>
  );
}

function ExportButton({ org, question }: { org: string; question: AuditQuestion }) {
  const [pending, setPending] = useState(false);
  async function download() {
    setPending(true);
    try {
      const { count, more } = await downloadAudit(org, question);
      const what = `${formatCount(count)} ${count === 1 ? "entry" : "entries"} exported`;
      toast.ok(
        more
          ? `${what}. A file holds ${formatCount(CSV_LIMIT)}: narrow the time for the rest.`
          : what,
      );
    } catch {
      toast.error("The export stopped because the server did not answer. Try again.");
    } finally {
      setPending(false);
    }
  }
  return (
    <Button pending={pending} onClick={() => void download()} aria-label="Export as CSV">
      {!pending && <Download aria-hidden />}
      CSV
    </Button>
  );
}

function ListLoading() {
  return (
    <div className="flex flex-col gap-2">
      <Loading what="the log" />
      {["a", "b", "c", "d", "e", "f", "g", "h"].map((row) => (
        <Skeleton key={row} className="h-9" />
      ))}
    </div>
  );
}
