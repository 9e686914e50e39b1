import { TempoMap } from "./tempo.js";

const NEVER = Number.POSITIVE_INFINITY;
/** Seconds past the end of a loop that are made up for; more is a loop that was moved. */
const MOST_OVER = 0.05;

/**
 * Goes through a score in time, and says which notes start and end. It knows no clock but
 * `advance`, so that it plays the same in the page's audio thread and in a test.
 *
 * Times are in seconds from the start of the piece.
 */
export class Sequencer {
  /** @param {{on: Function, off: Function, click: Function, ended: Function}} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    this.playing = false;
    this.position = 0;
    this.loop = null;
    this.sounding = [];
    this.lead = [];
    this.start = 0;
    this.load({
      tempos: [],
      resolution: 480,
      length: 0,
      onsets: [],
      ends: [],
      channels: [],
      pitches: [],
      velocities: [],
      clicks: [],
      accents: [],
    });
  }

  /** Take another score; the place stays on its tick, and notes that are in both ring on. */
  load(score) {
    const map = new TempoMap(score.tempos, score.resolution);
    const move = (seconds) => map.seconds(this.map ? this.map.tick(seconds) : 0);
    const before = this.sounding;
    this.position = move(this.position);
    this.start = move(this.start);
    this.score = score;
    this.map = map;
    this.onsets = Float64Array.from(score.onsets, (tick) => map.seconds(tick));
    this.ends = Float64Array.from(score.ends, (tick) => map.seconds(tick));
    this.clicks = Float64Array.from(score.clicks, (tick) => map.seconds(tick));
    this.end = map.seconds(score.length);
    if (this.loopTicks) this.setLoop(this.loopTicks);
    this.#place();
    this.sounding = before.map((note) => this.#same(note)).filter((note) => note !== null);
  }

  /** @param {{start: number, end: number}|null} loop ticks */
  setLoop(loop) {
    this.loopTicks = loop && loop.end > loop.start ? loop : null;
    this.loop = this.loopTicks && {
      start: this.map.seconds(loop.start),
      end: this.map.seconds(loop.end),
    };
  }

  /**
   * Start at a tick.
   * @param {number} tick
   * @param {{step: number, beats: number}|null} countIn clicks before it, step in ticks
   */
  play(tick, countIn = null) {
    this.#release();
    this.start = this.map.seconds(tick);
    const step = this.map.seconds(tick + (countIn?.step ?? 0)) - this.start;
    const beats = countIn?.beats ?? 0;
    this.lead = Array.from({ length: beats }, (_, i) => this.start - (beats - i) * step);
    this.position = this.start - beats * step;
    this.playing = true;
    this.#place();
  }

  stop() {
    this.playing = false;
    this.lead = [];
    this.position = Math.max(this.position, this.start);
    this.#release();
  }

  seek(tick) {
    this.#release();
    this.lead = [];
    this.position = this.map.seconds(tick);
    this.start = this.position;
    this.#place();
  }

  /** The tick that the page shows: it stands still during a count-in. */
  get tick() {
    return this.map.tick(Math.max(this.position, this.start));
  }

  /** Whether it still counts in. */
  get counting() {
    return this.playing && this.position < this.start;
  }

  /** Seconds until something happens; 0 if it is due. */
  get untilNext() {
    if (!this.playing) return NEVER;
    const next = Math.min(
      this.onsets[this.note] ?? NEVER,
      this.lead[0] ?? NEVER,
      this.clicks[this.click] ?? NEVER,
      this.position < this.start ? this.start : NEVER,
      this.#turn(),
      this.sounding.reduce((least, note) => Math.min(least, note.end), NEVER),
    );
    return Math.max(0, next - this.position);
  }

  /** Let time pass. Call `fire` when something is due. */
  advance(seconds) {
    if (this.playing) this.position += seconds;
  }

  /** Do what is due at the place where we are. */
  fire() {
    if (!this.playing) return;
    if (this.position >= this.#turn()) this.#goRound();
    this.#endNotes();
    this.#clickClicks();
    while (this.onsets[this.note] <= this.position) this.#startNote(this.note++);
  }

  #turn() {
    return this.loop && this.start < this.loop.end ? this.loop.end : this.end;
  }

  #goRound() {
    this.#release();
    if (!this.loop || this.start >= this.loop.end) {
      this.playing = false;
      this.position = this.end;
      this.start = this.end;
      this.callbacks.ended();
      return;
    }
    const over = this.position - this.loop.end;
    this.position = this.loop.start + (over > 0 && over < MOST_OVER ? over : 0);
    this.start = this.loop.start;
    this.#place(this.loop.start);
  }

  #startNote(index) {
    const { channels, pitches, velocities, onsets } = this.score;
    const note = { channel: channels[index], pitch: pitches[index], onset: onsets[index] };
    if (this.ends[index] <= this.position) return;
    this.sounding.push({ ...note, end: this.ends[index] });
    this.callbacks.on(note.channel, note.pitch, velocities[index]);
  }

  #endNotes() {
    if (!this.sounding.some((note) => note.end <= this.position)) return;
    for (const note of this.sounding) {
      if (note.end <= this.position) this.callbacks.off(note.channel, note.pitch);
    }
    this.sounding = this.sounding.filter((note) => note.end > this.position);
  }

  #clickClicks() {
    while (this.lead[0] <= this.position) {
      const first = this.lead.length === this.leadLength;
      this.lead.shift();
      this.callbacks.click(first ? 1 : 0, true);
    }
    while (this.clicks[this.click] <= this.position) {
      this.callbacks.click(this.score.accents[this.click++], false);
    }
  }

  #release() {
    for (const note of this.sounding) this.callbacks.off(note.channel, note.pitch);
    this.sounding = [];
  }

  /** Find the first note and click from a time on. */
  #place(from = Math.max(this.position, this.start)) {
    this.leadLength = this.lead.length;
    this.note = firstFrom(this.onsets, from);
    this.click = firstFrom(this.clicks, from);
  }

  /** Return a sounding note as it is in the score that was loaded; null if it has ended. */
  #same(note) {
    const { onsets, channels, pitches } = this.score;
    let index = firstFrom(onsets, note.onset);
    for (; onsets[index] === note.onset; index++) {
      const found = channels[index] === note.channel && pitches[index] === note.pitch;
      if (found && this.ends[index] > this.position) return { ...note, end: this.ends[index] };
    }
    this.callbacks.off(note.channel, note.pitch);
    return null;
  }
}

/** Return the index of the first value that is at least `from`, but for rounding. */
function firstFrom(sorted, from) {
  const least = from - 1e-9;
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
