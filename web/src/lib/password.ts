import * as z from "zod/mini";

const shortest = 10;

export const passwordHint = `At least ${shortest} characters. A few words in a row are easy to keep.`;

/** The server decides; this saves a round trip for what it surely refuses. */
export const passwordRule = z
  .string()
  .check(
    z.minLength(shortest, `Use at least ${shortest} characters.`),
    z.maxLength(256, "Use at most 256 characters."),
  );
