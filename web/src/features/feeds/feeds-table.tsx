import { Link } from "@tanstack/react-router";
import { Fragment } from "react";
import { Card } from "@/components/card";
import { RelativeTime } from "@/components/relative-time";
import { Table, TBody, Td, THead, Th, Tr } from "@/components/table";
import type { Feed } from "@/lib/api";
import { FeedStateBadge, FeedTypeIcon, NextRun } from "./feed-badges";
import { FeedButtons } from "./feed-buttons";
import { FeedFailure } from "./feed-failure";
import { compactValue } from "./feed-text";

export type FeedsProps = {
  feeds: readonly Feed[];
  /** What each kind is called. */
  titles: ReadonlyMap<string, string>;
  refused: string | null;
};

export function FeedsTable({ feeds, titles, refused }: FeedsProps) {
  return (
    <Card className="py-1!">
      <Table aria-label="Feeds">
        <THead>
          <Tr>
            <Th>Name</Th>
            <Th>State</Th>
            <Th>Last value</Th>
            <Th>Last run</Th>
            <Th>Next run</Th>
            <Th>
              <span className="sr-only">Actions</span>
            </Th>
          </Tr>
        </THead>
        <TBody>
          {feeds.map((feed) => (
            <Fragment key={feed.id}>
              <Tr className={feed.last_error ? "border-b-0" : undefined}>
                <Td className="max-w-72">
                  <FeedName feed={feed} titles={titles} />
                </Td>
                <Td>
                  <FeedStateBadge state={feed.state} />
                </Td>
                <Td className="max-w-80">
                  <LastValue feed={feed} />
                </Td>
                <Td className="whitespace-nowrap">
                  <LastRun feed={feed} />
                </Td>
                <Td className="whitespace-nowrap">
                  <NextRun feed={feed} />
                </Td>
                <Td>
                  <div className="flex justify-end">
                    <FeedButtons feed={feed} refused={refused} inLine />
                  </div>
                </Td>
              </Tr>
              {feed.last_error && (
                <Tr>
                  <td colSpan={6} className="pb-2">
                    <FeedFailure error={feed.last_error} />
                  </td>
                </Tr>
              )}
            </Fragment>
          ))}
        </TBody>
      </Table>
    </Card>
  );
}

export function FeedName({ feed, titles }: { feed: Feed; titles: FeedsProps["titles"] }) {
  return (
    <span className="flex min-w-0 items-center gap-2.5">
      <FeedTypeIcon type={feed.type} />
      <span className="min-w-0">
        <Link
          to="/p/$project/feeds/$feed"
          params={{ project: feed.project_id, feed: feed.id }}
          className="block truncate rounded-sm font-medium hover:underline"
        >
          {feed.name}
        </Link>
        <span className="block truncate text-xs text-muted">
          {titles.get(feed.type) ?? feed.type}
        </span>
      </span>
    </span>
  );
}

export function LastValue({ feed }: { feed: Feed }) {
  if (!feed.last_value) return <span className="text-muted">none yet</span>;
  const text = compactValue(feed.last_value.payload);
  return (
    <span className="block truncate font-mono text-xs" title={text}>
      {text}
    </span>
  );
}

export function LastRun({ feed }: { feed: Feed }) {
  if (!feed.last_run) return <span className="text-muted">never</span>;
  return <RelativeTime at={feed.last_run} />;
}
