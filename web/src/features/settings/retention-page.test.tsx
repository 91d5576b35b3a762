import { answers, refusal } from "@test/api";
import { show } from "@test/render";
import { project } from "@test/things";
import { expect, test } from "vitest";
import { RetentionPage } from "./retention-page";

const { id } = project();

test("a shorter retention warns, only whole days from 1 to 365 are sent", async () => {
  answers("get", "/api/projects/{project}", () => project({ retention_days: 30 }));
  let sent: unknown;
  answers("patch", "/api/projects/{project}", ({ body }) => {
    sent = body;
    return project({ retention_days: 7 });
  });
  const { screen, user } = await show(<RetentionPage projectId={id} />);
  const days = await screen.findByLabelText("Keep events for (days)");
  await user.clear(days);
  await user.type(days, "400");
  expect(await screen.findByText("Choose a whole number of days from 1 to 365.")).toBeVisible();
  await user.clear(days);
  await user.type(days, "7");
  expect(await screen.findByText(/will be deleted/)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("Retention saved")).toBeVisible();
  expect(sent).toEqual({ retention_days: 7 });
});

test("a viewer reads it only; what can't be read can be asked again", async () => {
  answers("get", "/api/projects/{project}", () => refusal(500, "internal"));
  const { screen, user } = await show(<RetentionPage projectId={id} />);
  expect(await screen.findByText("The server couldn't answer.")).toBeVisible();
  answers("get", "/api/projects/{project}", () => project({ role: "viewer" }));
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByLabelText("Keep events for (days)")).toHaveAttribute("readonly");
});
