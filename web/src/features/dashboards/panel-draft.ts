/** A panel while it is edited: what it began as, what others made of it meanwhile, what is kept. */
import { panels as kinds } from "@/components/panel";
import { type Panel, type PanelType, type Source, same } from "@/lib/board";

/** The parts that are merged one by one: fields, and each option. */
type Part = "type" | "title" | "feed_ids" | "query" | `options.${string}`;

const FIELDS = ["type", "title", "feed_ids", "query"] as const;

export type Merge = {
  /** The panel that the draft is compared with when it is saved. */
  base: Panel;
  draft: Panel;
  /** Others changed these and I did not: taken over. */
  taken: Part[];
  /** Both of us changed these: the person decides. */
  conflicts: Part[];
};

/**
 * What to do with what others changed while an editor was open. Their box is always taken: where a
 * panel stands is arranged on the dashboard.
 */
export function mergeRemote(base: Panel, current: Panel, draft: Panel): Merge {
  const result: Merge = {
    base: withBox(base, current),
    draft: movedByMe(base, draft) ? draft : withBox(draft, current),
    taken: [],
    conflicts: [],
  };
  const options = new Set([base, current, draft].flatMap(({ options }) => Object.keys(options)));
  const parts: Part[] = [...FIELDS, ...[...options].sort().map((key) => `options.${key}` as const)];
  for (const part of parts) {
    const [was, is, mine] = [base, current, draft].map((panel) => read(panel, part));
    if (same(was, is)) continue;
    if (same(mine, is)) {
      result.base = write(result.base, part, is);
    } else if (same(was, mine)) {
      result.base = write(result.base, part, is);
      result.draft = write(result.draft, part, is);
      result.taken.push(part);
    } else {
      result.conflicts.push(part);
    }
  }
  return result;
}

/** The person decided about a part that both changed. */
export function settle(
  merge: Pick<Merge, "base" | "draft">,
  current: Panel,
  part: Part,
  keep: "mine" | "theirs",
) {
  const theirs = read(current, part);
  return {
    base: write(merge.base, part, theirs),
    draft: keep === "mine" ? merge.draft : write(merge.draft, part, theirs),
  };
}

/** "options.connect_nulls" → "connect nulls"; "query" → "data". */
export function partName(part: string): string {
  if (part.startsWith("options.")) return part.slice(8).replaceAll("_", " ");
  return part === "query" || part === "feed_ids" ? "data" : part;
}

function read(panel: Panel, part: Part): unknown {
  if (part.startsWith("options.")) return panel.options[part.slice(8)] ?? null;
  return panel[part as (typeof FIELDS)[number]] ?? null;
}

function write(panel: Panel, part: Part, value: unknown): Panel {
  if (!part.startsWith("options.")) return { ...panel, [part]: value };
  const options = { ...panel.options, [part.slice(8)]: value };
  if (value === null) delete options[part.slice(8)];
  return { ...panel, options };
}

function withBox(panel: Panel, { position_x, position_y, width, height }: Panel): Panel {
  return { ...panel, position_x, position_y, width, height };
}

function movedByMe(base: Panel, draft: Panel): boolean {
  return base.width !== draft.width || base.height !== draft.height;
}

/** The sources as they are meant, also where only feeds are named. */
export function sourcesOf(panel: Pick<Panel, "query" | "feed_ids">): Source[] {
  if (panel.query) return panel.query.sources;
  return panel.feed_ids.map((feed_id) => ({ kind: "feed", feed_id, path: null }));
}

/** Other sources. From here on the query names the feeds, not the panel beside it. */
export function withSources(panel: Panel, sources: Source[]): Panel {
  return { ...panel, feed_ids: [], query: { ...panel.query, sources } };
}

/** Another type with the same name and, as far as the type can show them, the same sources. */
export function withType(panel: Panel, type: PanelType): Panel {
  const { sources: allowed, maxSources, options } = kinds[type];
  const before = sourcesOf(panel);
  const kept = before.filter(({ kind }) => allowed.includes(kind)).slice(0, maxSources);
  const next = { ...panel, type, options: { ...options, ...panel.options } };
  return kept.length === before.length ? next : withSources(next, kept);
}

/** A panel that is not on the dashboard yet. */
export function newDraft(type: PanelType, dashboardId: string, id: string): Panel {
  return {
    id,
    dashboard_id: dashboardId,
    type,
    title: "",
    feed_ids: [],
    query: null,
    options: { ...kinds[type].options },
    position_x: 0,
    position_y: 0,
    ...kinds[type].size,
    created_at: "",
    updated_at: "",
  };
}

const KEPT = "pulseboard.panel-draft.";

/** Drafts outlive a reload, until they are saved or discarded. */
export const keptDrafts = {
  load(key: string): Panel | null {
    try {
      const found: unknown = JSON.parse(localStorage.getItem(KEPT + key) ?? "null");
      return isPanel(found) ? found : null;
    } catch {
      return null;
    }
  },
  keep(key: string, draft: Panel | null) {
    try {
      if (draft) localStorage.setItem(KEPT + key, JSON.stringify(draft));
      else localStorage.removeItem(KEPT + key);
    } catch {
      // Storage can be blocked or full; the draft then lasts for this visit.
    }
  },
};

function isPanel(found: unknown): found is Panel {
  if (typeof found !== "object" || found === null) return false;
  const { type, title, options, feed_ids } = found as Partial<Panel>;
  return (
    typeof title === "string" &&
    Array.isArray(feed_ids) &&
    typeof options === "object" &&
    options !== null &&
    Object.hasOwn(kinds, type ?? "")
  );
}
