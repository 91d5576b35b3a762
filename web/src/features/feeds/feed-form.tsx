import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { Button } from "@/components/button";
import { Card, CardTitle } from "@/components/card";
import { CodeBlock } from "@/components/code-block";
import { Field } from "@/components/field";
import { Input } from "@/components/input";
import { Notice } from "@/components/notice";
import type { Feed, FeedType } from "@/lib/api";
import { FeedTypeIcon } from "./feed-badges";
import { isAbout, NAME, problemsOf } from "./feed-problems";
import { LeaveGuard } from "./leave-guard";
import { SchemaFields } from "./schema-fields";
import { type FieldValue, formFields, readValues } from "./schema-form";
import { SwitchField } from "./switch-field";
import { TestPanel } from "./test-panel";
import { type FeedDefinition, useFeedDraft } from "./use-feed-draft";
import { useFeedTest } from "./use-feed-test";

type FeedFormProps = {
  projectId: string;
  type: FeedType;
  /** The feed that is changed; without it a new one is made. */
  feedId?: string;
  /** What the form begins with. What is saved elsewhere meanwhile does not overwrite what is typed. */
  start: FeedDefinition;
  refused: string | null;
  cancel: ReactNode;
  save: (feed: FeedDefinition) => Promise<Feed>;
  onSaved: (feed: Feed) => void;
};

/** The settings of one feed, made from its kind's schema, beside a test of them. */
export function FeedForm(props: FeedFormProps) {
  const { projectId, type, feedId, refused } = props;
  const fields = useMemo(() => formFields(type.schema), [type.schema]);
  const { draft, setDraft, unsaved, restored, startOver, forget } = useFeedDraft(
    projectId,
    feedId ?? type.type,
    fields,
    props.start,
  );
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [general, setGeneral] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const leaving = useRef(false);
  const { config, problems: misread } = useMemo(
    () => readValues(fields, draft.values),
    [fields, draft.values],
  );

  /** Shows what is wrong, and goes to the first of it. */
  const show = (found: Record<string, string>, rest: string | null = null) => {
    setProblems(found);
    setGeneral(rest);
    if (Object.keys(found).length === 0) return;
    requestAnimationFrame(() =>
      form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus(),
    );
  };
  const refusedBy = (error: unknown) => {
    const { byField, rest } = problemsOf(error, fields);
    show(byField, rest);
  };
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
    mutationFn: props.save,
    onSuccess: (feed) => {
      leaving.current = true;
      forget();
      props.onSaved(feed);
    },
    onError: refusedBy,
  });

  const change = (name: string, value: FieldValue) => {
    setDraft({ ...draft, values: { ...draft.values, [name]: value } });
    setProblems(without(problems, name));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const name = draft.name.trim();
    const found = { ...misread, ...(name === "" && { [NAME]: "Give the feed a name." }) };
    if (Object.keys(found).length > 0) return show(found);
    show({});
    save.mutate({ name, enabled: draft.enabled, config });
  };
  const tryOut = () => {
    show(misread);
    if (Object.keys(misread).length === 0) test.run(config);
  };
  const hasPath = fields.some(({ name, kind }) => name === "path" && kind === "text");

  return (
    <div className="grid max-w-300 items-start gap-3 lg:grid-cols-2">
      <LeaveGuard
        isUnsaved={() => unsaved && !leaving.current}
        onDiscard={() => {
          leaving.current = true;
          forget();
        }}
      />
      <Card>
        <CardTitle description={type.description}>
          <span className="flex items-center gap-2">
            <FeedTypeIcon type={type.type} />
            {type.title}
          </span>
        </CardTitle>
        <form ref={form} id="feed" onSubmit={submit} noValidate className="flex flex-col gap-4">
          {restored && <Restored onStartOver={startOver} />}
          {general && <Notice tone="error">{general}</Notice>}
          <Field label="Name" hint="As panels and events call it." error={problems[NAME]}>
            <Input
              autoComplete="off"
              value={draft.name}
              onChange={({ target }) => {
                setDraft({ ...draft, name: target.value });
                setProblems(without(problems, NAME));
              }}
            />
          </Field>
          <SchemaFields
            fields={fields}
            values={draft.values}
            problems={problems}
            onChange={change}
          />
          <SwitchField
            label="Enabled"
            hint="A disabled feed keeps its settings and takes nothing in."
            checked={draft.enabled}
            onCheckedChange={(enabled) => setDraft({ ...draft, enabled })}
          />
        </form>
      </Card>
      <div className="lg:row-span-2">
        {type.way === "polls" ? (
          <TestPanel
            latest={test.latest}
            good={test.good}
            pending={test.pending}
            error={test.error}
            config={config}
            onTest={tryOut}
            refused={refused}
            onPickPath={hasPath ? (path) => change("path", path) : undefined}
          />
        ) : (
          <ReceivesCard type={type} isNew={feedId === undefined} />
        )}
      </div>
      <div className="flex flex-wrap gap-2">
        <Button
          variant="primary"
          type="submit"
          form="feed"
          pending={save.isPending}
          disabled={refused !== null || (feedId !== undefined && !unsaved)}
          title={refused ?? undefined}
        >
          Save
        </Button>
        {props.cancel}
      </div>
    </div>
  );
}

function Restored({ onStartOver }: { onStartOver: () => void }) {
  return (
    <Notice tone="info">
      <div className="flex flex-wrap items-center gap-2">
        <span className="min-w-0 flex-1">
          This is your draft from before the page was loaded anew. Secrets are not kept in it.
        </span>
        <Button size="sm" onClick={onStartOver}>
          Start over
        </Button>
      </div>
    </Notice>
  );
}

/** There is nothing to try: others send, and this is what they may send. */
function ReceivesCard({ type, isNew }: { type: FeedType; isNew: boolean }) {
  return (
    <Card>
      <CardTitle
        description={
          isNew
            ? "When it is saved you get an address. Whatever JSON is posted there becomes its next value."
            : "Whatever JSON is posted to its address becomes its next value."
        }
      >
        It receives
      </CardTitle>
      <p className="mb-2 text-muted">For example:</p>
      <CodeBlock code={JSON.stringify(type.payload, null, 2)} label="example payload" />
    </Card>
  );
}

/** The problems left when this field has been changed. */
function without(problems: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(problems).filter(([at]) => !isAbout(at, name)));
}
