/** The roll in a notebook: it is looked at and heard; nothing is changed. */

import { Roll } from "./roll/roll.js";

const KEPT = "Nothing is changed here; `symgen studio FILE` opens a piece to work on.";
const piece = JSON.parse(document.getElementById("piece").textContent);
const player = document.querySelector("audio");
const choice = document.getElementById("part");
const said = document.getElementById("said");

let view = {
  doc: piece.document, part: piece.document.parts.find((part) => part.notes.length > 0)?.id,
  selection: new Set(), locked: new Set(), take: null, cursor: 0, zoom: { x: 1, y: 1 },
  region: { bars: null, parts: new Set() }, snap: "1/16", ghosts: true,
  highlight: { scale: true, chords: true },
};

function show(change) {
  view = { ...view, ...change };
  roll.update(view);
}

/** The other column of the table of times at a value of one: ticks of seconds, or back. */
function converted(value, from, to) {
  const { times } = piece;
  const after = times.findIndex((row) => row[from] > value);
  const [high, low] = after < 0 ? [times.at(-1), times.at(-2)] : [times[after], times[after - 1]];
  if (!low || high[from] === low[from]) return high[to];
  return low[to] + ((value - low[from]) / (high[from] - low[from])) * (high[to] - low[to]);
}

const roll = new Roll(document.getElementById("roll"), {
  change: () => { said.textContent = KEPT; },
  select: (ids) => show({ selection: new Set(ids) }),
  region: () => {},
  audition: () => {},
  seek(tick) {
    if (player) player.currentTime = converted(tick, 0, 1);
    show({ cursor: tick });
  },
  zoom: (zoom) => show({ zoom }),
});

function follow() {
  const cursor = Math.round(converted(player.currentTime, 1, 0));
  show({ cursor });
  if (!player.paused) requestAnimationFrame(follow);
}

for (const part of piece.document.parts) choice.add(new Option(part.name || part.instrument, part.id));
choice.value = view.part;
choice.addEventListener("change", () => show({ part: choice.value }));
player?.addEventListener("play", follow);
show({});
