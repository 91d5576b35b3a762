/** The dashboards open on this page: one socket each, however many components look at it. */
import { flush } from "@/lib/live/flush";
import { alsoClose } from "@/lib/live/projects";
import { buyTicket } from "@/lib/live/ticket";
import { sendBatch } from "./batch";
import { BoardLive, type Playback } from "./board-live";

type Held = { live: BoardLive; holders: number; leaving?: ReturnType<typeof setTimeout> };

/** Long enough to go to the editor and back without a new socket. */
const LINGER_MS = 5_000;

const held = new Map<string, Held>();

/** The store of a dashboard; it connects while somebody holds it. */
export function boardLive(dashboardId: string, playback?: Playback): BoardLive {
  const key = keyOf(dashboardId, playback);
  const known = held.get(key);
  if (known) return known.live;
  const live = new BoardLive(
    dashboardId,
    {
      ticket: buyTicket,
      batch: sendBatch,
      open: (path) => new WebSocket(location.origin.replace(/^http/, "ws") + path),
      flush,
      online: () => navigator.onLine,
    },
    playback,
  );
  const entry: Held = { live, holders: 0 };
  held.set(key, entry);
  entry.leaving = setTimeout(() => leave(key, entry), LINGER_MS);
  return live;
}

/** Takes hold of a store; call what comes back to let go. */
export function holdBoard(live: BoardLive, playback?: Playback): () => void {
  const key = keyOf(live.dashboardId, playback);
  let entry = held.get(key);
  if (entry?.live !== live) {
    if (entry) leave(key, entry);
    entry = { live, holders: 0 };
    held.set(key, entry);
  }
  const mine = entry;
  mine.holders += 1;
  clearTimeout(mine.leaving);
  live.start();
  let holding = true;
  return () => {
    if (!holding) return;
    holding = false;
    mine.holders -= 1;
    if (mine.holders === 0) mine.leaving = setTimeout(() => leave(key, mine), LINGER_MS);
  };
}

/** Ends every socket, for signing out. */
function closeBoards() {
  for (const [key, entry] of held) {
    clearTimeout(entry.leaving);
    leave(key, entry);
  }
}

function leave(key: string, entry: Held) {
  entry.live.stop();
  if (held.get(key) === entry) held.delete(key);
}

function keyOf(dashboardId: string, playback?: Playback): string {
  return playback ? `${dashboardId} ${playback.at}` : dashboardId;
}

alsoClose(closeBoards);
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
