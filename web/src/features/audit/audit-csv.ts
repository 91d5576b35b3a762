/** The log that matches, as a file. */
import type { AuditEntry } from "@/lib/api";
import { csvText, saveCsv } from "@/lib/csv";
import { type AuditQuestion, fetchAudit } from "./audit";
import { sentenceOf, textOf } from "./sentences";

const PAGE = 1_000;
/** The most rows of one file. */
export const CSV_LIMIT = 10_000;

const HEAD = [
  "at",
  "what",
  "action",
  "actor_name",
  "actor_email",
  "actor_id",
  "target_kind",
  "target_name",
  "target_id",
  "details",
  "ip",
  "request_id",
  "id",
];

export function auditAsCsv(entries: readonly AuditEntry[]): string {
  const rows = entries.map((entry) => [
    entry.at,
    textOf(sentenceOf(entry)),
    entry.action,
    entry.actor?.name ?? null,
    entry.actor?.email ?? null,
    entry.actor?.id ?? null,
    entry.target?.kind ?? null,
    entry.target?.name ?? null,
    entry.target?.id ?? null,
    entry.details ? JSON.stringify(entry.details) : null,
    entry.ip ?? null,
    entry.request_id ?? null,
    entry.id,
  ]);
  return csvText([HEAD, ...rows]);
}

/** Fetches what matches page by page and gives it to the browser as a file. */
export async function downloadAudit(
  org: string,
  question: AuditQuestion,
): Promise<{ count: number; more: boolean }> {
  const entries: AuditEntry[] = [];
  let cursor: string | undefined;
  do {
    const limit = Math.min(PAGE, CSV_LIMIT - entries.length);
    const page = await fetchAudit(org, question, { limit, cursor });
    entries.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor && entries.length < CSV_LIMIT);
  saveCsv("audit", auditAsCsv(entries));
  return { count: entries.length, more: cursor !== undefined };
}
