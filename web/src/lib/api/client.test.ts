import { answers, refusal, server } from "@test/api";
import { HttpResponse, http } from "msw";
import { describe, expect, test } from "vitest";
import { ApiError, answer, api, endSession, NetworkError, resumeSession, startSession } from ".";

const user = { id: "u1", email: "ann@example.com", name: "Ann" };
const tokenOf = (request: Request) => request.headers.get("authorization");

function refreshing(token = "fresh") {
  let times = 0;
  answers("post", "/api/auth/refresh", async () => {
    times += 1;
    await new Promise((resolve) => setTimeout(resolve, 10));
    return { access_token: token, expires_in: 900 };
  });
  return () => times;
}

test("sends the token", async () => {
  answers("get", "/api/auth/me", ({ request }) => {
    expect(tokenOf(request)).toBe("Bearer access-token");
    return { user, orgs: [] };
  });
  expect(await answer(api.GET("/api/auth/me"))).toEqual({ user, orgs: [] });
});

describe("a token that has ended", () => {
  test("is refreshed once for all requests, which are then repeated with their bodies", async () => {
    const times = refreshing();
    const bodies: unknown[] = [];
    answers("patch", "/api/auth/me", ({ request, body }) => {
      if (tokenOf(request) !== "Bearer fresh") return refusal(401, "token_expired");
      bodies.push(body);
      return { user, orgs: [] };
    });
    const rename = (name: string) => answer(api.PATCH("/api/auth/me", { body: { name } }));
    await Promise.all([rename("Ann"), rename("Bob"), rename("Cid")]);
    expect(times()).toBe(1);
    expect(bodies).toHaveLength(3);
    expect(bodies).toContainEqual({ name: "Bob" });
  });

  test("is refreshed before it ends, so that no request fails", async () => {
    const times = refreshing();
    startSession("nearly-over", 5);
    answers("get", "/api/auth/me", ({ request }) => {
      expect(tokenOf(request)).toBe("Bearer fresh");
      return { user, orgs: [] };
    });
    await answer(api.GET("/api/auth/me"));
    expect(times()).toBe(1);
  });

  test("is tried once more, not for ever", async () => {
    refreshing();
    let asked = 0;
    answers("get", "/api/auth/me", () => {
      asked += 1;
      return refusal(401, "session_revoked");
    });
    await expect(answer(api.GET("/api/auth/me"))).rejects.toMatchObject({
      code: "session_revoked",
    });
    expect(asked).toBe(2);
    expect(await resumeSession()).toBe(false);
  });
});

test("a wrong password is no reason to sign anybody out", async () => {
  let asked = 0;
  answers("post", "/api/auth/password", () => {
    asked += 1;
    return refusal(401, "invalid_credentials");
  });
  const body = { current_password: "wrong", new_password: "something longer" };
  await expect(answer(api.POST("/api/auth/password", { body }))).rejects.toMatchObject({
    code: "invalid_credentials",
  });
  expect(asked).toBe(1);
  expect(await resumeSession()).toBe(true);
});

test("an outage while refreshing does not sign out", async () => {
  startSession("over", 0);
  answers("post", "/api/auth/refresh", () => refusal(503, "unavailable", { retryAfter: 3 }));
  await expect(answer(api.GET("/api/auth/me"))).rejects.toMatchObject({
    code: "unavailable",
    retryAfter: 3,
  });
  refreshing();
  answers("get", "/api/auth/me", () => ({ user, orgs: [] }));
  expect(await answer(api.GET("/api/auth/me"))).toBeTruthy();
});

test("who has signed out asks nothing more", async () => {
  endSession();
  expect(await resumeSession()).toBe(false);
});

describe("errors", () => {
  test("carry code, fields and the request's id", async () => {
    answers("post", "/api/projects", () =>
      refusal(422, "invalid_field", {
        fields: { name: "is too long" },
        message: "Check the fields.",
      }),
    );
    const error = await answer(api.POST("/api/projects", { body: { name: "x" } })).catch((e) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      code: "invalid_field",
      status: 422,
      message: "Check the fields.",
      fields: { name: "is too long" },
      requestId: "req_test",
    });
  });

  test("from a proxy, without our body, are still errors", async () => {
    server.use(http.get("*/api/auth/me", () => new HttpResponse("<html>", { status: 502 })));
    await expect(answer(api.GET("/api/auth/me"))).rejects.toMatchObject({
      code: "internal",
      status: 502,
    });
  });

  test("without an answer say so", async () => {
    server.use(http.get("*/api/auth/me", () => HttpResponse.error()));
    await expect(answer(api.GET("/api/auth/me"))).rejects.toBeInstanceOf(NetworkError);
  });
});
