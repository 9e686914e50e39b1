/** Notes that are played or hummed into the piece: by keyboard, MIDI, microphone. */

import { newId, request } from "./api.js";

/** The part of the studio that listens. */
export class PlayingIn {
  /** @param {import("./studio.js").Studio} studio */
  constructor(studio) {
    this.studio = studio;
    this.midi = null;
    this.microphone = null;
    this.recorder = null;
  }

  get state() {
    return this.studio.state;
  }

  /** A key goes down: it sounds in the active part, and is written down while recording. */
  async noteOn(pitch, velocity, moment) {
    const { part } = this.state;
    this.recorder?.noteOn(pitch, velocity, moment);
    const player = await this.studio.sound.awake();
    player?.noteOn(part, pitch, velocity);
  }

  async noteOff(pitch, moment) {
    this.recorder?.noteOff(pitch, moment);
    this.studio.sound.player?.noteOff(this.state.part, pitch);
  }

  /** Connect the MIDI keyboards that there are. */
  async connectMidi() {
    const { MidiKeyboard, MIDI_SAID } = await import("./sound/midi.js");
    this.midi ??= new MidiKeyboard({
      onNoteOn: (pitch, velocity, moment) => this.noteOn(pitch, velocity, moment),
      onNoteOff: (pitch, moment) => this.noteOff(pitch, moment),
      onDevices: (names) => this.studio.set({ midi: names }),
    });
    try {
      const names = await this.midi.connect();
      this.studio.tell(names.length ? `Connected: ${names.join(", ")}.` : MIDI_SAID.empty);
    } catch (error) {
      this.studio.complain(error.message);
    }
  }

  /** Write down what is played while the piece plays, or end it: one change that can be undone. */
  async toggleRecording() {
    if (this.recorder) return this.#endRecording();
    const player = await this.studio.sound.awake();
    if (!player) return undefined;
    const { Recorder } = await import("./sound/midi.js");
    this.played = [];
    this.recorder = new Recorder({
      document: () => this.state.doc,
      tickAt: (moment) => player.tickAt(moment),
      snap: () => this.state.snap,
      onNote: (note) => this.played.push(note),
    });
    this.recorder.start();
    this.studio.set({ recording: true, said: "Recording." });
    if (!this.state.playing) await this.studio.sound.togglePlay();
    return undefined;
  }

  #endRecording() {
    this.recorder.stop();
    this.recorder = null;
    this.studio.set({ recording: false });
    this.studio.sound.stop();
    this.#add(this.played, "play in");
  }

  #add(notes, label) {
    const { part } = this.state;
    if (!notes.length) {
      this.studio.tell("No notes were heard.");
      return;
    }
    const made = notes.map(({ onset, pitch, duration, velocity }) => {
      return { id: newId(), part, onset, pitch, duration, velocity };
    });
    if (!this.studio.change([{ op: "add", notes: made }], label)) return;
    this.studio.select(made.map((note) => note.id));
    this.studio.tell(made.length === 1 ? "1 note added." : `${made.length} notes added.`);
  }

  /** Begin to record what is hummed; false where there is no microphone. */
  async startHumming() {
    const { Microphone } = await import("./sound/mic.js");
    this.microphone = new Microphone();
    try {
      await this.microphone.start();
      this.studio.set({ said: "Recording. Press again to write it down." });
      return true;
    } catch (error) {
      this.studio.complain(error.message);
      return false;
    }
  }

  /** End the recording; its notes stand at the cursor in the active part. */
  async stopHumming() {
    const wav = await this.microphone.stop();
    const start = Math.round(this.studio.sound.tick);
    const path = `${this.studio.session.path}/hear?name=hummed.wav&at=${start}`;
    const found = await this.studio.attempt(() => request(path, { method: "POST", raw: wav }));
    if (!found) return;
    this.#add(found.notes, "hum");
  }
}
