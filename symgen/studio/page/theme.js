/** The theme: as the system has it, or light, or dark as chosen; kept in this browser. */

const KEPT = "symgen-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
let chosen = "auto";

/** Return the theme that was chosen before: "auto", "light" or "dark". */
export function keptTheme() {
  const kept = localStorage.getItem(KEPT);
  return ["light", "dark"].includes(kept) ? kept : "auto";
}

/** Show a theme, and keep the choice. */
export function showTheme(theme) {
  chosen = theme;
  if (theme === "auto") localStorage.removeItem(KEPT);
  else localStorage.setItem(KEPT, theme);
  apply();
}

function apply() {
  const system = dark.matches ? "dark" : "light";
  document.documentElement.dataset.theme = chosen === "auto" ? system : chosen;
}

dark.addEventListener("change", apply);
