/** Where the roll stands: Preact makes the place, the roll fills it by itself. */

import { html, useEffect, useRef } from "../vendor/htm-preact.js";
import { Roll } from "../roll/roll.js";

/**
 * The roll is told of each change at once, not with the next drawing of the page: keys may come faster,
 * and each is for what the one before it has left.
 * @param {{studio: import("../studio.js").Studio}} props
 */
export function RollHost({ studio }) {
  const host = useRef(null);
  useEffect(() => {
    const roll = new Roll(host.current, callbacksOf(studio));
    const show = () => studio.state.doc && roll.update(viewOfRoll(studio.state, studio.sound.tick));
    show();
    const stops = [studio.store.watch(show), studio.sound.clock.watch(show)];
    return () => {
      for (const stop of stops) stop();
      roll.destroy();
    };
  }, []);
  return html`<div ref=${host} class="roll" id="roll"></div>`;
}

let lockedOf = [null, new Set()];

function viewOfRoll(state, cursor) {
  const { doc, part, selection, region, takeDoc, zoom, snap, highlight, ghosts } = state;
  if (lockedOf[0] !== doc.locked) lockedOf = [doc.locked, new Set(doc.locked)];
  const locked = lockedOf[1];
  const shown = { take: takeDoc, cursor, zoom, snap, highlight, ghosts };
  return { doc, part, selection, locked, region, ...shown };
}

function callbacksOf(studio) {
  return {
    change: (ops, label) => studio.change(ops, label),
    select: (ids) => studio.select(ids),
    region: (region) => studio.setRegion(region),
    audition: (part, pitch, velocity) => studio.sound.audition(part, pitch, velocity),
    seek: (tick) => studio.sound.seek(tick),
    zoom: (zoom) => studio.set({ zoom: { ...studio.state.zoom, ...zoom } }),
    announce: (text) => studio.set({ said: text }),
    view: (patch) => studio.set(patch),
  };
}
