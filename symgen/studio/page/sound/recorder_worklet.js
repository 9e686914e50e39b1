const CHUNK = 4096;

/** Hands what the microphone hears to the page, mixed to one channel. */
class RecorderProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    this.frames = new Float32Array(CHUNK);
    this.count = 0;
    this.running = true;
    this.port.onmessage = () => {
      this.#hand();
      this.port.postMessage(null);
      this.running = false;
    };
  }

  process([channels]) {
    const length = channels[0]?.length ?? 0;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (const channel of channels) sum += channel[i];
      this.frames[this.count++] = sum / channels.length;
      if (this.count === CHUNK) this.#hand();
    }
    return this.running;
  }

  #hand() {
    const frames = this.frames.slice(0, this.count);
    this.count = 0;
    if (frames.length) this.port.postMessage(frames, [frames.buffer]);
  }
}

registerProcessor("symgen-recorder", RecorderProcessor);
