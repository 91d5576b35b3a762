/**
 * Which colour a series has. It keeps it by its name, whichever other series stand beside it;
 * only where two names of one chart meet on a colour does the later one step aside.
 */
import type { Theme } from "@/lib/theme";

/** Checked against three kinds of colour blindness; past them comes grey, never a new hue. */
const SERIES: Record<Theme, readonly string[]> = {
  dark: ["#4FA8FF", "#F08A24", "#A8487F", "#E3E7C8", "#3E9C7C", "#6D5CF0", "#A8AFBD", "#DE3B2F"],
  light: ["#1F6FD1", "#D9620B", "#7A0F3C", "#2A2450", "#0B9B72", "#7A828F"],
};

export type ChartTone = "accent" | "error" | "warn" | "ok" | "muted" | "line" | "text" | "surface";

const TONES: Record<Theme, Record<ChartTone, string>> = {
  dark: {
    accent: "#6EA8FE",
    error: "#FF7B72",
    warn: "#F0B23C",
    ok: "#4CC38A",
    muted: "#98A2B6",
    line: "#242C3B",
    text: "#E6EAF2",
    surface: "#131822",
  },
  light: {
    accent: "#2257D6",
    error: "#C2332B",
    warn: "#8F5B00",
    ok: "#0F7A4A",
    muted: "#5A6372",
    line: "#DFE3EA",
    text: "#171A21",
    surface: "#FFFFFF",
  },
};

/** The kinds of event look the same everywhere. */
const KINDS: Record<Theme, Record<string, string>> = {
  dark: { error: TONES.dark.error, event: TONES.dark.accent, metric: "#3E9C7C" },
  light: { error: TONES.light.error, event: TONES.light.accent, metric: "#0B9B72" },
};

/** Names start on the colours that both themes have. */
const SHARED = 6;

export function toneColor(tone: ChartTone, theme: Theme): string {
  return TONES[theme][tone];
}

export function kindColor(kind: "error" | "event" | "metric", theme: Theme): string {
  return KINDS[theme][kind] as string;
}

/** A colour for each name. The same names give the same colours in any order. */
export function seriesColors(names: readonly string[], theme: Theme): Map<string, string> {
  const palette = SERIES[theme];
  const colors = new Map<string, string>();
  const taken = new Set<number>();
  const distinct = [...new Set(names)].sort((a, b) => hash(a) - hash(b) || (a < b ? -1 : 1));
  for (const name of distinct) {
    let index = hash(name) % SHARED;
    for (let step = 0; taken.has(index) && step < palette.length; step++) {
      index = (index + 1) % palette.length;
    }
    const free = !taken.has(index);
    taken.add(index);
    colors.set(name, free ? (palette[index] as string) : toneColor("muted", theme));
  }
  return colors;
}

/** FNV-1a: short names spread well. */
function hash(name: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}
