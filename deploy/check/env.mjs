// The variables that .env.example names, set or commented out.

/** The names in the text of an env file, in order. */
export function variablesIn(text) {
  return [...text.matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map((match) => match[1]);
}
