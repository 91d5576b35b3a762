import * as z from "zod/mini";

/** One origin a line, as typed, to the list that is sent. */
export function readOrigins(text: string): string[] {
  return [
    ...new Set(
      text
        .split(/[\s,]+/)
        .filter(Boolean)
        .map((origin) => origin.replace(/\/+$/, "")),
    ),
  ];
}

/** Scheme and host, perhaps a port: what a browser sends in `Origin`. */
export const originsRule = z
  .string()
  .check(
    z.refine(
      (text) => readOrigins(text).every((origin) => /^https?:\/\/[^\s/?#]+$/i.test(origin)),
      "Write one origin per line, like https://shop.example.com, without a path.",
    ),
  );

export const keyName = z
  .string()
  .check(
    z.trim(),
    z.minLength(1, "Give the key a name, so that you know later what uses it."),
    z.maxLength(100, "Use at most 100 characters."),
  );
