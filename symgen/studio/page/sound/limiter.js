/**
 * Keeps a stereo signal within a ceiling. It looks one block ahead, so that the gain is down when
 * the loud block comes; the output is one block late.
 */
export class Limiter {
  /**
   * @param {number} block frames
   * @param {number} rate frames a second
   * @param {number} ceiling largest sample that comes out
   */
  constructor(block, rate, ceiling = 0.97) {
    this.ceiling = ceiling;
    this.late = [new Float32Array(block), new Float32Array(block)];
    this.latePeak = 0;
    this.gain = 1;
    this.recovery = 1 - Math.exp(-block / (0.25 * rate));
  }

  /** Limit a block in place. @param {Float32Array[]} sides left and right */
  process(sides) {
    const peak = Math.max(peakOf(sides[0]), peakOf(sides[1]));
    const rested = this.gain + (1 - this.gain) * this.recovery;
    const next = Math.min(rested, this.#allowed(this.latePeak), this.#allowed(peak));
    const step = (next - this.gain) / sides[0].length;
    for (let side = 0; side < 2; side++) {
      const now = sides[side];
      const late = this.late[side];
      for (let i = 0; i < now.length; i++) {
        const fresh = now[i];
        now[i] = late[i] * (this.gain + step * (i + 1));
        late[i] = fresh;
      }
    }
    this.gain = next;
    this.latePeak = peak;
  }

  #allowed(peak) {
    return peak > this.ceiling ? this.ceiling / peak : 1;
  }
}

/** Return the largest absolute sample. */
export function peakOf(samples) {
  let peak = 0;
  for (const sample of samples) {
    const size = sample < 0 ? -sample : sample;
    if (size > peak) peak = size;
  }
  return peak;
}
