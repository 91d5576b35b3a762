import { cx } from "class-variance-authority";
import { ArrowDown, ArrowUp, Minus } from "lucide-react";
import type { ReactNode } from "react";
import { Card } from "@/components/card";
import { formatValue } from "@/components/chart";
import { Skeleton } from "@/components/skeleton";
import { formatCount } from "@/lib/figures";
import type { Figures } from "./overview-api";

type FigureCardsProps = {
  figures: { current: Figures; previous: Figures } | undefined;
  minutes: number;
};

/** The four figures, each against the period before. */
export function FigureCards({ figures, minutes }: FigureCardsProps) {
  if (!figures) {
    return (
      <div className={GRID}>
        {["a", "b", "c", "d"].map((key) => (
          <Card key={key} className="h-25.5">
            <Skeleton className="mb-2 h-4 w-24" />
            <Skeleton className="mb-2 h-7 w-28" />
            <Skeleton className="h-3 w-36" />
          </Card>
        ))}
      </div>
    );
  }
  const { current, previous } = figures;
  const perMinute = (events: number) => events / Math.max(minutes, 1 / 60);
  const period = periodName(minutes);
  const points = (current.error_rate - previous.error_rate) * 100;
  return (
    <div className={GRID}>
      <Figure title="Events / min" value={formatRate(perMinute(current.events))}>
        <Change now={current.events} before={previous.events} good="none" /> {period}
      </Figure>
      <Figure
        title="Error rate"
        value={current.events === 0 ? "–" : formatValue(current.error_rate, "ratio")}
        tone={current.errors > 0 ? "error" : undefined}
      >
        {previous.events === 0 || current.events === 0 ? (
          <>{formatCount(current.errors)} errors</>
        ) : (
          <>
            <Direction by={points} good="down" text={`${signed(points)} pt`} /> {period}
          </>
        )}
      </Figure>
      <Figure title="Active users" value={formatCount(current.active_users)}>
        <Change now={current.active_users} before={previous.active_users} good="up" /> {period}
      </Figure>
      <Figure
        title="Rejected"
        value={formatCount(current.rejected)}
        tone={current.rejected > 0 ? "warn" : undefined}
      >
        {current.rejected === 0 && previous.rejected === 0 ? (
          <>no invalid event</>
        ) : minutes < DAY_MINUTES ? (
          // The server counts them by the day.
          <>in the whole day, UTC</>
        ) : (
          <>
            <Change now={current.rejected} before={previous.rejected} good="down" /> {period}
          </>
        )}
      </Figure>
    </div>
  );
}

const DAY_MINUTES = 1_440;
const GRID = "grid grid-cols-2 gap-3 xl:grid-cols-4";

type FigureProps = {
  title: string;
  value: string;
  tone?: "error" | "warn";
  children: ReactNode;
};

function Figure({ title, value, tone, children }: FigureProps) {
  return (
    <Card className="min-h-25.5">
      <h2 className="text-xs font-medium text-muted">{title}</h2>
      <p
        className={cx(
          "my-0.5 truncate text-2xl font-semibold",
          tone === "error" && "text-error",
          tone === "warn" && "text-warn",
        )}
      >
        {value}
      </p>
      <p className="text-xs text-muted">{children}</p>
    </Card>
  );
}

type Good = "up" | "down" | "none";

/** By how much, in percent of what was. */
function Change({ now, before, good }: { now: number; before: number; good: Good }) {
  if (before === 0) return <>{now === 0 ? "no change" : "none"}</>;
  const percent = ((now - before) / before) * 100;
  return <Direction by={percent} good={good} text={`${signed(percent)} %`} />;
}

function Direction({ by, good, text }: { by: number; good: Good; text: string }) {
  const Icon = by > 0 ? ArrowUp : by < 0 ? ArrowDown : Minus;
  const better = (by > 0 && good === "up") || (by < 0 && good === "down");
  const worse = (by < 0 && good === "up") || (by > 0 && good === "down");
  return (
    <span className={cx(better && "text-ok", worse && "text-error")}>
      <Icon className="mr-0.5 inline size-3 align-[-1px]" aria-hidden />
      {text}
    </span>
  );
}

function signed(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : 1;
  const text = Math.abs(value).toFixed(digits);
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${Number(text).toLocaleString("en-US")}`;
}

function formatRate(perMinute: number): string {
  if (perMinute >= 100) return formatCount(Math.round(perMinute));
  return formatValue(perMinute);
}

function periodName(minutes: number): string {
  const named: [number, string][] = [
    [60, "hour"],
    [DAY_MINUTES, "day"],
    [10_080, "week"],
  ];
  const exact = named.find(([length]) => Math.abs(length - minutes) < 1);
  return `vs previous ${exact ? exact[1] : "period"}`;
}
