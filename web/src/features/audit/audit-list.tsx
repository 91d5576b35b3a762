import {
  Building2,
  ChevronRight,
  CircleUser,
  Dot,
  Folder,
  KeyRound,
  type LucideIcon,
  Mail,
} from "lucide-react";
import type { AuditEntry } from "@/lib/api";
import { useNow } from "@/lib/clock";
import { formatDate, formatDateTime, formatTime, useTimeZone, zoneName } from "@/lib/time-zone";
import { type Part, sentenceOf } from "./sentences";

const icons: Record<string, LucideIcon> = {
  org: Building2,
  member: CircleUser,
  invitation: Mail,
  project: Folder,
  key: KeyRound,
};

type AuditListProps = { entries: readonly AuditEntry[]; onOpen: (entry: AuditEntry) => void };

/** The log, a heading per day of the zone on the screen. */
export function AuditList({ entries, onOpen }: AuditListProps) {
  const zone = useTimeZone();
  const now = useNow();
  const dayNames = new Map([
    [formatDate(now, zone), "Today"],
    [formatDate(now - 86_400_000, zone), "Yesterday"],
  ]);
  const days = byDay(entries, (at) => formatDate(at, zone));
  return (
    <div className="flex flex-col gap-4">
      {days.map(({ day, entries }) => (
        <section key={day} aria-label={day}>
          <h3 className="border-b border-line pb-1.5 text-xs font-medium text-muted">
            {dayNames.has(day) ? `${dayNames.get(day)}, ${day}` : day}
          </h3>
          <ul>
            {entries.map((entry) => {
              const Icon = icons[entry.action.split(".")[0] ?? ""] ?? Dot;
              return (
                <li key={entry.id} className="border-b border-line last:border-b-0">
                  <button
                    type="button"
                    className="group flex min-h-9 w-full items-center gap-3 rounded-sm py-1.5 text-left hover:bg-raised focus-visible:-outline-offset-2 pointer-coarse:min-h-11"
                    onClick={() => onOpen(entry)}
                  >
                    <Icon className="size-4 shrink-0 text-muted" aria-hidden />
                    <span className="min-w-0 flex-1 break-words">
                      <SentenceText parts={sentenceOf(entry)} />
                    </span>
                    <time
                      dateTime={entry.at}
                      title={`${formatDateTime(entry.at, zone)} ${zoneName(zone)}`}
                      className="shrink-0 font-mono text-xs text-muted"
                    >
                      {formatTime(entry.at, zone)}
                    </time>
                    <ChevronRight className="size-4 shrink-0 text-muted" aria-hidden />
                  </button>
                </li>
              );
            })}
          </ul>
        </section>
      ))}
    </div>
  );
}

export function SentenceText({ parts }: { parts: readonly Part[] }) {
  return parts.map((part, i) =>
    typeof part === "string" ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence never move
      <strong key={i} className="font-medium">
        {part.name}
      </strong>
    ),
  );
}

function byDay(entries: readonly AuditEntry[], dayOf: (at: string) => string) {
  const days: { day: string; entries: AuditEntry[] }[] = [];
  for (const entry of entries) {
    const day = dayOf(entry.at);
    const last = days.at(-1);
    if (last?.day === day) last.entries.push(entry);
    else days.push({ day, entries: [entry] });
  }
  return days;
}
