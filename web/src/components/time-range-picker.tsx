import { cx } from "class-variance-authority";
import { CalendarClock, ChevronDown } from "lucide-react";
import { type FormEvent, useState } from "react";
import {
  instant,
  presets,
  type Refresh,
  refreshIntervals,
  resolveRange,
  type TimeRange,
  useTimeRange,
} from "@/lib/time-range";
import { type TimeZone, useTimeZone, zoneName } from "@/lib/time-zone";
import { Button } from "./button";
import { Field } from "./field";
import { Input } from "./input";
import { Popover, PopoverContent, PopoverTrigger } from "./popover";
import { Select } from "./select";

/** Presets, two exact instants, and how often to look again; all of it in the URL. */
export function TimeRangePicker() {
  const [open, setOpen] = useState(false);
  const { range, setRange, label } = useTimeRange();
  const choose = (next: Partial<TimeRange>) => {
    setRange(next);
    setOpen(false);
  };
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button aria-label={`Time range: ${label}`} className="max-w-full min-w-0">
          <CalendarClock aria-hidden className="sm:hidden" />
          <span className="truncate max-sm:sr-only">{label}</span>
          {range.refresh !== "off" && (
            <span className="text-muted">{refreshIntervals[range.refresh].label}</span>
          )}
          <ChevronDown aria-hidden className="text-muted" />
        </Button>
      </PopoverTrigger>
      <PopoverContent
        align="end"
        aria-label="Time range"
        className="flex w-120 max-w-[calc(100vw-16px)] flex-col gap-4 sm:flex-row"
      >
        <ul className="grid shrink-0 grid-cols-2 content-start sm:grid-cols-1">
          {presets.map((preset) => (
            <li key={preset.from}>
              <Button
                variant="ghost"
                size="sm"
                className={cx(
                  "w-full justify-start!",
                  range.from === preset.from && range.to === "now" && "bg-raised text-text",
                )}
                onClick={() => choose({ from: preset.from, to: "now" })}
              >
                {preset.label}
              </Button>
            </li>
          ))}
        </ul>
        <div className="flex min-w-0 flex-1 flex-col gap-3 border-line max-sm:border-t max-sm:pt-3 sm:border-l sm:pl-4">
          <ExactRange range={range} onApply={choose} />
          <Field label="Refresh">
            <Select
              value={range.refresh}
              onChange={(event) => setRange({ refresh: event.target.value as Refresh })}
            >
              {Object.entries(refreshIntervals).map(([value, { label }]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          </Field>
        </div>
      </PopoverContent>
    </Popover>
  );
}

type ExactRangeProps = { range: TimeRange; onApply: (range: Partial<TimeRange>) => void };

function ExactRange({ range, onApply }: ExactRangeProps) {
  const zone = useTimeZone();
  const now = resolveRange(range, new Date());
  const [from, setFrom] = useState(() => typed(range.from, now.from, zone));
  const [to, setTo] = useState(() => typed(range.to, now.to, zone));
  const [error, setError] = useState<string>();

  const apply = (event: FormEvent) => {
    event.preventDefault();
    const start = read(from, zone);
    const end = read(to, zone);
    const at = new Date();
    if (!start || !end) {
      setError("Write a time like 2026-11-20 18:00, or a word like now-2h.");
      return;
    }
    if ((instant(start, at) ?? at) >= (instant(end, at) ?? at)) {
      setError("The end must be after the start.");
      return;
    }
    onApply({ from: start, to: end });
  };
  return (
    <form onSubmit={apply} className="flex flex-col gap-3">
      <Field label={`From (${zoneName(zone)})`}>
        <Input value={from} onChange={(event) => setFrom(event.target.value)} spellCheck={false} />
      </Field>
      <Field label={`To (${zoneName(zone)})`} error={error}>
        <Input value={to} onChange={(event) => setTo(event.target.value)} spellCheck={false} />
      </Field>
      <Button type="submit">Apply</Button>
    </form>
  );
}

/** Words stay words; instants become what a person would type in their zone. */
function typed(word: string, at: Date, zone: TimeZone): string {
  if (word.startsWith("now")) return word;
  const shifted = zone === "utc" ? at : new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16).replace("T", " ");
}

function read(text: string, zone: TimeZone): string | null {
  const word = text.trim();
  if (word.startsWith("now")) return instant(word, new Date()) ? word : null;
  const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?$/.exec(word);
  if (!match) return null;
  const at = new Date(`${match[1]}T${match[2] ?? "00:00"}${zone === "utc" ? "Z" : ""}`);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
