const whole = new Intl.NumberFormat("en-US");
const short = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** "12,408" */
export function formatCount(value: number): string {
  return whole.format(value);
}

/** "12.4K", where there is little room. */
export function formatShort(value: number): string {
  return value < 10_000 ? whole.format(value) : short.format(value);
}

/** A part of a whole in percent, "2.31 %"; a dash when there is no whole. */
export function formatShare(part: number, of: number): string {
  if (of === 0) return "–";
  const percent = (100 * part) / of;
  if (part > 0 && percent < 0.01) return "< 0.01 %";
  return `${percent.toLocaleString("en-US", { maximumFractionDigits: percent < 10 ? 2 : 1 })} %`;
}
