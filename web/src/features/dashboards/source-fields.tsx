import { useQuery } from "@tanstack/react-query";
import { Trash2, X } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/button";
import { Field } from "@/components/field";
import { Input } from "@/components/input";
import { Select } from "@/components/select";
import type { Aggregate, PanelType, Source } from "@/lib/board";
import { labelsQuery } from "@/lib/dashboards";
import { feedsQuery } from "@/lib/feeds";
import { sourceName } from "./source-list";

const AGGREGATES: Record<Aggregate, string> = {
  avg: "Average",
  sum: "Sum",
  min: "Minimum",
  max: "Maximum",
  last: "Last",
  count: "Count",
  p50: "Median",
  p95: "95th percentile",
  p99: "99th percentile",
};

type SourceFieldsProps<S extends Source = Source> = {
  projectId: string;
  panelType: PanelType;
  source: S;
  /** What the server says, by the field's name in the source. */
  errors: Readonly<Record<string, string>>;
  onChange: (next: Source | null) => void;
};

/** One source with what can be said about it. */
export function SourceFields(props: SourceFieldsProps) {
  const { source, onChange, projectId } = props;
  const { data: feeds } = useQuery(feedsQuery(projectId));
  const name = sourceName(source, feeds ?? []);
  return (
    <fieldset className="flex min-w-0 flex-col gap-3 rounded-md border border-line p-3">
      <legend className="sr-only">{name}</legend>
      <div className="flex items-center gap-2">
        <p className="min-w-0 flex-1 truncate font-mono text-xs">{name}</p>
        <Button
          variant="ghost"
          size="icon"
          className="-my-2"
          aria-label={`Remove ${name}`}
          onClick={() => onChange(null)}
        >
          <Trash2 aria-hidden />
        </Button>
      </div>
      {source.kind === "series" && <SeriesFields {...props} source={source} />}
      {source.kind === "feed" && <FeedFields {...props} source={source} />}
      {source.kind === "events" && <EventsFields {...props} source={source} />}
      {source.kind === "names" && <NamesFields {...props} source={source} />}
      {source.kind === "event_list" && <ListFields {...props} source={source} />}
      {props.errors[""] && <p className="text-xs text-error">{props.errors[""]}</p>}
    </fieldset>
  );
}

type Of<K extends Source["kind"]> = SourceFieldsProps<Extract<Source, { kind: K }>>;

function SeriesFields({ source, errors, onChange, projectId }: Of<"series">) {
  const grouped = source.group_by ?? null;
  const { data: labels } = useQuery(labelsQuery(projectId));
  return (
    <>
      <div className="grid grid-cols-2 gap-3">
        <AggregateField
          value={source.aggregate ?? "avg"}
          error={errors.aggregate}
          onChange={(aggregate) => onChange({ ...source, aggregate })}
        />
        <TitleField source={source} error={errors.title} onChange={onChange} />
      </div>
      <Field
        label="One line per"
        error={errors.group_by}
        hint="Lines that share its value are put together."
      >
        <Select
          value={grouped === null ? "*" : (grouped[0] ?? "")}
          onChange={(event) => {
            const { value } = event.target;
            onChange({ ...source, group_by: value === "*" ? null : value ? [value] : [] });
          }}
        >
          <option value="*">Every series by itself</option>
          <option value="">All in one</option>
          {choicesWith(
            labels?.map(({ label }) => label),
            grouped?.[0],
          ).map((label) => (
            <option key={label} value={label}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
      <LabelFields
        projectId={projectId}
        labels={source.labels ?? {}}
        error={errors.labels}
        onChange={(next) => onChange({ ...source, labels: next })}
      />
    </>
  );
}

function FeedFields({ source, errors, onChange, projectId, panelType }: Of<"feed">) {
  const { data: feeds } = useQuery(feedsQuery(projectId));
  const feed = feeds?.find(({ id }) => id === source.feed_id);
  const lastOnly = panelType === "bar" || panelType === "table";
  return (
    <>
      {feeds && !feed && (
        <p className="text-xs text-error">
          This feed was deleted. Remove it here, or choose another one.
        </p>
      )}
      {lastOnly ? (
        <Field
          label="Part of the payload"
          error={errors.path}
          hint="A path such as items or a.b[0]; empty shows all of it."
        >
          <Input
            className="font-mono text-xs!"
            value={source.path ?? ""}
            spellCheck={false}
            list={`fields-${source.feed_id}`}
            onChange={(event) => onChange({ ...source, path: event.target.value || null })}
          />
        </Field>
      ) : (
        <>
          <Field label="Value" error={errors.path}>
            <Select
              value={source.path ?? ""}
              onChange={(event) => onChange({ ...source, path: event.target.value || null })}
            >
              <option value="">All numbers</option>
              {choicesWith(feed?.fields, source.path ?? undefined).map((path) => (
                <option key={path} value={path}>
                  {path}
                </option>
              ))}
            </Select>
          </Field>
          <div className="grid grid-cols-2 gap-3">
            <AggregateField
              value={source.aggregate ?? "avg"}
              error={errors.aggregate}
              onChange={(aggregate) => onChange({ ...source, aggregate })}
            />
            <TitleField source={source} error={errors.title} onChange={onChange} />
          </div>
        </>
      )}
      {lastOnly && (
        <datalist id={`fields-${source.feed_id}`}>
          {feed?.fields.map((path) => (
            <option key={path} value={path} />
          ))}
        </datalist>
      )}
    </>
  );
}

function EventsFields({ source, errors, onChange }: Of<"events">) {
  return (
    <>
      <div className="grid grid-cols-2 gap-3">
        <EventTypeField
          value={source.type ?? null}
          error={errors.type}
          onChange={(type) => onChange({ ...source, type })}
        />
        <TitleField source={source} error={errors.title} onChange={onChange} />
      </div>
      <Field label="Name" error={errors.name} hint="Only events of this name; empty counts all.">
        <Input
          className="font-mono text-xs!"
          value={source.name ?? ""}
          spellCheck={false}
          onChange={(event) => onChange({ ...source, name: event.target.value || null })}
        />
      </Field>
    </>
  );
}

function NamesFields({ source, errors, onChange }: Of<"names">) {
  return (
    <div className="grid grid-cols-2 gap-3">
      <EventTypeField
        value={source.type ?? null}
        error={errors.type}
        onChange={(type) => onChange({ ...source, type })}
      />
      <LimitField
        value={source.limit ?? 10}
        error={errors.limit}
        onChange={(limit) => onChange({ ...source, limit })}
      />
    </div>
  );
}

function ListFields({ source, errors, onChange }: Of<"event_list">) {
  return (
    <>
      <Field
        label="Filter"
        error={errors.filter}
        hint="As on the events screen: level:error release:1.2 text"
      >
        <Input
          className="font-mono text-xs!"
          value={source.filter ?? ""}
          spellCheck={false}
          onChange={(event) => onChange({ ...source, filter: event.target.value })}
        />
      </Field>
      <LimitField
        value={source.limit ?? 20}
        error={errors.limit}
        onChange={(limit) => onChange({ ...source, limit })}
      />
    </>
  );
}

type ValueProps<T> = { value: T; error: string | undefined; onChange: (value: T) => void };

function AggregateField({ value, error, onChange }: ValueProps<Aggregate>) {
  return (
    <Field label="Values become their" error={error}>
      <Select value={value} onChange={(event) => onChange(event.target.value as Aggregate)}>
        {Object.entries(AGGREGATES).map(([key, label]) => (
          <option key={key} value={key}>
            {label}
          </option>
        ))}
      </Select>
    </Field>
  );
}

type EventType = "error" | "event" | "metric" | null;

function EventTypeField({ value, error, onChange }: ValueProps<EventType>) {
  return (
    <Field label="Kind" error={error}>
      <Select
        value={value ?? ""}
        onChange={(event) => onChange((event.target.value || null) as EventType)}
      >
        <option value="">All kinds</option>
        <option value="error">Errors</option>
        <option value="event">Events</option>
        <option value="metric">Metrics</option>
      </Select>
    </Field>
  );
}

function LimitField({ value, error, onChange }: ValueProps<number>) {
  return (
    <Field label="At most" error={error}>
      <Input
        type="number"
        min={1}
        max={100}
        value={Number.isNaN(value) ? "" : value}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
    </Field>
  );
}

type TitleFieldProps = {
  source: Extract<Source, { title?: string | null }>;
  error: string | undefined;
  onChange: (next: Source) => void;
};

function TitleField({ source, error, onChange }: TitleFieldProps) {
  return (
    <Field label="Shown as" error={error}>
      <Input
        value={source.title ?? ""}
        placeholder="its name"
        onChange={(event) => onChange({ ...source, title: event.target.value || null })}
      />
    </Field>
  );
}

type LabelFieldsProps = {
  projectId: string;
  labels: Readonly<Record<string, string>>;
  error: string | undefined;
  onChange: (labels: Record<string, string>) => void;
};

/** Only series with these labels; a value may be a variable. */
function LabelFields({ projectId, labels, error, onChange }: LabelFieldsProps) {
  const { data: known } = useQuery(labelsQuery(projectId));
  const { data: feeds } = useQuery(feedsQuery(projectId));
  const [adding, setAdding] = useState("");
  const free = known?.filter(({ label }) => !Object.hasOwn(labels, label)) ?? [];
  return (
    <div className="flex flex-col gap-2">
      <p className="text-sm font-medium">Only with labels</p>
      {Object.entries(labels).map(([label, value]) => (
        <div key={label} className="flex items-center gap-2">
          <span className="w-24 shrink-0 truncate font-mono text-xs" title={label}>
            {label}
          </span>
          <Input
            aria-label={`Value of ${label}`}
            className="font-mono text-xs!"
            value={value}
            placeholder="a value, or $variable"
            list={`values-${label}`}
            onChange={(event) => onChange({ ...labels, [label]: event.target.value })}
          />
          <datalist id={`values-${label}`}>
            {known
              ?.find((item) => item.label === label)
              ?.values.map((item) => (
                <option
                  key={item}
                  value={item}
                  label={feeds?.find(({ id }) => id === item)?.name}
                />
              ))}
          </datalist>
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Remove the label ${label}`}
            onClick={() => {
              const { [label]: _gone, ...rest } = labels;
              onChange(rest);
            }}
          >
            <X aria-hidden />
          </Button>
        </div>
      ))}
      {free.length > 0 && (
        <Select
          aria-label="Add a label"
          value={adding}
          onChange={(event) => {
            setAdding("");
            if (event.target.value) onChange({ ...labels, [event.target.value]: "*" });
          }}
        >
          <option value="">Add a label</option>
          {free.map(({ label }) => (
            <option key={label} value={label}>
              {label}
            </option>
          ))}
        </Select>
      )}
      {error && <p className="text-xs text-error">{error}</p>}
    </div>
  );
}

/** What is chosen stays a choice, even when nothing has it just now. */
function choicesWith(known: readonly string[] = [], chosen: string | undefined): string[] {
  return chosen && !known.includes(chosen) ? [chosen, ...known] : [...known];
}
