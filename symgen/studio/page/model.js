/**
 * The document of a piece, as pure functions: nothing here changes what it is given.
 *
 * `applyOps` does what `symgen.studio.changes.apply` does on the server, op for op; `piece` (tempo,
 * bars, meter, key) is the server's alone, which then tells pages to get the document again.
 * Notes are arrays `[id, onset, pitch, duration, velocity]`, onset and duration in ticks.
 */

export const ID = 0;
export const ONSET = 1;
export const PITCH = 2;
export const DURATION = 3;
export const VELOCITY = 4;

const FIELDS = { onset: ONSET, pitch: PITCH, duration: DURATION, velocity: VELOCITY };
const SHARPS = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
const FLATS = ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"];
/** By how many semitones the major scale of the same key signature lies above a mode's tonic. */
const TO_MAJOR = {
  major: 0,
  ionian: 0,
  minor: 3,
  aeolian: 3,
  dorian: 10,
  phrygian: 8,
  lydian: 7,
  mixolydian: 5,
  locrian: 1,
};

/** An op that does not fit the document. */
export class MisfitError extends Error {}

/**
 * Return the document after some ops; parts that they leave alone are shared with the old one.
 * @param {object} doc
 * @param {object[]} ops
 * @returns {object}
 * @throws {MisfitError} if an op names something that is not there, or adds what is
 */
export function applyOps(doc, ops) {
  return ops.reduce((now, op) => {
    const apply = OPS[op.op];
    if (!apply) throw new MisfitError(`unknown change: ${op.op}`);
    return apply(now, op);
  }, doc);
}

const OPS = {
  add: addNotes,
  remove: removeNotes,
  set: setNotes,
  lock: lockNotes,
  add_part: addPart,
  remove_part: removePart,
  set_part: setPart,
};

function addNotes(doc, { notes }) {
  const known = noteIds(doc);
  const fresh = new Map();
  for (const note of notes) {
    if (known.has(note.id)) throw new MisfitError(`note ${note.id} is there already`);
    known.add(note.id);
    if (!doc.parts.some((part) => part.id === note.part)) {
      throw new MisfitError(`no part ${note.part}`);
    }
    const row = [note.id, note.onset, note.pitch, note.duration, note.velocity];
    fresh.set(note.part, [...(fresh.get(note.part) ?? []), row]);
  }
  return withParts(doc, (part) => {
    const rows = fresh.get(part.id);
    return rows ? { ...part, notes: inOrder([...part.notes, ...rows]) } : part;
  });
}

function removeNotes(doc, { ids }) {
  const gone = demand(doc, ids);
  const left = withParts(doc, (part) => {
    const notes = part.notes.filter((note) => !gone.has(note[ID]));
    return notes.length === part.notes.length ? part : { ...part, notes };
  });
  return { ...left, locked: doc.locked.filter((id) => !gone.has(id)) };
}

function setNotes(doc, { notes }) {
  demand(doc, notes.map((note) => note.id));
  const changes = new Map(notes.map((note) => [note.id, note]));
  return withParts(doc, (part) => {
    if (!part.notes.some((note) => changes.has(note[ID]))) return part;
    const rows = part.notes.map((note) => setNote(note, changes.get(note[ID])));
    return { ...part, notes: inOrder(rows) };
  });
}

function setNote(note, change) {
  if (!change) return note;
  const row = [...note];
  for (const [name, place] of Object.entries(FIELDS)) {
    if (change[name] !== undefined) row[place] = change[name];
  }
  return row;
}

function lockNotes(doc, { ids, locked }) {
  const chosen = demand(doc, ids);
  if (!locked) return { ...doc, locked: doc.locked.filter((id) => !chosen.has(id)) };
  return { ...doc, locked: [...new Set([...doc.locked, ...ids])].sort() };
}

function addPart(doc, { part }) {
  if (doc.parts.some((other) => other.id === part.id)) {
    throw new MisfitError(`part ${part.id} is there already`);
  }
  return { ...doc, parts: [...doc.parts, { instrument: "", notes: [], ...part }] };
}

function removePart(doc, { id }) {
  const part = demandPart(doc, id);
  if (doc.parts.length === 1) throw new MisfitError("the last part stays");
  const gone = new Set(part.notes.map((note) => note[ID]));
  return {
    ...doc,
    parts: doc.parts.filter((other) => other.id !== id),
    locked: doc.locked.filter((note) => !gone.has(note)),
  };
}

function setPart(doc, { id, name, program }) {
  demandPart(doc, id);
  return withParts(doc, (part) => {
    if (part.id !== id) return part;
    const changed = { ...part, name: name ?? part.name };
    if (program !== undefined) changed.program = program;
    return changed;
  });
}

function withParts(doc, change) {
  return { ...doc, parts: doc.parts.map(change) };
}

function inOrder(notes) {
  return notes.sort(
    (a, b) =>
      a[ONSET] - b[ONSET] ||
      a[PITCH] - b[PITCH] ||
      a[DURATION] - b[DURATION] ||
      a[VELOCITY] - b[VELOCITY] ||
      (a[ID] < b[ID] ? -1 : 1),
  );
}

function noteIds(doc) {
  return new Set(doc.parts.flatMap((part) => part.notes.map((note) => note[ID])));
}

function demand(doc, ids) {
  const known = noteIds(doc);
  const missing = ids.find((id) => !known.has(id));
  if (missing !== undefined) throw new MisfitError(`no note ${missing}`);
  return new Set(ids);
}

function demandPart(doc, id) {
  const part = doc.parts.find((other) => other.id === id);
  if (!part) throw new MisfitError(`no part ${id}`);
  return part;
}

/**
 * Return the bar `[number, start, end]` that a tick lies in; the first or last bar beyond the ends.
 * @param {object} doc
 * @param {number} tick
 */
export function barAt(doc, tick) {
  const { bars } = doc;
  let [low, high] = [0, bars.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (bars[middle][1] <= tick) low = middle;
    else high = middle - 1;
  }
  return bars[low] ?? [1, 0, doc.length];
}

/** Return the ticks of one beat (the lower number of the meter) at a tick. */
export function beatTicks(doc, tick) {
  return (doc.resolution * 4) / Number(meterAt(doc, tick).split("/")[1]);
}

/** Return the meter at a tick, as "3/4". */
export function meterAt(doc, tick) {
  return lastBefore(doc.meters, tick)?.[1] ?? "4/4";
}

/** Return the tempo at a tick, in quarters a minute. */
export function tempoAt(doc, tick) {
  return 60e6 / (lastBefore(doc.tempos, tick)?.[1] ?? 500000);
}

/** Return the chord that sounds at a tick, as "Am7", or null. */
export function chordAt(doc, tick) {
  return lastBefore(doc.chords, tick)?.[1] ?? null;
}

function lastBefore(rows, tick) {
  let found = rows[0];
  for (const row of rows) {
    if (row[0] > tick) break;
    found = row;
  }
  return found;
}

/**
 * Say where a tick lies: bar 5, beat 2 is "5.2", and half a beat later "5.2+1/2".
 * @param {object} doc
 * @param {number} tick
 * @returns {string}
 */
export function beatText(doc, tick) {
  const [number, start] = barAt(doc, tick);
  const beat = beatTicks(doc, tick);
  const into = Math.max(0, tick - start);
  const rest = Math.round(into % beat);
  const whole = `${number}.${Math.floor(into / beat) + 1}`;
  if (!rest) return whole;
  const common = divisor(rest, beat);
  return `${whole}+${rest / common}/${beat / common}`;
}

function divisor(a, b) {
  return b ? divisor(b, a % b) : a;
}

/**
 * Name a pitch as the key spells it: 61 is "Db4" in A flat major and "C#4" in D major.
 * @param {number} pitch MIDI number, middle C is 60
 * @param {{tonic: number, mode: string}} [key]
 * @returns {string}
 */
export function pitchName(pitch, key) {
  const names = key && fifths(key) < 0 ? FLATS : SHARPS;
  return `${names[((pitch % 12) + 12) % 12]}${Math.floor(pitch / 12) - 1}`;
}

/** Return the sharps of a key, minus its flats: -5 to 6. */
export function fifths({ tonic, mode }) {
  const place = (((tonic ?? 0) + (TO_MAJOR[mode] ?? 0)) * 7) % 12;
  return place > 6 ? place - 12 : place;
}

/** Say a key: "A minor"; "" where the document has none. */
export function keyName(key) {
  if (!key || key.origin === "none" || key.tonic === null) return "";
  const names = fifths(key) < 0 ? FLATS : SHARPS;
  return `${names[key.tonic]} ${key.mode}`;
}

/**
 * Return the ticks of one step of a grid, as "1/16" or "1/8t"; 1 for "off".
 * @param {object} doc
 * @param {string} snap
 */
export function snapTicks(doc, snap) {
  const found = /^1\/(\d+)(t?)$/.exec(snap ?? "");
  if (!found) return 1;
  return ((doc.resolution * 4) / Number(found[1])) * (found[2] ? 2 / 3 : 1);
}

/**
 * Return the tick of the grid that is nearest; the grid starts anew in each bar.
 * @param {object} doc
 * @param {number} tick
 * @param {string} snap "1/16", "1/8t", …; anything else leaves the tick as it is
 * @returns {number}
 */
export function snapTick(doc, tick, snap) {
  const [, start, end] = barAt(doc, Math.max(0, tick));
  const step = snapTicks(doc, snap);
  const place = start + Math.round((tick - start) / step) * step;
  return Math.max(0, Math.round(Math.min(place, Math.max(end, start))));
}

/** Return the ticks `[start, end]` of bars a to b, by their numbers. */
export function barRange(doc, [first, last]) {
  const within = doc.bars.filter(([number]) => number >= first && number <= last);
  return within.length ? [within[0][1], within.at(-1)[2]] : [0, 0];
}

/** Return every note `[part, note]` of a document. */
export function allNotes(doc) {
  return doc.parts.flatMap((part) => part.notes.map((note) => [part, note]));
}

/** Return the ids of the notes that start in a region, `{bars, parts}`. */
export function notesWithin(doc, region) {
  const [start, end] = region.bars ? barRange(doc, region.bars) : [0, doc.length];
  const parts = region.parts?.size ? region.parts : new Set(doc.parts.map((part) => part.id));
  return allNotes(doc)
    .filter(([part, note]) => parts.has(part.id) && note[ONSET] >= start && note[ONSET] < end)
    .map(([, note]) => note[ID]);
}
