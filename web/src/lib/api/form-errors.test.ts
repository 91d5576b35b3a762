import { expect, test, vi } from "vitest";
import { ApiError } from "./error";
import { showFieldErrors } from "./form-errors";

test("what concerns a field is shown beside it, as a sentence", () => {
  const setError = vi.fn();
  const error = new ApiError("invalid_field", "Check the fields.", 422, {
    password: "must have at least 10 characters",
  });
  expect(showFieldErrors(error, ["email", "password"], setError)).toBeNull();
  expect(setError).toHaveBeenCalledExactlyOnceWith("password", {
    type: "invalid_field",
    message: "Must have at least 10 characters.",
  });
});

test("what concerns a field that the form lacks is said above it", () => {
  const error = new ApiError("invalid_field", "Check.", 422, { invitation: "has expired" });
  expect(showFieldErrors(error, ["email"], vi.fn())).toBe("Has expired.");
});

test("too many attempts say how long to wait", () => {
  const error = new ApiError("too_many_requests", "Slow down.", 429, {}, null, 30);
  expect(showFieldErrors(error, ["email"], vi.fn())).toBe("Too many attempts. Try again in 30 s.");
});
