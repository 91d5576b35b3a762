import { answers, refusal } from "@test/api";
import { show } from "@test/render";
import { ann, bob, me, member, project } from "@test/things";
import { within } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import type { Invitation, Member, Role } from "@/lib/api";
import { MembersPage } from "./members-page";

const { id, org_id } = project();
let members: Member[];
let invitations: Invitation[];

const invitation: Invitation = {
  id: "i1",
  email: "cy@example.com",
  role: "viewer",
  invited_by: ann,
  created_at: "2026-11-20T18:00:00.000Z",
  expires_at: new Date(Date.now() + 6.5 * 86_400_000).toISOString(),
};

function iAm(role: Role) {
  answers("get", "/api/auth/me", () => me(role));
  answers("get", "/api/projects/{project}", () => project({ role }));
}

beforeEach(() => {
  members = [member(bob), member(ann, "admin")];
  invitations = [];
  iAm("admin");
  answers("get", "/api/orgs/{org}/members", ({ params }) => {
    expect(params.org).toBe(org_id);
    return { items: members, next_cursor: null };
  });
  answers("get", "/api/orgs/{org}/invitations", () => ({ items: invitations, next_cursor: null }));
});

test("oneself first; the only admin's controls are off, with the reason", async () => {
  const { screen } = await show(<MembersPage projectId={id} />);
  const role = await screen.findByLabelText("Role of Ann");
  expect(role).toBeDisabled();
  expect(role).toHaveAccessibleDescription(/The only admin/);
  expect(screen.getByRole("button", { name: "Leave Acme" })).toBeDisabled();
  const rows = screen.getAllByRole("listitem");
  expect(rows[0]).toHaveTextContent("Annyou");
  expect(rows[1]).toHaveTextContent("bob@example.com");
});

test.each(["editor", "viewer"] as const)("an %s sees the list and can only leave", async (role) => {
  iAm(role);
  members = [member(ann, role), member(bob, "admin")];
  const { screen } = await show(<MembersPage projectId={id} />);
  expect(await screen.findByText("Bob")).toBeVisible();
  expect(screen.queryByRole("combobox")).toBeNull();
  expect(screen.queryByRole("button", { name: /Remove|Invite/ })).toBeNull();
  expect(screen.queryByText("Pending invitations")).toBeNull();
  expect(screen.getByRole("button", { name: "Leave Acme" })).toBeEnabled();
});

test("giving rights takes one step, taking them asks first", async () => {
  const asked: Role[] = [];
  answers("patch", "/api/orgs/{org}/members/{user}", ({ body, params }) => {
    asked.push(body.role);
    members = members.map((one) => (one.user.id === params.user ? { ...one, ...body } : one));
    return member(bob, body.role);
  });
  const { screen, user } = await show(<MembersPage projectId={id} />);
  const role = await screen.findByLabelText("Role of Bob");
  await user.selectOptions(role, "admin");
  expect(await screen.findByText("Bob is now an admin")).toBeVisible();
  expect(asked).toEqual(["admin"]);

  await expect.poll(() => (role as HTMLSelectElement).value).toBe("admin");
  await user.selectOptions(role, "viewer");
  expect(asked).toEqual(["admin"]);
  const dialog = within(screen.getByRole("dialog"));
  expect(dialog.getByText(/Bob loses what an admin may do/)).toBeVisible();
  await user.click(dialog.getByRole("button", { name: "Change to viewer" }));
  expect(await screen.findByText("Bob is now a viewer")).toBeVisible();
  expect(asked).toEqual(["admin", "viewer"]);
});

test("an admin who is the last by now is told what to do", async () => {
  members = [member(bob, "admin"), member(ann, "admin")];
  answers("patch", "/api/orgs/{org}/members/{user}", () => refusal(409, "last_admin"));
  const { screen, user } = await show(<MembersPage projectId={id} />);
  await user.selectOptions(await screen.findByLabelText("Role of Ann"), "editor");
  await user.click(screen.getByRole("button", { name: "Change to editor" }));
  expect(await screen.findByText("Someone has to stay admin.")).toBeVisible();
  expect(screen.getByText(/Make someone else an admin first, then try again/)).toBeVisible();
});

test("removing names what is lost and asks first", async () => {
  answers("delete", "/api/orgs/{org}/members/{user}", ({ params }) => {
    members = members.filter((one) => one.user.id !== params.user);
    return undefined;
  });
  const { screen, user } = await show(<MembersPage projectId={id} />);
  await user.click(await screen.findByRole("button", { name: "Remove Bob" }));
  const dialog = within(screen.getByRole("dialog", { name: "Remove Bob?" }));
  expect(dialog.getByText(/loses every project of/)).toBeVisible();
  await user.click(dialog.getByRole("button", { name: "Remove" }));
  expect(await screen.findByText("Bob removed")).toBeVisible();
  await expect.poll(() => screen.queryByText("bob@example.com", { exact: false })).toBeNull();
});

test("leaving leads to the projects", async () => {
  members = [member(bob, "admin"), member(ann, "editor")];
  iAm("editor");
  answers("delete", "/api/orgs/{org}/members/{user}", ({ params }) => {
    expect(params.user).toBe(ann.id);
    return undefined;
  });
  const { screen, user, address } = await show(<MembersPage projectId={id} />, "/p/1/settings");
  await user.click(await screen.findByRole("button", { name: "Leave Acme" }));
  await user.click(screen.getByRole("button", { name: "Leave" }));
  expect(await screen.findByText("You left Acme")).toBeVisible();
  expect(address()).toBe("/");
});

test("an invitation ends in a link, which this visit can copy again", async () => {
  answers("post", "/api/orgs/{org}/invitations", ({ body }) => {
    expect(body).toEqual({ email: "cy@example.com", role: "viewer" });
    invitations = [invitation];
    return { ...invitation, link: "https://pulse.example/invite/inv_secret" };
  });
  const { screen, user } = await show(<MembersPage projectId={id} />);
  await user.click(await screen.findByRole("button", { name: "Invite someone" }));
  await user.type(screen.getByLabelText("E-mail"), "cy");
  await user.click(screen.getByRole("button", { name: "Make the invitation" }));
  expect(await screen.findByText("Enter an e-mail address.")).toBeVisible();
  await user.type(screen.getByLabelText("E-mail"), "@example.com");
  await user.click(screen.getByRole("radio", { name: /Viewer/ }));
  await user.click(screen.getByRole("button", { name: "Make the invitation" }));
  expect(await screen.findByText("https://pulse.example/invite/inv_secret")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Done" }));

  const row = within((await screen.findByText("cy@example.com")).closest("li") as HTMLElement);
  expect(row.getByText("in 6 d")).toBeVisible();
  expect(row.getByText(/Invited by Ann/)).toBeVisible();
  expect(row.getByRole("button", { name: "Copy link" })).toBeVisible();
});

test("an older invitation has no link to copy and can be withdrawn", async () => {
  invitations = [invitation];
  answers("delete", "/api/orgs/{org}/invitations/{invitation}", () => {
    invitations = [];
    return undefined;
  });
  const { screen, user } = await show(<MembersPage projectId={id} />);
  await user.click(
    await screen.findByRole("button", { name: "Withdraw the invitation of cy@example.com" }),
  );
  expect(screen.queryByRole("button", { name: "Copy link" })).toBeNull();
  await user.click(screen.getByRole("button", { name: "Withdraw" }));
  expect(await screen.findByText(/Nobody is asked to join/)).toBeVisible();
});

test("an outage says so and can be asked again", async () => {
  answers("get", "/api/orgs/{org}/members", () => refusal(503, "unavailable"));
  const { screen, user } = await show(<MembersPage projectId={id} />);
  expect(await screen.findByText("The server couldn't answer.")).toBeVisible();
  answers("get", "/api/orgs/{org}/members", () => ({ items: members, next_cursor: null }));
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("Bob")).toBeVisible();
});
