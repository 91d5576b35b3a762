// Runs before the first paint, so that a dark screen never flashes white.
// It is a file of its own because the server's content security policy allows
// no inline scripts. `src/lib/theme.ts` writes the same key.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("pulseboard.theme");
  } catch {
    // Storage can be blocked; then the system decides.
  }
  const dark =
    choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
