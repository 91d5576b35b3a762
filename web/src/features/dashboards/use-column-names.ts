import { useMemo } from "react";
import { type PanelSource, usePanelFrame } from "@/lib/board";

/** What a table of this data could show, for the choice of columns. */
export function useColumnNames(source: PanelSource): readonly string[] {
  const { data } = usePanelFrame(source);
  const latest = data?.latest;
  return useMemo(() => {
    const names = new Set<string>();
    for (const { payload } of latest ?? []) {
      for (const row of rowsOf(payload).slice(0, 50)) {
        for (const key of Object.keys(row)) names.add(key);
      }
    }
    return [...names].slice(0, 50);
  }, [latest]);
}

function rowsOf(payload: unknown): object[] {
  const rows = Array.isArray(payload) ? payload : [payload];
  return rows.filter((row): row is object => typeof row === "object" && row !== null);
}
