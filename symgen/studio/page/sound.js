/** Where the piece is heard: the player, the clock of what sounds, loop and metronome. */

import { barRange } from "./model.js";
import { createStore } from "./state.js";

/** The part of the studio that plays. */
export class Sound {
  /** @param {import("./studio.js").Studio} studio */
  constructor(studio) {
    this.studio = studio;
    this.player = null;
    /** What changes many times a second has a store of its own: {tick}. */
    this.clock = createStore({ tick: 0 });
    /** How loud each part is: {levels: Map}. */
    this.levels = createStore({ levels: new Map() });
    this.watchLevels = (show) => this.levels.watch(({ levels }) => show(levels));
  }

  get state() {
    return this.studio.state;
  }

  get tick() {
    return this.clock.get().tick;
  }

  /** Make the player at the first gesture: browsers let no page sound before. */
  async #wake() {
    this.waking ??= this.#make();
    return this.waking;
  }

  async #make() {
    const { Player } = await import("./sound/player.js");
    const player = new Player({
      fontUrl: "/api/soundfont",
      onTick: (tick) => this.clock.set({ tick }),
      onState: (state) => this.studio.set({ player: state, playing: state.playing }),
      onLevels: (levels) => this.levels.set({ levels }),
    });
    this.player = player;
    this.load();
    player.seek(this.tick);
    this.setLoop();
    player.setMetronome(this.state.metronome, this.state.countIn);
    return player;
  }

  /** Give the player what is to be heard now: the piece, or the piece with a take. */
  load() {
    const { doc, mix, takeDoc } = this.state;
    if (this.player && doc) this.player.load(doc, mix, takeDoc ?? undefined);
  }

  async togglePlay() {
    if (this.state.playing) return this.stop();
    const player = await this.awake();
    return player?.play(this.tick >= this.state.doc.length ? 0 : this.tick);
  }

  /** Return the player with its sounds on the way; null, and a message, where there is no sound. */
  async awake() {
    try {
      const player = await this.#wake();
      player.ready().catch((error) => this.studio.complain(error.message));
      return player;
    } catch (error) {
      this.waking = null;
      this.studio.complain(`No sound: ${error.message}`);
      return null;
    }
  }

  stop() {
    this.player?.stop();
    this.studio.set({ playing: false });
  }

  seek(tick) {
    const inside = Math.max(0, Math.min(this.state.doc?.length ?? 0, Math.round(tick)));
    this.clock.set({ tick: inside });
    this.studio.set({ cursor: inside });
    this.player?.seek(inside);
  }

  setMix(id, values) {
    this.player?.setMix(id, values);
  }

  /** Play the region again and again, where bars are marked. */
  setLoop(loop = this.state.loop) {
    const { doc, region } = this.state;
    this.studio.set({ loop });
    const [start, end] = loop && region.bars && doc ? barRange(doc, region.bars) : [0, 0];
    this.player?.setLoop(end > start ? { start, end } : null);
  }

  setMetronome(metronome, countIn = this.state.countIn) {
    this.studio.set({ metronome, countIn });
    this.player?.setMetronome(metronome, countIn);
  }

  /** Let a note sound for a moment, as when it is drawn. */
  async audition(part, pitch, velocity) {
    const player = await this.awake();
    if (!player) return;
    player.noteOn(part, pitch, velocity);
    setTimeout(() => player.noteOff(part, pitch), 300);
  }
}
