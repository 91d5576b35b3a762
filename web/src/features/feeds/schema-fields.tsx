import { Field } from "@/components/field";
import { Input, Textarea } from "@/components/input";
import { Select } from "@/components/select";
import { isAbout } from "./feed-problems";
import { MapField } from "./map-field";
import { type FieldValue, type FormField, type FormValues, isOptional } from "./schema-form";
import { SecretInput } from "./secret-input";
import { SwitchField } from "./switch-field";

type SchemaFieldsProps = {
  fields: readonly FormField[];
  values: FormValues;
  /** By `field` or `field.key`. */
  problems: Record<string, string>;
  onChange: (name: string, value: FieldValue) => void;
};

/** One control for each setting of a kind of feed. */
export function SchemaFields({ fields, values, problems, onChange }: SchemaFieldsProps) {
  return fields.map((field) => (
    <SchemaField
      key={field.name}
      field={field}
      value={values[field.name] ?? ""}
      problems={problems}
      onChange={(value) => onChange(field.name, value)}
    />
  ));
}

type SchemaFieldProps = {
  field: FormField;
  value: FieldValue;
  problems: Record<string, string>;
  onChange: (value: FieldValue) => void;
};

function SchemaField({ field, value, problems, onChange }: SchemaFieldProps) {
  if (Array.isArray(value)) {
    return <MapField field={field} entries={value} problems={problems} onChange={onChange} />;
  }
  if (typeof value === "boolean") {
    return (
      <SwitchField
        label={field.title}
        hint={field.description}
        checked={value}
        onCheckedChange={onChange}
      />
    );
  }
  return (
    <Field
      label={
        <>
          {field.title}
          {isOptional(field) && <span className="font-normal text-muted"> (optional)</span>}
        </>
      }
      hint={hintOf(field)}
      error={problemOf(field, problems)}
    >
      {control(field, value, onChange)}
    </Field>
  );
}

function control(field: FormField, value: string, onChange: (value: string) => void) {
  const given = {
    value,
    placeholder: placeholderOf(field),
    spellCheck: false,
    autoComplete: "off",
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  };
  switch (field.kind) {
    case "choice":
      return (
        <Select value={value} onChange={given.onChange}>
          {isOptional(field) && <option value="">–</option>}
          {field.choices.map(({ value: choice, label }) => (
            <option key={label} value={JSON.stringify(choice)}>
              {label}
            </option>
          ))}
        </Select>
      );
    case "number":
    case "integer":
      return <Input inputMode={field.kind === "integer" ? "numeric" : "decimal"} {...given} />;
    case "list":
      return <Textarea rows={3} {...given} />;
    case "json":
      return <Textarea rows={5} {...given} />;
    default:
      if (field.secret) return <SecretInput value={value} onValue={onChange} />;
      return <Input inputMode={field.kind === "uri" ? "url" : undefined} {...given} />;
  }
}

function placeholderOf({ kind, example }: FormField): string | undefined {
  if (example === null) return undefined;
  if (kind === "list" && Array.isArray(example)) return example.join("\n");
  return typeof example === "object" ? JSON.stringify(example) : String(example);
}

/** What the schema says of it, with the bounds of a number. */
function hintOf({ description, minimum, maximum, kind }: FormField): string | undefined {
  const bounds =
    minimum !== null && maximum !== null
      ? `From ${minimum} to ${maximum}.`
      : minimum !== null
        ? `At least ${minimum}.`
        : maximum !== null
          ? `At most ${maximum}.`
          : null;
  const parts = [description, bounds, kind === "list" ? "One a line." : null];
  return parts.filter((part) => part !== null).join(" ") || undefined;
}

/** What is wrong with the field, or with something inside of it. */
function problemOf({ name }: FormField, problems: Record<string, string>): string | undefined {
  const inside = Object.keys(problems).find((at) => isAbout(at, name));
  return problems[name] ?? (inside && problems[inside]);
}
