// Rules for a compose file. Each returns sentences; none means that all is well.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { isPinned } from "./image.mjs";

const TOP_LEVEL = ["name", "services", "volumes", "networks", "secrets", "configs"];
const SERVICE = [
  "build", "cap_add", "cap_drop", "command", "configs", "deploy", "depends_on", "entrypoint",
  "env_file", "environment", "expose", "healthcheck", "hostname", "image", "init", "labels",
  "logging", "mem_limit", "networks", "ports", "profiles", "read_only", "restart", "secrets",
  "security_opt", "shm_size", "stop_grace_period", "stop_signal", "tmpfs", "ulimits", "user",
  "volumes", "working_dir",
];
const HEALTHCHECK = [
  "test", "interval", "timeout", "retries", "start_period", "start_interval", "disable",
];
const CONDITIONS = ["service_started", "service_healthy", "service_completed_successfully"];

/**
 * Problems in the text of a compose file.
 * `root` is the directory it lies in, `variables` the names that .env.example knows.
 */
export function checkCompose(text, { root, variables }) {
  const document = parseDocument(text, { merge: true });
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    return broken.map((error) => error.message);
  }
  const file = document.toJS() ?? {};
  const services = file.services ?? {};
  if (Object.keys(services).length === 0) {
    return ["there are no services"];
  }
  return [
    ...unknownKeys("the file", file, TOP_LEVEL),
    ...Object.entries(services).flatMap(([name, service]) => [
      ...unknownKeys(name, service, SERVICE),
      ...unknownKeys(`${name}: healthcheck`, service.healthcheck ?? {}, HEALTHCHECK),
      ...images(name, service, root),
      ...dependencies(name, service, services),
      ...ports(name, service),
      ...environment(name, service, variables),
    ]),
    ...volumes(file),
    ...substitutions(file, variables),
  ];
}

function unknownKeys(where, object, known) {
  return Object.keys(object)
    .filter((key) => !known.includes(key) && !key.startsWith("x-"))
    .map((key) => `${where}: unknown key "${key}"`);
}

function images(name, { image, build }, root) {
  if (image === undefined && build === undefined) {
    return [`${name}: neither image nor build`];
  }
  if (build === undefined) {
    return isPinned(image) ? [] : [`${name}: the image ${image} is not pinned to a version`];
  }
  const context = typeof build === "string" ? build : (build.context ?? ".");
  const dockerfile = join(context, build.dockerfile ?? "Dockerfile");
  return existsSync(join(root, dockerfile)) ? [] : [`${name}: there is no ${dockerfile}`];
}

function dependencies(name, { depends_on: wanted = {} }, services) {
  const entries = Array.isArray(wanted)
    ? wanted.map((target) => [target, {}])
    : Object.entries(wanted);
  return entries.flatMap(([target, { condition = "service_started" }]) => {
    const service = services[target];
    if (service === undefined) {
      return [`${name}: depends on ${target}, which is not a service`];
    }
    if (!CONDITIONS.includes(condition)) {
      return [`${name}: unknown condition "${condition}"`];
    }
    // An image that we build has its check in the Dockerfile.
    const isChecked = service.healthcheck ? !service.healthcheck.disable : Boolean(service.build);
    if (condition === "service_healthy" && !isChecked) {
      return [`${name}: waits for ${target} to be healthy, which has no healthcheck`];
    }
    if (condition === "service_completed_successfully" && service.restart !== "no") {
      return [`${name}: waits for the end of ${target}, which is restarted: restart must be "no"`];
    }
    return [];
  });
}

function ports(name, { ports: published = [] }) {
  const form = /^(\$\{[^}]+\}|(\d{1,3}(\.\d{1,3}){3}:)?\d+):\d+(\/(tcp|udp))?$/;
  return published
    .filter((port) => !form.test(String(port)))
    .map((port) => `${name}: the port "${port}" is not of the form [address:]port:port`);
}

/** Only services that run our binary: other images have variables of their own. */
function environment(name, { build, environment: set = {} }, variables) {
  if (build === undefined) {
    return [];
  }
  const names = Array.isArray(set) ? set.map((line) => line.split("=")[0]) : Object.keys(set);
  return names
    .filter((variable) => !variables.includes(variable))
    .map((variable) => `${name}: ${variable} is not in .env.example`);
}

function volumes({ services, volumes: declared = {} }) {
  const used = new Set(
    Object.values(services)
      .flatMap(({ volumes: mounts = [] }) => mounts)
      .map((mount) => (typeof mount === "string" ? mount.split(":")[0] : mount.source))
      .filter((source) => source !== undefined && !/^[./~$]/.test(source)),
  );
  const names = Object.keys(declared);
  return [
    ...[...used].filter((n) => !names.includes(n)).map((n) => `the volume ${n} is not declared`),
    ...names.filter((n) => !used.has(n)).map((n) => `the volume ${n} is declared but not used`),
  ];
}

/** Every ${NAME…} in every text of the file. */
function substitutions(file, variables) {
  const texts = [];
  const walk = (value) => {
    if (typeof value === "string") {
      texts.push(value);
    } else if (value !== null && typeof value === "object") {
      Object.values(value).forEach(walk);
    }
  };
  walk(file);
  const names = texts.flatMap((text) =>
    [...text.matchAll(/(?<!\$)\$\{?([A-Za-z_]\w*)/g)].map((match) => match[1]),
  );
  return [...new Set(names)]
    .filter((name) => !variables.includes(name))
    .map((name) => `\${${name}} is not in .env.example`);
}
