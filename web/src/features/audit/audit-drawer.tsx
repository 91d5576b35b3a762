import { ArrowRight } from "lucide-react";
import type { ReactNode } from "react";
import { CopyButton } from "@/components/copy-button";
import { Drawer } from "@/components/drawer";
import { RelativeTime } from "@/components/relative-time";
import type { AuditEntry } from "@/lib/api";
import { formatDateTime, useTimeZone, zoneName } from "@/lib/time-zone";
import { SentenceText } from "./audit-list";
import { changesOf, sentenceOf, valueText } from "./sentences";

type AuditDrawerProps = { entry: AuditEntry | null; onClose: () => void };

/** Everything that was noted about one entry. */
export function AuditDrawer({ entry, onClose }: AuditDrawerProps) {
  return (
    <Drawer open={entry !== null} onOpenChange={onClose} title="Audit entry">
      {entry && <EntryDetails entry={entry} />}
    </Drawer>
  );
}

function EntryDetails({ entry }: { entry: AuditEntry }) {
  const zone = useTimeZone();
  const changes = changesOf(entry.details);
  return (
    <div className="flex flex-col gap-4 p-4">
      <p className="text-base break-words">
        <SentenceText parts={sentenceOf(entry)} />
      </p>
      {changes.length > 0 && (
        <dl className="rounded-md border border-line px-3">
          {changes.map(({ what, change, text }) => (
            <Row key={what} what={what}>
              {change ? (
                <span className="flex flex-wrap items-center gap-x-2">
                  <span className="text-muted">
                    <span className="sr-only">from </span>
                    {valueText(change.from)}
                  </span>
                  <ArrowRight className="size-3.5 shrink-0 text-muted" aria-label="to" />
                  <span>{valueText(change.to)}</span>
                </span>
              ) : (
                text
              )}
            </Row>
          ))}
        </dl>
      )}
      <dl>
        <Row what="When">
          {formatDateTime(entry.at, zone)} {zoneName(zone)},{" "}
          <RelativeTime at={entry.at} className="text-muted" />
        </Row>
        <Row what="Who">
          {entry.actor ? (
            <>
              {entry.actor.name} <span className="text-muted">{entry.actor.email}</span>
            </>
          ) : (
            "The server itself"
          )}
        </Row>
        <Row what="Action" mono>
          {entry.action}
        </Row>
        {entry.target && (
          <Row what="Target">
            {entry.target.name} <span className="text-muted">{entry.target.kind}</span>
            <Copied value={entry.target.id} label="Copy target id" />
          </Row>
        )}
        {entry.ip && (
          <Row what="From address">
            <Copied value={entry.ip} label="Copy address" />
          </Row>
        )}
        {entry.request_id && (
          <Row what="Request id">
            <Copied value={entry.request_id} label="Copy request id" />
          </Row>
        )}
      </dl>
    </div>
  );
}

function Row({ what, mono, children }: { what: string; mono?: boolean; children: ReactNode }) {
  return (
    <div className="flex gap-3 border-b border-line py-2 last:border-b-0">
      <dt className="w-28 shrink-0 text-muted">{what}</dt>
      <dd className={`min-w-0 flex-1 break-words ${mono ? "font-mono text-xs leading-5" : ""}`}>
        {children}
      </dd>
    </div>
  );
}

function Copied({ value, label }: { value: string; label: string }) {
  return (
    <span className="-my-1.5 flex items-center gap-1 font-mono text-xs">
      <span className="min-w-0 break-all">{value}</span>
      <CopyButton value={value} label={label} />
    </span>
  );
}
