import { answers, refusal } from "@test/api";
import { show } from "@test/render";
import { feed, feedType, project } from "@test/things";
import { within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Feed } from "@/lib/api";
import { FeedsPage } from "./feeds-page";

const { id } = project();

const failing = feed({
  id: "f2",
  name: "Broken",
  state: "failing",
  last_error: {
    at: "2026-11-20T18:00:00.000Z",
    message: "The answer is HTML, not JSON.",
    failures: 3,
  },
});
const hook = feed({
  id: "f3",
  name: "Deploys",
  type: "webhook",
  interval_sec: null,
  next_run: null,
  last_run: null,
  last_value: null,
  state: "waiting",
});

function feedsAre(feeds: Feed[], role: "editor" | "viewer" = "editor") {
  answers("get", "/api/projects/{project}", () => project({ role }));
  answers("get", "/api/feeds/types", () => ({ items: [feedType()] }));
  answers("get", "/api/feeds", ({ query }) => {
    expect(query.get("project")).toBe(id);
    return { items: feeds, next_cursor: null };
  });
}

const rowOf = (screen: Awaited<ReturnType<typeof show>>["screen"], name: string) =>
  within(screen.getByRole("link", { name }).closest("tr") as HTMLElement);

test("each feed with its state, last value, runs and interval; a failing one says why", async () => {
  feedsAre([feed(), failing, hook]);
  const { screen } = await show(<FeedsPage projectId={id} />);
  expect(await screen.findByRole("link", { name: "Exchange rates" })).toBeVisible();
  const row = rowOf(screen, "Exchange rates");
  expect(row.getByText("ok")).toBeVisible();
  expect(row.getByText("eur 1.08 · usd 1")).toBeVisible();
  expect(row.getByText(/every 10 s/)).toBeVisible();
  expect(await row.findByText("JSON over HTTP")).toBeVisible();
  expect(rowOf(screen, "Broken").getByText("failing")).toBeVisible();
  expect(rowOf(screen, "Broken").getByText("eur 1.08 · usd 1")).toBeVisible();
  expect(screen.getByText(/The answer is HTML, not JSON\./)).toBeVisible();
  expect(screen.getByText(/Failed 3 times in a row\./)).toBeVisible();
  expect(rowOf(screen, "Deploys").getByText("on each post")).toBeVisible();
  expect(rowOf(screen, "Deploys").getByText("none yet")).toBeVisible();
  expect(rowOf(screen, "Deploys").queryByRole("button", { name: /Refresh/ })).toBeNull();
  expect(screen.getByText(/3 feeds/)).toHaveTextContent("3 feeds, 1 failing");
});

test("enabling, running now, deleting after a question", async () => {
  let feeds = [feed()];
  feedsAre(feeds);
  answers("get", "/api/feeds", () => ({ items: feeds, next_cursor: null }));
  answers("patch", "/api/feeds/{feed}", ({ body, params }) => {
    expect(params.feed).toBe(feed().id);
    feeds = [feed({ enabled: body.enabled ?? true, state: body.enabled ? "waiting" : "disabled" })];
    return feeds[0];
  });
  answers("post", "/api/feeds/{feed}/refresh", () => feed());
  answers("delete", "/api/feeds/{feed}", () => {
    feeds = [];
    return undefined;
  });
  const { screen, user } = await show(<FeedsPage projectId={id} />);
  await user.click(await screen.findByRole("button", { name: "Refresh Exchange rates" }));
  expect(await screen.findByText("Exchange rates runs now")).toBeVisible();
  const enabled = screen.getByRole("switch", { name: "Exchange rates enabled" });
  expect(enabled).toBeChecked();
  await user.click(enabled);
  expect(await screen.findByText("disabled")).toBeVisible();
  expect(enabled).not.toBeChecked();
  expect(screen.getByRole("button", { name: "Refresh Exchange rates" })).toBeDisabled();

  await user.click(screen.getByRole("button", { name: "Delete Exchange rates" }));
  await user.click(screen.getByRole("button", { name: "Delete feed" }));
  expect(await screen.findByRole("heading", { name: "No feeds yet" })).toBeVisible();
  expect(screen.getByRole("link", { name: "Start with demo data" })).toHaveAttribute(
    "href",
    `/p/${id}/feeds/new?type=demo`,
  );
});

test("a viewer sees everything and why nothing can be changed", async () => {
  feedsAre([feed()], "viewer");
  const { screen } = await show(<FeedsPage projectId={id} />);
  expect(await screen.findByText(/You are a viewer here/)).toBeVisible();
  expect(await screen.findByRole("link", { name: "Exchange rates" })).toBeVisible();
  for (const name of [/^Edit/, /^Delete/, /^Refresh/, "Add a feed"]) {
    expect(screen.getByRole("button", { name })).toBeDisabled();
  }
  expect(screen.getByRole("switch")).toBeDisabled();
});

test("an outage keeps what was there", async () => {
  feedsAre([feed()]);
  const { screen, queries } = await show(<FeedsPage projectId={id} />);
  expect(await screen.findByRole("link", { name: "Exchange rates" })).toBeVisible();
  answers("get", "/api/feeds", () => refusal(503, "unavailable"));
  await queries.refetchQueries({ queryKey: ["projects", id, "feeds"] });
  expect(await screen.findByText(/the last that arrived/)).toBeVisible();
  expect(screen.getByRole("link", { name: "Exchange rates" })).toBeVisible();
});
