import { answers, refusal } from "@test/api";
import { show } from "@test/render";
import { ann, me } from "@test/things";
import { waitFor } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { endSession } from "@/lib/api";
import { InvitePage } from "./invite-page";

vi.mock("@tanstack/react-router", async (original) => ({
  ...(await original<object>()),
  useParams: () => ({ token: "inv_1" }),
}));

const joined = { id: "o-new", name: "Beta", role: "editor" as const };

beforeEach(() => {
  answers("get", "/api/auth/config", () => ({ sign_up: "open" as const, version: "1.0.0" }));
  answers("get", "/api/auth/me", () => me());
  answers("get", "/api/invitations/{token}", ({ params }) => {
    expect(params.token).toBe("inv_1");
    return {
      org: { name: "Beta" },
      email: "ann@example.com",
      role: "editor" as const,
      expires_at: "2099-01-01T00:00:00.000Z",
    };
  });
});

test("signed in: says as whom, joins, and leads to the projects of that organization", async () => {
  answers("post", "/api/invitations/{token}/accept", () => {
    answers("get", "/api/auth/me", () => me("admin", [joined]));
    return me("admin", [joined]);
  });
  const { screen, user, address } = await show(<InvitePage />, "/invite/inv_1");
  expect(await screen.findByRole("heading", { name: "Join Beta" })).toBeVisible();
  expect(screen.getByText(/as an editor/)).toBeVisible();
  await user.click(await screen.findByRole("button", { name: "Join as Ann" }));
  await waitFor(() => expect(address()).toBe("/?org=o-new"));
  expect(await screen.findByText("You joined Beta")).toBeVisible();
});

test("another account than the invited one is pointed out, and can be left", async () => {
  answers("get", "/api/auth/me", () => ({ ...me(), user: { ...ann, email: "other@example.com" } }));
  answers("post", "/api/auth/logout", () => undefined);
  const { screen, user } = await show(<InvitePage />, "/invite/inv_1");
  expect(await screen.findByText(/Is this the right account/)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Use another account" }));
  expect(await screen.findByRole("button", { name: "Create account and join" })).toBeVisible();
});

test("signed out: a new account with the invited address joins at once", async () => {
  endSession();
  answers("post", "/api/auth/register", ({ body }) => {
    expect(body).toEqual({
      email: "ann@example.com",
      password: "correct horse battery",
      invitation: "inv_1",
    });
    answers("get", "/api/auth/me", () => me("admin", [joined]));
    return { user: ann, org: me().orgs[0], access_token: "t", expires_in: 900 };
  });
  const { screen, user, address } = await show(<InvitePage />, "/invite/inv_1");
  expect(await screen.findByLabelText("E-mail")).toHaveValue("ann@example.com");
  await user.type(screen.getByLabelText("Password"), "correct horse battery");
  await user.click(screen.getByRole("button", { name: "Create account and join" }));
  await waitFor(() => expect(address()).toBe("/?org=o-new"));
});

test("signed out with an account: to sign-in and back", async () => {
  endSession();
  const { screen } = await show(<InvitePage />, "/invite/inv_1");
  expect(await screen.findByRole("link", { name: /I have an account/ })).toHaveAttribute(
    "href",
    "/login?next=/invite/inv_1",
  );
});

test("where sign-up is closed only signing in is offered", async () => {
  endSession();
  answers("get", "/api/auth/config", () => ({ sign_up: "closed" as const, version: "1.0.0" }));
  const { screen } = await show(<InvitePage />, "/invite/inv_1");
  expect(await screen.findByText(/New accounts are switched off/)).toBeVisible();
  expect(screen.queryByLabelText("Password")).toBeNull();
});

test("used, withdrawn or expired: a clear page", async () => {
  answers("get", "/api/invitations/{token}", () => refusal(403, "invitation_invalid"));
  const { screen } = await show(<InvitePage />, "/invite/inv_1");
  expect(
    await screen.findByRole("heading", { name: "This invitation is no longer valid" }),
  ).toBeVisible();
  expect(screen.getByRole("link", { name: "Go to your projects" })).toHaveAttribute("href", "/");
});

test("withdrawn while the page was open: joining turns into that page", async () => {
  answers("post", "/api/invitations/{token}/accept", () => {
    answers("get", "/api/invitations/{token}", () => refusal(403, "invitation_invalid"));
    return refusal(403, "invitation_invalid");
  });
  const { screen, user } = await show(<InvitePage />, "/invite/inv_1");
  await user.click(await screen.findByRole("button", { name: "Join as Ann" }));
  expect(
    await screen.findByRole("heading", { name: "This invitation is no longer valid" }),
  ).toBeVisible();
});

test("an outage is not taken for an invalid invitation", async () => {
  answers("get", "/api/invitations/{token}", () => refusal(503, "unavailable"));
  const { screen } = await show(<InvitePage />, "/invite/inv_1");
  expect(await screen.findByText("The server couldn't answer.")).toBeVisible();
});
