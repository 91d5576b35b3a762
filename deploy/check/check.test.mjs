// The checker is only worth something if it fails: each rule is fed what it forbids.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkCompose } from "./compose.mjs";
import { checkDockerfile } from "./dockerfile.mjs";
import { variablesIn } from "./env.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const read = (path) => readFileSync(join(root, path), "utf8");
const variables = variablesIn(read(".env.example"));

/** The real file with one thing broken; fails when the text to break is not there. */
function broken(text, from, to) {
  assert.ok(text.includes(from), `"${from}" is no longer in the file`);
  return text.replace(from, to);
}

const COMPOSE = [
  ["a tab", "services:\n", "services:\n\t- x\n", /tab|indent|plain/i],
  ["no services", "services:", "x-services:", /no services/],
  ["a mistyped key", "shm_size:", "shm_sice:", /unknown key "shm_sice"/],
  ["an image without a tag", ":2.28.3-pg17", "", /not pinned/],
  ["the latest image", ":2.28.3-pg17", ":latest-pg17", /not pinned/],
  ["an unknown dependency", "      migrate:\n", "      migrations:\n", /migrations, which is not a service/],
  ["an unknown condition", "service_healthy", "service_happy", /unknown condition/],
  ["a missing healthcheck", "test: [CMD, valkey-cli, ping]", "disable: true", /no healthcheck/],
  ["an endless migration", 'restart: "no"', "restart: always", /restart must be "no"/],
  ["an undeclared volume", "- postgres:/var", "- postgresql:/var", /postgresql is not declared/],
  ["an unused volume", "- valkey:/data", "- ./valkey:/data", /valkey is declared but not used/],
  ["an unknown substitution", "${PULSEBOARD_LOG:-", "${PULSEBOARD_LOGS:-", /PULSEBOARD_LOGS} is not in/],
  ["an unknown variable", "PULSEBOARD_LISTEN:", "PULSEBOARD_LISTENS:", /PULSEBOARD_LISTENS is not in/],
  ["a missing Dockerfile", "deploy/Dockerfile", "deploy/Dockerfiles", /no deploy\/Dockerfiles/],
  ["a malformed port", "}:8080", "}:http", /is not of the form/],
];
for (const [what, from, to, expected] of COMPOSE) {
  test(`compose: ${what} is found`, () => {
    const problems = checkCompose(broken(read("docker-compose.yml"), from, to), { root, variables });
    assert.match(problems.join("\n"), expected);
  });
}

const DOCKERFILE = [
  ["a mistyped instruction", "WORKDIR /src\n", "WORKDIRS /src\n", /unknown instruction WORKDIRS/],
  ["an image without a version", "debian:12.11-slim", "debian:stable", /debian:stable is not pinned/],
  ["an unknown stage", "--from=build", "--from=builds", /from builds, which is no stage/],
  ["a missing source", "COPY web/package.json", "COPY web/packages.json", /no such file/],
  ["an ignored source", "COPY web ./", "COPY docs ./", /leaves it out/],
  ["a root user", "USER 65532:65532", "USER root", /runs as root/],
  ["no user", "USER 65532:65532\n", "", /runs as root/],
  ["no healthcheck", "HEALTHCHECK --interval=10s", "LABEL x=1 #", /no HEALTHCHECK/],
  ["a shell", 'ENTRYPOINT ["/usr/local/bin/pulseboard"]', "ENTRYPOINT pulseboard", /must be lists/],
];
for (const [what, from, to, expected] of DOCKERFILE) {
  test(`Dockerfile: ${what} is found`, () => {
    const problems = checkDockerfile(broken(read("deploy/Dockerfile"), from, to), root);
    assert.match(problems.join("\n"), expected);
  });
}

test("the files themselves are without fault", () => {
  assert.deepEqual(checkCompose(read("docker-compose.yml"), { root, variables }), []);
  assert.deepEqual(checkDockerfile(read("deploy/Dockerfile"), root), []);
});
