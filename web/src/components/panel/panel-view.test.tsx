import { line, panel, panelData } from "@test/board";
import { event } from "@test/things";
import { act, fireEvent, render, screen, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { PanelStream } from "@/lib/board/panel-source";
import type { Panel, PanelData, PanelType } from "@/lib/board/types";
import { createFlush } from "@/lib/live/flush";

vi.mock("uplot", () => ({ default: FakePlot }));

/** jsdom has no canvas. */
class FakePlot {
  static made: FakePlot[] = [];
  static paths = { bars: () => () => null };
  data: ArrayLike<unknown>[];
  cursor = {};
  constructor(_: unknown, data: ArrayLike<unknown>[]) {
    this.data = data;
    FakePlot.made.push(this);
  }
  setData(data: ArrayLike<unknown>[]) {
    this.data = data;
  }
  setSeries() {}
  setSize() {}
  destroy() {}
}

const { BoardContext, PanelView, panelTypes, panels } = await import("./index");

let stream: PanelStream;
let frames: (() => void)[] = [];
const onOpenEvent = vi.fn();

beforeEach(() => {
  frames = [];
  FakePlot.made = [];
  stream = new PanelStream(
    createFlush({
      frame: (run) => frames.push(run),
      now: () => 0,
      later: (run) => frames.push(run),
      hidden: () => false,
      onVisible: () => {},
    }),
  );
});

function flush() {
  act(() => {
    for (let i = 0; i < 4 && frames.length > 0; i++) for (const run of frames.splice(0)) run();
  });
}

function show(changes: Partial<Panel>, data?: Partial<PanelData>) {
  if (data) stream.take(panelData(data), true);
  const context = {
    projectId: "p",
    variables: { host: "web-1" },
    feeds: [],
    editable: true,
    onOpenEvent,
  };
  return render(
    <BoardContext value={context}>
      <PanelView
        panel={panel(changes)}
        source={stream}
        menu={<button type="button">Menu</button>}
      />
    </BoardContext>,
  );
}

const cpu = line([
  [1_000, 10],
  [9_000, 42.5],
]);
const payload = [
  { city: "Bern", people: 134 },
  { city: "Basel", people: 178 },
];

describe("a panel", () => {
  it.each(panelTypes.filter((type) => type !== "text"))(
    "%s holds its place until there is data",
    async (type) => {
      show({ type });
      expect(screen.getByRole("status")).toHaveTextContent("Loading CPU");
      expect(document.querySelector("[data-skeleton]")).not.toBeNull();
    },
  );

  it.each(panelTypes.filter((type) => type !== "text"))(
    "%s says that there is nothing, and what to do",
    async (type) => {
      const { unmount } = show({ type }, {});
      expect(screen.getByText(/in this range/)).toHaveTextContent(/longer/);
      unmount();
      show({ type, query: null });
      expect(screen.getByText(/Edit this panel and choose its data/)).toBeInTheDocument();
    },
  );

  it.each<[PanelType, Partial<PanelData>]>([
    ["stat", { series: [cpu] }],
    ["bar", { latest: [{ source: 0, feed_id: "f", ts: 1, payload }] }],
    ["event_list", { events: [event({ name: "Crash" })] }],
  ])("%s keeps the last good data beside what is wrong", async (type, good) => {
    const problem = { source: 0, code: "feed_failing", message: "Host: the server answered 500." };
    show({ type }, { ...good, problems: [problem] });
    expect(await screen.findByText(/Host: the server answered 500/)).toBeInTheDocument();
    expect(await screen.findByText(/42.5|Bern|Crash/)).toBeInTheDocument();
  });

  it("says what is wrong where the data would be", () => {
    const problem = {
      source: 0,
      code: "feed_gone",
      message: "The feed has been deleted: choose another one.",
    };
    show({ type: "gauge" }, { problems: [problem] });
    expect(screen.getByText(problem.message)).toBeInTheDocument();
    expect(screen.queryByText(/Choose a longer/)).toBeNull();
  });

  it("that can't be drawn says so and leaves the others alone", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    show({ type: "gauge", options: { thresholds: 5 as never } }, { series: [cpu] });
    expect(await screen.findByRole("alert")).toHaveTextContent("can't be drawn as it is set");
    expect(screen.getByRole("button", { name: "Menu" })).toBeInTheDocument();
  });

  it("marks values that are not live, and fills variables into its title", async () => {
    show({ type: "stat", title: "CPU of $host and $other" }, { series: [cpu] });
    expect(
      await screen.findByRole("region", { name: "CPU of web-1 and $other" }),
    ).toBeInTheDocument();
    expect(screen.queryByText("Not live.")).toBeNull();
    stream.set({ stale: true });
    flush();
    expect(screen.getByText("Not live.")).toBeInTheDocument();
  });

  it("tells by name what each type is and does", () => {
    for (const type of panelTypes) {
      const kind = panels[type];
      expect(kind.type).toBe(type);
      expect(kind.description).toMatch(/\.$/);
      expect(kind.size.width).toBeGreaterThanOrEqual(kind.least.width);
      expect(new Set(kind.fields.map(({ key }) => key)).size).toBe(kind.fields.length);
    }
  });
});

describe("a time series", () => {
  it("draws new values without rendering, and other lines as a new plot", async () => {
    vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(400);
    show({ type: "timeseries" }, { series: [cpu] });
    await screen.findByRole("group", { name: /^CPU/ });
    flush();
    expect(FakePlot.made).toHaveLength(1);
    stream.take(panelData({ from: 9_000, to: 11_000, series: [line([[10_000, 50]])] }), false);
    flush();
    expect(FakePlot.made).toHaveLength(1);
    expect(Array.from(FakePlot.made[0]?.data[1] ?? [])).toEqual([10, 50]);
    stream.take(panelData({ series: [cpu, line([[1_000, 3]], { name: "ram" })] }), true);
    flush();
    expect(FakePlot.made).toHaveLength(2);
    expect(FakePlot.made[1]?.data).toHaveLength(3);
  });

  it("is a table as well, with releases", async () => {
    show(
      { type: "timeseries", options: { unit: "ms" } },
      { series: [cpu], annotations: [{ ts: 9_500, kind: "release", text: "1.4.2" }] },
    );
    fireEvent.click(screen.getByRole("button", { name: "View as table: CPU" }));
    const rows = within(await screen.findByRole("table")).getAllByRole("row");
    expect(rows[1]).toHaveTextContent(/42.5 ms1.4.2$/);
  });
});

it("shows a number in words and sign, not in colour alone", async () => {
  const thresholds = [{ value: 40, color: "error" as const }];
  show(
    { type: "stat", options: { thresholds, unit: "%", good: "down", decimals: 1 } },
    { series: [cpu] },
  );
  expect(await screen.findByText("42.5 %")).toBeInTheDocument();
  expect(screen.getByText(/critical/)).toBeInTheDocument();
  expect(screen.getByText(/up 325 %/)).toHaveTextContent("up 325 %, worse since the start");
});

it("measures a gauge between its ends", async () => {
  show({ type: "gauge", options: { min: 0, max: 100, unit: "%" } }, { series: [cpu] });
  const meter = await screen.findByRole("meter", { name: "cpu" });
  expect(meter).toHaveAttribute("aria-valuenow", "42.5");
  expect(meter).toHaveAttribute("aria-valuetext", "42.5 %");
});

it("sorts a table by a click on a column", async () => {
  show({ type: "table" }, { latest: [{ source: 0, feed_id: "f", ts: 1, payload }] });
  const people = await screen.findByRole("columnheader", { name: "people" });
  const first = () => screen.getAllByRole("row")[1];
  expect(first()).toHaveTextContent("Bern");
  fireEvent.click(within(people).getByRole("button"));
  expect(first()).toHaveTextContent("Basel");
  expect(people).toHaveAttribute("aria-sort", "descending");
  fireEvent.click(within(people).getByRole("button"));
  expect(first()).toHaveTextContent("Bern");
});

it("opens an event", async () => {
  const crash = event({ name: "Crash" });
  show({ type: "event_list" }, { events: [crash] });
  fireEvent.click(await screen.findByRole("button", { name: /Crash/ }));
  expect(onOpenEvent).toHaveBeenCalledWith(expect.objectContaining({ id: crash.id }));
});

it("writes a text with its variables at once", async () => {
  show({ type: "text", title: "", options: { text: "Host **$host**" } });
  expect(await screen.findByText("web-1")).toBeInTheDocument();
});
