/** Things of the domain with everything a test does not care about filled in. */
import type { AuditEntry, Event, Feed, FeedType, Key, Me, Member, Org, Project } from "@/lib/api";
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

export function feed(changes: Partial<Feed> = {}): Feed {
  return {
    id: "0196c7a0-0000-7000-8000-0000000000c1",
    project_id: project().id,
    type: "http_json",
    name: "Exchange rates",
    config: { url: "https://rates.example/latest.json", interval_sec: 10 },
    enabled: true,
    interval_sec: 10,
    state: "ok",
    last_run: "2026-11-20T18:00:00.000Z",
    last_ok: "2026-11-20T18:00:00.000Z",
    last_error: null,
    next_run: "2026-11-20T18:00:10.000Z",
    last_value: { ts: "2026-11-20T18:00:00.000Z", payload: { eur: 1.08, usd: 1 } },
    fields: ["eur", "usd"],
    hook_url: null,
    created_at: "2026-11-01T08:00:00.000Z",
    updated_at: "2026-11-01T08:00:00.000Z",
    ...changes,
  };
}

/** A kind with a control of each sort. */
export function feedType(changes: Partial<FeedType> = {}): FeedType {
  return {
    type: "http_json",
    title: "JSON over HTTP",
    description: "Asks an address again and again.",
    way: "polls",
    available: true,
    unavailable_because: null,
    schema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      required: ["url"],
      additionalProperties: false,
      properties: {
        interval_sec: {
          type: "integer",
          title: "Interval",
          description: "Seconds between two runs.",
          minimum: 1,
          maximum: 86_400,
          default: 10,
        },
        headers: {
          type: "object",
          title: "Headers",
          additionalProperties: { type: "string", writeOnly: true },
        },
        method: { type: "string", title: "Method", enum: ["GET", "POST"], default: "GET" },
        path: {
          type: "string",
          title: "Path",
          description: "Where the value stands.",
          examples: ["data.price"],
        },
        url: {
          type: "string",
          format: "uri",
          title: "Address",
          examples: ["https://example.com/data.json"],
        },
        follow: { type: "boolean", title: "Follow the next page", default: false },
        tags: { type: "array", title: "Tags", items: { type: "string" } },
      },
    },
    example: { url: "https://example.com/data.json" },
    payload: { price: 42.5 },
    ...changes,
  };
}
