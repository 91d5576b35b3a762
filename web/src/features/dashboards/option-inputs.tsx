import { Plus, X } from "lucide-react";
import { useId } from "react";
import { Button } from "@/components/button";
import { Field } from "@/components/field";
import { Input, Textarea } from "@/components/input";
import type { OptionField } from "@/components/panel";
import { Select } from "@/components/select";
import type { PanelOptions, PanelThreshold } from "@/lib/board";

type OptionInputProps = {
  field: OptionField;
  options: PanelOptions;
  /** What the server says about it. */
  error: string | undefined;
  /** The columns that the data has just now. */
  columns: readonly string[];
  /** `null` takes the option away. */
  onChange: (key: string, value: unknown) => void;
};

/** The control of one option, from its description. */
export function OptionInput({ field, options, error, columns, onChange }: OptionInputProps) {
  const value = options[field.key];
  const set = (next: unknown) => onChange(field.key, next);
  switch (field.kind) {
    case "switch":
      return <Switch field={field} checked={(value as boolean) ?? field.default} onChange={set} />;
    case "number":
      return (
        <Field label={field.label} hint={field.help} error={error}>
          <Input
            type="number"
            min={field.min}
            max={field.max}
            step={field.step ?? "any"}
            placeholder={field.placeholder}
            value={typeof value === "number" ? value : ""}
            onChange={(event) => {
              const { valueAsNumber: next } = event.target;
              set(Number.isNaN(next) ? null : next);
            }}
          />
        </Field>
      );
    case "choice":
      return (
        <Field label={field.label} hint={field.help} error={error}>
          <Select
            value={(value as string) ?? field.default ?? ""}
            onChange={(event) => set(event.target.value || null)}
          >
            {field.choices.map((choice) => (
              <option key={choice.value} value={choice.value}>
                {choice.label}
              </option>
            ))}
          </Select>
        </Field>
      );
    case "unit":
      return (
        <Field label={field.label} hint={field.help} error={error}>
          <UnitInput value={(value as string) ?? ""} onChange={(next) => set(next || null)} />
        </Field>
      );
    case "text":
      return (
        <Field label={field.label} hint={field.help} error={error}>
          <Input
            value={(value as string) ?? ""}
            placeholder={field.placeholder}
            onChange={(event) => set(event.target.value || null)}
          />
        </Field>
      );
    case "markdown":
      return (
        <Field label={field.label} hint={field.help} error={error}>
          <Textarea
            rows={12}
            value={(value as string) ?? ""}
            placeholder={
              field.placeholder ??
              "## On call\nCall **Ann**, then look at the [runbook](https://…)."
            }
            onChange={(event) => set(event.target.value)}
          />
        </Field>
      );
    case "thresholds":
      return (
        <Thresholds
          label={field.label}
          help={field.help}
          error={error}
          value={(value as PanelThreshold[]) ?? []}
          onChange={(next) => set(next.length > 0 ? next : null)}
        />
      );
    case "columns":
      return (
        <ColumnsInput
          label={field.label}
          help={field.help}
          error={error}
          known={columns}
          value={(value as string[]) ?? []}
          onChange={(next) => set(next.length > 0 ? next : null)}
        />
      );
  }
}

type SwitchProps = {
  field: { label: string; help?: string };
  checked: boolean;
  onChange: (checked: boolean) => void;
};

export function Switch({ field, checked, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div>
      <label className="flex min-h-6 items-center gap-2 pointer-coarse:min-h-11" htmlFor={id}>
        <input
          id={id}
          type="checkbox"
          className="size-4 accent-accent"
          checked={checked}
          aria-describedby={field.help && `${id}-help`}
          onChange={(event) => onChange(event.target.checked)}
        />
        <span className="text-sm font-medium">{field.label}</span>
      </label>
      {field.help && (
        <p id={`${id}-help`} className="pl-6 text-xs text-muted">
          {field.help}
        </p>
      )}
    </div>
  );
}

const UNITS = ["%", "ms", "s", "bytes", "req/s", "°C", "€", "$"];

function UnitInput(props: { value: string; onChange: (value: string) => void; id?: string }) {
  const { value, onChange, ...rest } = props;
  const list = useId();
  return (
    <>
      <Input
        {...rest}
        value={value}
        maxLength={20}
        placeholder="None"
        list={list}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={list}>
        {UNITS.map((unit) => (
          <option key={unit} value={unit} />
        ))}
      </datalist>
    </>
  );
}

/** The server takes no more. */
const MOST_THRESHOLDS = 10;

type ListProps<T> = {
  label: string;
  help: string | undefined;
  error: string | undefined;
  value: readonly T[];
  onChange: (value: T[]) => void;
};

const COLORS: Record<PanelThreshold["color"], string> = {
  ok: "Good, green",
  warn: "Warning, yellow",
  error: "Bad, red",
};

function Thresholds({ label, help, error, value, onChange }: ListProps<PanelThreshold>) {
  const put = (index: number, next: PanelThreshold) =>
    onChange(value.map((old, i) => (i === index ? next : old)));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 text-sm font-medium">{label}</legend>
      {value.map((threshold, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two thresholds may be equal while they are typed
        <div key={i} className="flex items-center gap-2">
          <span className="shrink-0 text-muted">from</span>
          <Input
            type="number"
            step="any"
            aria-label={`From the value, threshold ${i + 1}`}
            className="w-28!"
            value={Number.isFinite(threshold.value) ? threshold.value : ""}
            onChange={(event) => put(i, { ...threshold, value: event.target.valueAsNumber })}
          />
          <span
            aria-hidden
            className={`size-3 shrink-0 rounded-sm ${{ ok: "bg-ok", warn: "bg-warn", error: "bg-error" }[threshold.color]}`}
          />
          <Select
            aria-label={`Colour of threshold ${i + 1}`}
            className="min-w-0 flex-1"
            value={threshold.color}
            onChange={(event) =>
              put(i, { ...threshold, color: event.target.value as PanelThreshold["color"] })
            }
          >
            {Object.entries(COLORS).map(([color, name]) => (
              <option key={color} value={color}>
                {name}
              </option>
            ))}
          </Select>
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Remove threshold ${i + 1}`}
            onClick={() => onChange(value.filter((_, other) => other !== i))}
          >
            <X aria-hidden />
          </Button>
        </div>
      ))}
      {value.length < MOST_THRESHOLDS && (
        <Button
          size="sm"
          className="self-start"
          onClick={() => onChange([...value, nextThreshold(value)])}
        >
          <Plus aria-hidden />
          Add threshold
        </Button>
      )}
      {error ? (
        <p className="text-xs text-error">{error}</p>
      ) : (
        help && <p className="text-xs text-muted">{help}</p>
      )}
    </fieldset>
  );
}

function nextThreshold(value: readonly PanelThreshold[]): PanelThreshold {
  const last = value.at(-1);
  if (!last) return { value: 80, color: "warn" };
  return { value: last.value + 10, color: "error" };
}

type ColumnsProps = ListProps<string> & { known: readonly string[] };

function ColumnsInput({ label, help, error, value, known, onChange }: ColumnsProps) {
  const free = known.filter((column) => !value.includes(column));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 text-sm font-medium">{label}</legend>
      {value.length > 0 && (
        <ol className="flex flex-wrap gap-1.5">
          {value.map((column) => (
            <li
              key={column}
              className="flex items-center rounded-md border border-line bg-raised pl-2 font-mono text-xs"
            >
              {column}
              <Button
                variant="ghost"
                size="icon"
                className="size-7!"
                aria-label={`Remove the column ${column}`}
                onClick={() => onChange(value.filter((other) => other !== column))}
              >
                <X aria-hidden />
              </Button>
            </li>
          ))}
        </ol>
      )}
      {free.length > 0 && (
        <Select
          aria-label="Add a column"
          value=""
          onChange={(event) => event.target.value && onChange([...value, event.target.value])}
        >
          <option value="">Add a column</option>
          {free.map((column) => (
            <option key={column} value={column}>
              {column}
            </option>
          ))}
        </Select>
      )}
      {error ? (
        <p className="text-xs text-error">{error}</p>
      ) : (
        help && <p className="text-xs text-muted">{help}</p>
      )}
    </fieldset>
  );
}
