/** The sockets of this page: one per project, however many screens look at it. */
import { flush } from "./flush";
import { ProjectLive } from "./project-live";
import { buyTicket } from "./ticket";

type Held = { live: ProjectLive; holders: number; leaving?: ReturnType<typeof setTimeout> };

/** Long enough to go from one screen to the next without a new socket. */
const LINGER_MS = 5_000;

const held = new Map<string, Held>();
const watchers = new Set<() => void>();

/** Takes hold of a project's live store; call what comes back to let go. */
export function holdProject(projectId: string): () => void {
  const entry = held.get(projectId) ?? open(projectId);
  entry.holders += 1;
  clearTimeout(entry.leaving);
  let mine = true;
  return () => {
    if (!mine) return;
    mine = false;
    entry.holders -= 1;
    if (entry.holders === 0) entry.leaving = setTimeout(() => leave(projectId, entry), LINGER_MS);
  };
}

/** The store of a project that somebody holds. */
export function projectLive(projectId: string): ProjectLive | null {
  return held.get(projectId)?.live ?? null;
}

/** Told when a project's store appears or goes. */
export function watchProjects(run: () => void): () => void {
  watchers.add(run);
  return () => watchers.delete(run);
}

const others = new Set<() => void>();

/** Other sockets of this page, which end with these. */
export function alsoClose(run: () => void) {
  others.add(run);
}

/** Ends every socket, for signing out. */
export function closeAll() {
  for (const run of others) run();
  for (const [projectId, entry] of held) {
    clearTimeout(entry.leaving);
    leave(projectId, entry);
  }
}

function open(projectId: string): Held {
  const live = new ProjectLive(projectId, {
    ticket: buyTicket,
    open: (path) => new WebSocket(location.origin.replace(/^http/, "ws") + path),
    flush,
    online: () => navigator.onLine,
  });
  const entry: Held = { live, holders: 0 };
  held.set(projectId, entry);
  live.start();
  for (const run of watchers) run();
  return entry;
}

function leave(projectId: string, entry: Held) {
  entry.live.stop();
  if (held.get(projectId) === entry) held.delete(projectId);
  for (const run of watchers) run();
}

window.addEventListener("online", () => {
  for (const { live } of held.values()) live.wake();
});
window.addEventListener("offline", () => {
  for (const { live } of held.values()) live.offline();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const { live } of held.values()) live.wake();
});
