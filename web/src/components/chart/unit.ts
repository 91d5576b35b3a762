/** Numbers as people read them: short on an axis, exact enough in a tooltip, with their unit. */

const BYTES = ["B", "kB", "MB", "GB", "TB", "PB"];
const DECIMAL = ["", "k", "M", "G", "T"];

/** `12408` → "12,408"; `0.0231, "ratio"` → "2.31 %"; `184, "ms"` → "184 ms". */
export function formatValue(value: number | null | undefined, unit?: string | null): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  switch (unit) {
    case "ratio":
      return `${plain(value * 100)} %`;
    case "%":
    case "percent":
      return `${plain(value)} %`;
    case "bytes":
    case "byte":
    case "B":
      return scaled(value, 1_000, BYTES);
    case "ms":
    case "millisecond":
    case "milliseconds":
      return Math.abs(value) >= 10_000 ? `${plain(value / 1_000)} s` : `${plain(value)} ms`;
    case "s":
    case "second":
    case "seconds":
      return seconds(value);
    case "":
    case null:
    case undefined:
    case "count":
      return plain(value);
    default:
      return `${plain(value)} ${unit}`;
  }
}

/** The same, short enough for an axis: "12 k", "1.5 GB". */
export function formatTick(value: number, unit?: string | null): string {
  if (!unit || unit === "count") {
    return Math.abs(value) >= 10_000 ? scaled(value, 1_000, DECIMAL) : plain(value);
  }
  return formatValue(value, unit);
}

function seconds(value: number): string {
  const size = Math.abs(value);
  if (size > 0 && size < 1) return `${plain(value * 1_000)} ms`;
  if (size >= 7_200) return `${plain(value / 3_600)} h`;
  if (size >= 120) return `${plain(value / 60)} min`;
  return `${plain(value)} s`;
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let rest = value;
  let step = 0;
  while (Math.abs(rest) >= base && step < units.length - 1) {
    rest /= base;
    step += 1;
  }
  return `${plain(rest)} ${units[step]}`.trim();
}

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const fine = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const tiny = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 2 });

function plain(value: number): string {
  const size = Math.abs(value);
  if (size >= 1_000) return whole.format(value);
  if (size >= 100) return tenths.format(value);
  if (size >= 0.01 || size === 0) return fine.format(value);
  return tiny.format(value);
}
