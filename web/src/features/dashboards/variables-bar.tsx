import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { Select } from "@/components/select";
import type { Variable } from "@/lib/board";
import { labelsQuery } from "@/lib/dashboards";

type VariablesBarProps = {
  projectId: string;
  variables: readonly Variable[];
  chosen: Readonly<Record<string, string>>;
  onChoose: (variable: Variable, value: string) => void;
};

/** The dashboard's variables with their values; what is chosen stands in the address. */
export function VariablesBar({ projectId, variables, chosen, onChoose }: VariablesBarProps) {
  if (variables.length === 0) return null;
  return (
    <div className="mb-3 flex flex-wrap gap-x-4 gap-y-2">
      {variables.map((variable) => (
        <VariableChoice
          key={variable.name}
          projectId={projectId}
          variable={variable}
          value={chosen[variable.name] ?? "*"}
          onChoose={(value) => onChoose(variable, value)}
        />
      ))}
    </div>
  );
}

type VariableChoiceProps = {
  projectId: string;
  variable: Variable;
  value: string;
  onChoose: (value: string) => void;
};

function VariableChoice({ projectId, variable, value, onChoose }: VariableChoiceProps) {
  const id = useId();
  const values = useVariableValues(projectId, variable);
  // A value of the address stays a choice, even when nothing has it any more.
  const shown = value === "*" || values.includes(value) ? values : [value, ...values];
  return (
    <div className="flex min-w-0 items-center gap-2 max-sm:w-full">
      <label htmlFor={id} className="shrink-0 text-muted max-sm:w-24 max-sm:truncate">
        {variable.label || variable.name}
      </label>
      <Select
        id={id}
        className="w-44 max-sm:flex-1"
        value={value}
        onChange={(event) => onChoose(event.target.value)}
      >
        <option value="*">Any</option>
        {shown.map((item) => (
          <option key={item} value={item}>
            {item}
          </option>
        ))}
      </Select>
    </div>
  );
}

function useVariableValues(projectId: string, { source }: Variable): readonly string[] {
  const label = source.kind === "label" ? source.label : undefined;
  const { data } = useQuery({ ...labelsQuery(projectId, label), enabled: label !== undefined });
  if (source.kind === "values") return source.values;
  return data?.find((item) => item.label === label)?.values ?? [];
}
