import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { panels as kinds } from "@/components/panel";
import { toast } from "@/components/toast";
import { type BoardLive, type DashboardFull, newId, ops } from "@/lib/board";
import { feedsQuery } from "@/lib/feeds";
import { freePlace } from "./arrange";
import { useBoardAddress } from "./board-address";
import { bringIntoView } from "./use-panel-actions";

/** `?addFeed=`: someone came from a feed and chose this dashboard for its panel. */
export function useAddedFeed(board: DashboardFull, live: BoardLive, editable: boolean) {
  const { address, change } = useBoardAddress();
  const wanted = editable ? address.addFeed : undefined;
  const { data: feeds } = useQuery({ ...feedsQuery(board.project_id), enabled: !!wanted });
  const done = useRef<string | null>(null);
  useEffect(() => {
    if (!wanted || !feeds || done.current === wanted) return;
    done.current = wanted;
    change({ addFeed: undefined }, "replace");
    const feed = feeds.find(({ id }) => id === wanted);
    if (!feed) {
      toast.error("The feed isn't there any more. Choose another one in the panel's editor.");
      return;
    }
    // What has no number yet is shown as it comes.
    const type = feed.fields.length > 0 || !feed.last_value ? "timeseries" : "table";
    const panelId = newId();
    live.change(
      ops.create(panelId, {
        type,
        title: feed.name,
        feed_ids: [feed.id],
        query: null,
        options: kinds[type].options,
        ...freePlace(board.panels, kinds[type].size),
      }),
    );
    toast.ok(`“${feed.name}” added`, { undo: () => live.change(ops.remove(panelId)) });
    bringIntoView(panelId);
  }, [wanted, feeds, board.panels, live, change]);
}
