import { countInOf, scoreOf } from "./score.js";
import { SoundError, Synth } from "./synth.js";
import { TempoMap } from "./tempo.js";

/**
 * @typedef {object} PlayerState
 * @property {boolean} playing
 * @property {boolean} loading the sounds are on their way
 * @property {boolean} locked the browser waits for a click or a key before it sounds
 * @property {string} error what to tell the listener; "" if there is sound
 */

/** @typedef {{volume: number, pan: number, mute: boolean, solo: boolean}} Mix 1 is as written */

/** Milliseconds since it was last used until the audio may sleep. */
const REST = 1000;

export const PLAIN_MIX = Object.freeze({ volume: 1, pan: 0, mute: false, solo: false });

/** Plays a document, and single notes, through the synthesizer. */
export class Player {
  /**
   * @param {object} options
   * @param {string} options.fontUrl where the soundfont is
   * @param {(tick: number) => void} [options.onTick] the place, once a frame while it moves
   * @param {(state: PlayerState) => void} [options.onState]
   * @param {(peaks: Map<string, number>) => void} [options.onLevels] peak of each part, 0 to 1
   */
  constructor({ fontUrl, onTick = () => {}, onState = () => {}, onLevels = () => {} }) {
    this.fontUrl = fontUrl;
    this.onTick = onTick;
    this.onState = onState;
    this.onLevels = onLevels;
    this.state = { playing: false, loading: false, locked: false, error: "" };
    this.channels = new Map();
    this.mixes = new Map();
    this.tick = 0;
    this.countIn = false;
    this.doc = null;
    this.map = new TempoMap([], 480);
    this.run = 0;
    this.turn = 0;
  }

  /** Load the sounds; all else works before, and waits for them. @throws {SoundError} */
  async ready() {
    this.loaded ??= this.#load();
    return this.loaded;
  }

  async #load() {
    this.#say({ loading: true });
    try {
      this.synth = new Synth(this.fontUrl, (message) => this.#told(message));
      this.#unlockByGesture();
      if (this.doc) this.#sendDocument();
      this.#send({ type: "loop", loop: this.loop ?? null });
      this.#send({ type: "metronome", on: Boolean(this.metronome) });
      await this.synth.start();
      await this.synth.prepare();
      this.#say({ loading: false, error: "" });
    } catch (error) {
      this.loaded = null;
      await this.synth?.close();
      this.#say({ loading: false, playing: false, error: error.message });
      throw error;
    }
  }

  /**
   * Take a document, or its next state while it plays: the place is kept.
   * @param {object} doc the piece
   * @param {Object<string, Mix>} [mix] by part
   * @param {object|null} [take] a take's document, heard in place of the piece
   */
  load(doc, mix = {}, take = null) {
    this.doc = take ?? doc;
    this.map = new TempoMap(this.doc.tempos, this.doc.resolution);
    this.mixes = new Map(Object.entries(mix ?? {}));
    this.#assignChannels();
    this.#sendDocument();
  }

  /** A part keeps its channel, so that a change elsewhere does not cut its notes. */
  #assignChannels() {
    const present = new Set(this.doc.parts.map((part) => part.id));
    for (const id of this.channels.keys()) if (!present.has(id)) this.channels.delete(id);
    const taken = new Set(this.channels.values());
    let free = 0;
    for (const part of this.doc.parts) {
      if (this.channels.has(part.id)) continue;
      while (taken.has(free)) free += 1;
      taken.add(free);
      this.channels.set(part.id, free);
    }
  }

  #sendDocument() {
    const channels = [];
    for (const part of this.doc.parts) {
      channels[this.channels.get(part.id)] = { program: part.program, is_drum: part.is_drum };
    }
    for (let i = 0; i < channels.length; i++) channels[i] ??= { program: 0, is_drum: false };
    this.#send({ type: "channels", channels });
    this.#send({ type: "score", score: scoreOf(this.doc, (id) => this.channels.get(id)) });
    this.#sendMix();
  }

  /** Play from a tick; from the start where the piece has ended. */
  async play(fromTick = this.tick) {
    const run = ++this.run;
    this.tick = this.#isLoopable() || fromTick < this.#length() ? fromTick : 0;
    try {
      const loaded = this.ready();
      this.#wake();
      await loaded;
      if (run !== this.run) return;
      this.#wake();
      this.#say({ loading: true });
      await this.synth.prepare();
    } catch (error) {
      this.#say({ loading: false });
      if (error instanceof SoundError) return;
      throw error;
    }
    if (run !== this.run) return;
    const countIn = this.countIn && this.metronome ? countInOf(this.doc, this.tick) : null;
    this.#wake();
    this.anchor = null;
    this.#send({ type: "play", tick: this.tick, countIn, turn: ++this.turn });
    this.#say({ loading: false, playing: true });
    this.#follow(run);
  }

  stop() {
    this.run += 1;
    this.#send({ type: "stop" });
    this.#say({ loading: false, playing: false });
  }

  /** Go to a tick, playing or not. */
  seek(tick) {
    this.tick = tick;
    this.anchor = null;
    if (this.state.playing) this.#send({ type: "seek", tick, turn: ++this.turn });
    this.onTick(tick);
  }

  /** Sound a note at once, until `noteOff`. */
  noteOn(partId, pitch, velocity = 90) {
    const channel = this.channels.get(partId);
    if (channel === undefined) return;
    this.ready().catch(() => {});
    this.#wake();
    this.#send({ type: "noteOn", channel, pitch, velocity });
  }

  noteOff(partId, pitch) {
    const channel = this.channels.get(partId);
    if (channel !== undefined) this.#send({ type: "noteOff", channel, pitch });
  }

  /** @param {{start: number, end: number}|null} loop ticks */
  setLoop(loop) {
    this.loop = loop;
    this.#send({ type: "loop", loop });
  }

  /** Turn the metronome on or off, and a bar of clicks before playing. */
  setMetronome(on, countIn = false) {
    this.metronome = on;
    this.countIn = countIn;
    this.#send({ type: "metronome", on });
  }

  /** @param {string} partId @param {Partial<Mix>} mix */
  setMix(partId, mix) {
    this.mixes.set(partId, { ...PLAIN_MIX, ...this.mixes.get(partId), ...mix });
    this.#sendMix();
  }

  #sendMix() {
    const mixOf = (id) => ({ ...PLAIN_MIX, ...this.mixes.get(id) });
    const solo = [...this.channels.keys()].some((id) => mixOf(id).solo);
    for (const [id, channel] of this.channels) {
      const mix = mixOf(id);
      const silent = mix.mute || (solo && !mix.solo);
      this.#send({ type: "mix", channel, gain: silent ? 0 : mix.volume, pan: mix.pan });
    }
  }

  /** @returns {AnalyserNode|null} what is heard, for meters and tests */
  get analyser() {
    return this.synth?.analyser ?? null;
  }

  /** Free the audio device. */
  async close() {
    this.run += 1;
    await this.synth?.close();
  }

  #send(message) {
    this.synth?.send(message);
  }

  #say(change) {
    const next = { ...this.state, ...change };
    const same = Object.keys(next).every((key) => next[key] === this.state[key]);
    this.state = next;
    if (!same) this.onState(next);
  }

  #told(message) {
    if (message.type === "place") this.#place(message);
    else if (message.type === "idle") this.#rest();
    else if (message.type === "failed") this.#say({ error: message.error.message });
    else if (message.type === "ended") this.#end();
  }

  #place({ tick, playing, counting, time, peaks, turn }) {
    // What was said before the last jump is of the place before it.
    const known = playing && turn === this.turn;
    if (known) this.anchor = { seconds: this.map.seconds(tick), time, still: counting };
    const levels = [...this.channels].map(([id, channel]) => [id, peaks[channel] ?? 0]);
    this.onLevels(new Map(levels));
  }

  #end() {
    this.run += 1;
    this.tick = this.#length();
    this.#say({ playing: false });
    this.onTick(this.tick);
  }

  /** Tell the place once a frame; between two reports it moves with the clock. */
  #follow(run) {
    requestAnimationFrame(() => {
      if (run !== this.run || !this.state.playing) return;
      if (this.anchor) {
        this.tick = this.#forward(this.tickAt());
        this.onTick(this.tick);
      }
      this.#follow(run);
    });
  }

  /** The clocks of sound and picture drift by moments: the cursor does not tremble with them. */
  #forward(tick) {
    const back = this.tick - tick;
    return back > 0 && back < this.doc.resolution / 16 ? this.tick : tick;
  }

  /**
   * Return the tick that was heard at a moment, such as that of a key on a keyboard.
   * @param {number} [moment] as `performance.now()` and `event.timeStamp` count
   */
  tickAt(moment = performance.now()) {
    if (!this.anchor || !this.state.playing) return this.tick;
    const { context } = this.synth;
    const ago = (performance.now() - moment) / 1000;
    const heard = context.currentTime - (context.outputLatency || 0) - ago;
    const passed = this.anchor.still ? 0 : heard - this.anchor.time;
    const tick = this.#within(this.map.tick(this.anchor.seconds + passed));
    return Math.max(0, Math.min(this.#length(), tick));
  }

  #within(tick) {
    const { loop } = this;
    if (!loop || this.map.tick(this.anchor.seconds) > loop.end || tick < loop.end) return tick;
    return loop.start + (tick - loop.end);
  }

  #isLoopable() {
    return Boolean(this.loop) && this.loop.end > this.loop.start;
  }

  #length() {
    return this.doc ? this.doc.length : 0;
  }

  #wake() {
    this.used = performance.now();
    if (this.synth?.context.state === "suspended") this.synth.context.resume().catch(() => {});
  }

  /** Nothing sounds: let the audio thread sleep, unless it was just asked for more. */
  #rest() {
    const asked = performance.now() - this.used < REST;
    if (!this.state.playing && !asked) this.synth.context.suspend();
  }

  /** Browsers keep a page silent until it is used. */
  #unlockByGesture() {
    const { context } = this.synth;
    const gestures = ["pointerdown", "keydown"];
    const unlock = () => {
      context.resume().catch(() => {});
      if (this.state.locked) this.#say({ locked: false });
      for (const name of gestures) removeEventListener(name, unlock, true);
    };
    if (context.state === "running") return;
    for (const name of gestures) addEventListener(name, unlock, true);
    this.#say({ locked: true });
    context.addEventListener("statechange", () => {
      if (context.state === "running") this.#say({ locked: false });
    });
  }
}
