/** Reading what a person offers as an exported dashboard, before the server is asked. */

/** What this version writes and reads. */
const VERSION = 1;

export type ReadDocument = { document: object; name: string } | { problem: string };

export function readDocument(text: string): ReadDocument {
  if (!text.trim())
    return { problem: "Choose a file, or paste the text of an exported dashboard." };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return { problem: `This is not JSON: ${whereIn(text, error)}` };
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return { problem: "An exported dashboard is a JSON object; this is something else." };
  }
  const { pulseboard, name } = parsed as {
    pulseboard?: { kind?: unknown; version?: unknown };
    name?: unknown;
  };
  if (pulseboard?.kind !== "dashboard") {
    return {
      problem:
        "This is not a dashboard of PulseBoard: it lacks `pulseboard.kind` with the value `dashboard`.",
    };
  }
  if (typeof pulseboard.version === "number" && pulseboard.version > VERSION) {
    return {
      problem: `This was exported by a newer PulseBoard (format ${pulseboard.version}; this one reads up to ${VERSION}). Update PulseBoard, then import it again.`,
    };
  }
  return { document: parsed, name: typeof name === "string" ? name : "" };
}

/** Browsers say where in characters; people look for lines. */
function whereIn(text: string, error: unknown): string {
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : "")?.[1];
  if (!position) return "it ends too early, or a comma or bracket is missing.";
  const before = text.slice(0, Number(position)).split("\n");
  return `look at line ${before.length}, character ${(before.at(-1)?.length ?? 0) + 1}.`;
}

/** "Shop" next to "Shop" becomes "Shop 2". */
export function freeName(wanted: string, taken: readonly string[]): string {
  const base = wanted.trim() || "Dashboard";
  if (!taken.includes(base)) return base;
  for (let n = 2; ; n++) {
    const name = `${base} ${n}`;
    if (!taken.includes(name)) return name;
  }
}

/** Gives the browser a file. */
export function saveFile(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** For a file's name: "Web shop: live" → "web-shop-live". */
export function slugOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return slug || "dashboard";
}
