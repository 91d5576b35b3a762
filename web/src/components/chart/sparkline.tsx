import { cx } from "class-variance-authority";

type SparklineProps = {
  /** Oldest first; `null` is a gap. */
  values: readonly (number | null)[];
  /** What it shows; without it the line is decoration beside a figure that says the same. */
  label?: string;
  tone?: "accent" | "error" | "ok" | "warn" | "muted";
  height?: number;
  /** Where zero would flatten the line it need not be the floor. */
  close?: boolean;
  className?: string;
};

const COLORS = {
  accent: "text-accent",
  error: "text-error",
  ok: "text-ok",
  warn: "text-warn",
  muted: "text-muted",
};

const WIDTH = 100;

/** A line the size of a word. Plain SVG: hundreds of them cost nothing. */
export function Sparkline({
  values,
  label,
  tone = "accent",
  height = 28,
  close = false,
  className,
}: SparklineProps) {
  const lines = strokes(values, height, close);
  return (
    <svg
      role={label ? "img" : "presentation"}
      aria-label={label}
      aria-hidden={label ? undefined : true}
      viewBox={`0 0 ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      width="100%"
      height={height}
      className={cx("block overflow-visible", COLORS[tone], className)}
    >
      {lines.map((points) => (
        <g key={points}>
          <polygon
            points={`${points.split(" ")[0]?.split(",")[0]},${height} ${points} ${points.split(" ").at(-1)?.split(",")[0]},${height}`}
            fill="currentColor"
            opacity="0.12"
          />
          <polyline
            points={points}
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            strokeLinejoin="round"
            strokeLinecap="round"
            vectorEffect="non-scaling-stroke"
          />
        </g>
      ))}
    </svg>
  );
}

/** The runs between gaps as "x,y x,y …". Zero is the floor, unless told otherwise; all zeros lie on it. */
export function strokes(
  values: readonly (number | null)[],
  height: number,
  close = false,
): string[] {
  const known = values.filter((value): value is number => value !== null);
  const low = close ? closeFloor(known) : Math.min(0, ...known);
  const high = Math.max(low + Number.EPSILON, ...known);
  const runs: string[][] = [[]];
  values.forEach((value, i) => {
    if (value === null) {
      runs.push([]);
      return;
    }
    const x = values.length > 1 ? (i / (values.length - 1)) * WIDTH : WIDTH;
    const y = height - 1 - ((value - low) / (high - low || 1)) * (height - 2);
    runs.at(-1)?.push(`${round(x)},${round(y)}`);
  });
  return runs.filter((run) => run.length > 0).map((run) => run.join(" "));
}

/** A little below the least value, where that is far above zero. */
function closeFloor(known: readonly number[]): number {
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return least > most / 2 && most > least ? least - (most - least) * 0.4 : Math.min(0, least);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
