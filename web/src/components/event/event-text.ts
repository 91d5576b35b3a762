/** One event as text for other places: JSON, a command, a query. */
import { formatToken, type QueryField } from "@/lib/event-query";
import type { PulseEvent } from "@/lib/live/event";

/** What the server set itself and would not take back. */
const SET_BY_SERVER = new Set(["id", "received_at", "issue_id", "feed_id"]);

/** The command that sends the same event once more. */
export function eventAsCurl(event: PulseEvent, origin: string, key: string | null): string {
  const body = Object.fromEntries(
    Object.entries(event).filter(
      ([field, value]) =>
        !SET_BY_SERVER.has(field) &&
        value !== null &&
        value !== undefined &&
        !(field === "tags" && Object.keys(event.tags).length === 0),
    ),
  );
  return ingestCommand(origin, key, body);
}

/** A command for an empty screen: it makes the first event. */
export function firstEventCurl(origin: string, key: string | null): string {
  return ingestCommand(origin, key, {
    type: "event",
    name: "hello_pulseboard",
    payload: { from: "curl" },
  });
}

function ingestCommand(origin: string, key: string | null, body: unknown): string {
  return [
    `curl -X POST ${origin}/ingest \\`,
    `  -H "Authorization: Bearer ${key ?? "YOUR_PUBLIC_KEY"}" \\`,
    '  -H "Content-Type: application/json" \\',
    `  -d ${shellQuoted(JSON.stringify(body))}`,
  ].join("\n");
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function eventAsJson(event: PulseEvent): string {
  return JSON.stringify(event, null, 2);
}

/** Others like it: the same name and type. */
export function similarQuery(event: PulseEvent): string {
  const part = (field: QueryField, value: string) =>
    formatToken({ field, value, negated: false, prefix: false });
  return `${part("type", event.type)} ${part("name", event.name)}`;
}

/** What a row says after the name: a metric's value, an error's message, the payload. */
export function eventSummary(event: PulseEvent): string {
  const message = exceptions(event)[0]?.value;
  if (message) return message;
  const { payload } = event;
  if (payload === null || payload === undefined) return "";
  if (typeof payload === "string") return payload;
  if (typeof payload !== "object") return String(payload);
  if (Array.isArray(payload)) return JSON.stringify(payload);
  return Object.entries(payload)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}

/** The chain of exceptions, whether one or many were sent. */
export function exceptions(event: PulseEvent) {
  const { exception } = event;
  if (!exception || typeof exception !== "object") return [];
  return Array.isArray(exception) ? exception : [exception];
}
