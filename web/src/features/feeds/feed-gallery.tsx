import { Link } from "@tanstack/react-router";
import { cx } from "class-variance-authority";
import { ArrowDownToLine, CircleSlash, RefreshCw } from "lucide-react";
import { Badge } from "@/components/badge";
import type { FeedType } from "@/lib/api";
import { FeedTypeIcon } from "./feed-badges";

type FeedGalleryProps = { projectId: string; types: readonly FeedType[] };

/** The kinds of feeds as cards; what can't be had says why. */
export function FeedGallery({ projectId, types }: FeedGalleryProps) {
  const sorted = types.toSorted((a, b) => Number(b.available) - Number(a.available));
  return (
    <>
      <p className="mb-3 text-muted">
        What should it bring? Each kind asks for a few settings, and can be tried before it is
        saved.
      </p>
      <ul aria-label="Kinds of feeds" className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
        {sorted.map((type) => (
          <li key={type.type} className="flex">
            {type.available ? (
              <Link
                to="/p/$project/feeds/new"
                params={{ project: projectId }}
                search={{ type: type.type }}
                className={cx(card, "bg-surface transition-colors hover:border-accent")}
              >
                <CardText type={type} />
              </Link>
            ) : (
              <div className={card} aria-disabled="true">
                <CardText type={type} />
                <p className="mt-2 flex items-start gap-2 border-t border-line pt-2">
                  <CircleSlash className="mt-0.5 size-4 shrink-0 text-muted" aria-hidden />
                  <span className="min-w-0">
                    Not available here:{" "}
                    {type.unavailable_because ?? "the operator has not allowed it."}
                  </span>
                </p>
              </div>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

const card = "flex w-full flex-col rounded-lg border border-line p-4";

function CardText({ type }: { type: FeedType }) {
  return (
    <>
      <span className="flex items-center gap-2.5">
        <span className="flex size-8 shrink-0 items-center justify-center rounded-md border border-line bg-raised">
          <FeedTypeIcon type={type.type} />
        </span>
        <span className="min-w-0 flex-1 truncate text-base font-semibold">{type.title}</span>
        <Badge>
          {type.way === "polls" ? <RefreshCw aria-hidden /> : <ArrowDownToLine aria-hidden />}
          {type.way}
        </Badge>
      </span>
      <span className="mt-2 text-muted">{type.description}</span>
    </>
  );
}
