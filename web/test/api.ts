/**
 * A server of the test's own, whose answers must have the shapes of the OpenAPI
 * document: when the API changes, the tests stop compiling.
 */
import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import type { paths } from "@/lib/api/schema.gen";
import type { Answer, Body } from "@/lib/api/types";

export const server = setupServer();

type Method = "get" | "post" | "patch" | "put" | "delete";
type Call<P extends keyof paths, M extends Method & keyof paths[P]> = {
  body: Body<P, M>;
  params: Record<string, string>;
  query: URLSearchParams;
  request: Request;
};
type Result<T> = T | undefined | Response;

/** `answers("get", "/api/auth/me", () => ({ user, orgs }))`; nothing returned is a 204. */
export function answers<P extends keyof paths, M extends Method & keyof paths[P]>(
  method: M,
  path: P,
  result: (call: Call<P, M>) => Result<Answer<P, M>> | Promise<Result<Answer<P, M>>>,
): void {
  const pattern = `*${path.replace(/\{(\w+)\}/g, ":$1")}`;
  server.use(
    http[method](pattern, async ({ request, params }) => {
      const text = await request.clone().text();
      const answer = await result({
        body: (text ? JSON.parse(text) : undefined) as Body<P, M>,
        params: params as Record<string, string>,
        query: new URL(request.url).searchParams,
        request,
      });
      if (answer instanceof Response) return answer;
      if (answer === undefined) return new HttpResponse(null, { status: 204 });
      return HttpResponse.json(answer as object);
    }),
  );
}

type Refusal = { fields?: Record<string, string>; retryAfter?: number; message?: string };

/** The server's way of saying no. */
export function refusal(
  status: number,
  code: string,
  { fields, retryAfter, message }: Refusal = {},
) {
  return HttpResponse.json(
    { error: { code, message: message ?? `refused: ${code}`, fields, request_id: "req_test" } },
    { status, headers: retryAfter ? { "retry-after": String(retryAfter) } : {} },
  );
}
