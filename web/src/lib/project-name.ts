import * as z from "zod/mini";

/** The server's rule for a project's name, told before it is sent. */
export const projectName = z
  .string()
  .check(
    z.trim(),
    z.minLength(1, "Give the project a name."),
    z.maxLength(100, "Use at most 100 characters."),
  );
