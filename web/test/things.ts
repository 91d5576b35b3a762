/** Things of the domain with everything a test does not care about filled in. */
import type { AuditEntry, Event, Key, Me, Member, Org, Project } from "@/lib/api";
import type { PulseEvent } from "@/lib/live/event";

export function project(changes: Partial<Project> = {}): Project {
  return {
    id: "0196c7a0-0000-7000-8000-000000000001",
    num: 1,
    org_id: "0196c7a0-0000-7000-8000-0000000000aa",
    name: "Web shop",
    slug: "web-shop",
    retention_days: 30,
    created_at: "2026-11-01T08:00:00.000Z",
    role: "admin",
    ...changes,
  };
}

export function publicKey(changes: Partial<Key> = {}): Key {
  return {
    id: "0196c7a0-0000-7000-8000-0000000000b1",
    kind: "public",
    name: "Default",
    prefix: "pb_pub_2f1c",
    last4: "77aa",
    origins: [],
    created_at: "2026-11-01T08:00:00.000Z",
    last_used_at: null,
    revoked_at: null,
    key: "pb_pub_2f1c000000000077aa",
    ...changes,
  };
}

export const ann = { id: "u-ann", email: "ann@example.com", name: "Ann" };
export const bob = { id: "u-bob", email: "bob@example.com", name: "Bob" };

export function member(user: Member["user"], role: Member["role"] = "editor"): Member {
  return { user, role, joined_at: "2026-11-02T08:00:00.000Z" };
}

/** Ann, in the organization of `project()`. */
export function me(role: Org["role"] = "admin", more: Org[] = []): Me {
  return { user: ann, orgs: [{ id: project().org_id, name: "Acme", role }, ...more] };
}

export function auditEntry(changes: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: "0196c7a0-0000-7000-8000-0000000000f1",
    at: "2026-11-20T18:00:00.000Z",
    actor: ann,
    action: "member.removed",
    target: { kind: "member", id: bob.id, name: "Bob" },
    details: null,
    ip: "203.0.113.9",
    request_id: "req_1",
    ...changes,
  };
}

/** As the API answers it, and as the screens read it. */
export function event(changes: Partial<PulseEvent> = {}): Event & PulseEvent {
  const whole: PulseEvent = {
    id: "0196c7a0-0000-7000-8000-0000000000e1",
    type: "event",
    name: "screen_view",
    timestamp: "2026-11-20T18:00:00.000Z",
    received_at: "2026-11-20T18:00:00.100Z",
    level: null,
    user: null,
    session: null,
    release: null,
    environment: null,
    tags: {},
    value: null,
    unit: null,
    payload: null,
    issue_id: null,
    stack: null,
    ...changes,
  };
  return whole as Event & PulseEvent;
}
