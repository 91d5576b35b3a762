import { cx } from "class-variance-authority";
import { type ChartLine, lineKey, lineLabel } from "./chart-data";

type ChartLegendProps = {
  lines: readonly ChartLine[];
  colors: readonly string[];
  hidden: ReadonlySet<string>;
  onToggle: (key: string) => void;
  /** The line under the mouse or the focus stands out. */
  onPoint: (line: number | null) => void;
};

/** Names the lines; a click hides one. */
export function ChartLegend({ lines, colors, hidden, onToggle, onPoint }: ChartLegendProps) {
  return (
    <ul className="flex max-h-[50px] min-w-0 flex-wrap gap-x-3 gap-y-0.5 overflow-y-auto pointer-coarse:max-h-[90px]">
      {lines.map((line, i) => {
        const key = lineKey(line);
        const shown = !hidden.has(key);
        return (
          <li key={key} className="min-w-0">
            <button
              type="button"
              aria-pressed={shown}
              title={shown ? "Hide this line" : "Show this line"}
              className={cx(
                "flex h-6 max-w-60 items-center gap-1.5 rounded-sm text-xs text-muted transition-colors hover:text-text pointer-coarse:h-11",
                !shown && "line-through",
              )}
              onClick={() => onToggle(key)}
              onPointerEnter={() => onPoint(i)}
              onPointerLeave={() => onPoint(null)}
              onFocus={() => onPoint(i)}
              onBlur={() => onPoint(null)}
            >
              <Swatch color={colors[i]} dashed={line.previous} faded={!shown} />
              <span className="truncate">{lineLabel(line)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

type SwatchProps = { color: string | undefined; dashed?: boolean; faded?: boolean };

export function Swatch({ color, dashed, faded }: SwatchProps) {
  return (
    <svg width="10" height="3" aria-hidden className={cx("shrink-0", faded && "opacity-40")}>
      <line
        x1={dashed ? 0 : 1.5}
        x2={dashed ? 10 : 8.5}
        y1="1.5"
        y2="1.5"
        stroke={color}
        strokeWidth={dashed ? 1.5 : 3}
        strokeLinecap={dashed ? "butt" : "round"}
        strokeDasharray={dashed ? "3 2" : undefined}
      />
    </svg>
  );
}
