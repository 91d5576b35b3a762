import { answers, refusal } from "@test/api";
import { show } from "@test/render";
import { waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { SignupPage } from "./signup-page";

const signUpIs = (sign_up: "open" | "invitation" | "closed") =>
  answers("get", "/api/auth/config", () => ({ sign_up, version: "1.0.0" }));

test("closed: says so and leads to signing in", async () => {
  signUpIs("closed");
  const { screen } = await show(<SignupPage />, "/signup");
  expect(await screen.findByRole("heading", { name: "Sign-up is closed" })).toBeVisible();
  expect(screen.queryByLabelText("Password")).toBeNull();
  expect(screen.getByRole("link", { name: "Go to sign-in" })).toHaveAttribute("href", "/login");
});

test("by invitation: the form is behind the link of one", async () => {
  signUpIs("invitation");
  const { screen } = await show(<SignupPage />, "/signup");
  expect(await screen.findByRole("heading", { name: "You need an invitation" })).toBeVisible();
});

test("open: leads to sending the first event", async () => {
  signUpIs("open");
  answers("post", "/api/auth/register", ({ body }) => {
    expect(body).toEqual({ email: "ann@example.com", password: "correct horse battery" });
    return {
      user: { id: "u1", email: "ann@example.com", name: "" },
      org: { id: "o1", name: "Acme", role: "admin" as const },
      access_token: "t",
      expires_in: 900,
    };
  });
  const { screen, user, address } = await show(<SignupPage />, "/signup");
  await user.type(await screen.findByLabelText("E-mail"), "ann@example.com");
  await user.type(screen.getByLabelText("Password"), "correct horse battery");
  await user.click(screen.getByRole("button", { name: "Create account" }));
  await waitFor(() => expect(address()).toBe("/welcome"));
});

test("open: what the server refuses is shown beside the field", async () => {
  signUpIs("open");
  answers("post", "/api/auth/register", () =>
    refusal(409, "email_taken", { fields: { email: "has an account already" } }),
  );
  const { screen, user } = await show(<SignupPage />, "/signup");
  await user.type(await screen.findByLabelText("E-mail"), "ann@example.com");
  await user.type(screen.getByLabelText("Password"), "correct horse battery");
  await user.click(screen.getByRole("button", { name: "Create account" }));
  expect(await screen.findByText("Has an account already.")).toBeVisible();
  expect(screen.getByLabelText("E-mail")).toBeInvalid();
});
