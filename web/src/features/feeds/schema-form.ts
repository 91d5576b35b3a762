/**
 * A form as data, from the JSON Schema of a feed type's settings: which fields, what stands in
 * them, and the settings made of that again.
 */
export type Config = Record<string, unknown>;

/** What the server shows in the place of a secret; sent back, the stored one stays. */
export const MASK = "********";

export type Choice = { value: unknown; label: string };

export type FormField = {
  name: string;
  title: string;
  description: string | null;
  required: boolean;
  /** Never shown again once it is saved. */
  secret: boolean;
  kind: "text" | "uri" | "number" | "integer" | "switch" | "choice" | "map" | "list" | "json";
  choices: Choice[];
  minimum: number | null;
  maximum: number | null;
  initial: unknown;
  example: unknown;
};

/** One row of a map; `kept` is the name under which the server has its secret. */
export type MapEntry = { id: number; key: string; value: string; kept: string | null };

/** What stands in a control. Lists have a line for each item. */
export type FieldValue = string | boolean | MapEntry[];
export type FormValues = Record<string, FieldValue>;

type Schema = { [keyword: string]: unknown };

/** Every kind that polls has it, and it matters least. */
const LAST = "interval_sec";

/** The fields of an object schema: what must be given first, then what the others depend on. */
export function formFields(schema: unknown): FormField[] {
  const root = asSchema(schema);
  const properties = asSchema(root.properties);
  const required = Array.isArray(root.required) ? root.required.map(String) : [];
  const names = Object.keys(properties);
  const first = required.filter((name) => names.includes(name));
  const rest = names.filter((name) => !first.includes(name));
  const fields = [...first, ...rest].map((name) =>
    formField(name, resolve(properties[name], root), first.includes(name)),
  );
  return fields.toSorted((a, b) => rank(a) - rank(b));
}

function rank({ name, required, kind }: FormField): number {
  if (name === LAST) return 3;
  if (required) return 0;
  return kind === "choice" ? 1 : 2;
}

function formField(name: string, schema: Schema, required: boolean): FormField {
  const { title, description, examples } = schema;
  const choices = choicesOf(schema);
  const kind = choices.length > 0 ? "choice" : kindOf(schema);
  const inner = kind === "map" ? asSchema(schema.additionalProperties) : schema;
  return {
    name,
    title: typeof title === "string" ? title : inWords(name),
    description: typeof description === "string" ? description : null,
    required,
    secret: inner.writeOnly === true || schema.writeOnly === true,
    kind,
    choices,
    minimum: bound(schema.minimum, schema.exclusiveMinimum),
    maximum: bound(schema.maximum, schema.exclusiveMaximum),
    initial: schema.default ?? null,
    example: Array.isArray(examples) ? (examples[0] ?? null) : (schema.example ?? null),
  };
}

function kindOf(schema: Schema): FormField["kind"] {
  const types = [schema.type].flat().filter((type) => type !== "null");
  if (types.length !== 1) return "json";
  switch (types[0]) {
    case "string":
      return schema.format === "uri" ? "uri" : "text";
    case "integer":
    case "number":
      return types[0];
    case "boolean":
      return "switch";
    case "array":
      return asSchema(schema.items).type === "string" ? "list" : "json";
    case "object":
      return asSchema(schema.additionalProperties).type === "string" ? "map" : "json";
    default:
      return "json";
  }
}

function choicesOf(schema: Schema): Choice[] {
  if (Array.isArray(schema.enum)) {
    return schema.enum
      .filter((value) => value !== null)
      .map((value) => ({ value, label: String(value) }));
  }
  if (!Array.isArray(schema.oneOf)) return [];
  const options = schema.oneOf.map(asSchema).filter((option) => option.type !== "null");
  if (options.length === 0 || !options.every((option) => "const" in option)) return [];
  return options.map(({ const: value, title }) => ({ value, label: String(title ?? value) }));
}

/** Follows `$ref` and the single `allOf` or `anyOf` that generators wrap around one. */
function resolve(schema: unknown, root: Schema, depth = 0): Schema {
  const own = asSchema(schema);
  if (depth > 8) return own;
  if (typeof own.$ref === "string" && own.$ref.startsWith("#/")) {
    const target = own.$ref
      .slice(2)
      .split("/")
      .reduce((at: unknown, step) => asSchema(at)[step], root);
    const { $ref: _, ...beside } = own;
    return { ...resolve(target, root, depth + 1), ...beside };
  }
  for (const keyword of ["allOf", "anyOf", "oneOf"]) {
    const options = own[keyword];
    if (!Array.isArray(options)) continue;
    const real = options.filter((option) => asSchema(option).type !== "null");
    if (real.length !== 1 || "const" in asSchema(real[0])) continue;
    const { [keyword]: _, ...beside } = own;
    return { ...resolve(real[0], root, depth + 1), ...beside };
  }
  return own;
}

/** Whether it may stay empty: nothing asks for it, and nothing stands in it from the start. */
export function isOptional({ required, initial }: FormField): boolean {
  const isEmpty = initial === null || initial === "" || JSON.stringify(initial) === "{}";
  return !required && isEmpty;
}

/** What stands in the controls for these settings; defaults where they say nothing. */
export function valuesOf(fields: readonly FormField[], config: Config): FormValues {
  return Object.fromEntries(
    fields.map((field) => [field.name, startOf(field, config[field.name] ?? field.initial)]),
  );
}

function startOf(field: FormField, value: unknown): FieldValue {
  switch (field.kind) {
    case "switch":
      return value === true;
    case "list":
      return Array.isArray(value) ? value.map(String).join("\n") : "";
    case "map":
      return Object.entries(asSchema(value)).map(([key, text], id) => ({
        id,
        key,
        value: String(text),
        kept: text === MASK ? key : null,
      }));
    case "json":
      return value === null ? "" : JSON.stringify(value, null, 2);
    case "choice":
      if (value === null) return field.required ? JSON.stringify(field.choices[0]?.value) : "";
      return JSON.stringify(value);
    default:
      return value === null ? "" : String(value);
  }
}

export type Reading = { config: Config; problems: Record<string, string> };

/**
 * The settings as they stand in the form, and by `field` or `field.key` what can't be sent that
 * way. What the server alone can judge is left to it.
 */
export function readValues(fields: readonly FormField[], values: FormValues): Reading {
  const config: Config = {};
  const problems: Record<string, string> = {};
  for (const field of fields) {
    const value = values[field.name];
    if (Array.isArray(value)) {
      const map = readMap(field, value, problems);
      if (Object.keys(map).length > 0) config[field.name] = map;
    } else if (typeof value === "boolean") {
      config[field.name] = value;
    } else if ((value ?? "").trim() === "") {
      if (field.required) problems[field.name] = `Enter ${field.title}.`;
    } else {
      const read = readText(field, value ?? "");
      if ("problem" in read) problems[field.name] = read.problem;
      else config[field.name] = read.value;
    }
  }
  return { config, problems };
}

function readText(field: FormField, text: string): { value: unknown } | { problem: string } {
  switch (field.kind) {
    case "number":
    case "integer":
      return readNumber(field, text);
    case "uri":
      return URL.canParse(text.trim())
        ? { value: text.trim() }
        : { problem: "Enter a whole address, such as https://example.com/data.json." };
    case "list":
      return { value: lines(text) };
    case "choice":
      return { value: JSON.parse(text) };
    case "json":
      try {
        return { value: JSON.parse(text) };
      } catch {
        return { problem: "This is not valid JSON." };
      }
    default:
      return { value: field.secret ? text : text.trim() };
  }
}

function readNumber({ kind, minimum, maximum }: FormField, text: string) {
  const value = Number(text.trim().replace(",", "."));
  if (!Number.isFinite(value)) return { problem: "Enter a number." };
  if (kind === "integer" && !Number.isInteger(value)) return { problem: "Enter a whole number." };
  if (minimum !== null && value < minimum) return { problem: `Enter at least ${minimum}.` };
  if (maximum !== null && value > maximum) return { problem: `Enter at most ${maximum}.` };
  return { value };
}

function readMap(field: FormField, entries: readonly MapEntry[], problems: Reading["problems"]) {
  const map = new Map<string, string>();
  for (const { key, value, kept } of entries) {
    const name = key.trim();
    if (name === "" && value.trim() === "") continue;
    if (name === "") problems[field.name] = "Give each value a name.";
    else if (map.has(name)) problems[field.name] = `${name} is there twice.`;
    else if (kept !== null && kept !== name && value === MASK) {
      problems[`${field.name}.${name}`] =
        `The value is kept under the name ${kept} only: replace it.`;
    } else map.set(name, value);
  }
  return Object.fromEntries(map);
}

/** One item a line. */
export function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** `base_url` → "Base url", for schemas that give no title. */
function inWords(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function asSchema(value: unknown): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Schema)
    : {};
}

function bound(...candidates: unknown[]): number | null {
  return candidates.find((value) => typeof value === "number") ?? null;
}
