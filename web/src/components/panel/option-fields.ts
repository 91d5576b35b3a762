/** The options of panels, described once; the editor makes its form of them. */

type About<K extends string> = { kind: K; key: string; label: string; help?: string };
export type OptionField =
  | (About<"text" | "markdown"> & { placeholder?: string })
  | (About<"number"> & { placeholder?: string; min?: number; max?: number; step?: number })
  | (About<"switch"> & { default: boolean })
  | (About<"choice"> & {
      choices: readonly { value: string; label: string }[];
      /** `null` where the empty choice means no value. */
      default: string | null;
    })
  | About<"unit">
  | About<"thresholds">
  | About<"columns">;

export const style: OptionField = {
  kind: "choice",
  key: "style",
  label: "Draw as",
  choices: [
    { value: "line", label: "Lines" },
    { value: "area", label: "Areas" },
    { value: "bars", label: "Bars" },
  ],
  default: "line",
};
export const unit: OptionField = {
  kind: "unit",
  key: "unit",
  label: "Unit",
  help: "Any word stands behind the number, such as req/s.",
};
export const decimals: OptionField = {
  kind: "number",
  key: "decimals",
  label: "Decimals",
  placeholder: "As needed",
  min: 0,
  max: 6,
  step: 1,
};
export const min: OptionField = {
  kind: "number",
  key: "min",
  label: "From",
  placeholder: "From the values",
};
export const max: OptionField = {
  kind: "number",
  key: "max",
  label: "To",
  placeholder: "From the values",
};
export const stack: OptionField = {
  kind: "switch",
  key: "stack",
  label: "Stack",
  help: "Adds the series up, for areas and bars.",
  default: false,
};
export const connectNulls: OptionField = {
  kind: "switch",
  key: "connect_nulls",
  label: "Connect gaps",
  help: "Draws a line across moments without a value.",
  default: false,
};
export const legend: OptionField = {
  kind: "switch",
  key: "legend",
  label: "Legend",
  default: true,
};
export const sparkline: OptionField = {
  kind: "switch",
  key: "sparkline",
  label: "Small line",
  default: true,
};
export const trend: OptionField = {
  kind: "switch",
  key: "trend",
  label: "Trend",
  help: "Against the period before if the data is compared, otherwise against its beginning.",
  default: true,
};
export const good: OptionField = {
  kind: "choice",
  key: "good",
  label: "Good is",
  choices: [
    { value: "", label: "Neither" },
    { value: "up", label: "More" },
    { value: "down", label: "Less" },
  ],
  default: null,
};
export const reduce: OptionField = {
  kind: "choice",
  key: "reduce",
  label: "Value",
  choices: [
    { value: "last", label: "Last" },
    { value: "avg", label: "Average" },
    { value: "min", label: "Minimum" },
    { value: "max", label: "Maximum" },
    { value: "sum", label: "Sum" },
  ],
  default: "last",
};
export const thresholds: OptionField = {
  kind: "thresholds",
  key: "thresholds",
  label: "Thresholds",
  help: "From a value on, the colour and the word change.",
};
export const columns: OptionField = {
  kind: "columns",
  key: "columns",
  label: "Columns",
  help: "In this order; all of them if none is chosen.",
};
export const text: OptionField = {
  kind: "markdown",
  key: "text",
  label: "Text",
  help: "Markdown. $name stands for a variable of the dashboard.",
};

export function limit(most: number, preset: number): OptionField {
  return {
    kind: "number",
    key: "limit",
    label: "Rows at most",
    placeholder: String(preset),
    min: 1,
    max: most,
    step: 1,
  };
}
