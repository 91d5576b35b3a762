import { useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/button";
import { Drawer } from "@/components/drawer";
import { Field } from "@/components/field";
import { Input, Textarea } from "@/components/input";
import { SaveButton } from "@/components/save-button";
import { Select } from "@/components/select";
import { type BoardLive, type DashboardFull, ops, same, type Variable } from "@/lib/board";
import { labelsQuery } from "@/lib/dashboards";

type SettingsDrawerProps = { board: DashboardFull; live: BoardLive; onClose: () => void };

/** Name, description and variables of the dashboard. */
export default function SettingsDrawer(props: SettingsDrawerProps) {
  return (
    <Drawer open onOpenChange={props.onClose} title="Dashboard settings">
      <SettingsForm {...props} />
    </Drawer>
  );
}

/** The server allows these; a name is written as `$name`. */
const VARIABLE_NAME = /^[A-Za-z_]\w{0,49}$/;

function SettingsForm({ board, live, onClose }: SettingsDrawerProps) {
  const [name, setName] = useState(board.name);
  const [description, setDescription] = useState(board.description ?? "");
  const [variables, setVariables] = useState<Variable[]>(board.variables);
  const [checked, setChecked] = useState(false);
  const [base] = useState(board);
  const problems = variables.map((variable, i) => problemOf(variable, variables.slice(0, i)));
  const nameProblem = name.trim() ? undefined : "Give the dashboard a name.";
  const drafts = [
    ...(name.trim() !== base.name ? [ops.set("dashboard", "name", name.trim())] : []),
    ...(description.trim() !== (base.description ?? "")
      ? [ops.set("dashboard", "description", description.trim() || null)]
      : []),
    ...(!same(variables, base.variables) ? [ops.set("dashboard", "variables", variables)] : []),
  ];

  function submit(event: FormEvent) {
    event.preventDefault();
    setChecked(true);
    if (nameProblem || problems.some(Boolean)) return;
    live.change(drafts);
    onClose();
  }

  function put(index: number, next: Variable | null) {
    setVariables(
      variables.flatMap((old, i) => (i !== index ? [old] : next === null ? [] : [next])),
    );
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-4 p-4" noValidate>
      <Field label="Name" error={nameProblem}>
        <Input value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label="Description" hint="One line under the title.">
        <Textarea
          className="font-sans! text-sm!"
          value={description}
          maxLength={2000}
          onChange={(event) => setDescription(event.target.value)}
        />
      </Field>
      <section aria-label="Variables" className="flex flex-col gap-3">
        <h3 className="text-base font-semibold">Variables</h3>
        <p className="text-muted">
          A choice above the panels. Write <code className="font-mono text-xs">$name</code> in a
          title, a text, a label or a filter to use it.
        </p>
        {variables.map((variable, i) => (
          <VariableFields
            // biome-ignore lint/suspicious/noArrayIndexKey: a variable has no other identity while its name is typed
            key={i}
            projectId={board.project_id}
            variable={variable}
            problem={checked ? problems[i] : undefined}
            onChange={(next) => put(i, next)}
          />
        ))}
        <Button
          className="self-start"
          onClick={() =>
            setVariables([
              ...variables,
              { name: "", label: "", source: { kind: "label", label: "" }, default: "*" },
            ])
          }
        >
          <Plus aria-hidden />
          Add variable
        </Button>
      </section>
      <SaveButton isDirty={drafts.length > 0} isSubmitting={false} />
    </form>
  );
}

type Problem = { field: "name" | "source"; message: string };

function problemOf(variable: Variable, before: readonly Variable[]): Problem | undefined {
  if (!VARIABLE_NAME.test(variable.name)) {
    return { field: "name", message: "Letters, digits and _, beginning with a letter." };
  }
  if (before.some(({ name }) => name === variable.name)) {
    return { field: "name", message: "Another variable has this name." };
  }
  const { source } = variable;
  if (source.kind === "label" && !source.label) {
    return { field: "source", message: "Choose the label whose values are offered." };
  }
  if (source.kind === "values" && source.values.length === 0) {
    return { field: "source", message: "Write at least one value." };
  }
  return undefined;
}

type VariableFieldsProps = {
  projectId: string;
  variable: Variable;
  problem: Problem | undefined;
  onChange: (next: Variable | null) => void;
};

function VariableFields({ projectId, variable, problem, onChange }: VariableFieldsProps) {
  const { data: labels } = useQuery(labelsQuery(projectId));
  const { source } = variable;
  const [values, setValues] = useState(source.kind === "values" ? source.values.join(", ") : "");
  const known = labels?.map(({ label }) => label) ?? [];
  const chosen = source.kind === "label" ? source.label : "";
  const offered = chosen && !known.includes(chosen) ? [chosen, ...known] : known;
  return (
    <fieldset className="flex flex-col gap-3 rounded-md border border-line p-3">
      <legend className="sr-only">Variable {variable.name}</legend>
      <div className="grid grid-cols-2 gap-3">
        <Field label="Name" error={problem?.field === "name" ? problem.message : undefined}>
          <Input
            value={variable.name}
            placeholder="host"
            spellCheck={false}
            onChange={(event) => onChange({ ...variable, name: event.target.value.trim() })}
          />
        </Field>
        <Field label="Shown as">
          <Input
            value={variable.label}
            placeholder="Host"
            onChange={(event) => onChange({ ...variable, label: event.target.value })}
          />
        </Field>
      </div>
      <div className="grid grid-cols-2 gap-3">
        <Field label="Values from">
          <Select
            value={source.kind}
            onChange={(event) =>
              onChange({
                ...variable,
                source:
                  event.target.value === "label"
                    ? { kind: "label", label: "" }
                    : { kind: "values", values: listOf(values) },
              })
            }
          >
            <option value="label">A label of the series</option>
            <option value="values">A list</option>
          </Select>
        </Field>
        {source.kind === "label" ? (
          <Field label="Label" error={problem?.field === "source" ? problem.message : undefined}>
            <Select
              value={chosen}
              onChange={(event) =>
                onChange({ ...variable, source: { kind: "label", label: event.target.value } })
              }
            >
              <option value="">{known.length > 0 ? "Choose" : "No labels yet"}</option>
              {offered.map((label) => (
                <option key={label} value={label}>
                  {label}
                </option>
              ))}
            </Select>
          </Field>
        ) : (
          <Field
            label="List, with commas"
            error={problem?.field === "source" ? problem.message : undefined}
          >
            <Input
              value={values}
              placeholder="web-1, web-2"
              onChange={(event) => {
                setValues(event.target.value);
                onChange({
                  ...variable,
                  source: { kind: "values", values: listOf(event.target.value) },
                });
              }}
            />
          </Field>
        )}
      </div>
      <Field label="At first" hint="* is any value.">
        <Input
          value={variable.default}
          onChange={(event) => onChange({ ...variable, default: event.target.value || "*" })}
        />
      </Field>
      <Button variant="ghost" size="sm" className="self-start" onClick={() => onChange(null)}>
        <Trash2 aria-hidden />
        Remove
      </Button>
    </fieldset>
  );
}

function listOf(text: string): string[] {
  const values = text
    .split(",")
    .map((value) => value.trim())
    .filter(Boolean);
  return [...new Set(values)];
}
