import { CircleCheck, FlaskConical, History } from "lucide-react";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Card, CardTitle } from "@/components/card";
import { Notice } from "@/components/notice";
import { RelativeTime } from "@/components/relative-time";
import { ApiError, sentence } from "@/lib/api";
import type { Config } from "./schema-form";
import { TestTree } from "./test-tree";
import { isBad, isGood, type Tried, type TriedBadly, type TriedWell } from "./use-feed-test";

type TestPanelProps = {
  latest: Tried | null;
  good: TriedWell | null;
  pending: boolean;
  /** Why there was no answer at all, or why the settings were not even tried. */
  error: Error | null;
  /** The settings as they stand in the form now. */
  config: Config;
  onTest: () => void;
  refused: string | null;
  /** Takes a path that was clicked; without it the kind has none. */
  onPickPath?: (path: string) => void;
};

/** What the feed would bring with the settings of the form. */
export function TestPanel(props: TestPanelProps) {
  const { latest, good, pending, error, onTest, refused } = props;
  return (
    <Card aria-label="Test">
      <CardTitle
        description="Takes one sample with these settings. Nothing is stored."
        actions={
          <Button
            onClick={onTest}
            pending={pending}
            disabled={refused !== null}
            title={refused ?? undefined}
          >
            {!pending && <FlaskConical aria-hidden />}
            Test
          </Button>
        }
      >
        Test
      </CardTitle>
      <div className="flex flex-col gap-3" aria-live="polite" aria-busy={pending}>
        {error && <Refusal error={error} />}
        {!error && latest && <Latest {...props} tried={latest} />}
        {good && (error || latest !== good) && <LastGood {...props} tried={good} />}
        {!latest && !error && (
          <p className="py-6 text-center text-muted">
            {pending ? "Asking…" : "Press Test to see what comes back."}
          </p>
        )}
      </div>
    </Card>
  );
}

/** The settings were refused, or nobody answered. */
function Refusal({ error }: { error: Error }) {
  const hasFields = error instanceof ApiError && Object.keys(error.fields).length > 0;
  return (
    <Notice tone="error">
      {hasFields ? "It was not tried: some settings need a change." : sentence(error.message)}
    </Notice>
  );
}

type ShownProps<T extends Tried> = Pick<TestPanelProps, "config" | "onPickPath"> & { tried: T };

function Latest({ tried, config, onPickPath }: ShownProps<Tried>) {
  if (isGood(tried)) {
    const isOld = !sameConfig(tried.config, config);
    return (
      <>
        <p className="flex flex-wrap items-center gap-2">
          <Badge tone="ok">
            <CircleCheck aria-hidden /> worked
          </Badge>
          <span className="text-muted">in {tried.result.took_ms} ms</span>
          {isOld && <OldBadge />}
        </p>
        <TestTree tried={tried} config={config} onPickPath={onPickPath} />
        {isOld && (
          <p className="text-muted">
            The settings have changed since. Test again to see the result.
          </p>
        )}
      </>
    );
  }
  return isBad(tried) ? <Failure tried={tried} config={config} onPickPath={onPickPath} /> : null;
}

/** What went wrong, with whatever came back all the same. */
function Failure({ tried, config, onPickPath }: ShownProps<TriedBadly>) {
  const { error, took_ms, raw } = tried.result;
  return (
    <>
      <Notice tone="error">
        <p className="font-medium">It failed.</p>
        <p className="break-words">{sentence(error.message)}</p>
        <p className="text-xs text-muted">after {took_ms} ms</p>
      </Notice>
      {raw !== null && raw !== undefined && (
        <TestTree
          tried={{ ...tried, result: { ok: true, took_ms, payload: raw, raw, fields: [] } }}
          config={config}
          onPickPath={onPickPath}
          onlyRaw
        />
      )}
    </>
  );
}

/** What worked before, while the newest try did not. */
function LastGood({ tried, config, onPickPath }: ShownProps<TriedWell>) {
  return (
    <section
      aria-label="Last good result"
      className="flex flex-col gap-2 border-t border-line pt-3"
    >
      <p className="flex flex-wrap items-center gap-2">
        <span className="font-medium">Last good result</span>
        <OldBadge />
        <span className="text-muted">
          <RelativeTime at={new Date(tried.at).toISOString()} />
        </span>
      </p>
      <TestTree tried={tried} config={config} onPickPath={onPickPath} old />
    </section>
  );
}

function OldBadge() {
  return (
    <Badge tone="warn">
      <History aria-hidden /> old
    </Badge>
  );
}

function sameConfig(a: Config, b: Config): boolean {
  const written = (config: Config) =>
    JSON.stringify(Object.entries(config).toSorted(([x], [y]) => x.localeCompare(y)));
  return written(a) === written(b);
}
