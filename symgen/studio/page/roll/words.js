/** Notes and places in words, as a screen reader says them. */

import { DURATION, ID, ONSET, PITCH, barAt, beatTicks, pitchName } from "../model.js";
import { drumName } from "./drums.js";

const LENGTHS = new Map([
  [6, "dotted whole note"], [4, "whole note"], [3, "dotted half note"], [2, "half note"],
  [1.5, "dotted quarter note"], [1, "quarter note"], [0.75, "dotted eighth note"],
  [0.5, "eighth note"], [0.375, "dotted 16th note"], [0.25, "16th note"], [0.125, "32nd note"],
  [4 / 3, "half triplet"], [2 / 3, "quarter triplet"], [1 / 3, "eighth triplet"],
  [1 / 6, "16th triplet"],
]);

/** Say a length: "dotted quarter note" within a twentieth, else "1.3 quarters". */
export function lengthWords(doc, ticks) {
  const quarters = ticks / doc.resolution;
  for (const [length, name] of LENGTHS) {
    if (Math.abs(length - quarters) < 0.05 * length) return name;
  }
  const rounded = Number(quarters.toFixed(2));
  return `${rounded} ${rounded === 1 ? "quarter" : "quarters"}`;
}

/** Say a pitch: "C sharp 5", "B flat 3", or the name of a drum. */
export function pitchWords(doc, part, pitch) {
  if (part.is_drum) return drumName(pitch);
  const [, letter, sign, octave] = /^([A-G])([#b]?)(-?\d+)$/.exec(pitchName(pitch, doc.key));
  const words = { "#": "sharp ", b: "flat ", "": "" };
  return `${letter} ${words[sign]}${octave.replace("-", "minus ")}`;
}

/** Say a place: "bar 5 beat 2", "bar 5 beat 2.5". */
export function placeWords(doc, tick) {
  const [number, start] = barAt(doc, tick);
  const beat = Math.max(0, tick - start) / beatTicks(doc, tick) + 1;
  return `${barWords(number)} beat ${Number(beat.toFixed(2))}`;
}

/** Say a bar by its number: "bar 5", or "pickup" for bar 0. */
export function barWords(number) {
  return number === 0 ? "pickup" : `bar ${number}`;
}

/** Say bars: "bar 5", "bars 5 to 8". */
export function barsWords([first, last]) {
  return first === last ? barWords(first) : `bars ${first} to ${last}`;
}

/**
 * Say a note: "C sharp 5, bar 5 beat 2, quarter note, Flute, locked".
 * @param {object} doc
 * @param {object} part
 * @param {Array} note
 * @param {{locked?: Set, fresh?: Set}} marks ids of locked notes, and of those that a take brings
 */
export function noteWords(doc, part, note, { locked, fresh } = {}) {
  const words = [
    pitchWords(doc, part, note[PITCH]),
    placeWords(doc, note[ONSET]),
    lengthWords(doc, note[DURATION]),
    part.name,
  ];
  if (locked?.has(note[ID])) words.push("locked");
  if (fresh?.has(note[ID])) words.push("new in this take");
  return words.join(", ");
}

/** Count notes: "note" for one, "3 notes" for more. */
export function countWords(count) {
  return count === 1 ? "note" : `${count} notes`;
}
