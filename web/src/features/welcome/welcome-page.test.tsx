import { answers, refusal } from "@test/api";
import { show } from "@test/render";
import { project, publicKey } from "@test/things";
import { beforeEach, expect, test } from "vitest";
import { WelcomePage } from "./welcome-page";

beforeEach(() => {
  answers("post", "/api/realtime/tickets", () => refusal(503, "unavailable"));
  answers("get", "/api/projects/{project}/events", () => ({ items: [], next_cursor: null }));
  answers("get", "/api/projects/{project}/rejections", () => ({ items: [], next_cursor: null }));
  answers("get", "/api/projects/{project}/keys", () => ({
    items: [
      publicKey({ id: "k0", revoked_at: "2026-11-02T08:00:00.000Z", key: "pb_pub_revoked" }),
      publicKey(),
    ],
    next_cursor: null,
  }));
});

test("who has no project gets one, once, and the command has its real key", async () => {
  let made = 0;
  answers("get", "/api/projects", () => ({ items: [], next_cursor: null }));
  answers("post", "/api/projects", ({ body }) => {
    made += 1;
    return project({ name: body.name });
  });
  const { screen, address } = await show(<WelcomePage />, "/welcome");
  const command = await screen.findByRole("region", { name: "curl command" });
  expect(command).toHaveTextContent("pb_pub_2f1c000000000077aa");
  expect(command).toHaveTextContent(`${location.origin}/ingest`);
  expect(screen.getByLabelText("Name")).toHaveValue("My app");
  // Who has nothing to send is shown what moves by itself.
  expect(screen.getByRole("link", { name: "Choose a feed" })).toHaveAttribute(
    "href",
    `/p/${project().id}/feeds/new`,
  );
  expect(screen.getByRole("link", { name: "Choose a template" })).toHaveAttribute(
    "href",
    `/p/${project().id}/dashboards`,
  );
  // A reload must not make another one.
  expect(address()).toBe(`/welcome?project=${project().id}`);
  expect(made).toBe(1);
});

test("without a usable key it says where to make one", async () => {
  answers("get", "/api/projects/{project}", () => project({ role: "viewer" }));
  answers("get", "/api/projects/{project}/keys", () => ({ items: [], next_cursor: null }));
  const { screen } = await show(<WelcomePage />, `/welcome?project=${project().id}`);
  expect(await screen.findByText(/has no public key/)).toBeVisible();
  expect(screen.queryByLabelText("Name")).toBeNull();
  expect(screen.queryByRole("link", { name: "Choose a feed" })).toBeNull();
});
