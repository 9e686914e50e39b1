/** Edits of notes as ops and a label, `{ops, label, held}`; locked notes are held. Pure. */

import { DURATION, ID, ONSET, PITCH, VELOCITY } from "../model.js";
import { countWords } from "./words.js";

const PREFIX = Math.random().toString(36).slice(2, 8).padEnd(6, "0");
let made = 0;

/** Make an id that no other note has: the tab's prefix and a counter. */
export function newId() {
  made += 1;
  return `r${PREFIX}-${made}`;
}

/**
 * Draw a note.
 * @param {string} part its id
 * @param {{onset: number, pitch: number, duration: number, velocity: number}} note
 * @param {string} [id]
 */
export function drawNote(part, note, id = newId()) {
  return edit([{ op: "add", notes: [{ id, part, ...note }] }], "draw note");
}

/** Move notes by ticks and semitones (or, for drums, by a function of the pitch). */
export function moveNotes(notes, { ticks = 0, pitch = (old) => old }, locked) {
  const { free, held } = withoutLocked(notes, locked);
  const first = Math.min(...free.map((note) => note[ONSET]));
  const shift = Math.max(-first, ticks);
  const moved = free.map((note) => (
    { note, onset: note[ONSET] + shift, pitch: pitch(note[PITCH]) }));
  if (moved.some((change) => change.pitch < 0 || change.pitch > 127)) return edit([], "", held);
  const changes = moved.map(({ note, ...after }) => changed(note, after)).filter(Boolean);
  return edit(setOps(changes), `move ${countWords(changes.length)}`, held);
}

/** Move the ends of notes by ticks, or, with `start`, where they begin; `least` ticks are left. */
export function resizeNotes(notes, { ticks, start = false, least = 1 }, locked) {
  const { free, held } = withoutLocked(notes, locked);
  const changes = free
    .map((note) => changed(note, (start ? fromStart : fromEnd)(note, ticks, least)))
    .filter(Boolean);
  const longer = (start ? -ticks : ticks) > 0;
  const word = longer ? "lengthen" : "shorten";
  return edit(setOps(changes), `${word} ${countWords(changes.length)}`, held);
}

function fromEnd(note, ticks, least) {
  const floor = Math.min(least, note[DURATION]);
  return { duration: Math.max(floor, note[DURATION] + ticks) };
}

function fromStart(note, ticks, least) {
  const end = note[ONSET] + note[DURATION];
  const floor = Math.min(least, note[DURATION]);
  const onset = Math.max(0, Math.min(note[ONSET] + ticks, end - floor));
  return { onset, duration: end - onset };
}

/** Make notes louder or softer by steps of velocity. */
export function addVelocity(notes, by, locked) {
  return setVelocities(notes, (note) => note[VELOCITY] + by, locked, by > 0 ? "louder" : "softer");
}

/** Set velocities: `velocityOf(note)` is rounded and kept within 1 to 127. */
export function setVelocities(notes, velocityOf, locked, word = "velocity of") {
  const { free, held } = withoutLocked(notes, locked);
  const changes = free
    .map((note) => changed(note, { velocity: limit(Math.round(velocityOf(note)), 1, 127) }))
    .filter(Boolean);
  const label = word === "velocity of" ? "velocity of " : `make ${word}: `;
  return edit(setOps(changes), `${label}${countWords(changes.length)}`, held);
}

/** Erase notes. */
export function eraseNotes(notes, locked) {
  const { free, held } = withoutLocked(notes, locked);
  const ids = free.map((note) => note[ID]);
  return edit(ids.length ? [{ op: "remove", ids }] : [], `erase ${countWords(ids.length)}`, held);
}

/** Lock notes, or open them again where all of them are locked. */
export function toggleLock(notes, locked) {
  const ids = notes.map((note) => note[ID]);
  const close = !ids.every((id) => locked.has(id));
  const chosen = close ? ids.filter((id) => !locked.has(id)) : ids;
  const ops = chosen.length ? [{ op: "lock", ids: chosen, locked: close }] : [];
  return edit(ops, `${close ? "lock" : "unlock"} ${countWords(chosen.length)}`);
}

/** Take notes as they can be pasted: without ids, counted from the first of them. */
export function copyNotes(notes) {
  const first = Math.min(...notes.map((note) => note[ONSET]));
  return notes.map((note) => ({
    onset: note[ONSET] - first,
    pitch: note[PITCH],
    duration: note[DURATION],
    velocity: note[VELOCITY],
  }));
}

/** Paste what was copied at a tick; notes that would begin behind the end of the piece stay out. */
export function pasteNotes(part, copied, tick, { end, word = "paste" }) {
  const notes = copied
    .map((note) => ({ id: newId(), part, ...note, onset: note.onset + tick }))
    .filter((note) => note.onset < end);
  const ops = notes.length ? [{ op: "add", notes }] : [];
  return { ...edit(ops, `${word} ${countWords(notes.length)}`), ids: notes.map((note) => note.id) };
}

function withoutLocked(notes, locked) {
  const free = notes.filter((note) => !locked?.has(note[ID]));
  return { free, held: notes.length - free.length };
}

function changed(note, after) {
  const places = { onset: ONSET, pitch: PITCH, duration: DURATION, velocity: VELOCITY };
  const fields = Object.entries(after).filter(([name, value]) => note[places[name]] !== value);
  return fields.length ? { id: note[ID], ...Object.fromEntries(fields) } : null;
}

function setOps(notes) {
  return notes.length ? [{ op: "set", notes }] : [];
}

function edit(ops, label, held = 0) {
  return { ops, label, held };
}

function limit(value, low, high) {
  return Math.max(low, Math.min(high, value));
}
