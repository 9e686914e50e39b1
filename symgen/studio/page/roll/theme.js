/** Colors of the roll, out of the CSS variables of the page: a canvas does not read them itself. */

/** Steps of loudness that are told apart by color. */
export const LOUDNESSES = 8;

const NAMES = {
  paper: "--roll-paper",
  black: "--roll-black",
  scale: "--roll-scale",
  chord: "--good",
  chordSoft: "--good-soft",
  beat: "--roll-beat",
  bar: "--roll-bar",
  surface: "--surface",
  sunk: "--sunk",
  ink: "--ink",
  muted: "--muted",
  line: "--line",
  edge: "--edge",
  focus: "--focus",
  onNote: "--on-note",
  locked: "--locked",
  take: "--take",
  takeSoft: "--take-soft",
  region: "--region",
  regionSoft: "--region-soft",
  playhead: "--playhead",
};

/**
 * Read the colors that hold inside an element.
 * @param {HTMLElement} host
 * @returns {object} color strings by name, `notes` for eight parts, and for each part and step of
 *   loudness `loud[part][step]`, and `words[part][step]` to write on it
 */
export function readTheme(host) {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.forcedColorAdjust = "none";
  host.append(probe);
  const read = (name) => {
    probe.style.color = `var(${name}, CanvasText)`;
    return getComputedStyle(probe).color;
  };
  const theme = Object.fromEntries(Object.entries(NAMES).map(([key, name]) => [key, read(name)]));
  theme.notes = Array.from({ length: 8 }, (_, part) => read(`--note-${part + 1}`));
  theme.font = getComputedStyle(host).fontFamily;
  probe.remove();
  theme.loud = theme.notes.map((color) => loudnesses(theme.paper, color));
  const inks = [theme.onNote, theme.ink, "rgb(0, 0, 0)", "rgb(255, 255, 255)"];
  theme.words = theme.loud.map((colors) => colors.map((color) => clearest(color, inks)));
  return theme;
}

/** Return the colors of the steps of loudness: from pale, near the paper, to the full color. */
export function loudnesses(paper, color) {
  return Array.from({ length: LOUDNESSES }, (_, step) =>
    mix(paper, color, 0.3 + (0.7 * step) / (LOUDNESSES - 1)));
}

/** Return the step of loudness of a velocity, 1 to 127. */
export function loudnessOf(velocity) {
  const share = (velocity - 24) / (112 - 24);
  return Math.max(0, Math.min(LOUDNESSES - 1, Math.round(share * (LOUDNESSES - 1))));
}

/** Mix two colors as `getComputedStyle` writes them; `share` is how much there is of the second. */
export function mix(first, second, share) {
  const [a, b] = [channels(first), channels(second)];
  const blend = (value, place) => Math.round(value + (b[place] - value) * share);
  const [red, green, blue] = a.map(blend);
  return `rgb(${red}, ${green}, ${blue})`;
}

/** Return the one of some colors that stands out most from a ground. */
export function clearest(ground, colors) {
  return [...colors].sort((a, b) => contrast(ground, b) - contrast(ground, a))[0];
}

/** Return the contrast of two colors as WCAG reckons it, 1 to 21. */
export function contrast(first, second) {
  const [low, high] = [luminance(first), luminance(second)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function luminance(color) {
  const [red, green, blue] = channels(color).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function channels(color) {
  const found = color.match(/[\d.]+/g) ?? ["0", "0", "0"];
  return found.slice(0, 3).map(Number);
}

/** Call back whenever the colors may have changed; returns a function that ends it. */
export function watchTheme(change) {
  const queries = ["prefers-color-scheme: dark", "forced-colors: active", "prefers-contrast: more"]
    .map((feature) => matchMedia(`(${feature})`));
  queries.forEach((query) => query.addEventListener("change", change));
  const observer = new MutationObserver(change);
  observer.observe(document.documentElement, { attributes: true });
  return () => {
    queries.forEach((query) => query.removeEventListener("change", change));
    observer.disconnect();
  };
}
