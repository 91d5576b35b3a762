import { ApiError } from "@/lib/api";

/** What to paste, with the real address and the real key in it. */
export function snippets(origin: string, key: string) {
  const curl = `curl -X POST ${origin}/ingest \\
  -H 'Content-Type: application/json' \\
  -d '{
    "apiKey": "${key}",
    "type": "event",
    "name": "hello_pulseboard",
    "payload": {"from": "curl"}
  }'`;

  const fetch = `await fetch("${origin}/ingest", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({
    apiKey: "${key}",
    type: "event",
    name: "hello_pulseboard",
    payload: { from: "fetch" },
  }),
});`;
  return { curl, fetch };
}

/** Sends one event as any app would: with the key, not with the session. */
export async function sendOne(key: string): Promise<void> {
  const response = await fetch("/ingest", {
    method: "POST",
    headers: { "content-type": "application/json" },
    credentials: "omit",
    body: JSON.stringify({
      apiKey: key,
      type: "event",
      name: "hello_pulseboard",
      payload: { from: "the welcome screen" },
    }),
  });
  if (!response.ok) throw await ApiError.from(response);
}
