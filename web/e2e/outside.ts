/** A server of the test's own that stands for the outside: feeds ask it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type Outside = {
  url: string;
  /** What it answers from now on. */
  answer: (how: Answer) => void;
  /** The headers of the newest request. */
  lastHeaders: () => Record<string, unknown>;
  stop: () => Promise<void>;
};

type Answer = { type: string; body: string | (() => string); status?: number };

export const html: Answer = {
  type: "text/html",
  body: "<!doctype html><title>Sign in</title><h1>Please sign in</h1>",
};

export async function startOutside(first: Answer): Promise<Outside> {
  let answer = first;
  let headers: Record<string, unknown> = {};
  const server = createServer((request, response) => {
    headers = request.headers;
    const { type, body, status = 200 } = answer;
    response.writeHead(status, { "content-type": type });
    response.end(typeof body === "string" ? body : body());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    answer: (how) => {
      answer = how;
    },
    lastHeaders: () => headers,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
