import { SoundBankLoader, SpessaLog, SpessaSynthProcessor } from "../vendor/spessasynth_core.js";
import { Clicks } from "./clicks.js";
import { Limiter, peakOf } from "./limiter.js";
import { nearestProgram } from "./programs.js";
import { Sequencer } from "./sequencer.js";

export const BLOCK = 128;
/** Frames: notes start on a grid this fine, a third of a millisecond. */
const GRAIN = 16;
/** Blocks between two reports of the place and the levels: about 1/30 of a second. */
const REPORT = 12;
const SILENT = 1e-4;
/** A lone piano note then peaks at about -14 dB; the limiter keeps the tutti. */
const MASTER = 2.5;

/**
 * The sound of the studio: synthesizer, sequencer, metronome and limiter, in the audio thread.
 *
 * It is told what to do by messages, `{type, …}`, one method each, and renders blocks of 128
 * frames. What it has to say goes to `post`. Samples come compressed in the soundfont; the page
 * has those of a preset decoded when it is asked for, as that takes longer than a block may.
 */
export class Engine {
  /**
   * @param {number} rate frames a second
   * @param {(message: object, transfer?: Transferable[]) => void} post
   */
  constructor(rate, post) {
    SpessaLog.setLogLevel(false, false, false);
    this.rate = rate;
    this.post = post;
    this.synth = new SpessaSynthProcessor(rate, { eventsEnabled: false });
    this.synth.setSystemParameter("gain", MASTER);
    this.limiter = new Limiter(BLOCK, rate);
    this.clicks = new Clicks(rate);
    this.metronome = false;
    this.channels = [];
    this.buffers = [];
    this.peaks = [];
    this.ready = new Map();
    this.waiting = [];
    this.held = [];
    this.asked = new Set();
    this.needed = new Set();
    this.samples = new Map();
    this.blocks = 0;
    this.quiet = 0;
    this.frame = 0;
    this.turn = 0;
    this.setChannels([]);
    this.sequencer = new Sequencer({
      on: (channel, pitch, velocity) => this.#strike(channel, pitch, velocity),
      off: (channel, pitch) => this.synth.noteOff(channel, pitch),
      click: (accent, lead) => this.#tap(accent, lead),
      ended: () => this.post({ type: "ended" }),
    });
  }

  /** @param {object} message its type is the name of a method below */
  receive(message) {
    const act = MESSAGES[message.type];
    if (act) act(this, message);
  }

  /** Read a soundfont. @param {ArrayBuffer} data */
  font(data) {
    const bank = SoundBankLoader.fromArrayBuffer(data);
    this.synth.soundBankManager.addSoundBank(bank, "main");
    const presets = this.synth.soundBankManager.selectablePresetList;
    this.programs = new Set(presets.filter((p) => !p.isDrum).map((p) => p.program));
    this.#seat(this.channels);
    this.post({ type: "font", presets: presets.length });
  }

  /** Say what plays on each channel. @param {{program: number, is_drum: boolean}[]} channels */
  setChannels(channels) {
    this.channels = channels;
    while (this.synth.midiChannels.length < channels.length) this.synth.createMIDIChannel();
    while (this.buffers.length < this.synth.midiChannels.length) {
      this.buffers.push([new Float32Array(BLOCK), new Float32Array(BLOCK)]);
    }
    this.#seat(channels);
  }

  #seat(channels) {
    if (!this.programs) return;
    channels.forEach(({ program, is_drum: isGMGSDrum }, place) => {
      const channel = this.synth.midiChannels[place];
      const found = isGMGSDrum ? program : (nearestProgram(program, this.programs) ?? 0);
      const { patch } = channel;
      if (patch.isGMGSDrum === isGMGSDrum && patch.program === found) return;
      channel.setPatch({ bankMSB: 0, bankLSB: 0, isGMGSDrum, program: found });
    });
    this.#want();
  }

  /** Take a score; what its notes need is decoded first. */
  setScore(score) {
    this.sequencer.load(score);
    if (this.programs) this.#want();
  }

  /** Play from a tick. `turn` comes back with each place, to tell it from those before. */
  play(tick, countIn, turn) {
    this.turn = turn;
    this.sequencer.play(tick, countIn);
  }

  seek(tick, turn) {
    this.turn = turn;
    this.sequencer.seek(tick);
  }

  /** Answer "prepared" when all notes of the score can sound. */
  prepare(id) {
    this.waiting.push(id);
    this.#settle();
  }

  /** Ask the page to decode what the score needs, and then the rest of its presets. */
  #want() {
    const { midiChannels } = this.synth;
    const rest = this.channels.flatMap((_, place) => samplesOf(midiChannels[place].preset));
    const { channels, pitches, velocities } = this.sequencer.score;
    for (let i = 0; i < channels.length; i++) {
      const { preset } = midiChannels[channels[i]];
      if (this.#isReady(preset, pitches[i], velocities[i])) continue;
      for (const sample of samplesOf(preset, pitches[i], velocities[i])) this.needed.add(sample);
    }
    this.#ask([...this.needed, ...rest]);
    this.#settle();
  }

  #ask(samples) {
    const fresh = [];
    for (const sample of samples) {
      if (sample.audioData || this.asked.has(sample)) continue;
      this.asked.add(sample);
      const id = this.asked.size;
      this.samples.set(id, sample);
      const bytes = sample.compressedData.slice().buffer;
      fresh.push({ id, bytes, rate: sample.sampleRate });
    }
    const transfer = fresh.map((sample) => sample.bytes);
    if (fresh.length) this.post({ type: "decode", samples: fresh }, transfer);
  }

  /** Take a decoded sample. @param {number} id @param {Float32Array} frames */
  sample(id, frames) {
    const sample = this.samples.get(id);
    this.samples.delete(id);
    sample.setAudioData(frames, sample.sampleRate);
    this.#settle();
  }

  #settle() {
    if (!this.programs) return;
    this.held = this.held.filter((note) => !this.#strike(...note));
    for (const sample of this.needed) if (sample.audioData) this.needed.delete(sample);
    if (this.needed.size) return;
    for (const id of this.waiting.splice(0)) this.post({ type: "prepared", id });
  }

  /** Play a note at once, or as soon as its samples are there. */
  noteOn(channel, pitch, velocity) {
    if (!this.#strike(channel, pitch, velocity)) this.held.push([channel, pitch, velocity]);
  }

  noteOff(channel, pitch) {
    this.held = this.held.filter(([where, what]) => where !== channel || what !== pitch);
    this.synth.noteOff(channel, pitch);
  }

  #strike(channel, pitch, velocity) {
    const { preset } = this.synth.midiChannels[channel];
    if (!this.programs || !this.#isReady(preset, pitch, velocity)) return false;
    this.quiet = 0;
    this.synth.noteOn(channel, pitch, velocity);
    return true;
  }

  #isReady(preset, pitch, velocity) {
    if (!this.ready.has(preset)) this.ready.set(preset, new Set());
    const ready = this.ready.get(preset);
    const key = (pitch << 7) | velocity;
    if (ready.has(key)) return true;
    if (!samplesOf(preset, pitch, velocity).every((sample) => sample.audioData)) return false;
    ready.add(key);
    return true;
  }

  #tap(accent, lead) {
    if (this.metronome || lead) this.clicks.add(accent, this.frame);
  }

  /** Set how loud a channel is, 0 to 1 and more, and where it stands, -1 to 1. */
  setMix(channel, gain, pan) {
    const { setSystemParameter } = this.synth.midiChannels[channel];
    setSystemParameter("gain", gain);
    setSystemParameter("pan", pan);
  }

  silence() {
    this.held = [];
    this.synth.stopAllChannels(true);
    this.clicks.running = [];
  }

  /** Render the next block. @param {Float32Array[]} sides left and right, of 128 frames */
  render(sides) {
    sides[0].fill(0);
    sides[1].fill(0);
    for (const buffer of this.buffers) {
      buffer[0].fill(0);
      buffer[1].fill(0);
    }
    this.frame = 0;
    while (this.frame < BLOCK) {
      while (this.sequencer.playing && this.sequencer.untilNext <= 0) this.sequencer.fire();
      const frames = this.#span();
      this.synth.processSplit(this.buffers, sides[0], sides[1], this.frame, frames);
      this.sequencer.advance(frames / this.rate);
      this.frame += frames;
    }
    this.#sum(sides);
    this.clicks.render(sides);
    this.limiter.process(sides);
    this.#report(sides);
  }

  /** Frames until something happens, on the grid, within the block. */
  #span() {
    const left = BLOCK - this.frame;
    const due = Math.ceil((this.sequencer.untilNext * this.rate) / GRAIN) * GRAIN;
    return Math.min(left, Math.max(GRAIN, due));
  }

  #sum(sides) {
    this.buffers.forEach((buffer, channel) => {
      const peak = Math.max(peakOf(buffer[0]), peakOf(buffer[1]));
      if (!peak) return;
      this.peaks[channel] = Math.max(this.peaks[channel] ?? 0, peak);
      for (let side = 0; side < 2; side++) {
        for (let i = 0; i < BLOCK; i++) sides[side][i] += buffer[side][i];
      }
    });
  }

  #report(sides) {
    const still = !this.sequencer.playing && this.synth.voiceCount === 0;
    const dark = peakOf(sides[0]) < SILENT && peakOf(sides[1]) < SILENT;
    this.quiet = still && dark && !this.held.length ? this.quiet + 1 : 0;
    if (this.quiet && this.quiet % Math.round(this.rate / BLOCK) === 0) this.post({ type: "idle" });
    this.blocks += 1;
    if (this.blocks % REPORT || this.quiet > REPORT) return;
    const { tick, playing, counting } = this.sequencer;
    const peaks = Float32Array.from(this.buffers, (_, channel) => this.peaks[channel] ?? 0);
    this.post({ type: "place", tick, playing, counting, peaks, turn: this.turn });
    this.peaks = [];
  }
}

const MESSAGES = {
  font: (engine, { data }) => engine.font(data),
  channels: (engine, { channels }) => engine.setChannels(channels),
  prepare: (engine, { id }) => engine.prepare(id),
  sample: (engine, { id, frames }) => engine.sample(id, frames),
  score: (engine, { score }) => engine.setScore(score),
  play: (engine, { tick, countIn, turn }) => engine.play(tick, countIn, turn),
  stop: (engine) => engine.sequencer.stop(),
  seek: (engine, { tick, turn }) => engine.seek(tick, turn),
  loop: (engine, { loop }) => engine.sequencer.setLoop(loop),
  metronome: (engine, { on }) => (engine.metronome = on),
  mix: (engine, { channel, gain, pan }) => engine.setMix(channel, gain, pan),
  noteOn: (engine, { channel, pitch, velocity }) => engine.noteOn(channel, pitch, velocity),
  noteOff: (engine, { channel, pitch }) => engine.noteOff(channel, pitch),
  silence: (engine) => engine.silence(),
};

/** Return the samples that a preset plays for a key, or for all. */
function samplesOf(preset, pitch, velocity) {
  const inside = (zone, whole) => pitch === undefined || covers(zone, whole, pitch, velocity);
  const found = new Set();
  for (const zone of preset?.zones ?? []) {
    if (!zone.instrument || !inside(zone, preset.globalZone)) continue;
    for (const inner of zone.instrument.zones) {
      if (inside(inner, zone.instrument.globalZone)) found.add(inner.sample);
    }
  }
  return [...found];
}

function covers(zone, whole, pitch, velocity) {
  const keys = zone.hasKeyRange ? zone.keyRange : whole.keyRange;
  const strengths = zone.hasVelRange ? zone.velRange : whole.velRange;
  const within = ({ min, max }, value) => min <= value && value <= max;
  return within(keys, pitch) && within(strengths, velocity);
}
