import { createContext, useContext } from "react";

/** What a page's header asks of the shell around it. */
export type Shell = {
  openMenu: () => void;
  openPalette: () => void;
};

export const ShellContext = createContext<Shell>({ openMenu: () => {}, openPalette: () => {} });

export function useShell(): Shell {
  return useContext(ShellContext);
}
