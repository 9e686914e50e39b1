import { meterAt } from "../model.js";

/** What the synthesizer plays of a document: flat arrays in ticks, cheap to send to its thread. */

/**
 * @typedef {object} Score
 * @property {[number, number][]} tempos
 * @property {number} resolution ticks a quarter
 * @property {number} length ticks until all has ended
 * @property {Float64Array} onsets in order
 * @property {Float64Array} ends
 * @property {Uint16Array} channels
 * @property {Uint8Array} pitches
 * @property {Uint8Array} velocities
 * @property {Float64Array} clicks where the metronome clicks
 * @property {Uint8Array} accents 1 where a bar starts
 */

/**
 * @param {object} doc
 * @param {(partId: string) => number} channelOf
 * @returns {Score}
 */
export function scoreOf(doc, channelOf) {
  const rows = [];
  for (const part of doc.parts) {
    const channel = channelOf(part.id);
    for (const [, onset, pitch, duration, velocity] of part.notes) {
      rows.push([onset, onset + Math.max(1, duration), channel, pitch, velocity]);
    }
  }
  rows.sort((a, b) => a[0] - b[0] || a[3] - b[3]);
  const beats = beatsOf(doc);
  return {
    tempos: doc.tempos,
    resolution: doc.resolution,
    length: rows.reduce((most, row) => Math.max(most, row[1]), doc.length),
    onsets: Float64Array.from(rows, (row) => row[0]),
    ends: Float64Array.from(rows, (row) => row[1]),
    channels: Uint16Array.from(rows, (row) => row[2]),
    pitches: Uint8Array.from(rows, (row) => row[3]),
    velocities: Uint8Array.from(rows, (row) => row[4]),
    clicks: Float64Array.from(beats, (beat) => beat.tick),
    accents: Uint8Array.from(beats, (beat) => beat.accent),
  };
}

/** Return the beats `{tick, accent}` of a document; a pickup's count towards the bar after it. */
export function beatsOf(doc) {
  const beats = [];
  for (const [number, start, end] of doc.bars) {
    const step = pulseTicks(doc, start);
    const late = number === 0 ? (end - start) % step : 0;
    for (let tick = start + late; tick < end; tick += step) {
      beats.push({ tick, accent: number !== 0 && tick === start ? 1 : 0 });
    }
  }
  return beats;
}

/**
 * Return the ticks of a bar of count-in before a tick: `{step, beats}`.
 * @param {object} doc
 * @param {number} tick
 */
export function countInOf(doc, tick) {
  const bars = doc.bars.filter(([number, start]) => number !== 0 && start <= tick);
  const bar = bars.at(-1) ?? doc.bars.find(([number]) => number !== 0);
  const step = pulseTicks(doc, bar?.[1] ?? 0);
  const span = bar ? bar[2] - bar[1] : 4 * step;
  return { step, beats: Math.max(1, Math.round(span / step)) };
}

/** Return the ticks of what is counted at a tick: quarters in 3/4, and three eighths in 6/8. */
function pulseTicks(doc, tick) {
  const [above, below] = meterAt(doc, tick).split("/").map(Number);
  const unit = (doc.resolution * 4) / below;
  return below >= 8 && above > 3 && above % 3 === 0 ? 3 * unit : unit;
}
