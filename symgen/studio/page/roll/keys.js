/** Keys as commands of the roll: `[name, …what it needs]`, null for keys of others. Pure. */

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

const WITH_CONTROL = {
  a: ["selectAll"],
  c: ["copy"],
  x: ["cut"],
  v: ["paste"],
  d: ["duplicate"],
  Home: ["walkTo", 0],
  End: ["walkTo", Infinity],
};

const ON_NOTE = {
  Home: ["walkTo", 0],
  End: ["walkTo", Infinity],
  PageUp: ["walkBars", -1],
  PageDown: ["walkBars", 1],
  "[": ["lengthen", -1],
  "]": ["lengthen", 1],
  Enter: ["hear"],
  Insert: ["addAfter"],
  s: ["toggleSelected"],
  c: ["openCaret"],
  Escape: ["clearSelection"],
};

const ON_CARET = {
  Home: ["caretTo", 0],
  End: ["caretTo", Infinity],
  PageUp: ["caretBars", -1],
  PageDown: ["caretBars", 1],
  "[": ["caretLength", -1],
  "]": ["caretLength", 1],
  Enter: ["addAtCaret"],
  Insert: ["addAtCaret"],
  c: ["closeCaret"],
  Escape: ["closeCaret"],
};

const ANYWHERE = {
  "+": ["louder", 5],
  "=": ["louder", 5],
  "-": ["louder", -5],
  _: ["louder", -5],
  l: ["lock"],
  Delete: ["erase"],
  Backspace: ["erase"],
  r: ["region", false],
};

/**
 * Return what a key asks for.
 * @param {KeyboardEvent} event or what has its key and modifiers
 * @param {"note"|"caret"} on what has the focus
 * @returns {Array|null}
 */
export function commandOf(event, on) {
  const { altKey: alt, shiftKey: shift } = event;
  const control = event.ctrlKey || event.metaKey;
  const arrow = ARROWS[event.key];
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (control && alt) return null;
  if (arrow) return arrowCommand(arrow, { control, alt, shift, on });
  if (control) return shift ? null : WITH_CONTROL[key] ?? null;
  if (alt) return null;
  if (shift && on === "note" && /^(Home|End|Page)/.test(key)) return ["extend", ON_NOTE[key]];
  if (shift && key === "r") return ["region", true];
  if (shift && key.length === 1 && /[a-z]/.test(key)) return null;
  return (on === "caret" ? ON_CARET : ON_NOTE)[key] ?? ANYWHERE[key] ?? null;
}

function arrowCommand([across, up], { control, alt, shift, on }) {
  if (control) return shift ? null : ["caretBy", across, up];
  if (alt && on === "note") {
    if (shift && across) return null;
    return ["move", across, up * (shift ? 12 : 1)];
  }
  if (alt) return null;
  if (on === "caret") {
    if (shift) return across ? ["caretLength", across] : ["caretBy", 0, up * 12];
    return ["caretBy", across, up];
  }
  if (shift) return across ? ["lengthen", across] : ["extend", ["walk", -up]];
  return across ? ["walk", across] : ["walkBeside", up];
}

/** Every key of the roll for a sheet of help: `[keys, what they do]`. */
export const KEYS_OF_ROLL = [
  ["Left, Right", "go to the note before, after"],
  ["Up, Down", "go to the note above, below in the chord or near it"],
  ["Home, End", "go to the first, last note"],
  ["Page Up, Page Down", "go a bar back, on"],
  ["Alt+Up, Alt+Down", "move the note a semitone (with Shift an octave)"],
  ["Alt+Left, Alt+Right", "move the note in time by a step of the grid"],
  ["Shift+Left, Shift+Right, or [ and ]", "make the note shorter, longer"],
  ["+ and -", "make the note louder, softer"],
  ["Delete", "erase"],
  ["L", "lock or unlock"],
  ["S", "select the note, or leave it out"],
  ["Shift+Up, Shift+Down", "select on to the note before, after"],
  ["Shift+Home, End, Page Up, Page Down", "select as far as there"],
  ["Ctrl+A", "select all notes of the part"],
  ["Ctrl+C, X, V, D", "copy, cut, paste, duplicate"],
  ["Ctrl+arrows, or C", "take the insertion cursor anywhere; C or Escape leaves it"],
  ["Enter or Insert, at the insertion cursor", "add a note there"],
  ["Enter, on a note", "hear it"],
  ["Insert, on a note", "add another one after it"],
  ["R, Shift+R", "make this bar the region; stretch the region to this bar"],
  ["Ctrl+drag", "move a copy of notes"],
  ["Shift+drag, Shift+click", "select notes in a box; add one, or leave it out"],
  ["Shift+click on a bar number", "stretch the region to that bar"],
  ["Alt+wheel on a note", "louder, softer"],
  ["Ctrl+wheel", "zoom (with Shift: the height of rows)"],
];
