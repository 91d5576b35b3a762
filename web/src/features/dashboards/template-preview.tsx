import { cx } from "class-variance-authority";
import type { Template } from "@/lib/dashboards";
import { arrange, rowsOf } from "./arrange";

/** A cell of the grid is much wider than high. */
const CELL = { width: 30, height: 6 };

/** Tall templates show their upper part. */
const ROWS = 14;

/** The layout of a template in small, so that one sees what one gets. */
export function TemplatePreview({ panels }: { panels: Template["panels"] }) {
  const boxes = arrange(panels.map((panel, i) => ({ ...panel, id: String(i) })));
  const rows = Math.min(ROWS, Math.max(6, rowsOf(boxes.values())));
  return (
    <svg
      viewBox={`0 0 ${12 * CELL.width} ${rows * CELL.height}`}
      preserveAspectRatio="xMidYMin meet"
      className="h-24 w-full rounded-md border border-line bg-bg p-2"
      aria-hidden="true"
    >
      {panels.map((panel, i) => {
        const box = boxes.get(String(i));
        if (!box || box.position_y >= rows) return null;
        const x = box.position_x * CELL.width + 1;
        const y = box.position_y * CELL.height + 1;
        const width = box.width * CELL.width - 2;
        const height = Math.min(box.height, rows - box.position_y) * CELL.height - 2;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a template does not change
          <g key={i}>
            <rect
              {...{ x, y, width, height }}
              rx="2"
              className="fill-raised stroke-line"
              strokeWidth="0.5"
            />
            <Sketch type={panel.type} {...{ x, y, width, height }} />
          </g>
        );
      })}
    </svg>
  );
}

type SketchProps = {
  type: Template["panels"][number]["type"];
  x: number;
  y: number;
  width: number;
  height: number;
};

/** A hint of what a panel of the type looks like. */
function Sketch({ type, x, y, width, height }: SketchProps) {
  const line = "fill-none stroke-accent";
  const at = (dx: number, dy: number) => `${x + width * dx},${y + height * dy}`;
  const radius = Math.min(width * 0.2, height * 0.5);
  switch (type) {
    case "timeseries":
      return (
        <polyline
          points={[at(0.08, 0.7), at(0.3, 0.45), at(0.5, 0.6), at(0.72, 0.3), at(0.92, 0.5)].join(
            " ",
          )}
          className={line}
          strokeWidth="1"
          strokeLinejoin="round"
        />
      );
    case "stat":
      return (
        <rect
          x={x + 2}
          y={y + height / 2 - 1}
          width={Math.min(width - 4, 12)}
          height="2.5"
          rx="1"
          className="fill-accent"
        />
      );
    case "bar":
      return (
        <>
          {[0.75, 0.5, 0.3].map((share, i) => (
            <rect
              key={share}
              x={x + 2}
              y={y + 3 + i * Math.min(5, (height - 4) / 3)}
              width={(width - 4) * share}
              height="2"
              rx="0.75"
              className="fill-accent"
            />
          ))}
        </>
      );
    case "gauge":
      return (
        <path
          d={`M ${x + width / 2 - radius} ${y + height * 0.75} a ${radius} ${radius} 0 0 1 ${2 * radius} 0`}
          className={line}
          strokeWidth="2"
        />
      );
    default:
      return (
        <>
          {[0.8, 0.9, 0.6].map((share, i) => (
            <rect
              key={share}
              x={x + 2}
              y={y + 3 + i * Math.min(5, (height - 4) / 3)}
              width={(width - 4) * share}
              height="1"
              rx="0.5"
              className={cx("fill-control", i > 0 && height < 8 && "hidden")}
            />
          ))}
        </>
      );
  }
}
