import { useMutation, useQueryClient } from "@tanstack/react-query";
import { cx } from "class-variance-authority";
import { Star } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "@/components/button";
import { toast } from "@/components/toast";
import type { Dashboard } from "@/lib/board/types";
import { dashboardsQuery, starDashboard, starredFirst } from "@/lib/dashboards";

type StarButtonProps = { dashboard: Pick<Dashboard, "id" | "project_id" | "name" | "starred"> };

/** Mine alone: everyone has their own stars. */
export function StarButton({ dashboard }: StarButtonProps) {
  const { id, project_id, name } = dashboard;
  const [starred, setStarred] = useState(dashboard.starred);
  useEffect(() => setStarred(dashboard.starred), [dashboard.starred]);
  const queries = useQueryClient();
  const { queryKey } = dashboardsQuery(project_id);
  const change = useMutation({
    mutationFn: (next: boolean) => starDashboard(id, next),
    onMutate: (next) => setStarred(next),
    onSuccess: (_, next) => {
      queries.setQueryData(
        queryKey,
        (list: Dashboard[] | undefined) =>
          list &&
          starredFirst(list.map((item) => (item.id === id ? { ...item, starred: next } : item))),
      );
    },
    onError: (_, next) => {
      setStarred(!next);
      toast.error("The star was not kept: the server did not answer. Try again.");
    },
  });
  return (
    <Button
      variant="ghost"
      size="icon"
      aria-pressed={starred}
      aria-label={`Star ${name}`}
      onClick={() => change.mutate(!starred)}
    >
      <Star className={cx(starred && "fill-warn text-warn")} aria-hidden />
    </Button>
  );
}
