import { Card } from "@/components/card";
import { FeedStateBadge, NextRun } from "./feed-badges";
import { FeedButtons } from "./feed-buttons";
import { FeedFailure } from "./feed-failure";
import { FeedName, type FeedsProps, LastRun, LastValue } from "./feeds-table";

/** The table's rows as cards, where a table has no room. */
export function FeedsList({ feeds, titles, refused }: FeedsProps) {
  return (
    <ul aria-label="Feeds" className="flex flex-col gap-2">
      {feeds.map((feed) => (
        <li key={feed.id}>
          <Card className="flex flex-col gap-2 p-3!">
            <div className="flex items-start justify-between gap-2">
              <FeedName feed={feed} titles={titles} />
              <FeedStateBadge state={feed.state} />
            </div>
            <LastValue feed={feed} />
            {feed.last_error && <FeedFailure error={feed.last_error} />}
            <div className="flex flex-wrap items-center justify-between gap-x-3">
              <p className="text-xs text-muted">
                Ran <LastRun feed={feed} />
                {" · "}
                <NextRun feed={feed} />
              </p>
              <FeedButtons feed={feed} refused={refused} />
            </div>
          </Card>
        </li>
      ))}
    </ul>
  );
}
