import { answers, refusal } from "@test/api";
import { show } from "@test/render";
import { project, publicKey } from "@test/things";
import { within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Key } from "@/lib/api";
import { KeysPage } from "./keys-page";

const { id } = project();

function keysAre(keys: Key[], role: "admin" | "viewer" = "admin") {
  answers("get", "/api/projects/{project}", () => project({ role }));
  answers("get", "/api/projects/{project}/keys", () => ({ items: keys, next_cursor: null }));
}

test("a viewer sees the keys, no controls, and why", async () => {
  keysAre([publicKey()], "viewer");
  const { screen } = await show(<KeysPage projectId={id} />);
  expect(await screen.findByText("Default")).toBeVisible();
  expect(await screen.findByText(/You are a viewer here/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "New key" })).toBeNull();
  expect(screen.queryByRole("button", { name: /Revoke/ })).toBeNull();
});

test("a secret is shown once and then only its ends", async () => {
  const secret = publicKey({
    id: "k2",
    kind: "secret",
    name: "Nightly export",
    prefix: "pb_sec_91",
    last4: "c0de",
    key: null,
  });
  const keys = [publicKey()];
  keysAre(keys);
  answers("post", "/api/projects/{project}/keys", ({ body }) => {
    expect(body).toEqual({ kind: "secret", name: "Nightly export", origins: [] });
    keys.push(secret);
    return { ...secret, key: "pb_sec_91_whole_c0de" };
  });
  const { screen, user } = await show(<KeysPage projectId={id} />);
  await user.click(await screen.findByRole("button", { name: "New key" }));
  await user.click(screen.getByRole("radio", { name: /Secret/ }));
  expect(screen.queryByLabelText("Allowed origins")).toBeNull();
  await user.type(screen.getByLabelText("Name"), "Nightly export");
  await user.click(screen.getByRole("button", { name: "Create key" }));
  expect(await screen.findByText("pb_sec_91_whole_c0de")).toBeVisible();
  expect(screen.getByText(/It is not shown again/)).toBeVisible();

  await user.click(screen.getByRole("button", { name: "I have copied it" }));
  expect(screen.queryByText("pb_sec_91_whole_c0de")).toBeNull();
  expect(await screen.findByText("pb_sec_91…c0de")).toBeVisible();
});

test("origins are read one a line and checked before they are sent", async () => {
  keysAre([publicKey()]);
  answers("patch", "/api/projects/{project}/keys/{key}", ({ body }) => {
    expect(body.origins).toEqual(["https://a.example", "http://localhost:3000"]);
    return refusal(422, "invalid_field", { fields: { origins: "allow at most one" } });
  });
  const { screen, user } = await show(<KeysPage projectId={id} />);
  await user.click(await screen.findByRole("button", { name: "Edit key Default" }));
  const dialog = within(screen.getByRole("dialog"));
  await user.type(dialog.getByLabelText("Allowed origins"), "a.example");
  await user.click(dialog.getByRole("button", { name: "Save" }));
  expect(await dialog.findByText(/Write one origin per line/)).toBeVisible();

  await user.clear(dialog.getByLabelText("Allowed origins"));
  await user.type(
    dialog.getByLabelText("Allowed origins"),
    "https://a.example/\nhttp://localhost:3000",
  );
  await user.click(dialog.getByRole("button", { name: "Save" }));
  expect(await dialog.findByText("Allow at most one.")).toBeVisible();
});

test("revoking asks first; revoked keys are out of the way", async () => {
  let revoked = false;
  answers("get", "/api/projects/{project}", () => project());
  answers("get", "/api/projects/{project}/keys", () => ({
    items: [publicKey({ revoked_at: revoked ? "2026-11-20T18:00:00.000Z" : null })],
    next_cursor: null,
  }));
  answers("delete", "/api/projects/{project}/keys/{key}", () => {
    revoked = true;
    return undefined;
  });
  const { screen, user } = await show(<KeysPage projectId={id} />);
  await user.click(await screen.findByRole("button", { name: "Revoke key Default" }));
  await user.click(screen.getByRole("button", { name: "Revoke key" }));
  expect(await screen.findByText("No active keys")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Show revoked keys (1)" }));
  expect(screen.getByText("Default")).toBeVisible();
});
