import { answers, refusal } from "@test/api";
import { show } from "@test/render";
import { event, project } from "@test/things";
import { beforeEach, expect, test, vi } from "vitest";
import type { Event, Rejection } from "@/lib/api";
import { LiveWait } from "./live-wait";

const { id } = project();
let stored: Event[];
let refused: Rejection[];

beforeEach(() => {
  stored = [];
  refused = [];
  // Without a ticket there is no socket: the wait must work by asking.
  answers("post", "/api/realtime/tickets", () => refusal(503, "unavailable"));
  answers("get", "/api/projects/{project}/events", () => ({ items: stored, next_cursor: null }));
  answers("get", "/api/projects/{project}/rejections", ({ query }) => {
    const since = query.get("since") ?? "";
    return { items: refused.filter(({ at }) => at > since), next_cursor: null };
  });
});

test("an event from before never satisfies the wait; a new one does", async () => {
  stored = [event({ id: "old", name: "from_yesterday" })];
  const { screen } = await show(<LiveWait projectId={id} />);
  expect(await screen.findByText("Waiting for an event…")).toBeVisible();
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(screen.queryByText("Your event arrived")).toBeNull();

  // What a feed brings by itself was not sent either.
  stored = [event({ id: "tick", name: "Demo data", feed_id: "feed" }), ...stored];
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(screen.queryByText("Your event arrived")).toBeNull();

  stored = [event({ id: "new", name: "hello_pulseboard" }), ...stored];
  expect(await screen.findByText("Your event arrived", {}, { timeout: 4_000 })).toBeVisible();
  expect(screen.getByText("hello_pulseboard")).toBeVisible();
});

test("a refused attempt is shown with its reason, older ones are not", async () => {
  const rejection = (at: string, message: string): Rejection => ({
    at,
    code: "invalid_type",
    message,
    status: 400,
    key_last4: "77aa",
    sample: '{"type":"nonsense"}',
  });
  refused = [rejection("2026-11-19T10:00:00.000Z", "An old mistake.")];
  const { screen } = await show(<LiveWait projectId={id} />);
  await screen.findByText("Waiting for an event…");
  await vi.waitFor(() => expect(screen.queryByText(/An old mistake/)).toBeNull());
  await new Promise((resolve) => setTimeout(resolve, 500));

  refused = [rejection("2026-11-20T18:00:00.000Z", "type must be known."), ...refused];
  expect(await screen.findByText(/type must be known\./, {}, { timeout: 4_000 })).toBeVisible();
  expect(screen.queryByText(/An old mistake/)).toBeNull();
  expect(screen.getByText(/key ending in 77aa/)).toBeVisible();
});
