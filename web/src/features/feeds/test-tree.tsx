import { useState } from "react";
import { Button } from "@/components/button";
import { JsonTree } from "@/components/event/json-tree";
import { joinPaths } from "@/lib/value-path";
import { valueText } from "./feed-text";
import type { Config } from "./schema-form";
import type { TriedWell } from "./use-feed-test";

type TestTreeProps = {
  tried: TriedWell;
  config: Config;
  onPickPath?: (path: string) => void;
  /** There is no payload, only what it would have been taken from. */
  onlyRaw?: boolean;
  /** It stands below a newer answer. */
  old?: boolean;
};

/** A sample as trees: what would be stored, and the whole answer to point into. */
export function TestTree({ tried, config, onPickPath, onlyRaw, old }: TestTreeProps) {
  const { payload, raw, fields } = tried.result;
  const hasRaw = raw !== null && raw !== undefined;
  const [view, setView] = useState<"payload" | "raw">(
    onlyRaw || (hasRaw && onPickPath) ? "raw" : "payload",
  );
  const [pointed, setPointed] = useState<string | null>(null);
  const shown = hasRaw && view === "raw" ? "raw" : "payload";
  const base = shown === "raw" ? "" : pathOf(tried.config);
  const chosen = pathOf(config);

  return (
    <div className="flex min-w-0 flex-col gap-2">
      {hasRaw && !onlyRaw && (
        <div className="flex gap-1" role="group" aria-label="What to show">
          <ViewButton on={shown === "raw"} onClick={() => setView("raw")}>
            Whole answer
          </ViewButton>
          <ViewButton on={shown === "payload"} onClick={() => setView("payload")}>
            What is stored
          </ViewButton>
        </div>
      )}
      <section
        aria-label={`${shown === "raw" ? "Whole answer" : "What is stored"}${old ? ", old" : ""}`}
        tabIndex={0}
        className="max-h-96 min-w-0 overflow-auto rounded-md border border-line bg-bg p-3"
      >
        <JsonTree
          value={shown === "raw" ? raw : payload}
          openDepth={4}
          onPoint={setPointed}
          {...(onPickPath && {
            onPickPath: (path: string) => onPickPath(joinPaths(base, path)),
            chosen: shown === "raw" ? chosen : undefined,
          })}
        />
      </section>
      {/* One line whatever it says: the tree must not move under the pointer. */}
      <p className="h-5 truncate text-xs leading-5 text-muted">
        {pointed !== null ? (
          <>
            Path <span className="font-mono text-text">{joinPaths(base, pointed)}</span>
          </>
        ) : onPickPath ? (
          "Click a value to use its path."
        ) : (
          "Point at a value to see its path."
        )}
      </p>
      {!onlyRaw && <Numbers fields={fields} old={old} />}
    </div>
  );
}

type NumbersProps = Pick<TriedWell["result"], "fields"> & { old?: boolean };

function Numbers({ fields, old }: NumbersProps) {
  if (fields.length === 0) {
    return (
      <p className="text-muted">
        There are no numbers in it, so charts have nothing to draw. Tables and text can show it.
      </p>
    );
  }
  return (
    <section aria-label={old ? "Numbers, old" : "Numbers"}>
      <h3 className="mb-1 text-sm font-medium">
        {fields.length === 1 ? "1 number" : `${fields.length} numbers`} to draw
      </h3>
      <dl
        className="grid max-h-84 grid-cols-[minmax(0,1fr)_auto] gap-x-4 overflow-y-auto"
        tabIndex={0}
      >
        {fields.map(({ path, value }) => (
          <div
            key={path}
            className="col-span-2 grid grid-cols-subgrid border-b border-line py-1 last:border-b-0"
          >
            <dt className="font-mono text-xs break-all text-muted">{path}</dt>
            <dd className="text-right font-mono text-xs">{valueText(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

type ViewButtonProps = { on: boolean; onClick: () => void; children: string };

function ViewButton({ on, onClick, children }: ViewButtonProps) {
  return (
    <Button
      size="sm"
      variant="ghost"
      aria-pressed={on}
      className="aria-pressed:bg-raised aria-pressed:text-text"
      onClick={onClick}
    >
      {children}
    </Button>
  );
}

function pathOf(config: Config): string {
  return typeof config.path === "string" ? config.path : "";
}
