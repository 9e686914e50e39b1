/** Notes of a part as the roll needs them: found by time in few steps, and by their ids. */

import { DURATION, ID, ONSET, PITCH } from "../model.js";

const INDEXES = new WeakMap();

/**
 * Index the notes of a part, sorted by onset; the index of one array is made once.
 * @param {Array[]} notes rows of `[id, onset, pitch, duration, velocity]`
 * @returns {{notes: Array[], ends: Float64Array, places: Map<string, number>}} `ends[i]` is when
 *   the last of the notes up to i ends
 */
export function indexNotes(notes) {
  let index = INDEXES.get(notes);
  if (!index) {
    index = makeIndex(notes);
    INDEXES.set(notes, index);
  }
  return index;
}

function makeIndex(notes) {
  const ends = new Float64Array(notes.length);
  const places = new Map();
  let end = 0;
  notes.forEach((note, place) => {
    end = Math.max(end, note[ONSET] + note[DURATION]);
    ends[place] = end;
    places.set(note[ID], place);
  });
  return { notes, ends, places };
}

/**
 * Return the places `[first, last)` between which all notes lie that sound between two ticks;
 * some of those between may have ended before.
 */
export function visibleRange(index, start, end) {
  const { notes, ends } = index;
  return [
    lowest(notes.length, (place) => ends[place] > start),
    lowest(notes.length, (place) => notes[place][ONSET] >= end),
  ];
}

/** Return the first place at which a rising test holds, or `count`. */
export function lowest(count, holds) {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Return the place of the first note at or after a tick; `notes.length` where there is none. */
export function placeAfter(index, tick) {
  return lowest(index.notes.length, (place) => index.notes[place][ONSET] >= tick);
}

/**
 * Return the place of the note that an arrow up (1) or down (-1) leads to: the next one of the
 * chord, else the nearest in time that is higher or lower; -1 where there is none.
 */
export function placeBeside(index, place, direction) {
  const { notes } = index;
  const [from, pitch] = [notes[place][ONSET], notes[place][PITCH]];
  let best = -1;
  let bestCost = Infinity;
  const look = (other) => {
    const rise = (notes[other][PITCH] - pitch) * direction;
    if (rise <= 0) return;
    const cost = Math.abs(notes[other][ONSET] - from) * 1000 + rise;
    if (cost < bestCost) [best, bestCost] = [other, cost];
  };
  const far = (other) => Math.abs(notes[other][ONSET] - from) * 1000 > bestCost;
  for (let other = place - 1; other >= 0 && !far(other); other -= 1) look(other);
  for (let other = place + 1; other < notes.length && !far(other); other += 1) look(other);
  return best;
}

/** Return the notes that start within a box of ticks and pitches. */
export function notesInBox(index, { start, end, low, high }) {
  const [first, last] = visibleRange(index, start, end);
  return index.notes
    .slice(first, last)
    .filter((note) => note[ONSET] + note[DURATION] > start)
    .filter((note) => note[PITCH] >= low && note[PITCH] <= high);
}
