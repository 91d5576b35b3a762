/**
 * Where a value stands in a JSON document, in the grammar of the feeds: `a.b[0].c`, and
 * `["odd.key"]` for keys that are no plain words.
 */
export type PathStep = string | number;

const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** `["data", 0, "odd.key"]` → `data[0]["odd.key"]`; empty for the document itself. */
export function writePath(steps: readonly PathStep[]): string {
  return steps.reduce<string>((path, step) => {
    if (typeof step === "number") return `${path}[${step}]`;
    if (!PLAIN.test(step)) return `${path}[${JSON.stringify(step)}]`;
    return path === "" ? step : `${path}.${step}`;
  }, "");
}

/** `path` inside what stands at `base`: `data` and `[0].a` → `data[0].a`. */
export function joinPaths(base: string, path: string): string {
  if (base === "" || path === "") return base || path;
  return path.startsWith("[") ? base + path : `${base}.${path}`;
}
