import { useState } from "react";
import { Card, CardTitle } from "@/components/card";
import { CopyButton } from "@/components/copy-button";
import { JsonTree } from "@/components/event/json-tree";
import { RelativeTime } from "@/components/relative-time";
import type { Feed } from "@/lib/api";

/** The newest payload as a tree. */
export function LastPayload({ feed }: { feed: Feed }) {
  const [pointed, setPointed] = useState<string | null>(null);
  const value = feed.last_value;
  return (
    <Card>
      <CardTitle
        description={
          value && (
            <>
              Arrived <RelativeTime at={value.ts} />
            </>
          )
        }
        actions={
          value && (
            <CopyButton value={JSON.stringify(value.payload, null, 2)} label="Copy payload" />
          )
        }
      >
        Last payload
      </CardTitle>
      {value ? (
        <>
          <section
            aria-label="Last payload"
            tabIndex={0}
            className="max-h-96 overflow-auto rounded-md border border-line bg-bg p-3"
          >
            <JsonTree value={value.payload} onPoint={setPointed} />
          </section>
          <p className="mt-2 h-5 truncate text-xs leading-5 text-muted">
            {pointed === null ? (
              "Point at a value to see its path."
            ) : (
              <>
                Path <span className="font-mono text-text">{pointed}</span>
              </>
            )}
          </p>
        </>
      ) : (
        <p className="py-6 text-center text-muted">Nothing has arrived yet.</p>
      )}
    </Card>
  );
}
