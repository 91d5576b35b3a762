import { boardId, panel } from "@test/board";
import { describe, expect, it } from "vitest";
import { applyOp, type Board, fieldsOf, overlaps } from "./apply-op";
import { diffPanel, ops } from "./ops";
import type { Draft } from "./types";

const one = panel({ id: "a", title: "A", options: { unit: "ms", legend: true } });
const two = panel({ id: "b", title: "B", position_x: 4 });
const lost = panel({ id: "gone", title: "Lost" });
const board: Board = {
  name: "Host",
  description: "all of them",
  variables: [],
  panels: { a: one, b: two },
  gone: { gone: lost },
};
const box = { position_x: 8, position_y: 2, width: 3, height: 5 };

function result(...drafts: Draft[]): Board {
  const about = { dashboardId: boardId };
  return drafts.reduce((state, draft) => applyOp(state, draft, about), board);
}

describe("an operation", () => {
  it.each<[string, Draft, (board: Board) => unknown, unknown]>([
    ["names the dashboard", ops.set("dashboard", "name", "Web"), (b) => b.name, "Web"],
    [
      "takes the description away",
      ops.set("dashboard", "description", null),
      (b) => b.description,
      null,
    ],
    ["sets a title", ops.set("a", "title", "CPU"), (b) => b.panels.a?.title, "CPU"],
    ["sets a type", ops.set("a", "type", "gauge"), (b) => b.panels.a?.type, "gauge"],
    [
      "sets one option",
      ops.option("a", "unit", "s"),
      (b) => b.panels.a?.options,
      { unit: "s", legend: true },
    ],
    [
      "takes an option away",
      ops.option("a", "unit", null),
      (b) => b.panels.a?.options,
      { legend: true },
    ],
    [
      "replaces the options",
      ops.set("a", "options", { min: 0 }),
      (b) => b.panels.a?.options,
      { min: 0 },
    ],
    ["takes the query away", ops.set("a", "query", null), (b) => b.panels.a?.query, null],
    ["places a panel", ops.place("a", box), (b) => b.panels.a, { ...one, ...box }],
    ["sets one side", ops.set("a", "width", 6), (b) => b.panels.a?.width, 6],
    [
      "arranges several, skipping those gone",
      ops.layout({ a: box, gone: box, none: box }),
      (b) => [b.panels.a?.width, b.gone.gone, Object.keys(b.panels)],
      [3, lost, ["a", "b"]],
    ],
    ["deletes", ops.remove("a"), (b) => [Object.keys(b.panels), b.gone.a], [["b"], one]],
    ["brings back as it was", ops.bringBack("gone"), (b) => b.panels.gone, lost],
    ["does nothing to what is deleted", ops.set("gone", "title", "x"), (b) => b, board],
    ["does nothing to what is unknown", ops.set("none", "title", "x"), (b) => b, board],
    [
      "does not make a panel twice",
      ops.create("a", { type: "text", title: "", ...box }),
      (b) => b,
      board,
    ],
    [
      "does not make a deleted panel anew",
      ops.create("gone", { type: "text", title: "", ...box }),
      (b) => b,
      board,
    ],
    ["brings nothing back that is there", ops.bringBack("a"), (b) => b, board],
    ["passes over what it does not know", ops.set("a", "colour", "red"), (b) => b, board],
  ])("%s", (_, draft, look, expected) => {
    expect(look(result(draft))).toEqual(expected);
  });

  it("makes a panel with everything filled in", () => {
    const made = result(ops.create("c", { type: "text", title: "Notes", ...box })).panels.c;
    expect(made).toMatchObject({
      id: "c",
      type: "text",
      feed_ids: [],
      query: null,
      options: {},
      ...box,
    });
  });

  it("keeps what others did not touch the same object", () => {
    expect(result(ops.set("a", "title", "x")).panels.b).toBe(two);
  });

  it("loses to a deletion whatever the order", () => {
    const first = result(ops.remove("a"), ops.set("a", "title", "late"));
    const second = result(ops.set("a", "title", "early"), ops.remove("a"));
    expect([first.panels.a, second.panels.a]).toEqual([undefined, undefined]);
  });
});

it.each([
  ["a/title", "a/title", true],
  ["a/title", "a/query", false],
  ["a/title", "b/title", false],
  ["a/*", "a/title", true],
  ["a/options", "a/options.unit", true],
  ["a/options.unit", "a/options.min", false],
])("%s and %s meet: %s", (a, b, meet) => {
  expect([overlaps(a, b), overlaps(b, a)]).toEqual([meet, meet]);
});

it("knows what a layout writes", () => {
  expect(fieldsOf(ops.layout({ a: box }))).toEqual([
    "a/position_x",
    "a/position_y",
    "a/width",
    "a/height",
  ]);
});

it("saves only what an editor changed", () => {
  const edited = { ...one, title: "New", options: { unit: "s", legend: true, max: 5 }, height: 9 };
  expect(diffPanel(one, edited)).toEqual([
    ops.set("a", "title", "New"),
    ops.option("a", "max", 5),
    ops.option("a", "unit", "s"),
    ops.place("a", edited),
  ]);
  expect(diffPanel(one, { ...one, query: { sources: [{ name: "cpu", kind: "series" }] } })).toEqual(
    [],
  );
});
