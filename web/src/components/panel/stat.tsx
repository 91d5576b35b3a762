/** One number large, with its trend and a small line. */
import { cx } from "class-variance-authority";
import { ArrowDownRight, ArrowRight, ArrowUpRight } from "lucide-react";
import { formatValue, Sparkline } from "@/components/chart";
import type { Line } from "@/lib/board/columns";
import type { PanelOptions } from "@/lib/board/types";
import { type BodyProps, useFrame, useSurroundings } from "./body";
import { lineNames, reduced, shareText, type Trend, toneAt, trendOf, unitOf } from "./figures";
import { FiguresTable } from "./figures-table";
import { Tiles, ToneValue } from "./tiles";

const MOST = 9;

export default function Stat({ panel, source, view }: BodyProps) {
  const { feeds, variables } = useSurroundings();
  const { data } = useFrame(source);
  const lines = data?.series ?? [];
  const names = lineNames(lines, feeds, variables);
  if (view === "table" && data) return <FiguresTable data={data} panel={panel} names={names} />;
  const shown = lines.slice(0, MOST);
  return (
    <Tiles count={shown.length}>
      {shown.map((line, i) => (
        <Figure
          key={`${line.source} ${names[i]}`}
          line={line}
          // Alone it has the panel's title.
          name={shown.length > 1 ? (names[i] ?? "") : null}
          unit={unitOf(panel.options, lines)}
          options={panel.options}
        />
      ))}
    </Tiles>
  );
}

type FigureProps = {
  line: Line;
  name: string | null;
  unit: string | null;
  options: PanelOptions;
};

function Figure({ line, name, unit, options }: FigureProps) {
  const value = reduced(line.values, options.reduce);
  const tone = toneAt(value, options.thresholds);
  const trend = options.trend === false ? null : trendOf(line, options.reduce);
  return (
    <div className="relative flex min-w-0 flex-col justify-center gap-1 overflow-hidden [container-type:size]">
      {name && <p className="truncate text-xs text-muted">{name}</p>}
      <ToneValue
        text={formatValue(value, unit, options.decimals)}
        tone={tone}
        className="text-[clamp(16px,min(32cqh,17cqw),64px)]"
      />
      {trend && <TrendNote trend={trend} good={options.good ?? null} />}
      {options.sparkline !== false && (
        <div className="mt-1 max-h-24 min-h-0 flex-1 [@container(max-height:75px)]:hidden">
          <Sparkline
            values={thinned(line.values)}
            tone={tone ?? "accent"}
            height={36}
            close
            className="h-full"
          />
        </div>
      )}
    </div>
  );
}

const ARROWS = { up: ArrowUpRight, down: ArrowDownRight, steady: ArrowRight };

export function TrendNote({ trend, good }: { trend: Trend; good: "up" | "down" | null }) {
  const { direction, change, against } = trend;
  const Arrow = ARROWS[direction];
  const judged = direction !== "steady" && good !== null;
  const look = judged ? (direction === good ? "text-ok" : "text-error") : "text-muted";
  const word = judged ? (direction === good ? ", better" : ", worse") : "";
  return (
    <p className={cx("flex min-w-0 items-center gap-1 text-xs", look)}>
      <Arrow className="size-3.5 shrink-0" aria-hidden />
      <span className="truncate">
        {direction === "steady" ? "steady" : direction}
        {change !== null && direction !== "steady" && ` ${shareText(change)}`}
        {word}
        <span className="text-muted"> {against}</span>
      </span>
    </p>
  );
}

/** As many points as a line of that size can show. */
export function thinned(values: Float64Array, most = 60): (number | null)[] {
  const step = Math.max(1, Math.ceil(values.length / most));
  const kept: (number | null)[] = [];
  for (let i = values.length % step; i < values.length; i += step) {
    // The mean of a step, so that nothing turns up and vanishes as the window moves.
    const value = reduced(values.subarray(i, i + step), "avg");
    kept.push(value);
  }
  return kept;
}
