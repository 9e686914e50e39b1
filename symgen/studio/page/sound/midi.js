import { snapTick, snapTicks } from "../model.js";

const NOTE_OFF = 0x80;
const NOTE_ON = 0x90;
const CONTROL = 0xb0;
const SUSTAIN = 64;

export const MIDI_SAID = {
  none: "This browser has no MIDI. The keyboard on the page works without it.",
  refused: "The browser did not let the page use MIDI. Allow it in the settings of this site.",
  empty: "No MIDI keyboard is connected. Connect one; it is found at once.",
};

/** What cannot be had of MIDI; its message is for the player. */
export class MidiError extends Error {}

/** MIDI keyboards, connected now or later. */
export class MidiKeyboard {
  /**
   * @param {object} callbacks
   * @param {(pitch: number, velocity: number, moment: number) => void} callbacks.onNoteOn
   * @param {(pitch: number, moment: number) => void} callbacks.onNoteOff after the pedal is up
   * @param {(names: string[]) => void} [callbacks.onDevices] the keyboards that are there now
   */
  constructor({ onNoteOn, onNoteOff, onDevices = () => {} }) {
    this.onNoteOn = onNoteOn;
    this.onNoteOff = onNoteOff;
    this.onDevices = onDevices;
    this.down = new Set();
    this.pedalled = new Set();
    this.pedal = false;
  }

  /** Ask for MIDI, on a click: the browser asks its user. @throws {MidiError} */
  async connect() {
    if (!navigator.requestMIDIAccess) throw new MidiError(MIDI_SAID.none);
    try {
      this.access = await navigator.requestMIDIAccess({ sysex: false });
    } catch (error) {
      throw new MidiError(MIDI_SAID.refused, { cause: error });
    }
    this.access.onstatechange = () => this.#listen();
    return this.#listen();
  }

  /** Let go of all keyboards and end what they hold. */
  disconnect() {
    if (!this.access) return;
    this.access.onstatechange = null;
    for (const input of this.access.inputs.values()) input.onmidimessage = null;
    this.access = null;
    this.#releaseAll(performance.now());
  }

  #listen() {
    const inputs = [...this.access.inputs.values()].filter((port) => port.state !== "disconnected");
    for (const input of inputs) {
      input.onmidimessage = ({ data, timeStamp }) => this.#receive(data, timeStamp);
    }
    if (!inputs.length) this.#releaseAll(performance.now());
    const names = inputs.map((input) => input.name || "MIDI keyboard");
    this.onDevices(names);
    return names;
  }

  #receive([status, first, second], moment) {
    const kind = status & 0xf0;
    if (kind === NOTE_ON && second > 0) this.#press(first, second, moment);
    else if (kind === NOTE_OFF || kind === NOTE_ON) this.#lift(first, moment);
    else if (kind === CONTROL && first === SUSTAIN) this.#movePedal(second >= 64, moment);
  }

  #press(pitch, velocity, moment) {
    if (this.down.has(pitch) || this.pedalled.delete(pitch)) this.onNoteOff(pitch, moment);
    this.down.add(pitch);
    this.onNoteOn(pitch, velocity, moment);
  }

  #lift(pitch, moment) {
    if (!this.down.delete(pitch)) return;
    if (this.pedal) this.pedalled.add(pitch);
    else this.onNoteOff(pitch, moment);
  }

  #movePedal(isDown, moment) {
    this.pedal = isDown;
    if (isDown) return;
    for (const pitch of this.pedalled) this.onNoteOff(pitch, moment);
    this.pedalled.clear();
  }

  #releaseAll(moment) {
    for (const pitch of new Set([...this.down, ...this.pedalled])) this.onNoteOff(pitch, moment);
    this.down.clear();
    this.pedalled.clear();
    this.pedal = false;
  }
}

/** @typedef {{onset: number, pitch: number, duration: number, velocity: number}} Played */

/** Turns keys that are pressed while the piece plays into notes of the piece. */
export class Recorder {
  /**
   * @param {object} options
   * @param {() => object} options.document the piece as it is now
   * @param {(moment: number) => number} options.tickAt `Player.tickAt`
   * @param {() => string} options.snap "1/16", …; "off" keeps the notes as they were played
   * @param {(note: Played) => void} options.onNote told of each note when it ends
   */
  constructor({ document, tickAt, snap, onNote }) {
    Object.assign(this, { document, tickAt, snap, onNote });
    this.open = new Map();
    this.running = false;
  }

  start() {
    this.running = true;
  }

  /** End with the notes that are still held. */
  stop(moment = performance.now()) {
    for (const pitch of [...this.open.keys()]) this.noteOff(pitch, moment);
    this.running = false;
  }

  noteOn(pitch, velocity, moment = performance.now()) {
    if (!this.running) return;
    if (this.open.has(pitch)) this.noteOff(pitch, moment);
    this.open.set(pitch, { onset: this.tickAt(moment), velocity });
  }

  noteOff(pitch, moment = performance.now()) {
    const note = this.open.get(pitch);
    if (!note) return;
    this.open.delete(pitch);
    const doc = this.document();
    const end = this.tickAt(moment);
    // Where the loop turned meanwhile, the note lasts a beat.
    const duration = end > note.onset ? end - note.onset : doc.resolution;
    const played = { onset: note.onset, pitch, duration, velocity: note.velocity };
    const fitted = fit(doc, played, this.snap());
    if (fitted) this.onNote(fitted);
  }
}

/**
 * Put a played note on whole ticks within the piece, and on the grid if there is one.
 * @param {object} doc
 * @param {Played} note
 * @param {string} snap
 * @returns {Played|null} null if it lies past the end
 */
export function fit(doc, note, snap) {
  const step = snapTicks(doc, snap);
  const place = (tick) => (step > 1 ? snapTick(doc, tick, snap) : Math.round(tick));
  const onset = Math.max(0, place(note.onset));
  if (onset >= doc.length) return null;
  const least = Math.max(1, Math.round(step));
  const end = Math.min(doc.length, Math.max(place(note.onset + note.duration), onset + least));
  return { onset, pitch: note.pitch, duration: end - onset, velocity: note.velocity };
}
