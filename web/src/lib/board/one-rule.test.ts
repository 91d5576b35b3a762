import example from "@test/board-ops.json";
import { expect, it } from "vitest";
import { applyOp, type Board } from "./apply-op";
import { BoardSync } from "./sync";
import type { AppliedOp, Draft } from "./types";

/** The server is held to the same file: tests/it/dashboards/one_rule.rs. */
const drafts = example.ops as (Draft & { op_id: string })[];
const about = { dashboardId: "d", at: "2026-11-21T11:00:00.000Z" };
const empty: Board = { name: "Board", description: null, variables: [], panels: {}, gone: {} };

const isThere = (board: Board, { target, field, value }: Draft) => {
  if (target === "dashboard") return true;
  if (field === "panel") return !board.panels[target] && !board.gone[target];
  return Boolean(board.panels[target]) || (field === "deleted" && !value && board.gone[target]);
};

it("does what the server does, with what is refused passed over", () => {
  const sync = new BoardSync("d");
  sync.load({ ...empty, id: "d", version: 0, panels: [] } as never, 0);
  let board = empty;
  let seq = 0;
  for (const op of drafts) {
    // Refused there: shown as pending all the same, it changes nothing.
    if (!isThere(board, op)) {
      expect(applyOp(board, op, about)).toBe(board);
      continue;
    }
    board = applyOp(board, op, about);
    seq += 1;
    sync.applied({
      ...op,
      seq,
      batch: null,
      actor: null,
      at: about.at,
      previous: null,
      undoes: null,
    } as AppliedOp);
  }
  const shown = sync.view();
  const panels = shown?.panels.map(({ dashboard_id, created_at, updated_at, ...panel }) => panel);
  const { name, description, variables } = shown ?? {};
  expect({ name, description, variables, panels }).toEqual(example.board);
  expect(seq).toBeGreaterThan(60);
});
