/** Where a number stands between two ends. */
import { cx } from "class-variance-authority";
import { formatValue } from "@/components/chart";
import type { PanelOptions } from "@/lib/board/types";
import { type BodyProps, useFrame, useSurroundings } from "./body";
import { lineNames, reduced, type Tone, toneAt, unitOf } from "./figures";
import { FiguresTable } from "./figures-table";
import { arc, CENTRE, gaugeEnds, share, textSize } from "./gauge-arc";
import { Tiles, TONES } from "./tiles";

const MOST = 9;
const STROKES: Record<Tone, string> = {
  ok: "stroke-ok",
  warn: "stroke-warn",
  error: "stroke-error",
};

export default function GaugePanel({ panel, source, view }: BodyProps) {
  const { feeds, variables } = useSurroundings();
  const { data } = useFrame(source);
  const lines = data?.series ?? [];
  const names = lineNames(lines, feeds, variables);
  if (view === "table" && data) return <FiguresTable data={data} panel={panel} names={names} />;
  const shown = lines.slice(0, MOST);
  return (
    <Tiles count={shown.length}>
      {shown.map((line, i) => (
        <Dial
          key={`${line.source} ${names[i]}`}
          name={names[i] ?? ""}
          isAlone={shown.length === 1}
          value={reduced(line.values, panel.options.reduce)}
          unit={unitOf(panel.options, lines)}
          options={panel.options}
        />
      ))}
    </Tiles>
  );
}

type DialProps = {
  name: string;
  isAlone: boolean;
  value: number | null;
  unit: string | null;
  options: PanelOptions;
};

function Dial({ name, isAlone, value, unit, options }: DialProps) {
  const [low, high] = gaugeEnds(options, unit, value);
  const tone = toneAt(value, options.thresholds);
  const text = formatValue(value, unit, options.decimals);
  const told = tone && TONES[tone];
  const steps = (options.thresholds ?? []).toSorted((a, b) => a.value - b.value);
  return (
    <div
      role="meter"
      aria-label={name}
      aria-valuemin={low}
      aria-valuemax={high}
      aria-valuenow={value ?? low}
      aria-valuetext={told ? `${text}, ${told.word}` : text}
      className="relative flex min-h-0 min-w-0 flex-col items-center [container-type:size]"
    >
      <svg viewBox="0 0 100 72" className="min-h-0 w-full flex-1" aria-hidden>
        <path d={arc(0, 1, 40)} fill="none" strokeWidth="9" className="stroke-raised" />
        {value !== null && value > low && (
          <path
            d={arc(0, share(value, low, high), 40)}
            fill="none"
            strokeWidth="9"
            className={tone ? STROKES[tone] : "stroke-accent"}
          />
        )}
        {steps.map(({ value: from, color }, i) => {
          const until = steps[i + 1]?.value ?? high;
          const [begin, end] = [share(from, low, high), share(until, low, high)];
          return end > begin ? (
            <path
              key={`${from} ${color}`}
              d={arc(begin, end, 47)}
              fill="none"
              strokeWidth="2"
              className={STROKES[color]}
            />
          ) : null;
        })}
        <text
          x={CENTRE.x}
          y={CENTRE.y + 2}
          textAnchor="middle"
          fontSize={textSize(text)}
          className={cx("font-semibold", told ? told.fill : "fill-text")}
        >
          {text}
        </text>
        {told && (
          <told.icon
            x={CENTRE.x - 5}
            y={CENTRE.y + 8}
            width="10"
            height="10"
            className={told.look}
          />
        )}
      </svg>
      <p className="flex w-full max-w-60 justify-between gap-2 text-xs text-muted">
        <span className="truncate">{formatValue(low, unit)}</span>
        {!isAlone && <span className="truncate text-text">{name}</span>}
        <span className="truncate">{formatValue(high, unit)}</span>
      </p>
    </div>
  );
}
