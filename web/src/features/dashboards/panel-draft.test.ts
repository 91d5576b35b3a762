import { beforeEach, expect, test } from "vitest";
import type { Panel } from "@/lib/board";
import {
  keptDrafts,
  mergeRemote,
  newDraft,
  settle,
  sourcesOf,
  withSources,
  withType,
} from "./panel-draft";

function panel(changes: Partial<Panel> = {}): Panel {
  return {
    ...newDraft("timeseries", "d1", "p1"),
    title: "CPU",
    feed_ids: ["f1"],
    options: { legend: true, unit: "%" },
    ...changes,
  };
}

beforeEach(() => localStorage.clear());

test("what only others changed comes in by itself", () => {
  const current = panel({ options: { legend: true, unit: "ms" }, position_y: 8 });
  const merge = mergeRemote(panel(), current, panel({ title: "Load" }));
  expect(merge.taken).toEqual(["options.unit"]);
  expect(merge.conflicts).toEqual([]);
  expect(merge.draft).toMatchObject({
    title: "Load",
    options: { legend: true, unit: "ms" },
    position_y: 8,
  });
  expect(merge.base.options.unit).toBe("ms");
});

test("what both changed is for the person to decide", () => {
  const current = panel({ title: "Their title" });
  const draft = panel({ title: "My title" });
  const merge = mergeRemote(panel(), current, draft);
  expect(merge.conflicts).toEqual(["title"]);
  expect(merge.draft.title).toBe("My title");

  const mine = settle(merge, current, "title", "mine");
  expect(mine.draft.title).toBe("My title");
  expect(mergeRemote(mine.base, current, mine.draft).conflicts).toEqual([]);
  const theirs = settle(merge, current, "title", "theirs");
  expect(theirs.draft.title).toBe("Their title");
});

test("the same change by both is no conflict", () => {
  const changed = panel({ options: { legend: false, unit: "%" } });
  expect(mergeRemote(panel(), changed, changed)).toMatchObject({ taken: [], conflicts: [] });
});

test("an option that was taken away by others goes", () => {
  const merge = mergeRemote(panel(), panel({ options: { legend: true } }), panel());
  expect(merge.draft.options).toEqual({ legend: true });
});

test("feeds of a panel are its sources, until they are changed", () => {
  expect(sourcesOf(panel())).toEqual([{ kind: "feed", feed_id: "f1", path: null }]);
  const next = withSources(panel(), [{ kind: "events" }]);
  expect(next).toMatchObject({ feed_ids: [], query: { sources: [{ kind: "events" }] } });
});

test("another type keeps what it can show", () => {
  const two = withSources(panel(), [
    { kind: "feed", feed_id: "f1", path: "cpu" },
    { kind: "events" },
  ]);
  expect(withType(two, "stat").query).toEqual(two.query);
  expect(withType(two, "text").query?.sources).toEqual([]);
  expect(withType(two, "gauge").options).toMatchObject({ unit: "%", max: 100 });
});

test("a draft is kept until it is dropped, and rubbish is not taken for one", () => {
  keptDrafts.keep("p1", panel({ title: "Kept" }));
  expect(keptDrafts.load("p1")?.title).toBe("Kept");
  keptDrafts.keep("p1", null);
  expect(keptDrafts.load("p1")).toBeNull();
  localStorage.setItem("pulseboard.panel-draft.p2", '{"title": 1}');
  expect(keptDrafts.load("p2")).toBeNull();
});
