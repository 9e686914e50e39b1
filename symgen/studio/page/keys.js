/** The keyboard map: one table that drives the handler and is shown in the help sheet. */

const CHOOSING = new Set(["INPUT", "SELECT", "TEXTAREA"]);
/** What fields of text do by themselves. */
const EDITING = new Set(["Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+Y", "Ctrl+A"]);
const PRESSED = new Set(["BUTTON", "A", "SUMMARY"]);

/**
 * Rows of the map: the group, what is pressed, what it does, and how. `plain` marks single keys, which
 * can be turned off.
 * The roll has keys of its own (`roll/keys.js`), which come first while it has the focus.
 */
export const KEYS = [
  row("Play", "Space", "play or stop", (s) => s.sound.togglePlay()),
  row("Play", "Home", "go to the beginning", (s) => s.sound.seek(0)),
  row("Play", "M", "metronome on or off", (s) => s.sound.setMetronome(!s.state.metronome)),
  row("Play", "O", "play the region again and again", (s) => s.sound.setLoop(!s.state.loop)),
  row("Write", "G", "write takes for the region", (s) => s.takes.write()),
  row("Write", "1 2 3 4", "hear take 1, 2, 3 or 4", (s, key) => s.takes.chooseNumber(Number(key))),
  row("Write", "0", "hear the piece as it was", (s) => s.takes.choose(null)),
  row("Write", "Enter", "accept the take that is heard", (s) => s.takes.accept(), "take"),
  row("Write", "Delete", "drop the take that is heard", (s) => s.takes.drop(), "take"),
  row("Write", "Escape", "leave the take; stop writing", (s) => leave(s)),
  row("Region", "R", "mark the bar of the cursor", (s) => s.markBar(false)),
  row("Region", "Shift+R", "mark up to the bar of the cursor", (s) => s.markBar(true)),
  row("Region", "Ctrl+Shift+A", "select the notes of the region", (s) => s.selectRegion()),
  row("Notes", "L", "lock or unlock the selected notes", (s) => s.toggleLock()),
  row("Notes", "Delete", "erase the selected notes", (s) => s.erase()),
  row("Notes", "Ctrl+A", "select all notes of the part", (s) => s.selectAll()),
  row("Notes", "Ctrl+Z", "undo", (s) => s.undo()),
  row("Notes", "Ctrl+Shift+Z", "redo", (s) => s.redo()),
  row("Notes", "Ctrl+Y", "redo", (s) => s.redo()),
  row("Parts", "P", "the next part", (s) => otherPart(s, 1)),
  row("Parts", "Shift+P", "the part before", (s) => otherPart(s, -1)),
  row("View", "V", "show or hide the score", (s) => s.toggle("score")),
  row("View", "K", "show or hide the keyboard", (s) => s.toggle("keyboard")),
  row("View", "X", "show or hide the mixer", (s) => s.toggle("mixer")),
  row("View", "Ctrl+O", "projects", (s) => s.set({ dialog: "projects" })),
  row("View", "Ctrl+S", "export", (s) => s.set({ dialog: "export" })),
  row("View", "?", "this sheet", (s) => s.set({ dialog: "help" })),
];

function row(group, keys, does, run = null, when = null) {
  return { group, keys, does, run, when, plain: !keys.startsWith("Ctrl+") && keys !== "Escape" };
}

function leave(studio) {
  if (studio.state.chosen) return studio.takes.choose(null);
  return studio.takes.cancel();
}

function otherPart(studio, step) {
  const { doc, part } = studio.state;
  const place = doc.parts.findIndex((each) => each.id === part);
  const next = doc.parts[(place + step + doc.parts.length) % doc.parts.length];
  studio.set({ part: next.id, said: `Part ${next.name}.` });
}

/** Say what was pressed, as the table writes it: "Ctrl+Shift+Z", "Space", "g" as "G". */
function pressed(event) {
  const control = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  if (event.key === " ") return `${control}Space`;
  if (event.key.length > 1) return control + event.key;
  const letter = event.key.toUpperCase();
  const shifted = event.shiftKey && letter !== letter.toLowerCase() ? "Shift+" : "";
  return control + shifted + letter;
}

/**
 * Listen to the keys of the page.
 * @param {import("./studio.js").Studio} studio
 */
export function listenToKeys(studio) {
  // A take that is heard takes Enter and Delete before the roll does; all else comes after it.
  addEventListener("keydown", (event) => handle(studio, event, true), { capture: true });
  addEventListener("keydown", (event) => handle(studio, event, false));
}

function handle(studio, event, first) {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const { place, dialog, keys, chosen } = studio.state;
  if (place !== "piece" || dialog || document.querySelector("dialog[open]")) return;
  const key = pressed(event);
  const found = KEYS.find(
    (each) => each.run && each.keys.split(" ").includes(key) && (each.when !== "take" || chosen),
  );
  if (!found || (found.when === "take") !== first) return;
  if (found.plain && (!keys || isTaken(event.target, key))) return;
  if (!found.plain && CHOOSING.has(event.target.tagName) && key !== "Escape") {
    if (EDITING.has(key) && isText(event.target)) return;
  }
  event.preventDefault();
  event.stopPropagation();
  found.run(studio, key);
}

function isText(target) {
  return target.tagName === "TEXTAREA" || (target.tagName === "INPUT" && !isSwitch(target));
}

function isSwitch(target) {
  return ["checkbox", "radio", "range", "button"].includes(target.type);
}

/** Whether what has the focus needs this key itself. */
function isTaken(target, key) {
  if (!(target instanceof Element)) return false;
  if (target.tagName === "INPUT" && isSwitch(target)) {
    return ["Space", "Enter", "Home"].includes(key);
  }
  if (CHOOSING.has(target.tagName) || target.isContentEditable) return true;
  if (PRESSED.has(target.tagName)) return ["Space", "Enter"].includes(key);
  return false;
}
