import { answers, refusal } from "@test/api";
import { show } from "@test/render";
import { project } from "@test/things";
import { beforeEach, expect, test, vi } from "vitest";
import type { Limits } from "@/lib/api";
import { utcDay } from "@/lib/usage";
import { UsageCard } from "./usage-card";

type Drawn = { times: number[]; series: { name: string; values: number[] }[] };
let drawn: Drawn | undefined;

vi.mock("@/components/chart", () => ({
  Chart: ({ data, caption }: { data: Drawn; caption: React.ReactNode }) => {
    drawn = data;
    return <div role="img">{caption}</div>;
  },
}));

const { id } = project();
const today = {
  day: utcDay(),
  accepted: 12_408,
  duplicates: 3,
  rejected: 1,
  rate_limited: 40,
  dropped: 7,
};

function limitsAre(limits: Limits) {
  answers("get", "/api/projects/{project}/limits", () => limits);
}

beforeEach(() => {
  drawn = undefined;
  answers("get", "/api/projects/{project}/usage", () => ({ items: [today], next_cursor: null }));
});

test("the last fourteen days, with zeros where nothing came", async () => {
  limitsAre({ key: null, project: null, daily: null });
  const { screen } = await show(<UsageCard projectId={id} />);
  expect(await screen.findByText("12,408")).toBeVisible();
  expect(drawn?.times).toHaveLength(14);
  const last = (name: string) => drawn?.series.find((line) => line.name === name)?.values.at(-1);
  expect(["accepted", "duplicates", "rejected", "too fast", "over the quota"].map(last)).toEqual([
    12_408, 3, 1, 40, 7,
  ]);
  expect(drawn?.series[0]?.values[0]).toBe(0);
  expect(await screen.findAllByText("No limit")).toHaveLength(3);
});

test("the limits in force, and today's quota as a meter with words", async () => {
  limitsAre({
    key: { events_per_second: 1_000, burst: 2_000 },
    project: null,
    daily: { quota: 20_000, used: 17_000, resets_at: "2099-01-01T00:00:00.000Z" },
  });
  const { screen } = await show(<UsageCard projectId={id} />);
  expect(await screen.findByText(/1,000 events\/s/)).toHaveTextContent("up to 2,000 at once");
  const meter = screen.getByRole("meter", { name: /quota/ });
  expect(meter).toHaveAttribute("aria-valuenow", "17000");
  expect(meter).toHaveAttribute("aria-valuetext", "17,000 of 20,000 events, nearly used up");
  expect(screen.getByText(/nearly used up/)).toBeVisible();
});

test("what can't be read says so and can be asked again; the other half stays", async () => {
  limitsAre({ key: null, project: null, daily: null });
  answers("get", "/api/projects/{project}/usage", () => refusal(500, "internal"));
  const { screen, user } = await show(<UsageCard projectId={id} />);
  expect(await screen.findByText("The server couldn't answer.")).toBeVisible();
  expect(await screen.findAllByText("No limit")).toHaveLength(3);
  answers("get", "/api/projects/{project}/usage", () => ({ items: [], next_cursor: null }));
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText(/Nothing has arrived yet/)).toBeVisible();
});
