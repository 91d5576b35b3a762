import { auditEntry } from "@test/things";
import { describe, expect, test } from "vitest";
import type { AuditAction } from "@/lib/api";
import { actionNames, changesOf, sentenceOf, textOf } from "./sentences";

describe("a sentence per action", () => {
  test.each(Object.keys(actionNames) as AuditAction[])(
    "%s names who and is no fallback",
    (action) => {
      const parts = sentenceOf(auditEntry({ action }));
      expect(parts[0]).toEqual({ name: "Ann" });
      expect(textOf(parts)).not.toMatch(/something|undefined|\.|_/);
    },
  );

  test.each([
    [
      auditEntry({
        action: "alert_rule.deleted" as AuditAction,
        target: { kind: "rule", id: "r", name: "CPU" },
      }),
      "Ann deleted the alert rule CPU",
    ],
    [
      auditEntry({ action: "backup.started" as AuditAction, target: null }),
      "Ann started the backup",
    ],
    [auditEntry({ action: "restart" as AuditAction, target: null }), "Ann changed the restart"],
    [auditEntry({ actor: null }), "PulseBoard itself removed Bob from the team"],
    [
      auditEntry({ action: "member.role_changed", details: { from: "viewer", to: "admin" } }),
      "Ann changed the role of Bob from viewer to admin",
    ],
    [
      auditEntry({
        action: "project.updated",
        target: { kind: "project", id: "p", name: "Shop" },
        details: { name: { from: "Web", to: "Shop" } },
      }),
      "Ann renamed the project Web to Shop",
    ],
    [
      auditEntry({
        action: "project.updated",
        target: { kind: "project", id: "p", name: "Shop" },
        details: { retention_days: { from: 30, to: 7 } },
      }),
      "Ann changed the retention of Shop from 30 to 7 days",
    ],
    [
      auditEntry({
        action: "key.revoked",
        target: { kind: "key", id: "k", name: "Web …4f2a" },
        details: { project: "Shop", kind: "public" },
      }),
      "Ann revoked the key Web …4f2a of Shop",
    ],
  ])("tells what is known, and the rest from the action's own words", (entry, text) => {
    expect(textOf(sentenceOf(entry))).toBe(text);
  });
});

test("changes are read from both shapes, and what has no before is told as it is", () => {
  expect(changesOf({ from: "a", to: "b" })).toMatchObject([{ change: { from: "a", to: "b" } }]);
  expect(changesOf({ retention_days: { from: 30, to: 7 }, origins: [] })).toMatchObject([
    { what: "Retention days", change: { from: 30, to: 7 } },
    { what: "Origins", change: null, text: "nothing" },
  ]);
  expect(changesOf(null)).toEqual([]);
});
