import * as z from "zod/mini";

/** The server decides; this catches what is surely no address. */
export const emailRule = z
  .string()
  .check(z.trim(), z.regex(/^\S+@\S+\.\S+$|^\S+@localhost$/, "Enter an e-mail address."));
