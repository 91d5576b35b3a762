/** A panel's data by REST: for one that is not saved yet, and where there is no socket. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { ApiError, answer, api } from "@/lib/api";
import { flush } from "@/lib/live/flush";
import type { Watch } from "./frames";
import { type PanelSource, PanelStream } from "./panel-source";
import type { Panel, PanelData } from "./types";

export type Preview = Pick<Panel, "type" | "query" | "feed_ids" | "options">;

/** Long enough to type a word. */
const SETTLE_MS = 300;

export function panelDataQuery(projectId: string, panel: Preview, watch: Watch) {
  const { type, query, feed_ids, options } = panel;
  const body = { type, query, feed_ids, options, ...watch };
  return queryOptions({
    queryKey: ["projects", projectId, "panel-data", body],
    queryFn: async ({ signal }): Promise<PanelData> =>
      (await answer(
        api.POST(
          "/api/projects/{project}/panel-data" as never,
          {
            params: { path: { project: projectId } },
            body,
            signal,
          } as never,
        ),
      )) as PanelData,
    // A wrong question stays wrong.
    retry: (count, error) => !(error instanceof ApiError && error.status < 500) && count < 2,
  });
}

/** What a panel would show; the last good data stays while the next is asked for. */
export function usePanelPreview(
  projectId: string,
  panel: Preview,
  watch: Watch,
  refreshMs = 0,
): PanelSource {
  const [stream] = useState(() => new PanelStream(flush));
  const { type, query, feed_ids, options } = panel;
  const settled = useSettled(JSON.stringify({ type, query, feed_ids, options }));
  const asked = useMemo(() => JSON.parse(settled) as Preview, [settled]);
  const { data, error, isFetching } = useQuery({
    ...panelDataQuery(projectId, asked, watch),
    refetchInterval: refreshMs || false,
    enabled: asked.type !== "text",
  });
  useEffect(() => {
    if (data) stream.take(data, true);
  }, [stream, data]);
  useEffect(() => {
    stream.set({ loading: isFetching, error: error ? messageOf(error) : null });
  }, [stream, isFetching, error]);
  return stream;
}

function messageOf(error: Error): string {
  if (!(error instanceof ApiError)) return "The server can't be reached.";
  const [field] = Object.values(error.fields ?? {});
  return field ?? error.message;
}

/** A value once it has stayed the same for a moment. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
