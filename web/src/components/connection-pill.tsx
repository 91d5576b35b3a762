import { cx } from "class-variance-authority";
import { Radio, RefreshCw, WifiOff } from "lucide-react";
import { type LiveStatus, retryLive, useLiveStatus } from "@/lib/live/status";
import { Button } from "./button";
import { Popover, PopoverContent, PopoverTrigger } from "./popover";

const looks = {
  live: { icon: Radio, tone: "text-ok!" },
  reconnecting: { icon: RefreshCw, tone: "text-warn!" },
  offline: { icon: WifiOff, tone: "text-error!" },
} as const;

/** Whether what is on the screen of a project is live. */
export function ConnectionPill({ projectId }: { projectId: string }) {
  const live = useLiveStatus(projectId);
  return live && <StatusPill live={live} onRetry={() => retryLive(projectId)} />;
}

/** How live a connection is, in a word; a click says what that means. */
export function StatusPill({ live, onRetry }: { live: LiveStatus; onRetry: () => void }) {
  const { icon: Icon, tone } = looks[live.status];
  return (
    <>
      <span className="sr-only" role="status">
        {live.label}
      </span>
      <Popover>
        <PopoverTrigger asChild>
          <Button className={cx(tone, "max-sm:size-8 max-sm:px-0! max-sm:pointer-coarse:size-11")}>
            <Icon aria-hidden />
            <span className="max-sm:sr-only">{live.label}</span>
          </Button>
        </PopoverTrigger>
        <PopoverContent align="end" className="w-72" aria-label="Live connection">
          <p className={cx("font-medium", tone)}>{live.label}</p>
          <p className="mt-1 text-muted">{live.detail}</p>
          {live.canRetry && (
            <Button size="sm" className="mt-3" onClick={onRetry}>
              Try now
            </Button>
          )}
        </PopoverContent>
      </Popover>
    </>
  );
}
