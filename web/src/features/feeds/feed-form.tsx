import type { ReactNode } from "react";
import { Button } from "@/components/button";
import { Card, CardTitle } from "@/components/card";
import { CodeBlock } from "@/components/code-block";
import { Field } from "@/components/field";
import { Input } from "@/components/input";
import { Notice } from "@/components/notice";
import type { FeedType } from "@/lib/api";
import { FeedTypeIcon } from "./feed-badges";
import { NAME } from "./feed-problems";
import { LeaveGuard } from "./leave-guard";
import { SchemaFields } from "./schema-fields";
import { SwitchField } from "./switch-field";
import { TestPanel } from "./test-panel";
import { type FeedFormInput, useFeedForm } from "./use-feed-form";

type FeedFormProps = FeedFormInput & {
  /** Why nothing may be changed, for who may not. */
  refused: string | null;
  cancel: ReactNode;
};

/** The settings of one feed, made from its kind's schema, beside a test of them. */
export function FeedForm(props: FeedFormProps) {
  const { type, refused } = props;
  const feed = useFeedForm(props);
  const { test } = feed;
  const hasPath = feed.fields.some(({ name, kind }) => name === "path" && kind === "text");
  return (
    <div className="grid max-w-300 items-start gap-3 lg:grid-cols-2 lg:grid-rows-[auto_1fr]">
      <LeaveGuard isUnsaved={() => feed.unsaved && !feed.isLeaving()} onDiscard={feed.discard} />
      <SettingsCard type={type} feed={feed} />
      <div className="lg:row-span-2">
        {type.way === "polls" ? (
          <TestPanel
            latest={test.latest}
            good={test.good}
            pending={test.pending}
            error={test.error}
            config={feed.config}
            onTest={feed.tryOut}
            refused={refused}
            onPickPath={hasPath ? (path) => feed.change("path", path) : undefined}
          />
        ) : (
          <ReceivesCard type={type} isNew={props.feedId === undefined} />
        )}
      </div>
      <div className="flex flex-wrap gap-2">
        <Button
          variant="primary"
          type="submit"
          form="feed"
          pending={feed.saving}
          disabled={refused !== null || !feed.canSave}
          title={refused ?? undefined}
        >
          Save
        </Button>
        {props.cancel}
      </div>
    </div>
  );
}

type SettingsCardProps = { type: FeedType; feed: ReturnType<typeof useFeedForm> };

function SettingsCard({ type, feed }: SettingsCardProps) {
  const { draft, problems } = feed;
  return (
    <Card>
      <CardTitle description={type.description}>
        <span className="flex items-center gap-2">
          <FeedTypeIcon type={type.type} />
          {type.title}
        </span>
      </CardTitle>
      <form
        ref={feed.form}
        id="feed"
        onSubmit={feed.submit}
        noValidate
        className="flex flex-col gap-4"
      >
        {feed.restored && <Restored onStartOver={feed.startOver} />}
        {feed.general && <Notice tone="error">{feed.general}</Notice>}
        <Field label="Name" hint="As panels and events call it." error={problems[NAME]}>
          <Input
            autoComplete="off"
            value={draft.name}
            onChange={({ target }) => feed.rename(target.value)}
          />
        </Field>
        <SchemaFields
          fields={feed.fields}
          values={draft.values}
          problems={problems}
          onChange={feed.change}
        />
        <SwitchField
          label="Enabled"
          hint="A disabled feed keeps its settings and takes nothing in."
          checked={draft.enabled}
          onCheckedChange={feed.enable}
        />
      </form>
    </Card>
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
