import { answers } from "@test/api";
import { show } from "@test/render";
import { project } from "@test/things";
import { waitFor, within } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { GeneralPage } from "./general-page";

// What jsdom has no canvas for is tested with the chart itself.
vi.mock("@/components/chart", () => ({ Chart: () => null }));

const { id } = project();

beforeEach(() => {
  answers("get", "/api/projects/{project}/usage", () => ({ items: [], next_cursor: null }));
  answers("get", "/api/projects/{project}/limits", () => ({
    key: null,
    project: null,
    daily: null,
  }));
});

test("deleting wants the project's name typed", async () => {
  let deleted = false;
  answers("get", "/api/projects/{project}", () => project());
  answers("get", "/api/projects", () => ({ items: [], next_cursor: null }));
  answers("delete", "/api/projects/{project}", () => {
    deleted = true;
    return undefined;
  });
  const { screen, user, address } = await show(<GeneralPage projectId={id} />, "/p/1/settings");
  await user.click(await screen.findByRole("button", { name: "Delete project" }));
  const dialog = within(screen.getByRole("dialog"));
  expect(dialog.getByRole("button", { name: "Delete project" })).toBeDisabled();
  await user.type(dialog.getByLabelText(/to confirm/), "web shop");
  expect(dialog.getByRole("button", { name: "Delete project" })).toBeDisabled();
  await user.clear(dialog.getByLabelText(/to confirm/));
  await user.type(dialog.getByLabelText(/to confirm/), "Web shop");
  await user.click(dialog.getByRole("button", { name: "Delete project" }));
  await waitFor(() => expect(address()).toBe("/"));
  expect(deleted).toBe(true);
});

test("a viewer gets no way to delete", async () => {
  answers("get", "/api/projects/{project}", () => project({ role: "viewer" }));
  const { screen } = await show(<GeneralPage projectId={id} />, "/p/1/settings");
  expect(await screen.findByText(/You are a viewer here/)).toBeVisible();
  expect(screen.queryByRole("button", { name: /Delete/ })).toBeNull();
  expect(screen.getByLabelText("Name")).toHaveAttribute("readonly");
});
