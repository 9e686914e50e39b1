/** Where things lie: ticks and pitches as pixels and back. All of it is pure. */

import { PITCH } from "../model.js";
import { drumRows } from "./drums.js";

/** Pixels of a quarter note and of a row at zoom 1, at a root font of 16 pixels. */
const QUARTER = 72;
const ROW = 16;
const TOP_OF_PIANO = 108;
const BOTTOM_OF_PIANO = 21;
const TABLES = new WeakMap();

/**
 * Lay out a roll.
 * @param {object} given
 * @param {object} given.doc the document
 * @param {object} given.part the part whose notes are edited
 * @param {{x: number, y: number}} given.zoom factors
 * @param {{width: number, height: number}} given.size of what is seen, in CSS pixels
 * @param {{x: number, y: number}} given.scroll
 * @param {number} given.rem pixels of the root font
 * @param {boolean} [given.coarse] whether fingers point: rows are then as high as fingers need
 */
export function makeLayout({ doc, part, zoom, size, scroll, rem, coarse }) {
  const { rows, rowOf } = tableOf(part);
  const text = rem / 16;
  const least = coarse ? 24 : 6;
  const rowHeight = Math.max(least, Math.round((part.is_drum ? ROW * 1.5 : ROW) * text * zoom.y));
  const keys = Math.round((part.is_drum ? 84 : 48) * text);
  const ruler = Math.round((doc.chords.length ? 44 : 26) * text);
  const lane = size.height > 260 * text ? Math.round(64 * text) : 0;
  const perTick = (QUARTER * zoom.x) / doc.resolution;
  return Object.freeze({
    rows,
    rowOf,
    isDrum: part.is_drum,
    rowHeight,
    keys,
    ruler,
    lane,
    perTick,
    text,
    width: size.width,
    height: size.height,
    left: keys,
    top: ruler,
    bottom: size.height - lane,
    scroll,
    total: {
      width: keys + Math.ceil(doc.length * perTick) + Math.round(rem * 3),
      height: ruler + rows.length * rowHeight + lane,
    },
    resolution: doc.resolution,
  });
}

/** Return the rows of a part, found once for each array of notes. */
function tableOf(part) {
  let table = TABLES.get(part.notes);
  if (!table || table.isDrum !== part.is_drum) {
    const rows = rowsOf(part);
    const rowOf = new Map(rows.map((pitch, row) => [pitch, row]));
    table = { rows, rowOf, isDrum: part.is_drum };
    TABLES.set(part.notes, table);
  }
  return table;
}

/** Return the pitches of a part's rows, from the top down. */
export function rowsOf(part) {
  if (part.is_drum) return drumRows(part.notes, PITCH);
  let [low, high] = [BOTTOM_OF_PIANO, TOP_OF_PIANO];
  for (const note of part.notes) {
    low = Math.min(low, note[PITCH]);
    high = Math.max(high, note[PITCH]);
  }
  return Array.from({ length: high - low + 1 }, (_, row) => high - row);
}

/** Return the pixel, from the left of what is seen, of a tick. */
export function xOf(layout, tick) {
  return layout.left + tick * layout.perTick - layout.scroll.x;
}

/** Return the tick of a pixel; it may be negative. */
export function tickOf(layout, x) {
  return (x - layout.left + layout.scroll.x) / layout.perTick;
}

/** Return the upper edge of a pitch's row, or undefined where it has none. */
export function yOf(layout, pitch) {
  const row = layout.rowOf.get(pitch);
  return row === undefined
    ? undefined
    : layout.top + row * layout.rowHeight - layout.scroll.y;
}

/** Return the pitch at a pixel, the nearest one beyond the ends. */
export function pitchOf(layout, y) {
  const row = Math.floor((y - layout.top + layout.scroll.y) / layout.rowHeight);
  return layout.rows[Math.max(0, Math.min(layout.rows.length - 1, row))];
}

/** Return the pitch so many rows above another one; rows of drums skip what they do not show. */
export function pitchAbove(layout, pitch, rows) {
  if (!layout.isDrum) return Math.max(0, Math.min(127, pitch + rows));
  const row = (layout.rowOf.get(pitch) ?? 0) - rows;
  return layout.rows[Math.max(0, Math.min(layout.rows.length - 1, row))];
}

/** Return the ticks `[start, end]` that are seen. */
export function seenTicks(layout) {
  return [Math.max(0, tickOf(layout, layout.left)), tickOf(layout, layout.width)];
}

/** Return the rows `[first, last)` that are seen. */
export function seenRows(layout) {
  const first = Math.floor(layout.scroll.y / layout.rowHeight);
  const count = Math.ceil((layout.bottom - layout.top) / layout.rowHeight) + 1;
  return [Math.max(0, first), Math.min(layout.rows.length, first + count)];
}

/** Say what lies at a pixel: "ruler", "keys", "lane", "notes" or "corner". */
export function areaAt(layout, x, y) {
  if (y < layout.top) return x < layout.left ? "corner" : "ruler";
  if (y >= layout.bottom) return x < layout.left ? "corner" : "lane";
  return x < layout.left ? "keys" : "notes";
}

/** Return where the view must scroll to, so that a box of ticks and a pitch is seen. */
export function scrollTo(layout, { start, end, pitch }) {
  const margin = 24;
  const { x, y } = layout.scroll;
  const seenWidth = layout.width - layout.left;
  const [from, to] = [start * layout.perTick, (end ?? start) * layout.perTick];
  const target = { x, y };
  if (from - margin < x) target.x = Math.max(0, from - margin);
  else if (Math.min(to, from + seenWidth / 2) + margin > x + seenWidth) {
    target.x = Math.min(to, from + seenWidth / 2) + margin - seenWidth;
  }
  const row = layout.rowOf.get(pitch);
  if (row === undefined) return target;
  const [upper, seenHeight] = [row * layout.rowHeight, layout.bottom - layout.top];
  if (upper < y) target.y = Math.max(0, upper - layout.rowHeight);
  else if (upper + layout.rowHeight > y + seenHeight) {
    target.y = upper + 2 * layout.rowHeight - seenHeight;
  }
  return target;
}

/** Return the box of a note on the layout, `{x, y, width, height}`, or null where it has no row. */
export function boxOf(layout, onset, pitch, duration) {
  const y = yOf(layout, pitch);
  if (y === undefined) return null;
  const x = Math.round(xOf(layout, onset));
  const width = Math.max(3, Math.round(duration * layout.perTick) - 1);
  return { x, y: y + 1, width, height: layout.rowHeight - 1 };
}
