/**
 * The real binary, with data of its own that is gone afterwards. With
 * `PULSEBOARD_URL` set the walks go there instead and nothing is started;
 * `PULSEBOARD_BIN` names the binary where it is not in `target`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export type Server = { url: string; stop: () => Promise<void> };

/** The first start unpacks a database, which takes its time on a small machine. */
const startMs = 90_000;
const stopMs = 20_000;

export async function startServer(settings: Record<string, string> = {}): Promise<Server> {
  const running = process.env.PULSEBOARD_URL;
  if (running) return { url: running.replace(/\/$/, ""), stop: async () => {} };

  const data = await mkdtemp(join(tmpdir(), "pulseboard-e2e-"));
  const child = spawn(binary(), ["up"], {
    env: {
      ...process.env,
      ...settings,
      PULSEBOARD_DATA: data,
      PULSEBOARD_LISTEN: "127.0.0.1:0",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = async () => {
    await end(child);
    // Started by root, the database is kept where the user postgres can reach it.
    const elsewhere = await readFile(join(data, "postgres.location"), "utf8").catch(() => "");
    if (elsewhere) await rm(elsewhere.trim(), { recursive: true, force: true, maxRetries: 5 });
    await rm(data, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    return { url: await printedUrl(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function binary(): string {
  const target = (profile: string) =>
    fileURLToPath(new URL(`../../target/${profile}/pulseboard`, import.meta.url));
  const candidates = [process.env.PULSEBOARD_BIN, target("release"), target("debug")];
  const found = candidates.find((path) => path && existsSync(path));
  if (!found) throw new Error("No binary: build pulseboard first, or set PULSEBOARD_URL.");
  return found;
}

function printedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(
      () => reject(new Error(`No address printed within ${startMs / 1000} s:\n${output}`)),
      startMs,
    );
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const url = /listening on (http:\/\/[\d.]+:\d+)/.exec(output)?.[1];
      if (!url) return;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`The server ended with ${code}:\n${output}`));
    });
  });
}

/** SIGTERM drains and stops the private database; SIGKILL only when that hangs. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
  await ended;
  clearTimeout(timer);
}
