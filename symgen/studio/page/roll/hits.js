/** What lies under a pointer: a note, and which of its edges. Pure. */

import { DURATION, ONSET, PITCH } from "../model.js";
import { pitchOf, tickOf, xOf } from "./layout.js";
import { visibleRange } from "./notes.js";

/** Fingers and short notes: what is narrower than this is taken for as wide. */
const TARGET = 24;

/**
 * Return the note under a pixel and what of it, or null.
 * @param {object} layout
 * @param {object} index
 * @param {{x: number, y: number}} point
 * @param {{touch?: boolean}} [how]
 * @returns {{note: Array, edge: "start"|"end"|"middle"}|null}
 */
export function noteAt(layout, index, { x, y }, { touch = false } = {}) {
  const pitch = pitchOf(layout, y);
  const slack = (touch ? TARGET / 2 : 3) / layout.perTick;
  const tick = tickOf(layout, x);
  const [first, last] = visibleRange(index, tick - slack, tick + slack);
  let best = null;
  let least = Infinity;
  for (let place = last - 1; place >= first; place -= 1) {
    const note = index.notes[place];
    if (note[PITCH] !== pitch) continue;
    const distance = distanceTo(layout, note, x);
    if (distance > reach(layout, note, touch) || distance >= least) continue;
    [best, least] = [note, distance];
  }
  return best && { note: best, edge: edgeAt(layout, best, x, touch) };
}

function ends(layout, note) {
  const x = xOf(layout, note[ONSET]);
  return [x, x + Math.max(3, note[DURATION] * layout.perTick)];
}

function distanceTo(layout, note, x) {
  const [left, right] = ends(layout, note);
  return x < left ? left - x : Math.max(0, x - right);
}

/** How far beside a note a pointer still means it. */
function reach(layout, note, touch) {
  const [left, right] = ends(layout, note);
  return touch ? Math.max(0, (TARGET - (right - left)) / 2) : 2;
}

function edgeAt(layout, note, x, touch) {
  const [left, right] = ends(layout, note);
  const edge = Math.min(touch ? 14 : 8, (right - left) / 3);
  if (x > right - edge) return "end";
  return x < left + edge * 0.6 ? "start" : "middle";
}

/** Return the notes whose bar of velocity stands under a pixel: those of the nearest onset. */
export function notesInLane(layout, index, x) {
  const slack = 12 / layout.perTick;
  const tick = tickOf(layout, x - 2);
  const near = index.notes
    .slice(...visibleRange(index, tick - slack, tick + slack))
    .filter((note) => Math.abs(note[ONSET] - tick) <= slack);
  const least = Math.min(...near.map((note) => Math.abs(note[ONSET] - tick)));
  return near.filter((note) => Math.abs(note[ONSET] - tick) === least);
}
