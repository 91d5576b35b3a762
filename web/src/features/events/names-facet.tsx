import { useQuery } from "@tanstack/react-query";
import { cx } from "class-variance-authority";
import { useLastGood } from "@/components/event/use-last-good";
import { Loading, Skeleton } from "@/components/skeleton";
import { namesQuery } from "@/lib/event-api";
import { addFilter, parseQuery, removeFilter } from "@/lib/event-query";
import { formatShort } from "@/lib/figures";
import type { Instants } from "@/lib/time-range";

type NamesFacetProps = {
  projectId: string;
  instants: Instants;
  query: string;
  onChange: (query: string) => void;
};

/** What happened in this time, most frequent first; a click narrows to it and back. */
export function NamesFacet({ projectId, instants, query, onChange }: NamesFacetProps) {
  const names = useQuery(
    namesQuery(projectId, instants, [instants.from.getTime(), instants.to.getTime()], {
      limit: 30,
    }),
  );
  const data = useLastGood(names.data);
  const chosen = new Set(
    parseQuery(query)
      .tokens.filter((token) => token.field === "name" && !token.negated)
      .map((token) => token.value),
  );
  const most = Math.max(1, ...(data ?? []).map(({ count }) => count));
  return (
    <section aria-label="Names">
      <h2 className="mb-1 text-xs font-medium text-muted">Names, by the full hour</h2>
      {!data && !names.error && (
        <>
          <Loading what="names" />
          <Skeleton className="h-72" />
        </>
      )}
      {names.error && !data && (
        <p className="text-muted">
          The names could not be loaded.{" "}
          <button
            type="button"
            className="rounded-sm text-accent hover:underline"
            onClick={() => void names.refetch()}
          >
            Try again
          </button>
        </p>
      )}
      {data?.length === 0 && <p className="text-muted">None.</p>}
      <ul>
        {data?.map(({ name, type, count }) => {
          const on = chosen.has(name);
          return (
            <li key={`${type} ${name}`}>
              <button
                type="button"
                aria-pressed={on}
                title={on ? `All names again` : `Only ${name}`}
                className={cx(
                  "relative flex h-7 w-full items-center gap-2 rounded-sm px-1.5 text-left hover:bg-raised pointer-coarse:h-11",
                  on && "bg-raised font-medium",
                )}
                onClick={() =>
                  onChange(
                    on
                      ? removeFilter(query, { field: "name", value: name })
                      : addFilter(query, { field: "name", value: name }),
                  )
                }
              >
                <span
                  aria-hidden
                  className={cx(
                    "absolute bottom-0 left-0 h-0.5 rounded-sm",
                    type === "error" ? "bg-error/60" : "bg-accent/60",
                  )}
                  style={{ width: `${(count / most) * 100}%` }}
                />
                <span
                  className={cx(
                    "min-w-0 flex-1 truncate font-mono text-xs",
                    type === "error" && "text-error",
                  )}
                >
                  {name}
                </span>
                <span className="shrink-0 text-xs text-muted">{formatShort(count)}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
