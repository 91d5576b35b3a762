/** Panels: what types there are, how one is shown, and how it leaves as a file. */
export { BoardContext, type PanelBoard, type ShownPanel, useSurroundings } from "./body";
export type { OptionField } from "./option-fields";
export { type Naming, panelCsv, savePanelCsv } from "./panel-csv";
export { PanelView } from "./panel-view";
export { type PanelKind, panels, panelTypes } from "./panels";
export { canPng, savePanelPng } from "./save-png";
