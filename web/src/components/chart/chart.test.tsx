import { fireEvent, render, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ChartData } from "./chart-data";

const plots: FakePlot[] = [];

/** jsdom has no canvas: this one remembers what it was told to draw. */
class FakePlot {
  static paths = { bars: () => () => null };
  static tzDate = (date: Date) => date;
  options: {
    hooks: { setCursor: ((self: unknown) => void)[]; setSelect: ((s: unknown) => void)[] };
  };
  data: unknown[];
  shown = new Map<number, boolean>();
  destroyed = false;
  cursor = { left: -10, idx: null as number | null };
  select = { left: 0, width: 0 };
  over = { offsetLeft: 0, clientWidth: 300, clientHeight: 200 };

  constructor(options: FakePlot["options"], data: unknown[]) {
    this.options = options;
    this.data = data;
    plots.push(this);
  }
  setData(data: unknown[]) {
    this.data = data;
  }
  setSeries(i: number, { show }: { show?: boolean }) {
    if (show !== undefined) this.shown.set(i, show);
  }
  setSelect() {}
  valToPos(ms: number) {
    return ms / 100;
  }
  posToVal(left: number) {
    return left * 100;
  }
  setCursor({ left }: { left: number }) {
    this.cursor = { left, idx: left < 0 ? null : Math.round(left / 10) - 1 };
    for (const run of this.options.hooks.setCursor) run(this);
  }
  destroy() {
    this.destroyed = true;
  }
}

vi.mock("uplot", () => ({ default: FakePlot }));
const { Chart } = await import("./chart");

const data: ChartData = {
  times: [1_000, 2_000, 3_000],
  series: [
    { name: "event", values: [1, 2, 3] },
    { name: "error", values: [0, null, 1], tone: "error" },
  ],
};

beforeEach(() => {
  plots.length = 0;
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
});

describe("Chart", () => {
  it("takes new values without building the plot again", () => {
    const { rerender } = render(<Chart label="Events" data={data} />);
    rerender(<Chart label="Events" data={{ ...data, times: [2_000, 3_000, 4_000] }} />);
    expect(plots).toHaveLength(1);
    expect(plots[0]?.data[0]).toEqual([2_000, 3_000, 4_000]);
    rerender(<Chart label="Events" data={{ ...data, series: data.series.slice(0, 1) }} />);
    expect(plots).toHaveLength(2);
    expect(plots[0]?.destroyed).toBe(true);
  });

  it("draws what its feed brings and lets go of it", () => {
    let push: (next: ChartData) => void = () => {};
    const leave = vi.fn();
    const feed = {
      subscribe: (run: typeof push) => {
        push = run;
        return leave;
      },
    };
    const { unmount } = render(<Chart label="Events" data={data} feed={feed} />);
    push({ ...data, series: data.series.map((line) => ({ ...line, values: [7, 7, 7] })) });
    expect(plots[0]?.data[1]).toEqual([7, 7, 7]);
    unmount();
    expect(leave).toHaveBeenCalled();
  });

  it("waits a little with a picture that would hardly differ", () => {
    vi.useFakeTimers();
    vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(400);
    let push: (next: ChartData) => void = () => {};
    const feed = {
      subscribe: (run: typeof push) => {
        push = run;
        return () => {};
      },
    };
    const hour = (to: number, value: number): ChartData => ({
      times: data.times,
      series: data.series.map((line) => ({ ...line, values: [value, value, value] })),
      span: { from: to - 3_600_000, to },
    });
    render(<Chart label="Events" data={data} feed={feed} />);
    const drawn = () => (plots[0]?.data[1] as number[] | undefined)?.[0];
    push(hour(3_600_000, 1));
    push(hour(3_600_250, 2));
    expect(drawn()).toBe(1);
    vi.advanceTimersByTime(1_000);
    expect(drawn()).toBe(2);
    push(hour(3_900_000, 3));
    expect(drawn()).toBe(3);
    vi.useRealTimers();
  });

  it("is read with the arrow keys and narrows with Enter", () => {
    const onBrush = vi.fn();
    render(<Chart label="Events" data={data} unit="ms" onBrush={onBrush} />);
    const chart = screen.getByRole("group", { name: /^Events\./ });
    fireEvent.keyDown(chart, { key: "ArrowRight" });
    expect(screen.getByText(/event 1 ms, error 0 ms/)).toBeInTheDocument();
    fireEvent.keyDown(chart, { key: "ArrowRight" });
    expect(screen.getByText(/event 2 ms, error –/)).toBeInTheDocument();
    fireEvent.keyDown(chart, { key: "Enter" });
    expect(onBrush).toHaveBeenCalledWith(2_000, 3_000);
  });

  it("brushes a stretch of time", () => {
    const onBrush = vi.fn();
    render(<Chart label="Events" data={data} onBrush={onBrush} />);
    const plot = plots[0] as FakePlot;
    plot.select = { left: 10, width: 20 };
    plot.options.hooks.setSelect[0]?.(plot);
    expect(onBrush).toHaveBeenCalledWith(1_000, 3_000);
  });

  it("hides a line from its legend", () => {
    render(<Chart label="Events" data={data} />);
    const error = screen.getByRole("button", { name: "error" });
    fireEvent.click(error);
    expect(error).toHaveAttribute("aria-pressed", "false");
    expect(plots[0]?.shown.get(2)).toBe(false);
  });

  it("shows the same as a table, newest first", () => {
    render(<Chart label="Events" data={data} />);
    fireEvent.click(screen.getByRole("button", { name: "View as table: Events" }));
    const rows = screen.getAllByRole("row");
    expect(rows).toHaveLength(4);
    expect(rows[1]).toHaveTextContent(/31$/);
    expect(plots[0]?.destroyed).toBe(true);
  });

  it("says that there is nothing", () => {
    render(<Chart label="Events" data={{ times: [], series: [] }} emptyText="Nothing yet." />);
    expect(screen.getByText("Nothing yet.")).toBeInTheDocument();
  });
});
