// Rules for a Dockerfile. Each returns sentences; none means that all is well.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isPinned } from "./image.mjs";

const INSTRUCTIONS = [
  "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "RUN",
  "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
];

/** Problems in the text of a Dockerfile whose build context is `root`. */
export function checkDockerfile(text, root) {
  const problems = [];
  const stages = [];
  for (const { name, flags, rest } of instructions(text)) {
    const stage = stages.at(-1);
    if (!INSTRUCTIONS.includes(name)) {
      problems.push(`unknown instruction ${name}`);
    } else if (name === "FROM") {
      const [image, as, alias] = rest.split(/\s+/);
      if (!isPinned(image) && !stages.some((earlier) => earlier.name === image)) {
        problems.push(`the image ${image} is not pinned to a version`);
      }
      if (as !== undefined && (as.toUpperCase() !== "AS" || alias === undefined)) {
        problems.push(`FROM ${rest}: a stage is named by "AS name"`);
      }
      stages.push({ name: alias, seen: {} });
    } else if (stage === undefined) {
      problems.push(`${name} before the first FROM`);
    } else {
      stage.seen[name] = rest;
      if (name === "COPY" || name === "ADD") {
        problems.push(...copies(flags, rest, stages, root));
      }
    }
  }
  return [...problems, ...finalStage(stages.at(-1))];
}

/** Lines with their continuations, comments left out, flags apart. */
function instructions(text) {
  const lines = text
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replace(/\\\n/g, " ")
    .split("\n");
  return lines
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name, body] = /^\s*(\S+)\s*(.*)$/.exec(line);
      const flags = [...body.matchAll(/(?:^|\s)--(\w+)=(\S+)/g)].map(([, key, value]) => [key, value]);
      const rest = body.replace(/^(\s*--\w+=\S+)+\s*/, "");
      return { name, flags: Object.fromEntries(flags), rest };
    });
}

function copies(flags, rest, stages, root) {
  if (flags.from !== undefined) {
    const earlier = stages.slice(0, -1).some((stage) => stage.name === flags.from);
    return earlier || isPinned(flags.from) ? [] : [`COPY from ${flags.from}, which is no stage before it`];
  }
  const sources = rest.split(/\s+/).slice(0, -1);
  if (sources.length === 0) {
    return [`COPY ${rest}: it needs a source and a destination`];
  }
  const ignored = readIgnored(root);
  return sources.flatMap((source) => {
    if (!existsSync(join(root, source))) {
      return [`COPY ${source}: there is no such file`];
    }
    const name = source.replace(/^\.\//, "").replace(/\/$/, "");
    return ignored.some((path) => name === path || name.startsWith(`${path}/`))
      ? [`COPY ${source}: .dockerignore leaves it out`]
      : [];
  });
}

function readIgnored(root) {
  const path = join(root, ".dockerignore");
  if (!existsSync(path)) {
    return [];
  }
  return readFileSync(path, "utf8")
    .split("\n")
    .map((line) => line.trim().replace(/\/$/, ""))
    .filter((line) => line !== "" && !line.startsWith("#") && !line.startsWith("!"));
}

function finalStage(stage) {
  if (stage === undefined) {
    return ["there is no FROM"];
  }
  const { USER: user = "root", HEALTHCHECK: health, ENTRYPOINT: entry = "" } = stage.seen;
  const problems = [];
  if (/^(root|0)(:|$)/.test(user)) {
    problems.push("the final image runs as root");
  }
  if (health === undefined) {
    problems.push("the final image has no HEALTHCHECK");
  }
  if (!isExecForm(entry) || (health !== undefined && !isExecForm(health.replace(/^.*?CMD\s+/, "")))) {
    problems.push("ENTRYPOINT and HEALTHCHECK must be lists: without a shell, signals arrive");
  }
  return problems;
}

function isExecForm(value) {
  try {
    return Array.isArray(JSON.parse(value));
  } catch {
    return false;
  }
}
