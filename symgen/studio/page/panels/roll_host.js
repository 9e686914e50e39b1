/** Where the roll stands: Preact makes the place, the roll fills it by itself. */

import { html, useEffect, useRef } from "../vendor/htm-preact.js";
import { Roll } from "../roll/roll.js";

/** @param {{studio: import("../studio.js").Studio, state: object}} props */
export function RollHost({ studio, state }) {
  const host = useRef(null);
  const roll = useRef(null);
  const latest = useRef(state);
  latest.current = state;
  useEffect(() => {
    roll.current = new Roll(host.current, callbacksOf(studio));
    const show = () => roll.current.update(viewOfRoll(latest.current, studio.sound.tick));
    show();
    const stop = studio.sound.clock.watch(show);
    return () => {
      stop();
      roll.current.destroy();
    };
  }, []);
  useEffect(() => {
    roll.current?.update(viewOfRoll(state, studio.sound.tick));
  });
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
