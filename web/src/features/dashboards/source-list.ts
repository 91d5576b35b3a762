/** Everything of a project that a panel can show, to be found by a word. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { formatValue } from "@/components/chart/unit";
import { answer, api, type Feed } from "@/lib/api";
import type { Source, SourceKind } from "@/lib/board";
import { namesQuery } from "@/lib/event-api";
import { feedsQuery } from "@/lib/feeds";

export type Offer = {
  key: string;
  group: "Feeds" | "Metrics" | "Events";
  /** What it is. */
  title: string;
  /** Labels, the feed's type. */
  detail: string;
  /** The latest value, if there is one. */
  value: string;
  source: Source;
};

/** Groups in the order in which they are shown. */
export const GROUPS = ["Feeds", "Metrics", "Events"] as const;

type Series = {
  id: string;
  name: string;
  labels: Record<string, string>;
  unit?: string | null;
  last_value?: number | null;
};

export function useOffers(projectId: string, kinds: readonly SourceKind[]) {
  const feeds = useQuery({ ...feedsQuery(projectId), enabled: kinds.includes("feed") });
  const series = useQuery({
    queryKey: ["projects", projectId, "series", "all"],
    queryFn: async ({ signal }): Promise<Series[]> => {
      const { items } = await answer(
        api.GET("/api/projects/{project}/series", {
          params: { path: { project: projectId }, query: { limit: 1000 } },
          signal,
        }),
      );
      return items;
    },
    enabled: kinds.includes("series"),
    staleTime: 10_000,
  });
  const names = useQuery({
    ...namesQuery(projectId, null, ["offers"], { limit: 50 }),
    enabled: kinds.includes("events"),
  });
  const offers = useMemo(
    () => offersOf(kinds, feeds.data ?? [], series.data ?? [], names.data ?? []),
    [kinds, feeds.data, series.data, names.data],
  );
  return {
    offers,
    pending: feeds.isLoading || series.isLoading || names.isLoading,
    error: feeds.error ?? series.error ?? names.error,
  };
}

type Name = { name: string; type: string; count: number };

export function offersOf(
  kinds: readonly SourceKind[],
  feeds: readonly Feed[],
  series: readonly Series[],
  names: readonly Name[],
): Offer[] {
  const offers: Offer[] = [];
  const values = new Map(series.map((item) => [`${item.labels.feed} ${item.name}`, item]));
  if (kinds.includes("feed")) {
    for (const feed of feeds) {
      offers.push({
        key: `feed ${feed.id}`,
        group: "Feeds",
        title: feed.name,
        detail: feed.fields.length > 1 ? "all numbers" : feed.type,
        value: "",
        source: { kind: "feed", feed_id: feed.id, path: null },
      });
      for (const path of feed.fields) {
        offers.push({
          key: `feed ${feed.id} ${path}`,
          group: "Feeds",
          title: path,
          detail: feed.name,
          value: formatValue(
            fieldOf(feed.last_value?.payload, path) ?? values.get(`${feed.id} ${path}`)?.last_value,
          ),
          source: { kind: "feed", feed_id: feed.id, path },
        });
      }
    }
  }
  if (kinds.includes("series")) offers.push(...seriesOffers(series, feeds));
  if (kinds.includes("events")) {
    offers.push(
      eventOffer("All events", null),
      eventOffer("Errors", "error"),
      ...names.map(
        ({ name, type, count }): Offer => ({
          key: `event ${type} ${name}`,
          group: "Events",
          title: name,
          detail: type,
          value: `${count.toLocaleString("en-US")} in all`,
          source: { kind: "events", type: type as "error", name },
        }),
      ),
    );
  }
  if (kinds.includes("names")) {
    offers.push(nameOffer("Top names", null), nameOffer("Top errors", "error"));
  }
  if (kinds.includes("event_list")) {
    offers.push({
      key: "event_list",
      group: "Events",
      title: "Latest events",
      detail: "a list, with a filter",
      value: "",
      source: { kind: "event_list", filter: "", limit: 20 },
    });
  }
  return offers;
}

/** One offer per name, and one per set of labels where there are several. */
function seriesOffers(series: readonly Series[], feeds: readonly Feed[]): Offer[] {
  const own = new Set(feeds.map(({ id }) => id));
  const byName = new Map<string, Series[]>();
  for (const item of series) {
    // Those of feeds are offered under their feed.
    if (item.labels.feed && own.has(item.labels.feed)) continue;
    byName.set(item.name, [...(byName.get(item.name) ?? []), item]);
  }
  return [...byName].flatMap(([name, items]) => {
    const [first] = items as [Series];
    const whole: Offer = {
      key: `series ${name}`,
      group: "Metrics",
      title: name,
      detail: items.length > 1 ? `${items.length} series` : labelText(first.labels),
      value: items.length > 1 ? "" : formatValue(first.last_value, first.unit),
      source: { kind: "series", name, aggregate: "avg" },
    };
    if (items.length === 1) return [whole];
    return [
      whole,
      ...items.map(
        (item): Offer => ({
          key: `series ${item.id}`,
          group: "Metrics",
          title: name,
          detail: labelText(item.labels),
          value: formatValue(item.last_value, item.unit),
          source: { kind: "series", name, labels: item.labels, aggregate: "avg" },
        }),
      ),
    ];
  });
}

function eventOffer(title: string, type: "error" | null): Offer {
  return {
    key: `events ${type ?? "all"}`,
    group: "Events",
    title,
    detail: "counted over time",
    value: "",
    source: { kind: "events", type },
  };
}

function nameOffer(title: string, type: "error" | null): Offer {
  return {
    key: `names ${type ?? "all"}`,
    group: "Events",
    title,
    detail: "by how often they happen",
    value: "",
    source: { kind: "names", type, limit: 10 },
  };
}

export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}

/** The number at a path such as `disk.free` or `cores[0].load`; a bare number is `value`. */
function fieldOf(payload: unknown, path: string): number | null {
  if (path === "value" && typeof payload === "number") return payload;
  let at: unknown = payload;
  for (const step of path.split(/[.[\]]+/).filter(Boolean)) {
    if (typeof at !== "object" || at === null) return null;
    at = (at as Record<string, unknown>)[step];
  }
  return typeof at === "number" ? at : null;
}

/** All words must occur somewhere. */
export function matching(offers: readonly Offer[], text: string): Offer[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return offers.filter(({ title, detail, group }) => {
    const all = `${title} ${detail} ${group}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

/** What a source is, in the fewest words. */
export function sourceName(source: Source, feeds: readonly { id: string; name: string }[]): string {
  switch (source.kind) {
    case "series":
      return source.name;
    case "events":
      return source.name ?? (source.type === "error" ? "Errors" : "All events");
    case "names":
      return source.type === "error" ? "Top errors" : "Top names";
    case "event_list":
      return "Latest events";
    case "feed": {
      const feed = feeds.find(({ id }) => id === source.feed_id)?.name;
      if (!feed) return "A feed that was deleted";
      return source.path ? `${feed}: ${source.path}` : feed;
    }
  }
}
