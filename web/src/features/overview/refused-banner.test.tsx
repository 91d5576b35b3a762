import { answers } from "@test/api";
import { show } from "@test/render";
import { project } from "@test/things";
import { expect, test } from "vitest";
import { usageQuery, utcDay } from "@/lib/usage";
import { RefusedBanner } from "./refused-banner";

const { id } = project();

function todayIs(counts: { rate_limited: number; dropped: number }, day = utcDay()) {
  answers("get", "/api/projects/{project}/usage", () => ({
    items: [{ day, accepted: 10, duplicates: 0, rejected: 0, ...counts }],
    next_cursor: null,
  }));
}

test("says what too fast means, and stays away for the day once dismissed", async () => {
  todayIs({ rate_limited: 1_200, dropped: 0 });
  const first = await show(<RefusedBanner projectId={id} />);
  const banner = await first.screen.findByRole("region", { name: "Refused events" });
  expect(banner).toHaveTextContent("1,200 events came too fast today and were refused.");
  expect(first.screen.getByRole("link")).toHaveAttribute("href", `/p/${id}/settings/general`);
  await first.user.click(first.screen.getByRole("button", { name: "Dismiss for today" }));
  expect(first.screen.queryByRole("region", { name: "Refused events" })).toBeNull();
  expect(localStorage.getItem(`pulseboard.refused-banner.${id}`)).toBe(utcDay());
});

test("yesterday's dismissal does not hide today; the quota comes first", async () => {
  localStorage.setItem(`pulseboard.refused-banner.${id}`, "2026-01-01");
  todayIs({ rate_limited: 5, dropped: 1 });
  const { screen } = await show(<RefusedBanner projectId={id} />);
  expect(await screen.findByText(/1 event came over the daily quota/)).toBeVisible();
});

test.each([
  ["nothing was refused today", utcDay()],
  ["what was refused is of another day", "2026-01-01"],
])("is not there when %s", async (_, day) => {
  const refused = day === utcDay() ? 0 : 9;
  todayIs({ rate_limited: refused, dropped: refused }, day);
  const { screen, queries } = await show(<RefusedBanner projectId={id} />);
  await expect.poll(() => queries.getQueryData(usageQuery(id, 1).queryKey)).toBeDefined();
  expect(screen.queryByRole("region", { name: "Refused events" })).toBeNull();
});
