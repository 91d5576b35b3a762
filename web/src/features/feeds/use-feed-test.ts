import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type FeedTest } from "@/lib/api";
import type { Config } from "./schema-form";

/** An answer to Test, with the settings that were tried and when. */
export type Tried = { result: FeedTest; config: Config; at: number };
export type TriedBadly = Tried & { result: Extract<FeedTest, { ok: false }> };
export type TriedWell = Tried & { result: Extract<FeedTest, { ok: true }> };

type UseFeedTest = {
  projectId: string;
  type: string;
  /** Where secrets that are shown as stars come from. */
  feedId?: string;
  onResult: (result: FeedTest) => void;
  onRefused: (error: Error) => void;
};

/** One sample with the settings of the form. The last that worked stays beside a newer failure. */
export function useFeedTest({ projectId, type, feedId, onResult, onRefused }: UseFeedTest) {
  const [latest, setLatest] = useState<Tried | null>(null);
  const [good, setGood] = useState<TriedWell | null>(null);
  const { mutate, isPending, error } = useMutation({
    mutationFn: (config: Config) =>
      answer(
        api.POST("/api/feeds/test", {
          body: { project_id: projectId, type, config, ...(feedId && { feed_id: feedId }) },
        }),
      ),
    onSuccess: (result, config) => {
      const tried = { result, config, at: Date.now() };
      setLatest(tried);
      if (isGood(tried)) setGood(tried);
      onResult(result);
    },
    onError: onRefused,
  });
  return { run: mutate, pending: isPending, error, latest, good };
}

export function isGood(tried: Tried): tried is TriedWell {
  return tried.result.ok;
}

export function isBad(tried: Tried): tried is TriedBadly {
  return !tried.result.ok;
}
