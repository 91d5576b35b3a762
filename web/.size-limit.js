// What a person downloads, from the build's own manifest: the first JavaScript
// is the entry with everything it imports at once; the shell is what signing in
// adds; a route is what its screen adds to both.
import { readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync(new URL("./dist/.vite/manifest.json", import.meta.url)));

function files(key, kind, seen = new Set()) {
  if (seen.has(key)) return [];
  seen.add(key);
  const chunk = manifest[key];
  const own = kind === "css" ? (chunk.css ?? []) : [chunk.file];
  return [...own, ...(chunk.imports ?? []).flatMap((next) => files(next, kind, seen))];
}

const entry = "index.html";
const first = new Set(files(entry, "js"));
const shell = new Set(files("src/app/shell-layout.tsx", "js").filter((name) => !first.has(name)));
const paths = (names) => [...new Set(names)].map((name) => `dist/${name}`);

const routes = Object.keys(manifest).filter(
  (key) => /-page\.tsx$/.test(key) && !manifest[key].isEntry,
);

export default [
  { name: "first JavaScript", path: paths(first), limit: "150 kB", gzip: true },
  { name: "shell", path: paths(shell), limit: "60 kB", gzip: true },
  {
    name: "CSS, all of it",
    path: paths(Object.values(manifest).flatMap((chunk) => chunk.css ?? [])),
    limit: "15 kB",
    gzip: true,
  },
  ...routes.map((key) => ({
    name: key.replace(/^src\/features\//, ""),
    path: paths(files(key, "js").filter((name) => !first.has(name) && !shell.has(name))),
    limit: "60 kB",
    gzip: true,
  })),
];
