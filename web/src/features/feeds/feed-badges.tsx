import {
  Braces,
  CircleCheck,
  CirclePause,
  Coins,
  Cpu,
  GitBranch,
  Hourglass,
  Kanban,
  type LucideIcon,
  Rss,
  Sparkles,
  SquareTerminal,
  TriangleAlert,
  Webhook,
} from "lucide-react";
import { Badge } from "@/components/badge";
import type { Feed } from "@/lib/api";
import { useSecond } from "@/lib/clock";
import { countdown, everyText, isSlowedDown } from "./feed-text";

const icons: Record<string, LucideIcon> = {
  system_metrics: Cpu,
  http_json: Braces,
  crypto_price: Coins,
  demo: Sparkles,
  git_repo: GitBranch,
  taskdeck: Kanban,
  webhook: Webhook,
  command: SquareTerminal,
};

/** The picture of a kind of feed; one that is not known yet has the common one. */
export function FeedTypeIcon({ type, className }: { type: string; className?: string }) {
  const Icon = icons[type] ?? Rss;
  return <Icon className={className ?? "size-4 shrink-0 text-muted"} aria-hidden />;
}

const states = {
  ok: { tone: "ok", icon: CircleCheck, word: "ok" },
  failing: { tone: "error", icon: TriangleAlert, word: "failing" },
  waiting: { tone: "neutral", icon: Hourglass, word: "waiting" },
  disabled: { tone: "neutral", icon: CirclePause, word: "disabled" },
} as const;

export function FeedStateBadge({ state }: { state: Feed["state"] }) {
  const { tone, icon: Icon, word } = states[state];
  return (
    <Badge tone={tone}>
      <Icon aria-hidden /> {word}
    </Badge>
  );
}

/** When it runs next, counting down; what receives waits for others. */
export function NextRun({ feed }: { feed: Feed }) {
  const now = useSecond();
  if (!feed.interval_sec) return <span className="text-muted">on each post</span>;
  return (
    <span>
      {feed.enabled && feed.next_run && `${countdown(feed.next_run, now)} · `}
      {isSlowedDown(feed) ? (
        <span
          className="text-muted"
          title="After each failure it waits longer before the next try."
        >
          {everyText(feed)} when it works
        </span>
      ) : (
        <span className="text-muted">{everyText(feed)}</span>
      )}
    </span>
  );
}
