const SECONDS = 0.05;
const PITCHES = [1000, 1600];
const LEVELS = [0.22, 0.34];

/** The clicks of a metronome: short tones that die away. */
export class Clicks {
  /** @param {number} rate frames a second */
  constructor(rate) {
    this.rate = rate;
    this.running = [];
  }

  /**
   * @param {0|1} accent 1 for the start of a bar
   * @param {number} delay frames until it begins
   */
  add(accent, delay = 0) {
    this.running.push({ accent, age: -delay });
  }

  /** Add what sounds now to a block. @param {Float32Array[]} sides left and right */
  render(sides) {
    const frames = Math.round(SECONDS * this.rate);
    for (const click of this.running) {
      const step = (2 * Math.PI * PITCHES[click.accent]) / this.rate;
      for (let i = Math.max(0, -click.age); i < sides[0].length; i++) {
        const age = click.age + i;
        if (age >= frames) break;
        const value = LEVELS[click.accent] * Math.sin(step * age) * (1 - age / frames) ** 3;
        sides[0][i] += value;
        sides[1][i] += value;
      }
      click.age += sides[0].length;
    }
    this.running = this.running.filter((click) => click.age < frames);
  }
}
