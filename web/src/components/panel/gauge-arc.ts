/** The geometry of a gauge: three quarters of a circle, open at the bottom. */
import type { PanelOptions } from "@/lib/board/types";

const BEGIN = Math.PI * 0.85;
const SWEEP = Math.PI * 1.3;
export const CENTRE = { x: 50, y: 50 };

/** A part of the arc as an SVG path; both ends are shares of the whole. */
export function arc(from: number, to: number, radius: number): string {
  const [a, b] = [angle(from), angle(to)];
  const at = (turn: number) =>
    `${round(CENTRE.x + radius * Math.cos(turn))} ${round(CENTRE.y + radius * Math.sin(turn))}`;
  return `M ${at(a)} A ${radius} ${radius} 0 ${b - a > Math.PI ? 1 : 0} 1 ${at(b)}`;
}

export function angle(share: number): number {
  return BEGIN + SWEEP * share;
}

/** As large as fits between the ends of the arc. */
export function textSize(text: string): number {
  return Math.min(17, 62 / (0.58 * Math.max(text.length, 1)));
}

/** Where a value lies between the ends, from 0 to 1. */
export function share(value: number, low: number, high: number): number {
  if (high <= low) return 0;
  return Math.min(Math.max((value - low) / (high - low), 0), 1);
}

/** The ends that somebody chose, or those that the unit and the value suggest. */
export function gaugeEnds(
  { min, max }: PanelOptions,
  unit: string | null,
  value: number | null,
): [number, number] {
  const low = typeof min === "number" ? min : Math.min(0, value ?? 0);
  if (typeof max === "number" && max > low) return [low, max];
  if (unit === "ratio") return [low, Math.max(1, low + 1)];
  if (unit === "%" || unit === "percent") return [low, Math.max(100, low + 1)];
  const size = Math.max(Math.abs(value ?? 0), 1);
  const step = 10 ** Math.floor(Math.log10(size));
  return [low, Math.max(low + 1, Math.ceil((size * 1.2) / step) * step)];
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
