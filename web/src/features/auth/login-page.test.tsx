import { answers, refusal } from "@test/api";
import { show } from "@test/render";
import { waitFor } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { LoginPage } from "./login-page";

beforeEach(() => {
  answers("get", "/api/auth/config", () => ({ sign_up: "closed" as const, version: "1.0.0" }));
});

test("nothing is sent before both fields are filled", async () => {
  const { screen, user } = await show(<LoginPage />, "/login");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect(await screen.findByText("Enter your e-mail address.")).toBeVisible();
  expect(screen.getByText("Enter your password.")).toBeVisible();
});

test("a refusal is said and the password selected for another try", async () => {
  answers("post", "/api/auth/login", () =>
    refusal(401, "invalid_credentials", { message: "E-mail or password is wrong." }),
  );
  const { screen, user } = await show(<LoginPage />, "/login");
  await user.type(screen.getByLabelText("E-mail"), "ann@example.com");
  await user.type(screen.getByLabelText("Password"), "wrong");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("E-mail or password is wrong.");
  expect(screen.getByLabelText("Password")).toHaveFocus();
});

test("leads to where the person was going", async () => {
  answers("post", "/api/auth/login", () => ({
    user: { id: "u1", email: "ann@example.com", name: "" },
    org: { id: "o1", name: "Acme", role: "admin" as const },
    access_token: "t",
    expires_in: 900,
  }));
  const { screen, user, address } = await show(<LoginPage />, "/login?next=/p/1/events");
  await user.type(screen.getByLabelText("E-mail"), "ann@example.com");
  await user.type(screen.getByLabelText("Password"), "correct horse battery");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await waitFor(() => expect(address()).toBe("/p/1/events"));
});

test("no way to sign up is offered where sign-up is closed", async () => {
  const { screen } = await show(<LoginPage />, "/login");
  await waitFor(() => expect(screen.queryByText("Create an account")).toBeNull());
});
