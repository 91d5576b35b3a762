import { cx } from "class-variance-authority";
import { CircleAlert, Info, OctagonAlert, TriangleAlert } from "lucide-react";
import type { PulseEvent } from "@/lib/live/event";

const LEVELS: Record<string, { look: string; icon: typeof Info }> = {
  debug: { look: "bg-raised text-muted", icon: Info },
  info: { look: tint("accent"), icon: Info },
  warning: { look: tint("warn"), icon: TriangleAlert },
  error: { look: tint("error"), icon: CircleAlert },
  fatal: { look: tint("error"), icon: OctagonAlert },
};

type Kind = Pick<PulseEvent, "type" | "level">;

/** What kind of thing happened, where it matters: an error or a level above info. */
export function KindBadge({ event }: { event: Kind }) {
  const word = loudLevel(event);
  return word ? <LevelBadge level={word} /> : null;
}

/** Whether it wants to be seen. */
export function isLoud(event: Kind): boolean {
  return loudLevel(event) !== null;
}

function loudLevel({ type, level }: Kind): string | null {
  if (level && level !== "info" && level !== "debug") return level;
  return type === "error" ? "error" : null;
}

export function LevelBadge({ level }: { level: string }) {
  const { look, icon: Icon } = LEVELS[level] ?? { look: "bg-raised text-muted", icon: Info };
  return (
    <span
      className={cx(
        "inline-flex h-5 shrink-0 items-center gap-1 rounded-sm px-1.5 font-mono text-xs whitespace-nowrap",
        look,
      )}
    >
      <Icon className="size-3" aria-hidden />
      {level}
    </span>
  );
}

/** Opaque, so that the word keeps its contrast on a row that is hovered or chosen. */
function tint(tone: "accent" | "warn" | "error"): string {
  return {
    accent: "bg-[color-mix(in_srgb,var(--accent)_10%,var(--surface))] text-accent",
    warn: "bg-[color-mix(in_srgb,var(--warn)_10%,var(--surface))] text-warn",
    error: "bg-[color-mix(in_srgb,var(--error)_10%,var(--surface))] text-error",
  }[tone];
}
