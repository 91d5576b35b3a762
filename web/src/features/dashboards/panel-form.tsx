import { cx } from "class-variance-authority";
import type { ReactNode } from "react";
import { Field } from "@/components/field";
import { Input } from "@/components/input";
import { panels as kinds, panelTypes } from "@/components/panel";
import type { Panel, Source } from "@/lib/board";
import { COLUMNS, MAX_HEIGHT } from "./arrange";
import { OptionInput, Switch } from "./option-inputs";
import { sourcesOf, withSources, withType } from "./panel-draft";
import { SourceFields } from "./source-fields";
import { SourcePicker } from "./source-picker";

type PanelFormProps = {
  projectId: string;
  draft: Panel;
  /** By the server's names: `query.sources.0.aggregate`, `options.max`. */
  errors: Readonly<Record<string, string>>;
  columns: readonly string[];
  onChange: (draft: Panel) => void;
};

/** Everything about a panel, from top to bottom. */
export function PanelForm({ projectId, draft, errors, columns, onChange }: PanelFormProps) {
  const kind = kinds[draft.type];
  const sources = sourcesOf(draft);
  const set = (changes: Partial<Panel>) => onChange({ ...draft, ...changes });
  const setOption = (key: string, value: unknown) => {
    const options = { ...draft.options, [key]: value };
    if (value === null) delete options[key];
    set({ options });
  };
  const setQuery = (changes: { compare?: boolean; annotations?: boolean }) =>
    set({ feed_ids: [], query: { ...draft.query, sources, ...changes } });

  function putSource(index: number, next: Source | null) {
    const list = sources.flatMap((old, i) => (i !== index ? [old] : next ? [next] : []));
    onChange(withSources(draft, list));
  }

  return (
    <div className="flex flex-col gap-6">
      <Section title="Type">
        <div role="radiogroup" aria-label="Type" className="grid grid-cols-4 gap-1.5">
          {panelTypes.map((type) => {
            const { icon: Icon, title } = kinds[type];
            return (
              <label
                key={type}
                className={cx(
                  "flex h-14 min-w-0 flex-col items-center justify-center gap-1 rounded-md border text-xs transition-colors has-focus-visible:outline-2 has-focus-visible:outline-accent",
                  draft.type === type
                    ? "border-accent bg-accent/10 text-text"
                    : "border-line text-muted hover:bg-raised",
                )}
              >
                <input
                  type="radio"
                  name="panel-type"
                  className="sr-only"
                  checked={draft.type === type}
                  onChange={() => onChange(withType(draft, type))}
                />
                <Icon className="size-4" aria-hidden />
                {title}
              </label>
            );
          })}
        </div>
        <Field label="Title" error={errors.title}>
          <Input
            value={draft.title}
            maxLength={200}
            placeholder={kind.title}
            onChange={(event) => set({ title: event.target.value })}
          />
        </Field>
      </Section>
      {kind.maxSources > 0 && (
        <Section title="Data">
          {sources.map((source, i) => (
            <SourceFields
              // biome-ignore lint/suspicious/noArrayIndexKey: a source has no identity of its own
              key={`${i} ${source.kind}`}
              projectId={projectId}
              panelType={draft.type}
              source={source}
              errors={errorsUnder(errors, `query.sources.${i}`)}
              onChange={(next) => putSource(i, next)}
            />
          ))}
          {sources.length < kind.maxSources && (
            <SourcePicker
              key={sources.length === 0 ? "first" : "more"}
              projectId={projectId}
              kinds={kind.sources}
              first={sources.length === 0}
              onPick={(source, offer) => {
                const next = withSources(draft, [...sources, source]);
                onChange(draft.title ? next : { ...next, title: titleOf(offer) });
              }}
            />
          )}
          {errors["query.sources"] && (
            <p className="text-xs text-error">{errors["query.sources"]}</p>
          )}
          {kind.overTime && (
            <Switch
              field={{
                label: "Compare with the period before",
                help: "Drawn as a dashed line, and what the trend is against.",
              }}
              checked={draft.query?.compare ?? false}
              onChange={(compare) => setQuery({ compare })}
            />
          )}
          {draft.type === "timeseries" && (
            <Switch
              field={{ label: "Mark releases" }}
              checked={draft.query?.annotations ?? false}
              onChange={(annotations) => setQuery({ annotations })}
            />
          )}
        </Section>
      )}
      {kind.fields.length > 0 && (
        <Section title={draft.type === "text" ? "Text" : "Look"}>
          <div className="grid grid-cols-2 gap-x-3 gap-y-4">
            {kind.fields.map((field) => (
              <div
                key={field.key}
                className={
                  ["thresholds", "columns", "markdown", "switch"].includes(field.kind)
                    ? "col-span-2"
                    : undefined
                }
              >
                <OptionInput
                  field={field}
                  options={draft.options}
                  error={errorAt(errors, `options.${field.key}`)}
                  columns={columns}
                  onChange={setOption}
                />
              </div>
            ))}
          </div>
        </Section>
      )}
      <Section title="Size">
        <div className="grid grid-cols-2 gap-3">
          <NumberField
            label="Columns, of 12"
            value={draft.width}
            most={COLUMNS}
            onChange={(width) =>
              set({ width, position_x: Math.min(draft.position_x, COLUMNS - width) })
            }
          />
          <NumberField
            label="Rows"
            value={draft.height}
            most={MAX_HEIGHT}
            onChange={(height) => set({ height })}
          />
        </div>
      </Section>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-3">
      <h3 className="text-base font-semibold">{title}</h3>
      {children}
    </section>
  );
}

type NumberFieldProps = {
  label: string;
  value: number;
  most: number;
  onChange: (value: number) => void;
};

function NumberField({ label, value, most, onChange }: NumberFieldProps) {
  return (
    <Field label={label}>
      <Input
        type="number"
        min={1}
        max={most}
        value={value}
        onChange={(event) => {
          const next = Math.round(event.target.valueAsNumber);
          if (next >= 1 && next <= most) onChange(next);
        }}
      />
    </Field>
  );
}

/** The errors of one part, by what follows; what concerns the part itself is under "". */
function errorsUnder(
  errors: Readonly<Record<string, string>>,
  part: string,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [field, message] of Object.entries(errors)) {
    if (field === part) found[""] = message;
    // `labels.host` and `group_by.0` stand beside the whole control.
    else if (field.startsWith(`${part}.`)) {
      found[field.slice(part.length + 1).split(".")[0] as string] = message;
    }
  }
  return found;
}

function errorAt(errors: Readonly<Record<string, string>>, field: string): string | undefined {
  return (
    errors[field] ?? Object.entries(errors).find(([name]) => name.startsWith(`${field}.`))?.[1]
  );
}

function titleOf({ title, detail, source }: { title: string; detail: string; source: Source }) {
  return source.kind === "feed" && source.path ? `${detail} ${title}` : title;
}
