import { answers, refusal } from "@test/api";
import { show } from "@test/render";
import { expect, test } from "vitest";
import { PasswordCard } from "./password-card";

test("a wrong current password is said beside it; then the change goes through", async () => {
  const { screen, user } = await show(<PasswordCard email="ann@example.com" />);
  answers("post", "/api/auth/password", () =>
    refusal(422, "invalid_field", { fields: { current_password: "is not your password" } }),
  );
  await user.type(screen.getByLabelText("Current password"), "guess");
  await user.type(screen.getByLabelText("New password"), "another long passphrase");
  await user.click(screen.getByRole("button", { name: "Change password" }));
  expect(await screen.findByText("This is not your current password.")).toBeVisible();

  answers("post", "/api/auth/password", () => undefined);
  await user.click(screen.getByRole("button", { name: "Change password" }));
  expect(await screen.findByText("Password changed; other sessions were ended")).toBeVisible();
  expect(screen.getByLabelText("New password")).toHaveValue("");
});
