import { answers, refusal } from "@test/api";
import { show } from "@test/render";
import { feed, feedType, project } from "@test/things";
import { waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Feed } from "@/lib/api";
import { EditFeedPage } from "./edit-feed-page";
import { NewFeedPage } from "./new-feed-page";

// Much is typed here, one key after the other.
vi.setConfig({ testTimeout: 20_000 });

const { id } = project();
const raw = { data: { rates: [{ eur: 1.08, "odd.key": 7 }] } };

beforeEach(() => {
  answers("get", "/api/projects/{project}", () => project({ role: "editor" }));
  answers("get", "/api/feeds", () => ({ items: [], next_cursor: null }));
  // Before what follows: the address of the kinds looks like that of a feed.
  answers("get", "/api/feeds/{feed}", () => saved);
  answers("get", "/api/feeds/types", () => ({
    items: [
      feedType(),
      feedType({
        type: "command",
        title: "Command",
        available: false,
        unavailable_because: "the operator has not set PULSEBOARD_COMMANDS.",
      }),
      feedType({ type: "webhook", title: "Webhook", way: "receives", schema: { type: "object" } }),
    ],
  }));
});
afterEach(() => sessionStorage.clear());

const newFeed = (type = "") => show(<NewFeedPage projectId={id} />, `/${type && `?type=${type}`}`);

test("the gallery leads to the form of a kind, or says why there is none", async () => {
  const { screen } = await newFeed();
  const card = await screen.findByRole("link", { name: /JSON over HTTP/ });
  expect(card).toHaveAttribute("href", `/p/${id}/feeds/new?type=http_json`);
  expect(within(card).getByText("polls")).toBeVisible();
  expect(screen.queryByRole("link", { name: /Command/ })).toBeNull();
  expect(screen.getByText(/has not set PULSEBOARD_COMMANDS/)).toBeVisible();
});

test("a kind that does not exist leads back", async () => {
  const { screen } = await newFeed("fax");
  expect(await screen.findByText(/no feed of the kind fax/)).toBeVisible();
});

test("a kind that needs nothing of anybody begins with its example", async () => {
  const shape = { type: "string", title: "Shape", enum: ["wave", "traffic"], default: "wave" };
  answers("get", "/api/feeds/types", () => ({
    items: [
      feedType({
        type: "demo",
        title: "Demo data",
        schema: { type: "object", properties: { shape } },
        example: { shape: "traffic" },
      }),
    ],
  }));
  const { screen } = await newFeed("demo");
  expect(await screen.findByLabelText("Shape")).toHaveDisplayValue("traffic");
});

test("a test that works: a click on a value fills the path, odd keys and list items too", async () => {
  answers("post", "/api/feeds/test", ({ body }) => {
    expect(body).toEqual({
      project_id: id,
      type: "http_json",
      config: {
        url: "https://rates.example/x.json",
        interval_sec: 10,
        method: "GET",
        follow: false,
      },
    });
    return { ok: true, took_ms: 12, payload: raw, raw, fields: [{ path: "data", value: 1.08 }] };
  });
  const { screen, user } = await newFeed("http_json");
  await user.type(await screen.findByLabelText("Address"), "https://rates.example/x.json");
  await user.click(screen.getByRole("button", { name: "Test" }));
  expect(await screen.findByText("worked")).toBeVisible();
  expect(screen.getByText("1 number to draw")).toBeVisible();

  const tree = within(screen.getByRole("region", { name: "Whole answer" }));
  await user.hover(tree.getByText("eur"));
  expect(screen.getByText("data.rates[0].eur")).toBeVisible();
  await user.click(tree.getByRole("button", { name: "7" }));
  expect(screen.getByLabelText(/^Path/)).toHaveValue('data.rates[0]["odd.key"]');
  expect(tree.getByRole("button", { name: "7" })).toHaveAttribute("aria-pressed", "true");
  // What is shown is of the settings before the click.
  expect(screen.getByText("old")).toBeVisible();
  await user.click(tree.getByRole("button", { name: "Use data.rates" }));
  expect(screen.getByLabelText(/^Path/)).toHaveValue("data.rates");
});

test("a path in what is stored continues the path it was taken by", async () => {
  answers("post", "/api/feeds/test", () => ({
    ok: true,
    took_ms: 5,
    payload: raw.data.rates,
    raw,
    fields: [],
  }));
  const { screen, user } = await newFeed("http_json");
  await user.type(await screen.findByLabelText("Address"), "https://rates.example/x.json");
  await user.type(screen.getByLabelText(/^Path/), "data.rates");
  await user.click(screen.getByRole("button", { name: "Test" }));
  await user.click(await screen.findByRole("button", { name: "What is stored" }));
  const tree = within(screen.getByRole("region", { name: "What is stored" }));
  await user.click(tree.getByRole("button", { name: "1.08" }));
  expect(screen.getByLabelText(/^Path/)).toHaveValue("data.rates[0].eur");
});

test("a test that fails says so beside the form and at the field, and the last good one stays", async () => {
  let works = true;
  answers("post", "/api/feeds/test", () =>
    works
      ? { ok: true, took_ms: 5, payload: { price: 42 }, raw: null, fields: [] }
      : {
          ok: false,
          took_ms: 7,
          error: {
            code: "nothing_at_path",
            message: "nothing at `prize`: there is `price`",
            field: "config.path",
          },
          raw: { price: 43 },
        },
  );
  const { screen, user } = await newFeed("http_json");
  await user.type(await screen.findByLabelText("Address"), "https://rates.example/x.json");
  await user.click(screen.getByRole("button", { name: "Test" }));
  expect(await screen.findByText("worked")).toBeVisible();

  works = false;
  await user.type(screen.getByLabelText(/^Path/), "prize");
  await user.click(screen.getByRole("button", { name: "Test" }));
  expect(await screen.findByText("It failed.")).toBeVisible();
  expect(screen.getByLabelText(/^Path/)).toBeInvalid();
  await waitFor(() => expect(screen.getByLabelText(/^Path/)).toHaveFocus());
  // The document is still there to point into, and so is what worked before.
  const good = within(screen.getByRole("region", { name: "Last good result" }));
  expect(good.getByText("42")).toBeVisible();
  expect(good.getByText("old")).toBeVisible();
  const answer = within(screen.getByRole("region", { name: "Whole answer" }));
  await user.click(answer.getByRole("button", { name: "43" }));
  expect(screen.getByLabelText(/^Path/)).toHaveValue("price");
  expect(screen.getByLabelText(/^Path/)).not.toBeInvalid();
});

test("what the server refuses stands at its fields", async () => {
  answers("post", "/api/feeds", () =>
    refusal(422, "invalid_field", {
      fields: {
        name: "is taken",
        "config.url": "must be reachable",
        "config.headers.X-Bad": "must be one line",
        project_id: "is gone",
      },
    }),
  );
  const { screen, user } = await newFeed("http_json");
  expect(await screen.findByLabelText("Name")).toHaveValue("JSON over HTTP");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(screen.getByText("Enter Address.")).toBeVisible();

  await user.type(screen.getByLabelText("Address"), "https://rates.example/x.json");
  await user.click(screen.getByRole("button", { name: "Add to headers" }));
  await user.type(screen.getByLabelText("Name in headers"), "X-Bad");
  await user.type(screen.getByLabelText("Value of X-Bad"), "1");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("Must be reachable.")).toBeVisible();
  expect(screen.getByText("Is taken.")).toBeVisible();
  expect(screen.getByText("Must be one line.")).toBeVisible();
  expect(screen.getByText("Is gone.")).toBeVisible();
  expect(screen.getByLabelText("Value of X-Bad")).toBeInvalid();
});

test("saving sends the settings and opens the feed", async () => {
  answers("post", "/api/feeds", ({ body }) => {
    expect(body).toEqual({
      project_id: id,
      type: "http_json",
      name: "Rates",
      enabled: true,
      config: {
        url: "https://rates.example/x.json",
        interval_sec: 5,
        method: "GET",
        follow: false,
        headers: { Authorization: "Bearer abc" },
      },
    });
    return feed({ name: "Rates" });
  });
  const { screen, user, address } = await newFeed("http_json");
  const name = await screen.findByLabelText("Name");
  await user.clear(name);
  await user.type(name, "Rates");
  await user.type(screen.getByLabelText("Address"), "https://rates.example/x.json");
  await user.clear(screen.getByLabelText(/^Interval/));
  await user.type(screen.getByLabelText(/^Interval/), "5");
  await user.click(screen.getByRole("button", { name: "Add to headers" }));
  await user.type(screen.getByLabelText("Name in headers"), "Authorization");
  await user.type(screen.getByLabelText("Value of Authorization"), "Bearer abc");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("Rates saved")).toBeVisible();
  expect(address()).toBe(`/p/${id}/feeds/${feed().id}`);
  expect(sessionStorage).toHaveLength(0);
});

const saved = feed({
  config: {
    url: "https://rates.example/x.json",
    interval_sec: 10,
    method: "GET",
    follow: false,
    headers: { Authorization: "********", "X-Team": "********" },
  },
});

/** The screen that edits `saved`; tells what was sent. */
async function edit() {
  const sent: unknown[] = [];
  answers("patch", "/api/feeds/{feed}", ({ body }) => {
    sent.push(body.config);
    return saved as Feed;
  });
  const at = `/p/${id}/feeds/${saved.id}/edit`;
  const shown = await show(<EditFeedPage projectId={id} />, at, "/p/$project/feeds/$feed/edit");
  await shown.screen.findByLabelText("Address");
  return { ...shown, sent };
}

test("secrets are shown as stars, kept unless they are replaced", async () => {
  const { screen, user, sent } = await edit();
  expect(screen.getByLabelText("Value of Authorization")).toHaveValue("********");
  expect(screen.getByLabelText("Value of Authorization")).toHaveAttribute("readonly");
  expect(screen.getByRole("button", { name: "Save" })).toBeDisabled();

  await user.click(screen.getByRole("button", { name: "Replace the value of X-Team" }));
  await user.type(screen.getByLabelText("Value of X-Team"), "blue");
  expect(screen.getByLabelText("Value of X-Team")).toHaveAttribute("type", "password");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await screen.findByText("Exchange rates saved");
  expect(sent).toEqual([
    { ...saved.config, headers: { Authorization: "********", "X-Team": "blue" } },
  ]);
});

test("a replaced secret can be kept after all, and a test names the feed it is kept by", async () => {
  answers("post", "/api/feeds/test", ({ body }) => {
    expect(body.feed_id).toBe(saved.id);
    expect(body.config.headers).toEqual({ Authorization: "********", "X-Team": "********" });
    return { ok: true, took_ms: 1, payload: 1, raw: null, fields: [] };
  });
  const { screen, user } = await edit();
  await user.click(screen.getByRole("button", { name: "Replace the value of X-Team" }));
  await user.click(screen.getByRole("button", { name: "Keep the old value of X-Team" }));
  await user.click(screen.getByRole("button", { name: "Test" }));
  expect(await screen.findByText("worked")).toBeVisible();
});

test("a draft survives a reload, without its secrets", async () => {
  const first = await newFeed("http_json");
  await first.user.type(await first.screen.findByLabelText("Address"), "https://rates.example/x");
  await first.user.click(first.screen.getByRole("button", { name: "Add to headers" }));
  await first.user.type(first.screen.getByLabelText("Name in headers"), "Token");
  await first.user.type(first.screen.getByLabelText("Value of Token"), "s3cret");
  expect(JSON.stringify({ ...sessionStorage })).not.toContain("s3cret");

  document.body.innerHTML = "";
  const { screen, user } = await newFeed("http_json");
  expect(await screen.findByLabelText("Address")).toHaveValue("https://rates.example/x");
  expect(screen.getByLabelText("Name in headers")).toHaveValue("Token");
  expect(screen.getByLabelText("Value of Token")).toHaveValue("");
  expect(screen.getByText(/Secrets are not kept in it/)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Start over" }));
  expect(screen.getByLabelText("Address")).toHaveValue("");
  expect(sessionStorage).toHaveLength(0);
});

test("leaving with unsaved changes asks", async () => {
  const { screen, user, address } = await edit();
  await user.type(screen.getByLabelText("Name"), " 2");
  await user.click(screen.getByRole("link", { name: "Cancel" }));
  expect(await screen.findByText("Leave without saving?")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  expect(screen.getByLabelText("Name")).toHaveValue("Exchange rates 2");
  expect(address()).toMatch(/edit$/);
  await user.click(screen.getByRole("link", { name: "Cancel" }));
  await user.click(await screen.findByRole("button", { name: "Discard changes" }));
  expect(address()).toBe(`/p/${id}/feeds/${saved.id}`);
  expect(sessionStorage).toHaveLength(0);
});

test("a kind that receives has nothing to try", async () => {
  const { screen } = await newFeed("webhook");
  expect(await screen.findByText("It receives")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Test" })).toBeNull();
});
