/** What is drawn: the notes of the part, what a take brings and drops, the other parts. */

import { ID } from "../model.js";
import { indexNotes } from "./notes.js";

const NONE = new Set();
let last = {};

/** Gather what `drawRoll` needs from a roll. */
export function sceneOf(roll) {
  const { view, doc, part } = roll;
  const color = doc.parts.indexOf(part) % 8;
  return {
    layout: roll.layout,
    theme: roll.theme,
    doc,
    part,
    color,
    index: roll.index,
    ghosts: view.ghosts ? ghostsOf(doc, part) : [],
    selection: view.selection,
    locked: view.locked,
    region: roll.region ?? view.region,
    highlight: view.highlight,
    draft: roll.draft,
    added: roll.added,
    ...takeMarks(view, part.id),
  };
}

function ghostsOf(doc, part) {
  return doc.parts
    .map((other, place) => ({ other, color: place % 8 }))
    .filter(({ other }) => other !== part && other.is_drum === part.is_drum)
    .map(({ other, color }) => ({ index: indexNotes(other.notes), color }));
}

/**
 * Compare a part with that of a take.
 * @returns {{fresh: Set<string>, gone: Array[]}} ids of notes that the take brings or alters, and
 *   the notes that it drops
 */
export function takeMarks({ doc, take }, id) {
  if (!take) return { fresh: NONE, gone: [] };
  if (last.doc !== doc || last.take !== take || last.id !== id) {
    last = { doc, take, id, marks: compare(notesOf(doc, id), notesOf(take, id)) };
  }
  return last.marks;
}

function compare(before, after) {
  const known = new Map(before.map((note) => [note[ID], note]));
  const left = new Set(after.map((note) => note[ID]));
  const same = (note) => String(known.get(note[ID])) === String(note);
  return {
    fresh: new Set(after.filter((note) => !same(note)).map((note) => note[ID])),
    gone: before.filter((note) => !left.has(note[ID])),
  };
}

function notesOf(doc, id) {
  return doc.parts.find((part) => part.id === id)?.notes ?? [];
}
