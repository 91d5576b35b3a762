import { answers, refusal } from "@test/api";
import { show } from "@test/render";
import { auditEntry, bob, me, member, project } from "@test/things";
import { within } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import type { AuditEntry } from "@/lib/api";
import { timeZone } from "@/lib/time-zone";
import { AuditPage } from "./audit-page";

vi.mock("@/lib/csv", async (original) => ({ ...(await original<object>()), saveCsv: vi.fn() }));
const { saveCsv } = await import("@/lib/csv");

const { id, org_id } = project();
let asked: URLSearchParams[];

function logIs(pages: AuditEntry[][]) {
  asked = [];
  answers("get", "/api/orgs/{org}/audit", ({ query, params }) => {
    expect(params.org).toBe(org_id);
    asked.push(query);
    const at = Number(query.get("cursor") ?? 0);
    return {
      items: pages[at] ?? [],
      next_cursor: at + 1 < pages.length ? String(at + 1) : null,
    };
  });
}

beforeEach(() => {
  timeZone.set("utc");
  answers("get", "/api/auth/me", () => me());
  answers("get", "/api/projects/{project}", () => project());
  answers("get", "/api/orgs/{org}/members", () => ({
    items: [member(bob)],
    next_cursor: null,
  }));
});

const joined = auditEntry({ id: "2", at: "2026-11-19T09:00:00.000Z", action: "member.joined" });

test("a heading per day, and more by the cursor", async () => {
  logIs([[auditEntry({ id: "1" })], [joined]]);
  const { screen, user } = await show(<AuditPage projectId={id} />);
  const day = await screen.findByRole("region", { name: "20 Nov 2026" });
  expect(within(day).getByRole("button")).toHaveTextContent("Ann removed Bob from the team");
  expect(screen.queryByRole("region", { name: "19 Nov 2026" })).toBeNull();
  await user.click(screen.getByRole("button", { name: "Load more" }));
  expect(await screen.findByRole("region", { name: "19 Nov 2026" })).toBeVisible();
  expect(screen.getByText("That is all.")).toBeVisible();
});

test("a row opens what was noted: from, to, address, request", async () => {
  logIs([
    [
      auditEntry({
        action: "member.role_changed",
        details: { role: { from: "editor", to: "viewer" } },
      }),
    ],
  ]);
  const { screen, user } = await show(<AuditPage projectId={id} />);
  await user.click(await screen.findByText(/changed the role of/));
  const drawer = within(screen.getByRole("dialog", { name: "Audit entry" }));
  expect(drawer.getByText("Role").nextSibling).toHaveTextContent("editorviewer");
  expect(drawer.getByText("203.0.113.9")).toBeVisible();
  expect(drawer.getByText("req_1")).toBeVisible();
  expect(drawer.getByText(/20 Nov 2026, 18:00:00 UTC/)).toBeVisible();
});

test("person, action and time are asked of the server and stay in the address", async () => {
  logIs([[auditEntry()]]);
  const { screen, user, address } = await show(<AuditPage projectId={id} />, "/p/1/audit");
  await screen.findByRole("option", { name: "Bob" });
  await user.selectOptions(screen.getByLabelText("Person"), "Bob");
  await user.selectOptions(screen.getByLabelText("Action"), "Key revoked");
  await user.selectOptions(screen.getByLabelText("Time"), "Last 7 days");
  expect(address()).toBe(`/p/1/audit?person=${bob.id}&action=key.revoked&since=now-7d`);
  await expect.poll(() => asked.at(-1)?.get("since")).toBeTruthy();
  expect(asked.at(-1)?.get("actor")).toBe(bob.id);
  expect(asked.at(-1)?.get("action")).toBe("key.revoked");
  await user.click(screen.getByRole("button", { name: "Clear" }));
  expect(address()).toBe("/p/1/audit");
});

test("days of the address: the last one still counts", async () => {
  logIs([[]]);
  const { screen, user, address } = await show(
    <AuditPage projectId={id} />,
    "/p/1/audit?since=2026-11-01&until=2026-11-20",
  );
  expect(await screen.findByText("Nothing matches")).toBeVisible();
  expect(screen.getByLabelText("From")).toHaveValue("2026-11-01");
  expect(asked[0]?.get("since")).toBe("2026-11-01T00:00:00.000Z");
  expect(asked[0]?.get("until")).toBe("2026-11-21T00:00:00.000Z");
  await user.click(screen.getByRole("button", { name: "Clear the filter" }));
  expect(address()).toBe("/p/1/audit");
});

test("an empty log says what will be in it", async () => {
  logIs([[]]);
  const { screen } = await show(<AuditPage projectId={id} />);
  expect(await screen.findByText("Nothing noted yet")).toBeVisible();
});

test("who is no admin is told why there is nothing, and nothing is asked", async () => {
  logIs([[auditEntry()]]);
  answers("get", "/api/projects/{project}", () => project({ role: "editor" }));
  const { screen } = await show(<AuditPage projectId={id} />);
  expect(await screen.findByText("Only admins see the audit log")).toBeVisible();
  expect(asked).toHaveLength(0);
});

test("an outage says so and can be asked again", async () => {
  answers("get", "/api/orgs/{org}/audit", () => refusal(503, "unavailable"));
  const { screen, user } = await show(<AuditPage projectId={id} />);
  expect(await screen.findByText("The server couldn't answer.")).toBeVisible();
  logIs([[auditEntry()]]);
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("button", { name: /^Ann removed Bob/ })).toBeVisible();
});

test("the whole of what matches goes into the file, formulas defused", async () => {
  const evil = auditEntry({ target: { kind: "member", id: "x", name: "=cmd()" } });
  logIs([[evil], [joined]]);
  const { screen, user } = await show(<AuditPage projectId={id} />);
  await user.click(await screen.findByRole("button", { name: "Export as CSV" }));
  expect(await screen.findByText("2 entries exported")).toBeVisible();
  const [name, text] = vi.mocked(saveCsv).mock.calls[0] ?? [];
  expect(name).toBe("audit");
  const lines = text?.split("\r\n") ?? [];
  expect(lines[1]).toContain(",'=cmd(),");
  expect(lines[2]).toContain("Ann joined");
});
