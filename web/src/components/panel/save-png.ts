/** Pictures of panels, drawn by code that comes when somebody asks for one. */
import type { ShownPanel } from "./body";

export function canPng({ type }: Pick<ShownPanel, "type">): boolean {
  return type === "timeseries" || type === "stat" || type === "bar" || type === "gauge";
}

type Save = typeof import("./panel-png").savePanelPng;

export async function savePanelPng(...what: Parameters<Save>): Promise<void> {
  const { savePanelPng: save } = await import("./panel-png");
  await save(...what);
}
