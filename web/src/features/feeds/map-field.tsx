import { CircleAlert, Plus, X } from "lucide-react";
import { useId } from "react";
import { Button } from "@/components/button";
import { Input } from "@/components/input";
import { type FormField, isOptional, type MapEntry } from "./schema-form";
import { SecretInput } from "./secret-input";

type MapFieldProps = {
  field: FormField;
  entries: MapEntry[];
  /** By `field` or `field.key`. */
  problems: Record<string, string>;
  onChange: (entries: MapEntry[]) => void;
};

/** Names with values, such as headers; secret values stay hidden unless they are replaced. */
export function MapField({ field, entries, problems, onChange }: MapFieldProps) {
  const id = useId();
  const whole = problems[field.name];
  const change = (changed: MapEntry) =>
    onChange(entries.map((entry) => (entry.id === changed.id ? changed : entry)));
  const add = () =>
    onChange([
      ...entries,
      { id: Math.max(-1, ...entries.map((entry) => entry.id)) + 1, key: "", value: "", kept: null },
    ]);

  return (
    <fieldset
      className="flex min-w-0 flex-col gap-1.5"
      aria-describedby={whole ? `${id}-error` : field.description ? `${id}-hint` : undefined}
    >
      <legend className="mb-1.5 text-sm font-medium">
        {field.title}
        {isOptional(field) && <span className="font-normal text-muted"> (optional)</span>}
      </legend>
      {entries.map((entry) => (
        <MapRow
          key={entry.id}
          field={field}
          entry={entry}
          problem={problems[`${field.name}.${entry.key.trim()}`]}
          onChange={change}
          onRemove={() => onChange(entries.filter((other) => other.id !== entry.id))}
        />
      ))}
      <Button size="sm" className="self-start" onClick={add}>
        <Plus aria-hidden />
        Add to {field.title.toLowerCase()}
      </Button>
      {whole && <Problem id={`${id}-error`}>{whole}</Problem>}
      {field.description && !whole && (
        <p id={`${id}-hint`} className="text-xs text-muted">
          {field.description}
        </p>
      )}
    </fieldset>
  );
}

type MapRowProps = {
  field: FormField;
  entry: MapEntry;
  problem: string | undefined;
  onChange: (entry: MapEntry) => void;
  onRemove: () => void;
};

function MapRow({ field, entry, problem, onChange, onRemove }: MapRowProps) {
  const id = useId();
  const name = entry.key.trim() || "new entry";
  const shared = {
    "aria-invalid": problem ? true : undefined,
    "aria-describedby": problem ? `${id}-error` : undefined,
  };
  const setValue = (value: string) => onChange({ ...entry, value });
  return (
    <div className="flex flex-col gap-1">
      <div className="flex flex-wrap gap-1 sm:flex-nowrap">
        <Input
          className="sm:max-w-44"
          placeholder="Name"
          aria-label={`Name in ${field.title.toLowerCase()}`}
          autoComplete="off"
          spellCheck={false}
          value={entry.key}
          onChange={(event) => onChange({ ...entry, key: event.target.value })}
          {...shared}
        />
        {field.secret ? (
          <SecretInput
            aria-label={`Value of ${name}`}
            placeholder="Value"
            what={`value of ${name}`}
            value={entry.value}
            onValue={setValue}
            {...shared}
          />
        ) : (
          <Input
            aria-label={`Value of ${name}`}
            placeholder="Value"
            autoComplete="off"
            spellCheck={false}
            value={entry.value}
            onChange={(event) => setValue(event.target.value)}
            {...shared}
          />
        )}
        <Button variant="ghost" size="icon" aria-label={`Remove ${name}`} onClick={onRemove}>
          <X aria-hidden />
        </Button>
      </div>
      {problem && <Problem id={`${id}-error`}>{problem}</Problem>}
    </div>
  );
}

function Problem({ id, children }: { id: string; children: string }) {
  return (
    <p id={id} className="flex items-start gap-1.5 text-xs text-error">
      <CircleAlert className="mt-px size-3.5 shrink-0" aria-hidden />
      {children}
    </p>
  );
}
