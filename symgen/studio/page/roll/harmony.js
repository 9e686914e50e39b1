/** Which tones belong to a scale or a chord, for the rows that are highlighted. */

const SCALES = {
  major: [0, 2, 4, 5, 7, 9, 11],
  ionian: [0, 2, 4, 5, 7, 9, 11],
  minor: [0, 2, 3, 5, 7, 8, 10],
  aeolian: [0, 2, 3, 5, 7, 8, 10],
  dorian: [0, 2, 3, 5, 7, 9, 10],
  phrygian: [0, 1, 3, 5, 7, 8, 10],
  lydian: [0, 2, 4, 6, 7, 9, 11],
  mixolydian: [0, 2, 4, 5, 7, 9, 10],
  locrian: [0, 1, 3, 5, 6, 8, 10],
};
const LETTERS = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
const SIGNS = { "": 0, "#": 1, b: -1, "##": 2, bb: -2, "♯": 1, "♭": -1 };
const SYMBOL = /^([A-G])(##|bb|[#b♯♭]?)([^/]*(?:\/\d[^/]*)?)(?:\/([A-G])(##|bb|[#b♯♭]?))?$/;

/** Return the pitch classes of a key's scale as a set; empty where there is no key. */
export function scaleTones(key) {
  if (!key || key.origin === "none" || key.tonic === null) return new Set();
  const steps = SCALES[key.mode] ?? [];
  return new Set(steps.map((step) => (step + key.tonic) % 12));
}

/**
 * Return the pitch classes of a chord symbol as a set: "Am7" is A, C, E and G.
 * Empty for a text that names no chord.
 */
export function chordTones(symbol) {
  const found = SYMBOL.exec(symbol.trim());
  if (!found) return new Set();
  const [, letter, sign, kind, bass, bassSign] = found;
  const root = LETTERS[letter] + SIGNS[sign];
  const tones = intervals(kind).map((step) => (root + step + 24) % 12);
  if (bass) tones.push((LETTERS[bass] + SIGNS[bassSign] + 12) % 12);
  return new Set(tones);
}

function intervals(kind) {
  const minor = /^(m(?!a)|mi|min|-)/.test(kind);
  const dim = /^(dim|°|o)/.test(kind);
  const half = /ø|m7b5|m7\(b5\)/.test(kind);
  if (/^5$/.test(kind)) return [0, 7];
  const sus = /sus2/.test(kind) ? 2 : /sus/.test(kind) ? 5 : null;
  const third = sus ?? (minor || dim || half ? 3 : 4);
  return [0, third, fifth(kind, dim, half), ...above(kind, dim, half)];
}

function fifth(kind, dim, half) {
  if (dim || half || /b5|-5/.test(kind)) return 6;
  return /aug|\+|#5/.test(kind) ? 8 : 7;
}

function above(kind, dim, half) {
  const found = [];
  const large = /maj|Maj|M7|M9|Δ|ma7/.test(kind);
  if (/(?<![#b\d])(7|9|11|13)/.test(kind.replace(/add\d+/g, "")) || half || large) {
    found.push(large ? 11 : dim && !half ? 9 : 10);
  }
  if (/6/.test(kind)) found.push(9);
  if (/b9/.test(kind)) found.push(1);
  else if (/#9/.test(kind)) found.push(3);
  else if (/9|add2/.test(kind)) found.push(2);
  if (/13/.test(kind)) found.push(9);
  return /^(maj|Maj|M|Δ)$/.test(kind) && kind !== "Δ" ? [] : found;
}
