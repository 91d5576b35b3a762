import { useQuery } from "@tanstack/react-query";
import { cx } from "class-variance-authority";
import { CircleCheck, type LucideIcon, OctagonX, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { ErrorState } from "@/components/error-state";
import { RelativeTime } from "@/components/relative-time";
import { Loading, Skeleton } from "@/components/skeleton";
import type { Limits } from "@/lib/api";
import { formatCount, formatShare } from "@/lib/figures";
import { limitsQuery } from "@/lib/usage";

/** How much may come in, and how much of today's quota is used. */
export function LimitsInForce({ projectId }: { projectId: string }) {
  const limits = useQuery({ ...limitsQuery(projectId), refetchInterval: 30_000 });
  return (
    <section aria-label="Limits in force" className="mt-4 border-t border-line pt-4">
      <h3 className="mb-3 font-medium">Limits in force</h3>
      {limits.isError && (
        <ErrorState
          error={limits.error}
          compact={limits.data !== undefined}
          onRetry={() => limits.refetch()}
        />
      )}
      {limits.isPending && (
        <>
          <Loading what="the limits" />
          <Skeleton className="h-26" />
        </>
      )}
      {limits.data && (
        <>
          {limits.data.daily && <DailyQuota daily={limits.data.daily} />}
          <dl className="mt-4 grid grid-cols-1 gap-x-8 gap-y-3 sm:grid-cols-2">
            <Limit what="Each key">
              <RateText rate={limits.data.key} />
            </Limit>
            <Limit what="The whole project">
              <RateText rate={limits.data.project} />
            </Limit>
            {!limits.data.daily && <Limit what="Organization, per day">No limit</Limit>}
          </dl>
          <p className="mt-3 text-xs text-muted">
            The daily quota counts what is stored in all projects of the organization. What comes
            faster or over it is refused with 429 and the seconds to wait. Clients that wait and
            send again lose nothing. Whoever runs this server sets the limits.
          </p>
        </>
      )}
    </section>
  );
}

function Limit({ what, children }: { what: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-muted">{what}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function RateText({ rate }: { rate: Limits["key"] }) {
  if (!rate) return "No limit";
  return (
    <>
      {formatCount(rate.events_per_second)} events/s
      <span className="text-muted">, up to {formatCount(rate.burst)} at once</span>
    </>
  );
}

type State = { word: string; icon: LucideIcon; text: string; bar: string };

const states: Record<"ok" | "near" | "over", State> = {
  ok: { word: "within the quota", icon: CircleCheck, text: "text-ok", bar: "bg-accent" },
  near: { word: "nearly used up", icon: TriangleAlert, text: "text-warn", bar: "bg-warn" },
  over: { word: "used up", icon: OctagonX, text: "text-error", bar: "bg-error" },
};

/** From here on a person may want to do something about it. */
const NEAR = 0.8;

function DailyQuota({ daily }: { daily: NonNullable<Limits["daily"]> }) {
  const { quota, used, resets_at } = daily;
  const share = quota > 0 ? used / quota : 1;
  const {
    word,
    icon: Icon,
    text,
    bar,
  } = states[share >= 1 ? "over" : share >= NEAR ? "near" : "ok"];
  return (
    <div>
      <p className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span>
          <span className="text-xs text-muted">Organization, today </span>
          <span className="font-medium">{formatCount(used)}</span> of {formatCount(quota)} events
          <span className="text-muted"> ({formatShare(used, quota)})</span>
        </span>
        <span className={cx("inline-flex items-center gap-1 text-xs", text)}>
          <Icon className="size-3.5 self-center" aria-hidden />
          {word}, resets <RelativeTime at={resets_at} />
        </span>
      </p>
      <div
        role="meter"
        aria-label="Today’s quota"
        aria-valuemin={0}
        aria-valuemax={quota}
        aria-valuenow={Math.min(used, quota)}
        aria-valuetext={`${formatCount(used)} of ${formatCount(quota)} events, ${word}`}
        className="mt-1.5 h-2 overflow-hidden rounded-sm bg-raised"
      >
        <div
          className={cx("h-full rounded-sm", bar)}
          style={{ width: `${Math.min(100, 100 * share)}%` }}
        />
      </div>
    </div>
  );
}
