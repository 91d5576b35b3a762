import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/button";
import { Field } from "@/components/field";
import { Input } from "@/components/input";
import { Select } from "@/components/select";
import type { AuditEntry } from "@/lib/api";
import { membersQuery, personName } from "@/lib/members";
import { type AuditFilter, isDay } from "./audit";
import { actionNames } from "./sentences";

const spans = [
  { since: "now-24h", label: "Last 24 hours" },
  { since: "now-7d", label: "Last 7 days" },
  { since: "now-30d", label: "Last 30 days" },
  { since: "now-90d", label: "Last 90 days" },
];

type AuditFiltersProps = {
  org: string;
  filter: AuditFilter;
  /** What is on the screen: who left the organization is found there only. */
  entries: readonly AuditEntry[];
  onChange: (changes: AuditFilter) => void;
};

/** Who, what and when; all of it in the address. */
export function AuditFilters({ org, filter, entries, onChange }: AuditFiltersProps) {
  const { data: members = [] } = useQuery(membersQuery(org));
  const people = peopleOf(members, entries);
  const [days, setDays] = useState(isDay(filter.since) || isDay(filter.until));
  const filtered = Object.values(filter).some(Boolean);

  const chooseSpan = (value: string) => {
    setDays(value === "days");
    if (value !== "days") onChange({ since: value || undefined, until: undefined });
    else if (!isDay(filter.since)) onChange({ since: undefined, until: undefined });
  };

  return (
    <div
      className="mb-4 grid grid-cols-2 items-end gap-3 sm:flex sm:flex-wrap"
      role="search"
      aria-label="Filter the log"
    >
      <div className="min-w-0 sm:w-44">
        <Field label="Person">
          <Select
            value={filter.person ?? ""}
            onChange={(event) => onChange({ person: event.target.value || undefined })}
          >
            <option value="">Anybody</option>
            {filter.person && !people.has(filter.person) && (
              <option value={filter.person}>Somebody who left</option>
            )}
            {[...people].map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      <div className="min-w-0 sm:w-44">
        <Field label="Action">
          <Select
            value={filter.action ?? ""}
            onChange={(event) =>
              onChange({ action: (event.target.value || undefined) as AuditFilter["action"] })
            }
          >
            <option value="">Anything</option>
            {Object.entries(actionNames).map(([action, name]) => (
              <option key={action} value={action}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      <div className="min-w-0 max-sm:col-span-2 sm:w-36">
        <Field label="Time">
          <Select
            value={days ? "days" : (filter.since ?? "")}
            onChange={(event) => chooseSpan(event.target.value)}
          >
            <option value="">Any time</option>
            {spans.map(({ since, label }) => (
              <option key={since} value={since}>
                {label}
              </option>
            ))}
            {filter.since &&
              !isDay(filter.since) &&
              !spans.some((s) => s.since === filter.since) && (
                <option value={filter.since}>since {filter.since}</option>
              )}
            <option value="days">Choose days</option>
          </Select>
        </Field>
      </div>
      {days && (
        <>
          <DayField label="From" value={filter.since} onChange={(since) => onChange({ since })} />
          <DayField label="To" value={filter.until} onChange={(until) => onChange({ until })} />
        </>
      )}
      {filtered && (
        <Button
          variant="ghost"
          className="justify-self-start"
          onClick={() => {
            setDays(false);
            onChange({ person: undefined, action: undefined, since: undefined, until: undefined });
          }}
        >
          <X aria-hidden />
          Clear
        </Button>
      )}
    </div>
  );
}

type DayFieldProps = {
  label: string;
  value: string | undefined;
  onChange: (day: string | undefined) => void;
};

function DayField({ label, value, onChange }: DayFieldProps) {
  return (
    <div className="min-w-0 sm:w-36">
      <Field label={label}>
        <Input
          type="date"
          value={isDay(value) ? value : ""}
          onChange={(event) => onChange(event.target.value || undefined)}
        />
      </Field>
    </div>
  );
}

/** Everybody by id, members first. */
function peopleOf(
  members: readonly { user: { id: string; name: string; email: string } }[],
  entries: readonly AuditEntry[],
): Map<string, string> {
  const people = new Map(members.map(({ user }) => [user.id, personName(user)]));
  for (const { actor } of entries) {
    if (actor && !people.has(actor.id)) people.set(actor.id, personName(actor));
  }
  return people;
}
