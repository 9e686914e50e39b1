/** Draw what stands around the notes: rows, bars, beats, keys, ruler, velocities. */

import { DURATION, ID, ONSET, PITCH, VELOCITY, barRange, beatTicks, pitchName } from "../model.js";
import { drawGhosts, drawNotes } from "./draw-notes.js";
import { drumName } from "./drums.js";
import { chordTones, scaleTones } from "./harmony.js";
import { seenRows, seenTicks, xOf, yOf } from "./layout.js";
import { visibleRange } from "./notes.js";
import { loudnessOf } from "./theme.js";

const BLACK = new Set([1, 3, 6, 8, 10]);

/**
 * Draw all but the line of the sound and the box of a selection, which are elements.
 * @param {CanvasRenderingContext2D} context
 * @param {object} scene see `Roll`: layout, theme, doc, part, index, ghosts, selection, …
 */
export function drawRoll(context, scene) {
  const { layout, theme } = scene;
  context.fillStyle = theme.paper;
  context.fillRect(0, 0, layout.width, layout.height);
  const inside = (x, y, width, height, draw) => {
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    draw(context, scene);
    context.restore();
  };
  const { left, top, bottom, width, height } = layout;
  inside(left, top, width - left, bottom - top, (...given) => {
    drawRows(...given);
    drawHarmony(...given);
    drawRegion(...given);
    drawTime(...given);
    drawGhosts(...given);
    drawNotes(...given);
  });
  inside(0, top, left, bottom - top, drawKeys);
  inside(left, 0, width - left, top, drawRuler);
  if (layout.lane) inside(0, bottom, width, height - bottom, drawLane);
  context.fillStyle = theme.sunk;
  context.fillRect(0, 0, left, top);
  drawFrame(context, scene);
}

function drawRows(context, { layout, theme, part, doc, highlight }) {
  const scale = highlight.scale && !part.is_drum ? scaleTones(doc.key) : new Set();
  const [first, last] = seenRows(layout);
  for (let row = first; row < last; row += 1) {
    const pitch = layout.rows[row];
    const y = yOf(layout, pitch);
    const shaded = layout.isDrum ? row % 2 : BLACK.has(pitch % 12);
    if (shaded) context.fillStyle = theme.black;
    if (scale.has(pitch % 12)) context.fillStyle = theme.scale;
    if (shaded || scale.has(pitch % 12)) {
      context.fillRect(layout.left, y, layout.width, layout.rowHeight);
    }
    context.fillStyle = theme.beat;
    context.fillRect(layout.left, y, layout.width, 1);
    if (!layout.isDrum && pitch % 12 === 11) {
      context.fillStyle = theme.bar;
      context.fillRect(layout.left, y, layout.width, 1);
    }
  }
}

/** The tones of each chord, as long as it holds. */
function drawHarmony(context, { layout, theme, part, doc, highlight }) {
  if (!highlight.chords || part.is_drum) return;
  const [start, end] = seenTicks(layout);
  const [first, last] = seenRows(layout);
  doc.chords.forEach(([tick, name], place) => {
    const until = doc.chords[place + 1]?.[0] ?? doc.length;
    if (tick >= end || until <= start) return;
    const tones = chordTones(name);
    const [x, width] = [xOf(layout, tick), (until - tick) * layout.perTick];
    for (let row = first; row < last; row += 1) {
      const pitch = layout.rows[row];
      if (!tones.has(pitch % 12)) continue;
      const y = yOf(layout, pitch);
      context.fillStyle = theme.chordSoft;
      context.fillRect(x, y, width, layout.rowHeight);
      context.fillStyle = theme.chord;
      context.fillRect(x, y, 2, layout.rowHeight);
    }
  });
}

/** Return the ticks of a region's bars, or null. */
export function regionTicks(doc, region) {
  return region?.bars ? barRange(doc, region.bars) : null;
}

function drawRegion(context, { layout, theme, doc, region, part }) {
  const ticks = regionTicks(doc, region);
  if (!ticks) return;
  const [x, end] = ticks.map((tick) => xOf(layout, tick));
  const here = !region.parts?.size || region.parts.has(part.id);
  if (here) {
    context.fillStyle = theme.regionSoft;
    context.fillRect(x, layout.top, end - x, layout.bottom - layout.top);
  }
  context.fillStyle = theme.region;
  const height = layout.bottom - layout.top;
  for (const edge of [x, end - 2]) context.fillRect(edge, layout.top, 2, height);
}

function seenBars({ layout, doc }) {
  const [start, end] = seenTicks(layout);
  return doc.bars.filter(([, from, to]) => to > start && from < end);
}

function drawTime(context, scene) {
  const { layout, theme, doc } = scene;
  const height = layout.bottom - layout.top;
  const bars = seenBars(scene);
  const barWidth = bars.length ? (bars[0][2] - bars[0][1]) * layout.perTick : 0;
  for (const [number, start, end] of bars) {
    const beat = beatTicks(doc, start);
    if (number === 0) {
      context.fillStyle = theme.sunk;
      context.globalAlpha = 0.6;
      context.fillRect(xOf(layout, start), layout.top, (end - start) * layout.perTick, height);
      context.globalAlpha = 1;
    }
    context.fillStyle = theme.beat;
    for (let tick = start + beat; tick < end && beat * layout.perTick >= 7; tick += beat) {
      context.fillRect(Math.round(xOf(layout, tick)), layout.top, 1, height);
    }
    if (barWidth >= 4 || number % 8 === 1) {
      context.fillStyle = theme.bar;
      context.fillRect(Math.round(xOf(layout, start)), layout.top, 1, height);
    }
  }
  context.fillStyle = theme.edge;
  context.fillRect(Math.round(xOf(layout, doc.length)), layout.top, 2, height);
}

function drawKeys(context, { layout, theme, doc }) {
  const [first, last] = seenRows(layout);
  context.font = `${Math.round(11 * layout.text)}px ${theme.font}`;
  context.textBaseline = "middle";
  for (let row = first; row < last; row += 1) {
    const pitch = layout.rows[row];
    const y = yOf(layout, pitch);
    const black = !layout.isDrum && BLACK.has(pitch % 12);
    context.fillStyle = black ? theme.muted : theme.surface;
    context.fillRect(0, y, black ? layout.left * 0.58 : layout.left, layout.rowHeight);
    if (black) {
      context.fillStyle = theme.surface;
      context.fillRect(layout.left * 0.58, y, layout.left, layout.rowHeight);
    }
    context.fillStyle = theme.line;
    context.fillRect(black ? layout.left * 0.58 : 0, y, layout.left, 1);
    const name = keyText(layout, doc, pitch);
    if (!name) continue;
    context.fillStyle = theme.ink;
    context.textAlign = layout.isDrum ? "left" : "right";
    context.fillText(name, layout.isDrum ? 6 : layout.left - 5, y + layout.rowHeight / 2 + 0.5);
  }
  context.textAlign = "left";
}

function keyText(layout, doc, pitch) {
  if (layout.isDrum) return drumName(pitch);
  const roomy = layout.rowHeight >= 20 * layout.text && !BLACK.has(pitch % 12);
  return roomy || pitch % 12 === 0 ? pitchName(pitch, doc.key) : "";
}

function drawRuler(context, scene) {
  const { layout, theme, doc, region } = scene;
  context.fillStyle = theme.sunk;
  context.fillRect(layout.left, 0, layout.width, layout.top);
  const high = Math.round(26 * layout.text);
  const ticks = regionTicks(doc, region);
  if (ticks) {
    const [x, end] = ticks.map((tick) => xOf(layout, tick));
    context.fillStyle = theme.region;
    context.fillRect(x, high - 5, end - x, 5);
  }
  context.textBaseline = "middle";
  context.font = `${Math.round(12 * layout.text)}px ${theme.font}`;
  let free = -Infinity;
  for (const [number, start] of seenBars(scene)) {
    const x = xOf(layout, start);
    const name = number === 0 ? "pickup" : String(number);
    const width = context.measureText(name).width + 10;
    if (x < free) continue;
    context.fillStyle = theme.bar;
    context.fillRect(Math.round(x), 0, 1, layout.top);
    context.fillStyle = theme.ink;
    context.fillText(name, x + 5, high / 2);
    free = x + width;
  }
  drawChordNames(context, scene, high);
}

function drawChordNames(context, { layout, theme, doc }, high) {
  const [start, end] = seenTicks(layout);
  let free = -Infinity;
  context.fillStyle = theme.muted;
  doc.chords.forEach(([tick, name], place) => {
    const until = doc.chords[place + 1]?.[0] ?? doc.length;
    if (tick >= end || until <= start) return;
    const x = Math.max(xOf(layout, tick), layout.left) + 5;
    if (x < free) return;
    context.fillText(name, x, (high + layout.top) / 2);
    free = x + context.measureText(name).width + 8;
  });
}

function drawLane(context, scene) {
  const { layout, theme } = scene;
  const { left, bottom, height, width } = layout;
  context.fillStyle = theme.surface;
  context.fillRect(0, bottom, width, height - bottom);
  context.fillStyle = theme.muted;
  context.font = `${Math.round(11 * layout.text)}px ${theme.font}`;
  context.textBaseline = "top";
  context.fillText(layout.isDrum ? "Velocity" : "Vel.", 6, bottom + 6);
  context.beginPath();
  context.rect(left, bottom, width - left, height - bottom);
  context.clip();
  for (const [x, note] of barsInLane(scene)) drawVelocity(context, scene, note, x);
}

/** Return the notes whose bars are seen, by pixel: of many on one pixel the loudest. */
function barsInLane({ layout, index, draft }) {
  const [start, end] = seenTicks(layout);
  const [first, last] = visibleRange(index, start, end);
  const bars = new Map();
  for (let place = first; place < last; place += 1) {
    const note = draft?.get(index.notes[place][ID]) ?? index.notes[place];
    const x = Math.round(xOf(layout, note[ONSET]));
    const other = bars.get(x);
    if (!other || other[VELOCITY] <= note[VELOCITY]) bars.set(x, note);
  }
  return bars;
}

function drawVelocity(context, { layout, theme, selection, locked, fresh, color }, note, x) {
  const tall = laneHeight(layout, note[VELOCITY]);
  const wide = Math.round(Math.max(2, Math.min(7, note[DURATION] * layout.perTick - 1)));
  const y = layout.height - tall;
  const brought = fresh.has(note[ID]);
  const chosen = selection.has(note[ID]);
  const loud = theme.loud[color][loudnessOf(note[VELOCITY])];
  context.fillStyle = brought ? theme.takeSoft : loud;
  context.fillRect(x, y, wide, tall);
  if (chosen) context.fillStyle = theme.ink;
  else context.fillStyle = brought ? theme.take : theme.notes[color];
  context.fillRect(x, y, wide, chosen ? 4 : 2);
  if (wide > 3) context.fillRect(x, y, 1, tall);
  if (locked.has(note[ID])) {
    context.fillStyle = theme.locked;
    context.fillRect(x, layout.height - 4, wide, 4);
  }
}

/** Return how tall the bar of a velocity is. */
export function laneHeight(layout, velocity) {
  return Math.round((velocity / 127) * (layout.lane - 8));
}

/** Return the velocity that a pixel in the lane stands for, 1 to 127. */
export function laneVelocity(layout, y) {
  const share = (layout.height - y) / (layout.lane - 8);
  return Math.max(1, Math.min(127, Math.round(share * 127)));
}

function drawFrame(context, { layout, theme }) {
  context.fillStyle = theme.edge;
  context.fillRect(layout.left - 1, 0, 1, layout.height);
  context.fillRect(0, layout.top - 1, layout.width, 1);
  if (layout.lane) context.fillRect(0, layout.bottom, layout.width, 1);
}
