/** Places in time: steps of the grid, and bars. */

import { barAt, beatTicks, snapTicks } from "../model.js";

/** Return the ticks of a step at a tick: of the grid, or 1/16 of a beat where it is off. */
export function stepTicks(doc, tick, snap) {
  const step = snapTicks(doc, snap);
  return Math.max(1, Math.round(step > 1 ? step : beatTicks(doc, tick) / 16));
}

/** Return the last place of the grid at or before a tick; the grid starts anew in each bar. */
export function floorTick(doc, tick, snap) {
  const [, start] = barAt(doc, Math.max(0, tick));
  const step = snapTicks(doc, snap);
  return Math.max(0, Math.round(start + Math.floor((tick - start) / step + 1e-6) * step));
}

/** Return the place of the grid after (1) or before (-1) a tick, within the piece. */
export function nextPlace(doc, tick, snap, direction) {
  const step = stepTicks(doc, tick, snap);
  const here = snapTicks(doc, snap) > 1 ? floorTick(doc, tick, snap) : tick;
  const target = direction < 0 && here < tick ? here : here + direction * step;
  const inside = Math.max(0, Math.min(doc.length - 1, target));
  const [, start] = barAt(doc, inside);
  const crossed = direction > 0 && start > tick && start < target;
  return Math.round(crossed ? start : inside);
}

/** Return the place in `doc.bars` of the bar at a tick. */
export function barPlace(doc, tick) {
  return Math.max(0, doc.bars.indexOf(barAt(doc, Math.max(0, tick))));
}

/** Return the bar so many bars on from the one at a tick. */
export function barOn(doc, tick, bars) {
  const place = barPlace(doc, tick) + bars;
  return doc.bars[Math.max(0, Math.min(doc.bars.length - 1, place))];
}
