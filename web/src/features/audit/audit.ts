/** What the audit log is asked, and what the address says about it. */
import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";
import { type AuditAction, type AuditEntry, answer, api } from "@/lib/api";
import type { SearchParams } from "@/lib/search-params";
import { instant } from "@/lib/time-range";
import type { TimeZone } from "@/lib/time-zone";
import { actionNames } from "./sentences";

/** As the address has it: `since` and `until` are words (`now-7d`) or days. */
export type AuditFilter = { person?: string; action?: AuditAction; since?: string; until?: string };

/** As the server is asked. */
export type AuditQuestion = {
  actor?: string;
  action?: AuditAction;
  since?: string;
  until?: string;
};

export type AuditPage = { items: AuditEntry[]; next_cursor?: string | null };

const PAGE = 50;

export function readFilter(params: SearchParams): AuditFilter {
  const { person, action, since, until } = params;
  return {
    person: person || undefined,
    action: isAction(action) ? action : undefined,
    since: since && (isDay(since) || instant(since, new Date())) ? since : undefined,
    until: until && isDay(until) ? until : undefined,
  };
}

function isAction(word: string | undefined): word is AuditAction {
  return word !== undefined && Object.hasOwn(actionNames, word);
}

export function isDay(word: string | undefined): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(word ?? "") && !Number.isNaN(Date.parse(word ?? ""));
}

/** Days are those of the zone on the screen, and `until` is a day that still counts. */
export function questionOf(filter: AuditFilter, zone: TimeZone, now: Date): AuditQuestion {
  const { person, action, since, until } = filter;
  return {
    actor: person,
    action,
    since: since && (isDay(since) ? dayStart(since, zone) : instant(since, now))?.toISOString(),
    until: until && dayStart(until, zone, 1).toISOString(),
  };
}

function dayStart(day: string, zone: TimeZone, later = 0): Date {
  const at = new Date(zone === "utc" ? `${day}T00:00:00Z` : `${day}T00:00:00`);
  if (zone === "utc") at.setUTCDate(at.getUTCDate() + later);
  else at.setDate(at.getDate() + later);
  return at;
}

export function fetchAudit(
  org: string,
  question: AuditQuestion,
  page: { limit: number; cursor?: string },
  signal?: AbortSignal,
): Promise<AuditPage> {
  return answer(
    api.GET("/api/orgs/{org}/audit", {
      params: { path: { org }, query: { ...question, ...page } },
      signal,
    }),
  );
}

/** Newest first, a page at a time. */
export function auditQuery(org: string, question: AuditQuestion) {
  return infiniteQueryOptions({
    queryKey: ["orgs", org, "audit", question],
    queryFn: ({ pageParam, signal }) =>
      fetchAudit(org, question, { limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
}
