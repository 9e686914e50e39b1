/** What can be asked of the roll by keys or buttons: each takes the roll and what it needs. */

import { DURATION, ID, ONSET, PITCH, VELOCITY, barAt, snapTicks } from "../model.js";
import * as edits from "./edits.js";
import { pitchAbove } from "./layout.js";
import { placeAfter, placeBeside } from "./notes.js";
import { barOn, barPlace, nextPlace, stepTicks } from "./places.js";
import { barsWords, countWords, lengthWords, pitchWords, placeWords } from "./words.js";

/** What was copied, for all rolls of the page. */
let clipboard = [];

// -- going from note to note ----------------------------------------------------------------

/** Go on by so many notes in time. */
export function walk(roll, by) {
  const place = roll.focusPlace();
  goTo(roll, place + by, by < 0 ? "first note" : "last note");
}

/** Go to the note above or below. */
export function walkBeside(roll, direction) {
  const place = placeBeside(roll.index, roll.focusPlace(), direction);
  if (place < 0) roll.say(direction > 0 ? "no note above" : "no note below");
  else goTo(roll, place);
}

/** Go to the note at a place; Infinity is the last. */
export function walkTo(roll, place) {
  goTo(roll, Math.min(place, roll.index.notes.length - 1));
}

/** Go to the first note of a bar so many bars on; bars without notes are passed over. */
export function walkBars(roll, by) {
  const { notes } = roll.index;
  const [, start, end] = barAt(roll.doc, roll.focusNote()[ONSET]);
  if (by > 0) return goTo(roll, placeAfter(roll.index, end), "no notes in later bars");
  const before = placeAfter(roll.index, start) - 1;
  if (before < 0) return goTo(roll, 0);
  const [, earlier] = barAt(roll.doc, notes[before][ONSET]);
  return goTo(roll, placeAfter(roll.index, earlier));
}

function goTo(roll, place, edge) {
  const note = roll.index.notes[place];
  if (note) {
    roll.walked = true;
    roll.focusOn(note[ID], { heard: true });
  } else if (edge) roll.say(edge);
}

// -- choosing -------------------------------------------------------------------------------

/** Go somewhere, and select all notes on the way. */
export function extend(roll, [name, argument]) {
  const from = roll.focusPlace();
  ACTIONS[name](roll, argument);
  const to = roll.focusPlace();
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  const ids = roll.index.notes.slice(low, high + 1).map((note) => note[ID]);
  select(roll, [...new Set([...roll.view.selection, ...ids])]);
}

/** Select the note that has the focus, or leave it out. */
export function toggleSelected(roll) {
  const [id, ids] = [roll.focusNote()[ID], new Set(roll.view.selection)];
  if (!ids.delete(id)) ids.add(id);
  select(roll, [...ids]);
}

/** Select all notes of the part. */
export function selectAll(roll) {
  select(roll, roll.index.notes.map((note) => note[ID]));
}

/** Select nothing; false, for others to use the key, where nothing is selected. */
export function clearSelection(roll) {
  if (!roll.view.selection.size) return false;
  select(roll, []);
  return true;
}

function select(roll, ids) {
  roll.callbacks.select(ids);
  roll.say(ids.length ? `${countWords(ids.length)} selected` : "nothing selected");
}

// -- changing -------------------------------------------------------------------------------

/** Move notes by steps of the grid and by rows. */
export function move(roll, steps, rows) {
  const notes = roll.chosen();
  if (!notes.length) return;
  const onset = roll.focusNote()?.[ONSET] ?? notes[0][ONSET];
  const ticks = steps * stepTicks(roll.doc, onset, roll.view.snap);
  const pitch = (old) => (rows ? pitchAbove(roll.layout, old, rows) : old);
  const edit = edits.moveNotes(notes, { ticks, pitch }, roll.held);
  tell(roll, edit, (after) => {
    if (rows) roll.hear(after);
    if (!rows) return placeWords(roll.doc, after[ONSET]);
    return pitchWords(roll.doc, roll.part, after[PITCH]);
  });
}

/** Make notes longer or shorter by steps of the grid. */
export function lengthen(roll, steps) {
  const notes = roll.chosen();
  if (!notes.length) return;
  const step = stepTicks(roll.doc, notes[0][ONSET], roll.view.snap);
  const edit = edits.resizeNotes(notes, { ticks: steps * step, least: step }, roll.held);
  tell(roll, edit, (after) => lengthWords(roll.doc, after[DURATION]));
}

/** Make notes louder, or softer. */
export function louder(roll, by) {
  const edit = edits.addVelocity(roll.chosen(), by, roll.held);
  tell(roll, edit, (after) => {
    roll.hear(after);
    return `velocity ${after[VELOCITY]}`;
  });
}

/** Erase notes. */
export function erase(roll) {
  const edit = edits.eraseNotes(roll.chosen(), roll.held);
  if (roll.commit(edit)) roll.say(edit.label);
}

/** Lock notes, or unlock them. */
export function lock(roll) {
  const edit = edits.toggleLock(roll.chosen(), roll.view.locked);
  if (roll.commit(edit)) roll.say(edit.label);
}

/** Commit an edit, and say what the one note of it is like afterwards. */
function tell(roll, edit, words) {
  if (!roll.commit(edit)) return;
  const changes = edit.ops[0].notes;
  const one = changes.length === 1 && roll.noteOf(changes[0].id);
  roll.say(one ? words(after(one, changes[0])) : edit.label);
}

function after(note, change) {
  const row = [...note];
  const places = { onset: ONSET, pitch: PITCH, duration: DURATION, velocity: VELOCITY };
  for (const [name, place] of Object.entries(places)) row[place] = change[name] ?? note[place];
  return row;
}

// -- copies ---------------------------------------------------------------------------------

/** Copy notes. */
export function copy(roll) {
  const notes = roll.chosen();
  if (!notes.length) return;
  clipboard = edits.copyNotes(notes);
  roll.say(`copied ${countWords(notes.length)}`);
}

/** Copy notes and erase them. */
export function cut(roll) {
  copy(roll);
  erase(roll);
}

/** Paste at the insertion cursor, or at the line of the sound. */
export function paste(roll) {
  if (!clipboard.length) return roll.say("nothing to paste");
  const tick = roll.caret ? roll.caret.tick : Math.round(roll.view.cursor ?? 0);
  return put(roll, clipboard, tick, "paste");
}

/** Put a copy of the notes behind them. */
export function duplicate(roll) {
  const notes = roll.chosen();
  if (!notes.length) return;
  const first = notes[0][ONSET];
  const last = Math.max(...notes.map((note) => note[ONSET] + note[DURATION]));
  const step = Math.max(1, snapTicks(roll.doc, roll.view.snap));
  const span = Math.ceil((last - first) / step) * step;
  put(roll, edits.copyNotes(notes), Math.round(first + span), "duplicate");
}

function put(roll, copied, tick, word) {
  const edit = edits.pasteNotes(roll.part.id, copied, tick, { end: roll.doc.length, word });
  if (!edit.ids.length) return roll.say("no room before the end of the piece");
  if (!roll.commit(edit)) return undefined;
  roll.callbacks.select(edit.ids);
  roll.focusOn(edit.ids[0]);
  return roll.say(`${edit.label} at ${placeWords(roll.doc, tick)}`);
}

// -- the insertion cursor -------------------------------------------------------------------

/** Put the insertion cursor where the focus is. */
export function openCaret(roll) {
  roll.placeCaret(caretHere(roll));
}

/** Leave the insertion cursor for the note that is nearest; false where there is none. */
export function closeCaret(roll) {
  const { notes } = roll.index;
  if (!notes.length) return false;
  const place = Math.min(placeAfter(roll.index, roll.caret.tick), notes.length - 1);
  roll.focusOn(notes[place][ID]);
  return true;
}

/** Move the insertion cursor by steps of the grid and rows. */
export function caretBy(roll, steps, rows) {
  const { tick, pitch } = roll.caret ?? caretHere(roll);
  const next = {
    tick: steps ? nextPlace(roll.doc, tick, roll.view.snap, steps) : tick,
    pitch: rows ? pitchAbove(roll.layout, pitch, rows) : pitch,
  };
  roll.placeCaret(next);
  if (rows) roll.callbacks.audition?.(roll.part.id, next.pitch, roll.velocity);
}

/** Move the insertion cursor by bars. */
export function caretBars(roll, bars) {
  roll.placeCaret({ ...roll.caret, tick: barOn(roll.doc, roll.caret.tick, bars)[1] });
}

/** Move the insertion cursor to the first (0) or the last bar (Infinity). */
export function caretTo(roll, end) {
  const [, start] = end ? roll.doc.bars.at(-1) : roll.doc.bars[0];
  roll.placeCaret({ ...roll.caret, tick: start });
}

/** Change the length that the next note will have. */
export function caretLength(roll, steps) {
  const step = stepTicks(roll.doc, roll.caret.tick, roll.view.snap);
  roll.length = Math.max(step, roll.length + steps * step);
  roll.refresh();
  roll.say(`next note: ${lengthWords(roll.doc, roll.length)}`);
}

/** Add a note at the insertion cursor, and go on behind it. */
export function addAtCaret(roll) {
  const { tick, pitch } = roll.caret;
  if (!add(roll, tick, pitch)) return;
  roll.say(`added ${pitchWords(roll.doc, roll.part, pitch)}, ${placeWords(roll.doc, tick)}`);
  const next = tick + roll.length;
  if (next < roll.doc.length) roll.placeCaret({ tick: next, pitch }, { quiet: true });
}

/** Add a note like the one that has the focus, right behind it. */
export function addAfter(roll) {
  const note = roll.focusNote();
  const tick = note[ONSET] + note[DURATION];
  if (tick >= roll.doc.length) return roll.say("no room before the end of the piece");
  roll.length = note[DURATION];
  const id = add(roll, tick, note[PITCH], note[VELOCITY]);
  if (id) roll.focusOn(id);
  return undefined;
}

function add(roll, onset, pitch, velocity = roll.velocity) {
  const id = edits.newId();
  const duration = Math.min(roll.length, roll.doc.length - onset);
  const note = { onset, pitch, duration, velocity };
  if (!roll.commit(edits.drawNote(roll.part.id, note, id))) return null;
  roll.callbacks.audition?.(roll.part.id, pitch, velocity);
  return id;
}

function caretHere(roll) {
  const note = roll.focusNote();
  if (note) return { tick: note[ONSET], pitch: note[PITCH] };
  const { rows } = roll.layout;
  const pitch = roll.part.is_drum ? rows.at(-1) : 60;
  return { tick: Math.round(roll.view.cursor ?? 0), pitch };
}

// -- the region, and what is heard -----------------------------------------------------------

/** Make the bar of the focus the region, or stretch the region to it. */
export function region(roll, stretch) {
  const tick = roll.caret ? roll.caret.tick : roll.focusNote()?.[ONSET] ?? 0;
  const number = roll.doc.bars[barPlace(roll.doc, tick)][0];
  setRegion(roll, stretch ? stretched(roll.view.region?.bars, number) : [number, number]);
}

/** Set the region to bars, and say so. */
export function setRegion(roll, bars) {
  roll.callbacks.region({ parts: new Set(), ...roll.view.region, bars });
  roll.say(`region: ${barsWords(bars)}`);
}

/** Stretch bars so that they reach another one. */
export function stretched(bars, number) {
  if (!bars) return [number, number];
  return [Math.min(bars[0], number), Math.max(bars[1], number)];
}

/** Hear the note that has the focus; false, for others to use the key, while a take is shown. */
export function hear(roll) {
  if (roll.view.take) return false;
  roll.hear(roll.focusNote());
  return true;
}

/** Zoom by a factor around the middle of what is seen. */
export function zoom(roll, factors) {
  roll.zoomBy(factors);
  roll.say("zoom changed");
}

/** Every action by its name. */
export const ACTIONS = {
  walk, walkBeside, walkTo, walkBars, extend, toggleSelected, selectAll, clearSelection, move,
  lengthen, louder, erase, lock, copy, cut, paste, duplicate, openCaret, closeCaret, caretBy,
  caretBars, caretTo, caretLength, addAtCaret, addAfter, region, hear, zoom,
};
