import { expect, test } from "vitest";
import type { AppliedOp } from "@/lib/board";
import { entriesOf } from "./history-sentences";

let seq = 100;
function op(changes: Partial<AppliedOp>): AppliedOp {
  seq -= 1;
  return {
    seq,
    op_id: `op-${seq}`,
    batch: null,
    actor: { id: "u-ana", name: "Ana" },
    at: "2026-11-21T12:00:00.000Z",
    target: "p1",
    field: "title",
    value: "Load",
    previous: "CPU",
    undoes: null,
    ...changes,
  };
}

const titles = new Map([["p1", "Load"]]);
const said = (...ops: AppliedOp[]) => entriesOf(ops, titles).map(({ text }) => text);

test.each<[Partial<AppliedOp>, string]>([
  [{}, "renamed the panel “CPU” to “Load”"],
  [{ field: "deleted", value: true }, "deleted the panel “Load”"],
  [{ field: "deleted", value: false }, "brought back the panel “Load”"],
  [{ field: "type", value: "event_list" }, "turned the panel “Load” into an event list"],
  [{ field: "query", value: {} }, "changed the data of the panel “Load”"],
  [{ field: "options.unit", value: "ms" }, "changed the unit of the panel “Load” to “ms”"],
  [{ field: "options.stack", value: true }, "changed the stack of the panel “Load” to on"],
  [{ field: "options.max", value: null }, "removed the max of the panel “Load”"],
  [{ field: "layout", value: {} }, "moved or resized the panel “Load”"],
  [{ target: "p9", field: "width", value: 3 }, "moved or resized a panel"],
  [
    { target: "dashboard", field: "name", value: "Ops", previous: "Host" },
    "renamed the dashboard “Host” to “Ops”",
  ],
  [{ target: "dashboard", field: "variables", value: [] }, "changed the variables"],
  [{ target: "dashboard", field: "layout", value: { p1: {}, p2: {} } }, "arranged 2 panels"],
  [{ target: "dashboard", field: "layout", value: { p1: {} } }, "moved the panel “Load”"],
  [{ undoes: 4 }, "took back: renamed the panel “CPU” to “Load”"],
])("%j", (changes, text) => {
  expect(said(op(changes))).toEqual([text]);
});

test("a panel that is gone keeps its last known name", () => {
  expect(
    said(
      op({ target: "p7", field: "deleted", value: true }),
      op({ target: "p7", field: "panel", value: { title: "Disk" } }),
    ),
  ).toEqual(["deleted the panel “Disk”", "added the panel “Disk”"]);
});

test("what was done in one go is one entry, whose version is the last", () => {
  const batch = "b1";
  const saved = [
    op({ batch, field: "options.unit", value: "%" }),
    op({ batch, field: "title", value: "Load" }),
  ];
  const made = [1, 2, 3].map((n) =>
    op({ batch: "b0", target: `q${n}`, field: "panel", value: { title: `P${n}` } }),
  );
  const entries = entriesOf([...saved, ...made], titles);
  expect(entries.map(({ text }) => text)).toEqual([
    "changed the unit and the title of the panel “Load”",
    "added 3 panels",
  ]);
  expect(entries[0]?.seq).toBe(saved[0]?.seq);
});

test("it begins with the dashboard being made", () => {
  const name = { target: "dashboard", field: "name", value: "Ops", previous: null, seq: 1 };
  expect(said(op(name))).toEqual(["made the dashboard"]);
  const batch = "b9";
  const panel = { batch, field: "panel", value: { title: "" } };
  expect(said(op({ ...panel, seq: 3 }), op({ ...panel, seq: 2 }), op({ ...name, batch }))).toEqual([
    "made the dashboard with 2 panels",
  ]);
});

test("a panel without a title is told by its type", () => {
  const value = { type: "event_list", title: "" };
  expect(said(op({ target: "p5", field: "panel", value }))).toEqual(["added an event list panel"]);
});

test("who has no account any more is still someone", () => {
  expect(entriesOf([op({ actor: null })], titles)[0]?.actor).toBe("PulseBoard");
});
