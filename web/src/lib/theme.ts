import { useSyncExternalStore } from "react";
import { stored } from "./stored";

export type Theme = "dark" | "light";
export type ThemeChoice = "system" | Theme;

/** The choice; `public/theme.js` reads the same key before the first paint. */
export const themeChoice = stored<ThemeChoice>("theme", ["system", "dark", "light"], "system");

const systemDark = matchMedia("(prefers-color-scheme: dark)");

/** The theme on the screen now, with `system` resolved. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, currentTheme);
}

/** Keeps the document's theme in step with the choice and the system, from now on. */
export function followTheme(): void {
  const apply = () => {
    document.documentElement.dataset.theme = currentTheme();
  };
  subscribe(apply);
  apply();
}

function currentTheme(): Theme {
  const choice = themeChoice.get();
  if (choice !== "system") return choice;
  return systemDark.matches ? "dark" : "light";
}

function subscribe(listener: () => void): () => void {
  const stop = themeChoice.subscribe(listener);
  systemDark.addEventListener("change", listener);
  return () => {
    stop();
    systemDark.removeEventListener("change", listener);
  };
}
