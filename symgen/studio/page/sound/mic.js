import { peakOf } from "./limiter.js";
import { wavOf } from "./wav.js";

export const MOST_SECONDS = 120;

export const MIC_SAID = {
  none: "This browser cannot record here. Open a recording as a file instead.",
  refused: "The browser did not let the page hear. Allow the microphone in its settings.",
  missing: "No microphone was found. Connect one, or open a recording as a file.",
};

/** A recording that cannot be made; its message is for the singer. */
export class MicError extends Error {}

/** Records the microphone as a mono WAV file in memory. */
export class Microphone {
  /**
   * @param {object} [callbacks]
   * @param {(peak: number, seconds: number) => void} [callbacks.onLevel] about ten times a second
   * @param {() => void} [callbacks.onFull] two minutes are over; `stop` gives them
   */
  constructor({ onLevel = () => {}, onFull = () => {} } = {}) {
    this.onLevel = onLevel;
    this.onFull = onFull;
    this.chunks = [];
    this.frames = 0;
  }

  /** Ask for the microphone, on a click, and start. @throws {MicError} */
  async start() {
    if (!navigator.mediaDevices?.getUserMedia || !globalThis.AudioWorkletNode) {
      throw new MicError(MIC_SAID.none);
    }
    this.stream = await openStream();
    this.chunks = [];
    this.frames = 0;
    this.full = false;
    this.context = new AudioContext();
    try {
      await this.context.audioWorklet.addModule(new URL("./recorder_worklet.js", import.meta.url));
      await this.context.resume();
    } catch (error) {
      await this.#close();
      throw new MicError(MIC_SAID.none, { cause: error });
    }
    this.node = new AudioWorkletNode(this.context, "symgen-recorder", { numberOfOutputs: 0 });
    this.node.port.onmessage = ({ data }) => this.#hear(data);
    this.context.createMediaStreamSource(this.stream).connect(this.node);
  }

  /** End the recording. @returns {Promise<Blob>} WAV, 16 bits, mono */
  async stop() {
    const { sampleRate } = this.context;
    await new Promise((done) => {
      this.ended = done;
      this.node.port.postMessage("end");
    });
    await this.#close();
    return new Blob([wavOf(this.chunks, sampleRate)], { type: "audio/wav" });
  }

  /** End, and forget what was recorded. */
  async cancel() {
    this.chunks = [];
    if (this.context) await this.#close();
  }

  #hear(frames) {
    if (frames === null) return this.ended();
    const room = MOST_SECONDS * this.context.sampleRate - this.frames;
    if (room > 0) this.chunks.push(frames.subarray(0, room));
    this.frames += frames.length;
    this.onLevel(peakOf(frames), this.frames / this.context.sampleRate);
    if (room > frames.length || this.full) return undefined;
    this.full = true;
    return this.onFull();
  }

  async #close() {
    for (const track of this.stream.getTracks()) track.stop();
    await this.context.close();
    this.context = null;
  }
}

async function openStream() {
  // What a browser does for speech spoils music.
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    const said = error.name === "NotFoundError" ? MIC_SAID.missing : MIC_SAID.refused;
    throw new MicError(said, { cause: error });
  }
}
