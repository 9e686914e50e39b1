/** A page with the roll alone: it applies what the roll asks for, and keeps it in a log. */

import { applyOps } from "/page/model.js";
import { Roll } from "/page/roll/roll.js";

const log = { changes: [], said: [], heard: [], sought: [], regions: [] };
const view = {
  doc: null, part: "p1", selection: new Set(), locked: new Set(), take: null, cursor: 0,
  region: { bars: null, parts: new Set() }, zoom: { x: 1, y: 1 }, snap: "1/16",
  highlight: { scale: true, chords: false }, ghosts: true,
};

function show(change) {
  Object.assign(view, change);
  if (change.doc) view.locked = new Set(change.doc.locked);
  roll.update({ ...view });
}

const roll = new Roll(document.getElementById("roll"), {
  change(ops, label) {
    log.changes.push({ ops, label });
    show({ doc: applyOps(view.doc, ops) });
  },
  select: (ids) => show({ selection: new Set(ids) }),
  region(region) {
    log.regions.push(region.bars);
    show({ region });
  },
  audition: (part, pitch, velocity) => log.heard.push([part, pitch, velocity]),
  seek(tick) {
    log.sought.push(tick);
    show({ cursor: tick });
  },
  zoom: (zoom) => show({ zoom }),
  announce: (text) => log.said.push(text),
});

Object.assign(window, { roll, view, log, show });
