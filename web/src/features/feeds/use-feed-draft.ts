import { useEffect, useMemo, useState } from "react";
import { type Draft, draftKey, keepDraft, readDraft, withoutSecrets } from "./feed-draft";
import { type Config, type FormField, valuesOf } from "./schema-form";

/** A feed as it is saved: what the form begins with and ends in. */
export type FeedDefinition = { name: string; enabled: boolean; config: Config };

/** The form's state: what was saved, with what was typed since, which survives a reload. */
export function useFeedDraft(
  projectId: string,
  feed: string,
  fields: readonly FormField[],
  begin: FeedDefinition,
) {
  const key = draftKey(projectId, feed);
  const [start] = useState((): Draft => {
    const { name, enabled, config } = begin;
    return { name, enabled, values: valuesOf(fields, config) };
  });
  const [found] = useState(() => readDraft(key));
  const [draft, setDraft] = useState<Draft>(() =>
    found ? { ...found, values: { ...start.values, ...found.values } } : start,
  );
  const [restored, setRestored] = useState(found !== null);
  const unsaved = useMemo(() => JSON.stringify(draft) !== JSON.stringify(start), [draft, start]);
  useEffect(() => {
    keepDraft(key, unsaved ? withoutSecrets(draft, fields, start) : null);
  }, [key, draft, unsaved, fields, start]);

  return {
    draft,
    setDraft,
    unsaved,
    /** Whether what is in the form comes from before a reload. */
    restored: restored && unsaved,
    startOver: () => {
      setRestored(false);
      setDraft(start);
    },
    forget: () => keepDraft(key, null),
  };
}
