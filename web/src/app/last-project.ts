const key = "pulseboard.last-project";

/** The sidebar keeps leading to this one on screens that belong to no project. */
export function rememberProject(id: string): void {
  try {
    localStorage.setItem(key, id);
  } catch {
    // Without storage the first project takes its place.
  }
}

export function lastProject(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
