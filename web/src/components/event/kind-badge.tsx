import { CircleAlert, Info, OctagonAlert, TriangleAlert } from "lucide-react";
import type { PulseEvent } from "@/lib/live/event";
import { Badge } from "../badge";

const LEVELS: Record<string, { tone: "neutral" | "accent" | "warn" | "error"; icon: typeof Info }> =
  {
    debug: { tone: "neutral", icon: Info },
    info: { tone: "accent", icon: Info },
    warning: { tone: "warn", icon: TriangleAlert },
    error: { tone: "error", icon: CircleAlert },
    fatal: { tone: "error", icon: OctagonAlert },
  };

/** What kind of thing happened, where it matters: an error or a level above info. */
export function KindBadge({ event }: { event: Pick<PulseEvent, "type" | "level"> }) {
  const level =
    event.level && event.level !== "info" && event.level !== "debug" ? event.level : null;
  const word = level ?? (event.type === "error" ? "error" : null);
  return word ? <LevelBadge level={word} /> : null;
}

export function LevelBadge({ level }: { level: string }) {
  const { tone, icon: Icon } = LEVELS[level] ?? { tone: "neutral", icon: Info };
  return (
    <Badge tone={tone} mono>
      <Icon aria-hidden />
      {level}
    </Badge>
  );
}
