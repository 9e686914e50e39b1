/**
 * What a pointer does between down and up. Each gesture is made with the roll and where it began,
 * and has `move(point)`, `end(point)`, both with whether Alt frees it of the grid; nothing is
 * changed before its end.
 */

import { DURATION, ID, ONSET, PITCH, VELOCITY, snapTick } from "../model.js";
import { setRegion, stretched } from "./actions.js";
import * as edits from "./edits.js";
import { laneVelocity } from "./draw.js";
import { notesInLane } from "./hits.js";
import { pitchAbove, pitchOf, tickOf } from "./layout.js";
import { notesInBox } from "./notes.js";
import { barPlace, floorTick, stepTicks } from "./places.js";

function snapped(roll, tick, free) {
  return free ? Math.max(0, Math.round(tick)) : snapTick(roll.doc, tick, roll.view.snap);
}

function shiftOf(layout, from, point) {
  return (point.x - from.x + layout.scroll.x - from.scroll.x) / layout.perTick;
}

/** Return the notes that go with one: what is selected, or it alone, which is then selected. */
function grasp(roll, note) {
  const { selection } = roll.view;
  if (selection.has(note[ID])) return roll.chosenIn(selection);
  roll.callbacks.select([note[ID]]);
  return [note];
}

/** Draw a note: a click has the length of the last one, a drag its own. */
export class Draw {
  constructor(roll, point) {
    this.roll = roll;
    const { doc } = roll;
    const tick = Math.min(Math.max(0, tickOf(roll.layout, point.x)), doc.length - 1);
    const onset = point.free ? Math.round(tick) : floorTick(doc, tick, roll.view.snap);
    this.note = { onset, pitch: pitchOf(roll.layout, point.y), velocity: roll.velocity };
    this.note.duration = Math.min(roll.length, doc.length - onset);
    this.id = edits.newId();
    this.show();
    roll.callbacks.audition?.(roll.part.id, this.note.pitch, this.note.velocity);
  }

  show() {
    const { onset, pitch, duration, velocity } = this.note;
    this.roll.added = [[this.id, onset, pitch, duration, velocity]];
  }

  move(point) {
    const { roll, note } = this;
    const step = stepTicks(roll.doc, note.onset, roll.view.snap);
    const end = Math.min(roll.doc.length, snapped(roll, tickOf(roll.layout, point.x), point.free));
    note.duration = Math.max(point.free ? 1 : step, end - note.onset);
    this.dragged = true;
    this.show();
  }

  end() {
    const { roll, note } = this;
    if (!roll.commit(edits.drawNote(roll.part.id, note, this.id))) return;
    if (this.dragged) roll.length = note.duration;
    roll.callbacks.select([this.id]);
    roll.focusOn(this.id);
  }
}

/** Move notes, or a copy with Control; without moving, choose the one that was clicked. */
export class Move {
  constructor(roll, point, { note }) {
    Object.assign(this, { roll, note, from: point });
    this.notes = grasp(roll, note);
    roll.focusOn(note[ID]);
    roll.hear(note);
    roll.velocity = note[VELOCITY];
    roll.length = note[DURATION];
    this.pitch = note[PITCH];
  }

  move(point) {
    const { roll, note, from } = this;
    const { layout } = roll;
    const shift = shiftOf(layout, from, point);
    const still = Math.abs(shift * layout.perTick) < 4;
    const ticks = still ? 0 : snapped(roll, note[ONSET] + shift, point.free) - note[ONSET];
    const rise = layout.rowOf.get(pitchOf(layout, from.y + from.scroll.y - layout.scroll.y));
    const rows = rise - layout.rowOf.get(pitchOf(layout, point.y));
    const pitch = (old) => (rows ? pitchAbove(layout, old, rows) : old);
    this.edit = edits.moveNotes(this.notes, { ticks, pitch }, roll.held);
    const draft = draftOf(roll, this.edit);
    this.copies = point.control ? [...draft.values()] : null;
    [roll.draft, roll.added] = this.copies ? [null, this.copies] : [draft, []];
    const now = draft.get(note[ID])?.[PITCH] ?? note[PITCH];
    if (now !== this.pitch) roll.callbacks.audition?.(roll.part.id, now, note[VELOCITY]);
    this.pitch = now;
    this.dragged = true;
  }

  end() {
    const { roll, note } = this;
    if (this.copies?.length) this.copy();
    else if (this.edit) roll.commit(this.edit);
    else if (roll.view.selection.size > 1) roll.callbacks.select([note[ID]]);
  }

  copy() {
    const { roll, copies } = this;
    const first = Math.min(...copies.map((note) => note[ONSET]));
    const room = { end: roll.doc.length, word: "copy" };
    const edit = edits.pasteNotes(roll.part.id, edits.copyNotes(copies), first, room);
    if (!roll.commit(edit)) return;
    roll.callbacks.select(edit.ids);
    roll.focusOn(edit.ids[0]);
  }
}

/** Move an edge of notes. */
export class Resize {
  constructor(roll, point, { note, edge }) {
    Object.assign(this, { roll, note, start: edge === "start", from: point });
    this.notes = grasp(roll, note);
    roll.focusOn(note[ID]);
  }

  move(point) {
    const { roll, note, from, start } = this;
    const { layout } = roll;
    const shift = shiftOf(layout, from, point);
    const place = note[ONSET] + (start ? 0 : note[DURATION]);
    const ticks = snapped(roll, place + shift, point.free) - place;
    const least = point.free ? 1 : stepTicks(roll.doc, note[ONSET], roll.view.snap);
    this.edit = edits.resizeNotes(this.notes, { ticks, start, least }, roll.held);
    roll.draft = draftOf(roll, this.edit);
  }

  end() {
    const { roll, note } = this;
    if (!this.edit) return;
    const now = roll.draft?.get(note[ID]);
    if (roll.commit(this.edit) && now) roll.length = now[DURATION];
  }
}

/** Select what lies in a box. */
export class Marquee {
  constructor(roll, point) {
    Object.assign(this, { roll, before: roll.view.selection });
    this.tick = tickOf(roll.layout, point.x);
    this.row = (point.y - roll.layout.top + roll.layout.scroll.y) / roll.layout.rowHeight;
  }

  move(point) {
    const { layout } = this.roll;
    const x = layout.left + this.tick * layout.perTick - layout.scroll.x;
    const y = layout.top + this.row * layout.rowHeight - layout.scroll.y;
    this.roll.box = {
      x: Math.min(x, point.x), y: Math.min(y, point.y),
      width: Math.abs(point.x - x), height: Math.abs(point.y - y),
    };
  }

  end() {
    const { roll } = this;
    if (!roll.box) return;
    const { x, y, width, height } = roll.box;
    const found = notesInBox(roll.index, {
      start: tickOf(roll.layout, x),
      end: tickOf(roll.layout, x + width),
      low: Math.min(pitchOf(roll.layout, y + height), pitchOf(roll.layout, y)),
      high: Math.max(pitchOf(roll.layout, y + height), pitchOf(roll.layout, y)),
    }).map((note) => note[ID]);
    if (found.length) roll.focusOn(found[0]);
    roll.callbacks.select([...new Set([...this.before, ...found])]);
    roll.say(found.length === 1 ? "1 note selected" : `${found.length} notes selected`);
  }
}

/** Set velocities in the lane: each bar that the pointer passes gets the height of the pointer. */
export class Velocities {
  constructor(roll, point) {
    Object.assign(this, { roll, wanted: new Map() });
    this.move(point);
  }

  move(point) {
    const { roll } = this;
    const near = notesInLane(roll.layout, roll.index, point.x);
    const chosen = near.filter((note) => roll.view.selection.has(note[ID]));
    const velocity = laneVelocity(roll.layout, point.y);
    for (const note of chosen.length ? chosen : near) this.wanted.set(note[ID], velocity);
    const notes = roll.index.notes.filter((note) => this.wanted.has(note[ID]));
    this.edit = edits.setVelocities(notes, (note) => this.wanted.get(note[ID]), roll.held);
    roll.draft = draftOf(roll, this.edit);
  }

  end() {
    this.roll.commit(this.edit);
  }
}

/** Choose bars in the ruler; a click alone seeks, with Shift it stretches the region. */
export class Ruler {
  /** With `handle`, 0 or 1, that end of the region is dragged. */
  constructor(roll, point, handle = null) {
    Object.assign(this, { roll, handle, shift: point.shift, tick: tickOf(roll.layout, point.x) });
    this.from = handle === null ? this.bar(roll, point) : roll.view.region.bars[1 - handle];
  }

  bar(roll, point) {
    return roll.doc.bars[barPlace(roll.doc, tickOf(roll.layout, point.x))][0];
  }

  move(point) {
    const { roll } = this;
    const edge = this.handle === null ? 0 : [6, -6][this.handle];
    const to = this.bar(roll, { x: point.x + edge });
    this.bars = [Math.min(this.from, to), Math.max(this.from, to)];
    roll.region = { ...roll.view.region, bars: this.bars };
  }

  end(point) {
    const { roll } = this;
    if (this.bars) return setRegion(roll, this.bars);
    if (this.handle !== null) return undefined;
    if (this.shift) return setRegion(roll, stretched(roll.view.region?.bars, this.from));
    const tick = Math.max(0, Math.min(this.tick, roll.doc.length));
    return roll.callbacks.seek(snapped(roll, tick, point.free));
  }
}

/** Stretch the region to the bar under a finger that rests on the ruler. */
export function stretchTo(roll, point) {
  const [number] = roll.doc.bars[barPlace(roll.doc, tickOf(roll.layout, point.x))];
  setRegion(roll, stretched(roll.view.region?.bars, number));
}

/** Play the keys at the left. */
export class Keys {
  constructor(roll, point) {
    this.roll = roll;
    this.move(point);
  }

  move(point) {
    const pitch = pitchOf(this.roll.layout, point.y);
    if (pitch !== this.pitch) this.roll.callbacks.audition?.(this.roll.part.id, pitch, 90);
    this.pitch = pitch;
  }

  end() {}
}

/** Move what is seen. */
export class Pan {
  constructor(roll, point) {
    Object.assign(this, { roll, from: point });
  }

  move(point) {
    const { roll, from } = this;
    roll.frame.scroller.scrollTo({
      left: from.scroll.x + from.x - point.x,
      top: from.scroll.y + from.y - point.y,
      behavior: "instant",
    });
  }

  end() {}
}

/** Return the notes as they are after an edit, by id, for drawing while a pointer is down. */
function draftOf(roll, { ops }) {
  const draft = new Map();
  for (const change of ops[0]?.notes ?? []) {
    const note = [...roll.noteOf(change.id)];
    note[ONSET] = change.onset ?? note[ONSET];
    note[PITCH] = change.pitch ?? note[PITCH];
    note[DURATION] = change.duration ?? note[DURATION];
    note[VELOCITY] = change.velocity ?? note[VELOCITY];
    draft.set(change.id, note);
  }
  return draft;
}
