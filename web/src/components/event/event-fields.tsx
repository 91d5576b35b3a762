import { ListFilter, ListX } from "lucide-react";
import type { ReactNode } from "react";
import type { Filter, QueryField } from "@/lib/event-query";
import type { PulseEvent } from "@/lib/live/event";
import { formatDateTime, useTimeZone, zoneName } from "@/lib/time-zone";
import { Button } from "../button";
import { formatValue } from "../chart";
import { CopyButton } from "../copy-button";

type EventFieldsProps = { event: PulseEvent; onFilter: (filter: Filter) => void };

/** The fields of an event. A click on a value filters by it. */
export function EventFields({ event, onFilter }: EventFieldsProps) {
  const zone = useTimeZone();
  const time = (at: string) => `${formatDateTime(at, zone)}${millis(at)} ${zoneName(zone)}`;
  const fields: [QueryField, string | null][] = [
    ["type", event.type],
    ["name", event.name],
    ["level", event.level],
    ["user", event.user],
    ["session", event.session],
    ["release", event.release],
    ["environment", event.environment],
    ...Object.entries(event.tags).map(([tag, value]): [QueryField, string] => [
      `tag.${tag}`,
      value,
    ]),
  ];
  return (
    <dl className="flex flex-col">
      {fields.map(([field, value]) =>
        value === null || value === undefined ? null : (
          <Row key={field} name={field}>
            <FilterValue field={field} value={value} onFilter={onFilter} />
          </Row>
        ),
      )}
      {event.value !== null && event.value !== undefined && (
        <Row name="value">{formatValue(event.value, event.unit)}</Row>
      )}
      <Row name="happened">{time(event.timestamp)}</Row>
      <Row name="received">{time(event.received_at)}</Row>
      <Row name="id">
        <span className="flex items-center gap-1">
          <span className="min-w-0 break-all">{event.id}</span>
          <CopyButton value={event.id} label="Copy id" />
        </span>
      </Row>
    </dl>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="group grid min-h-8 grid-cols-[88px_1fr] md:grid-cols-[112px_1fr] items-center gap-3 border-b border-line last:border-b-0">
      <dt className="truncate text-muted" title={name}>
        {name}
      </dt>
      <dd className="min-w-0 font-mono text-xs">{children}</dd>
    </div>
  );
}

type FilterValueProps = {
  field: QueryField;
  value: string;
  onFilter: (filter: Filter) => void;
};

function FilterValue({ field, value, onFilter }: FilterValueProps) {
  return (
    <span className="flex items-center gap-1">
      <button
        type="button"
        title={`Only ${field} ${value}`}
        className="min-w-0 flex-1 rounded-sm py-1 text-left break-words decoration-dotted underline-offset-4 hover:underline"
        onClick={() => onFilter({ field, value })}
      >
        {value}
      </button>
      <span className="flex shrink-0 opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100">
        <Button
          variant="ghost"
          size="icon"
          className="size-7"
          aria-label={`Only ${field} ${value}`}
          title="Only these"
          onClick={() => onFilter({ field, value })}
        >
          <ListFilter aria-hidden />
        </Button>
        <Button
          variant="ghost"
          size="icon"
          className="size-7"
          aria-label={`Without ${field} ${value}`}
          title="Without these"
          onClick={() => onFilter({ field, value, negated: true })}
        >
          <ListX aria-hidden />
        </Button>
      </span>
    </span>
  );
}

function millis(at: string): string {
  return /\.\d{3}/.exec(at)?.[0] ?? "";
}
