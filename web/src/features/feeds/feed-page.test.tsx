import { answers, refusal } from "@test/api";
import { show } from "@test/render";
import { feed, feedType, project } from "@test/things";
import { within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import type { Feed } from "@/lib/api";
import { FeedPage } from "./feed-page";

// jsdom has no canvas.
vi.mock("uplot", () => ({
  default: class {
    static paths = { bars: () => () => null, linear: () => () => null, stepped: () => () => null };
    cursor = {};
    over = { clientHeight: 0 };
    setData() {}
    setSeries() {}
    setSize() {}
    destroy() {}
  },
}));

const { id } = project();

function feedIs(one: Feed, role: "editor" | "viewer" = "editor") {
  answers("get", "/api/projects/{project}", () => project({ role }));
  answers("get", "/api/feeds", () => ({ items: [one], next_cursor: null }));
  answers("get", "/api/feeds/{feed}", ({ params }) => {
    expect(params.feed).toBe(one.id);
    return one;
  });
  answers("get", "/api/feeds/types", () => ({
    items: [
      feedType(),
      feedType({ type: "webhook", title: "Webhook", way: "receives", payload: { it: "'s" } }),
    ],
  }));
  answers("get", "/api/feeds/{feed}/history", ({ query }) => {
    expect(Date.parse(query.get("since") ?? "")).toBeLessThan(Date.parse(one.last_value?.ts ?? ""));
    return {
      items: [
        { feed_id: one.id, ts: "2026-11-20T17:59:50.000Z", payload: { eur: 1.07, usd: 1 } },
        { feed_id: one.id, ts: "2026-11-20T18:00:00.000Z", payload: { eur: 1.08, usd: 1 } },
      ],
      next_cursor: null,
    };
  });
  answers("post", "/api/projects/{project}/panel-data", ({ body }) => {
    expect(body).toMatchObject({
      type: "timeseries",
      from: "now-10m",
      query: { sources: [{ kind: "feed", feed_id: one.id }] },
    });
    const from = Date.parse("2026-11-20T17:50:00.000Z");
    const line = (name: string, value: number) => ({
      source: 0,
      name,
      title: null,
      labels: {},
      unit: null,
      points: [
        [from, value],
        [from + 10_000, null],
      ] as (number | null)[][],
      previous: null,
    });
    return {
      from,
      to: from + 600_000,
      bucket: 10,
      series: [line("eur", 1.08), line("usd", 1)],
      latest: [],
      names: [],
      events: [],
      annotations: [],
      problems: [],
    } as never;
  });
}

const open = (one: Feed) =>
  show(<FeedPage projectId={id} />, `/p/${id}/feeds/${one.id}`, "/p/$project/feeds/$feed");

test("state, runs, numbers, payload, ticks; and the way to a dashboard", async () => {
  feedIs(feed());
  const { screen, user } = await open(feed());
  expect(await screen.findByText("ok")).toBeVisible();
  expect(await screen.findByRole("region", { name: "eur" })).toHaveTextContent("1.08");
  expect(screen.getByRole("region", { name: "usd" })).toBeVisible();
  const payload = within(screen.getByRole("region", { name: "Last payload" }));
  await user.hover(payload.getByText("eur"));
  expect(screen.getByText("Path")).toHaveTextContent("Path eur");
  const ticks = await screen.findByRole("table", { name: "Recent ticks" });
  expect(within(ticks).getAllByRole("row")[1]).toHaveTextContent("eur 1.08 · usd 1");
  expect(screen.getByRole("link", { name: "Add to a dashboard" })).toHaveAttribute(
    "href",
    `/p/${id}/dashboards?addFeed=${feed().id}`,
  );
});

test("a young feed goes to a dashboard with a range in which it moves", async () => {
  const young = feed({ created_at: new Date(Date.now() - 60_000).toISOString() });
  feedIs(young);
  const { screen } = await open(young);
  expect(await screen.findByRole("link", { name: "Add to a dashboard" })).toHaveAttribute(
    "href",
    `/p/${id}/dashboards?addFeed=${young.id}&from=now-5m&to=now`,
  );
});

test("a feed that fails says why and for how long, over the last that was good", async () => {
  const failing = feed({
    state: "failing",
    last_error: { at: "2026-11-20T18:00:10.000Z", message: "It answered 500.", failures: 4 },
  });
  feedIs(failing);
  const { screen } = await open(failing);
  expect(await screen.findByText(/It answered 500\./)).toHaveTextContent("Failed 4 times in a row");
  expect(screen.getByText(/the last that arrived without an error/)).toBeVisible();
  const payload = within(screen.getByRole("region", { name: "Last payload" }));
  expect(payload.getByText("1.08")).toBeVisible();
});

const hook = feed({
  type: "webhook",
  interval_sec: null,
  next_run: null,
  hook_url: "/hooks/pb_hook_one",
});

test("an address to post to, with a command, and a new one after a question", async () => {
  let current = hook;
  feedIs(hook);
  answers("get", "/api/feeds/{feed}", () => current);
  answers("get", "/api/feeds/types", () => ({
    items: [feedType({ type: "webhook", way: "receives", payload: { it: "'s" } })],
  }));
  answers("post", "/api/feeds/{feed}/rotate", () => {
    current = { ...hook, hook_url: "/hooks/pb_hook_two" };
    return current;
  });
  const { screen, user } = await open(hook);
  expect(await screen.findByRole("region", { name: "address" })).toHaveTextContent(
    "http://localhost:3000/hooks/pb_hook_one",
  );
  const command = screen.getByRole("region", { name: "curl command" });
  await vi.waitFor(() => expect(command).toHaveTextContent(`-d '{"it":"\\u0027s"}'`));
  await user.click(screen.getByRole("button", { name: "New address" }));
  await user.click(screen.getByRole("button", { name: "Make a new address" }));
  expect(await screen.findByText(/pb_hook_two'/)).toBeVisible();
  expect(screen.getByRole("region", { name: "address" })).toHaveTextContent("pb_hook_two");
});

test("a viewer does not see the address", async () => {
  const hidden = { ...hook, hook_url: null };
  feedIs(hidden, "viewer");
  const { screen } = await open(hidden);
  expect(await screen.findByText(/only editors and admins see it/)).toBeVisible();
  expect(screen.getByText(/You are a viewer here/)).toBeVisible();
  expect(screen.getByRole("button", { name: /^Delete/ })).toBeDisabled();
});

test("a feed that is not there", async () => {
  feedIs(feed());
  answers("get", "/api/feeds/{feed}", () => refusal(404, "not_found"));
  const { screen } = await open(feed());
  expect(await screen.findByText("This isn't here.")).toBeVisible();
});
