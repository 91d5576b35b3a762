/** Things of the domain with everything a test does not care about filled in. */
import type { Event, Key, Project } from "@/lib/api";
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
