/** How many samples are decoded at once. */
const AT_ONCE = 4;
const PAGE_MARK = 0x4f676753;

/**
 * Decode samples of a soundfont away from this thread, in about the order in which they are given:
 * by the browser where it does it whole, else by a decoder of ours, ten times slower. Chromium cuts
 * the end off short samples, and with it the loop that makes their pitch.
 * @param {{id: number, bytes: ArrayBuffer, rate: number}[]} samples Ogg Vorbis, one channel
 * @param {(id: number, frames: Float32Array) => void} done told of each as it comes
 * @returns {Promise<void>} when all are done
 * @throws {Error} if one cannot be decoded
 */
export async function decodeSamples(samples, done) {
  const queue = [...samples];
  const ours = new OwnDecoder();
  const work = async () => {
    for (let sample = queue.shift(); sample; sample = queue.shift()) {
      done(sample.id, (await decodeByBrowser(sample)) ?? (await ours.decode(sample)));
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    ours.close();
  }
}

/** Return the frames as the browser decodes them; null if they are not all there. */
async function decodeByBrowser({ bytes, rate }) {
  try {
    const context = new OfflineAudioContext(1, 1, rate);
    const frames = (await context.decodeAudioData(bytes.slice(0))).getChannelData(0);
    return frames.length === framesOf(bytes) ? frames.slice() : null;
  } catch {
    return null;
  }
}

/** Read how many frames there are: the last page of an Ogg file says it. */
export function framesOf(bytes) {
  const view = new DataView(bytes);
  for (let place = view.byteLength - 27; place >= 0; place--) {
    if (view.getUint32(place) === PAGE_MARK) return view.getUint32(place + 6, true);
  }
  return -1;
}

/** The decoder of the page, in a thread that starts when it is needed. */
class OwnDecoder {
  constructor() {
    this.answers = new Map();
  }

  decode({ id, bytes }) {
    this.worker ??= this.#start();
    return new Promise((resolve, reject) => {
      this.answers.set(id, { resolve, reject });
      this.worker.postMessage({ id, bytes }, [bytes]);
    });
  }

  close() {
    this.worker?.terminate();
  }

  #start() {
    const worker = new Worker(new URL("./decoder.js", import.meta.url), { type: "module" });
    worker.onerror = (event) => {
      for (const { reject } of this.answers.values()) reject(new Error(event.message));
    };
    worker.onmessage = ({ data: { id, frames, error } }) => {
      if (error) this.answers.get(id).reject(new Error(error));
      else this.answers.get(id).resolve(frames);
      this.answers.delete(id);
    };
    return worker;
  }
}
