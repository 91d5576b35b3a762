import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useMemo, useRef, useState } from "react";
import type { Feed, FeedType } from "@/lib/api";
import { isAbout, NAME, problemsOf } from "./feed-problems";
import { type FieldValue, formFields, readValues } from "./schema-form";
import { type FeedDefinition, useFeedDraft } from "./use-feed-draft";
import { useFeedTest } from "./use-feed-test";

export type FeedFormInput = {
  projectId: string;
  type: FeedType;
  /** The feed that is changed; without it a new one is made. */
  feedId?: string;
  /** What the form begins with. What is saved elsewhere meanwhile does not overwrite what is typed. */
  start: FeedDefinition;
  save: (feed: FeedDefinition) => Promise<Feed>;
  onSaved: (feed: Feed) => void;
};

/** What a form of a feed knows: what was typed, what is wrong with it, and what a test of it brought. */
export function useFeedForm({ projectId, type, feedId, start, ...input }: FeedFormInput) {
  const fields = useMemo(() => formFields(type.schema), [type.schema]);
  const drafted = useFeedDraft(projectId, feedId ?? type.type, fields, start);
  const { draft, setDraft, unsaved } = drafted;
  const { form, problems, general, show, clear } = useProblems();
  const leaving = useRef(false);
  const { config, problems: misread } = useMemo(
    () => readValues(fields, draft.values),
    [fields, draft.values],
  );

  const test = useFeedTest({
    projectId,
    type: type.type,
    feedId,
    onResult: (result) => {
      if (result.ok || !result.error.field) return;
      show({ [result.error.field.replace(/^config\./, "")]: result.error.message });
    },
    // What is about no field is said beside the form, where the result would be.
    onRefused: (error) => show(problemsOf(error, fields).byField),
  });
  const save = useMutation({
    mutationFn: input.save,
    onSuccess: (feed) => {
      discard();
      input.onSaved(feed);
    },
    onError: (error) => {
      const { byField, rest } = problemsOf(error, fields);
      show(byField, rest);
    },
  });

  /** From here on nothing is unsaved: it was saved, or given up. */
  function discard() {
    leaving.current = true;
    drafted.forget();
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    const name = draft.name.trim();
    const found = { ...misread, ...(name === "" && { [NAME]: "Give the feed a name." }) };
    show(found);
    if (Object.keys(found).length === 0) save.mutate({ name, enabled: draft.enabled, config });
  }
  function tryOut() {
    show(misread);
    if (Object.keys(misread).length === 0) test.run(config);
  }
  return {
    ...drafted,
    form,
    fields,
    config,
    problems,
    general,
    test,
    tryOut,
    submit,
    saving: save.isPending,
    isLeaving: () => leaving.current,
    discard,
    rename: (name: string) => {
      setDraft({ ...draft, name });
      clear(NAME);
    },
    enable: (enabled: boolean) => setDraft({ ...draft, enabled }),
    change: (name: string, value: FieldValue) => {
      setDraft({ ...draft, values: { ...draft.values, [name]: value } });
      clear(name);
    },
    canSave: unsaved || feedId === undefined,
  };
}

/** What is wrong, by field and with the whole. */
function useProblems() {
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [general, setGeneral] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  return {
    form,
    problems,
    general,
    /** Shows it, and goes to the first of it. */
    show: (found: Record<string, string>, rest: string | null = null) => {
      setProblems(found);
      setGeneral(rest);
      if (Object.keys(found).length === 0) return;
      requestAnimationFrame(() =>
        form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus(),
      );
    },
    /** A field has been changed: what was wrong with it is another matter now. */
    clear: (name: string) =>
      setProblems((known) =>
        Object.fromEntries(Object.entries(known).filter(([at]) => !isAbout(at, name))),
      ),
  };
}
