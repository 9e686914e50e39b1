/** Where the ticks of a piece lie in time. */
export class TempoMap {
  /**
   * @param {[number, number][]} tempos `[tick, microseconds a quarter]`; 120 a minute before them
   * @param {number} resolution ticks a quarter
   */
  constructor(tempos, resolution) {
    this.marks = [{ tick: 0, seconds: 0, perTick: 0.5 / resolution }];
    for (const [tick, microseconds] of [...tempos].sort((a, b) => a[0] - b[0])) {
      const seconds = this.seconds(tick);
      const perTick = microseconds / 1e6 / resolution;
      if (this.marks.at(-1).tick === tick) this.marks.pop();
      this.marks.push({ tick, seconds, perTick });
    }
  }

  /** Return when a tick sounds, in seconds from the start of the piece; negative before it. */
  seconds(tick) {
    const mark = this.#before((other) => other.tick <= tick);
    return mark.seconds + (tick - mark.tick) * mark.perTick;
  }

  /** Return the tick, with a fraction, that sounds at a time. */
  tick(seconds) {
    const mark = this.#before((other) => other.seconds <= seconds);
    return mark.tick + (seconds - mark.seconds) / mark.perTick;
  }

  #before(holds) {
    let low = 0;
    let high = this.marks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (holds(this.marks[middle])) low = middle;
      else high = middle - 1;
    }
    return this.marks[low];
  }
}
