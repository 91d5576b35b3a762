/** Numbers as people read them: short on an axis, exact enough in a tooltip, with their unit. */

const BYTES = ["B", "kB", "MB", "GB", "TB", "PB"];
const DECIMAL = ["", "k", "M", "G", "T"];

/** The units that are written in a way of their own; any other word stands behind the number. */
export const UNITS = [
  { value: "", label: "Number" },
  { value: "percent", label: "Percent (0–100)" },
  { value: "ratio", label: "Percent (0–1)" },
  { value: "ms", label: "Milliseconds" },
  { value: "s", label: "Seconds" },
  { value: "bytes", label: "Bytes" },
  { value: "bytes/s", label: "Bytes per second" },
  { value: "count", label: "Count" },
] as const;

/**
 * `12408` → "12,408"; `0.0231, "ratio"` → "2.31 %"; `184, "ms"` → "184 ms". With `decimals`
 * always that many.
 */
export function formatValue(
  value: number | null | undefined,
  unit?: string | null,
  decimals?: number | null,
): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const plain = (number: number) => written(number, decimals);
  const scaled = (number: number, units: readonly string[]) => inScale(number, units, plain);
  switch (unit) {
    case "ratio":
      return `${plain(value * 100)} %`;
    case "%":
    case "percent":
      return `${plain(value)} %`;
    case "bytes":
    case "byte":
    case "B":
      return scaled(value, BYTES);
    case "bytes/s":
      return `${scaled(value, BYTES)}/s`;
    case "ms":
    case "millisecond":
    case "milliseconds":
      return Math.abs(value) >= 10_000 ? `${plain(value / 1_000)} s` : `${plain(value)} ms`;
    case "s":
    case "second":
    case "seconds":
      return seconds(value, plain);
    case "":
    case null:
    case undefined:
    case "count":
      return plain(value);
    case "$":
    case "€":
    case "£":
    case "¥":
      return `${value < 0 ? "−" : ""}${unit}${plain(Math.abs(value))}`;
    default:
      return `${plain(value)} ${unit}`;
  }
}

/** The same, short enough for an axis: "12 k", "1.5 GB". */
export function formatTick(value: number, unit?: string | null): string {
  if (!unit || unit === "count") {
    return Math.abs(value) >= 10_000 ? inScale(value, DECIMAL, written) : written(value);
  }
  return formatValue(value, unit);
}

type Write = (value: number) => string;

function seconds(value: number, plain: Write): string {
  const size = Math.abs(value);
  if (size > 0 && size < 1) return `${plain(value * 1_000)} ms`;
  if (size >= 7_200) return `${plain(value / 3_600)} h`;
  if (size >= 120) return `${plain(value / 60)} min`;
  return `${plain(value)} s`;
}

function inScale(value: number, units: readonly string[], plain: Write): string {
  let rest = value;
  let step = 0;
  while (Math.abs(rest) >= 1_000 && step < units.length - 1) {
    rest /= 1_000;
    step += 1;
  }
  return `${plain(rest)} ${units[step]}`.trim();
}

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const fine = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const tiny = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 2 });

const fixed = new Map<number, Intl.NumberFormat>();

function written(value: number, decimals?: number | null): string {
  if (typeof decimals === "number") {
    const digits = Math.min(Math.max(Math.round(decimals), 0), 10);
    let format = fixed.get(digits);
    if (!format) {
      format = new Intl.NumberFormat("en-US", {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
      fixed.set(digits, format);
    }
    return format.format(value);
  }
  const size = Math.abs(value);
  if (size >= 1_000) return whole.format(value);
  if (size >= 100) return tenths.format(value);
  if (size >= 0.01 || size === 0) return fine.format(value);
  return tiny.format(value);
}
