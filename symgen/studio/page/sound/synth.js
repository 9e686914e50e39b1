import { decodeSamples } from "./samples.js";

/** What a listener reads where there is no sound. */
export const SAID = {
  none: "This browser cannot play sound here. Writing and export work without it.",
  font: "The sounds could not be loaded. Reload the page to try again.",
  decode: "The sounds could not be decoded. A current Firefox, Chromium or Safari can do it.",
};

/** Sound that cannot be had; its message is for the listener. */
export class SoundError extends Error {}

/** The engine in the audio thread, seen from the page. */
export class Synth {
  /**
   * @param {string} fontUrl where the soundfont is
   * @param {(message: object) => void} told gets "place", "ended", "idle" and "failed"
   */
  constructor(fontUrl, told) {
    const Context = globalThis.AudioContext;
    if (!Context || !globalThis.AudioWorkletNode) throw new SoundError(SAID.none);
    this.context = new Context({ latencyHint: "interactive" });
    this.analyser = new AnalyserNode(this.context, { fftSize: 2048 });
    this.analyser.connect(this.context.destination);
    this.told = told;
    this.fontUrl = fontUrl;
    this.asked = 0;
    this.answers = new Map();
    this.waiting = [];
  }

  /** Load the engine and its soundfont. @throws {SoundError} */
  async start() {
    const font = loadFont(this.fontUrl);
    font.catch(() => {});
    try {
      await this.context.audioWorklet.addModule(new URL("./worklet.js", import.meta.url));
      this.node = new AudioWorkletNode(this.context, "symgen-engine", {
        numberOfInputs: 0,
        outputChannelCount: [2],
      });
    } catch (error) {
      throw new SoundError(SAID.none, { cause: error });
    }
    this.node.port.onmessage = ({ data }) => this.#receive(data);
    this.node.connect(this.analyser);
    const data = await font;
    const loaded = new Promise((resolve, reject) => this.answers.set("font", { resolve, reject }));
    this.#post({ type: "font", data }, [data]);
    for (const message of this.waiting.splice(0)) this.#post(message);
    await loaded;
  }

  /** Tell the engine something; what is said before it runs waits. */
  send(message) {
    if (this.node) this.#post(message);
    else this.waiting.push(message);
  }

  /** Wait until the samples of all channels are decoded. @throws {SoundError} */
  async prepare() {
    const id = ++this.asked;
    const prepared = new Promise((resolve, reject) => this.answers.set(id, { resolve, reject }));
    this.send({ type: "prepare", id });
    await prepared;
  }

  async close() {
    this.node?.disconnect();
    await this.context.close();
  }

  #post(message, transfer = []) {
    this.node.port.postMessage(message, transfer);
  }

  #receive(message) {
    if (message.type === "decode") this.#decode(message.samples);
    else if (message.type === "font") this.#answer("font");
    else if (message.type === "prepared") this.#answer(message.id);
    else if (message.type === "failed") this.#fail(new SoundError(SAID.font));
    else this.told(message);
  }

  async #decode(samples) {
    try {
      await decodeSamples(samples, (id, frames) => {
        this.#post({ type: "sample", id, frames }, [frames.buffer]);
      });
    } catch (error) {
      this.#fail(new SoundError(SAID.decode, { cause: error }));
    }
  }

  #answer(id) {
    this.answers.get(id)?.resolve();
    this.answers.delete(id);
  }

  #fail(error) {
    for (const { reject } of this.answers.values()) reject(error);
    this.answers.clear();
    this.told({ type: "failed", error });
  }
}

async function loadFont(url) {
  try {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return await answer.arrayBuffer();
  } catch (error) {
    throw new SoundError(SAID.font, { cause: error });
  }
}
