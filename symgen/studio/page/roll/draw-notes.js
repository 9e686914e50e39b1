/** Draw notes: by loudness, with signs for what is locked, selected, or new in a take. */

import { DURATION, ID, ONSET, PITCH, VELOCITY, pitchName } from "../model.js";
import { boxOf, seenTicks, xOf, yOf } from "./layout.js";
import { visibleRange } from "./notes.js";
import { LOUDNESSES, loudnessOf } from "./theme.js";

/** Notes narrower than this have no border and no signs: they would be nothing else. */
const NARROW = 5;

/** Draw the notes of other parts, dimmed: a thin outline with a pale filling. */
export function drawGhosts(context, scene) {
  const { layout, theme } = scene;
  context.globalAlpha = 0.32;
  for (const { index, color } of scene.ghosts) {
    context.fillStyle = theme.notes[color];
    eachSeen(layout, index, (note, box) => {
      context.fillRect(box.x, box.y + box.height / 4, box.width, box.height / 2);
    });
  }
  context.globalAlpha = 1;
}

/** Draw the notes of the part that is edited. */
export function drawNotes(context, scene) {
  const { layout, theme, color } = scene;
  const groups = Array.from({ length: LOUDNESSES }, () => []);
  const marked = [];
  const place = (note, box) => {
    if (scene.fresh.has(note[ID])) return marked.push([note, box]);
    groups[loudnessOf(note[VELOCITY])].push(box);
    if (isMarked(scene, note) || labeled(layout, box)) marked.push([note, box]);
    return 0;
  };
  eachSeen(layout, scene.index, (note, box) => {
    const draft = scene.draft?.get(note[ID]);
    const now = draft ?? note;
    const at = draft ? boxOf(layout, draft[ONSET], draft[PITCH], draft[DURATION]) : box;
    if (at) place(now, at);
  }, scene.draft);
  scene.added.forEach((note) => {
    const box = boxOf(layout, note[ONSET], note[PITCH], note[DURATION]);
    if (box) place(note, box);
  });
  groups.forEach((boxes, step) => {
    context.fillStyle = theme.loud[color][step];
    for (const { x, y, width, height } of boxes) context.fillRect(x, y, width, height);
  });
  drawBorders(context, theme.notes[color], groups);
  for (const [note, box] of marked) drawMarks(context, scene, note, box);
  drawGone(context, scene);
}

function isMarked({ selection, locked, draft }, note) {
  return selection.has(note[ID]) || locked.has(note[ID]) || Boolean(draft?.has(note[ID]));
}

function labeled(layout, box) {
  return !layout.isDrum && box.width >= 30 * layout.text && box.height >= 13 * layout.text;
}

/** The border has the full color, so that also a soft note stands out from the paper by 3:1. */
function drawBorders(context, color, groups) {
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.beginPath();
  for (const boxes of groups) {
    for (const { x, y, width, height } of boxes) {
      if (width >= NARROW) context.rect(x + 0.5, y + 0.5, width - 1, height - 1);
    }
  }
  context.stroke();
}

function drawMarks(context, scene, note, box) {
  const { theme, layout } = scene;
  if (scene.fresh.has(note[ID])) drawFresh(context, scene, note, box);
  const locked = scene.locked.has(note[ID]);
  if (scene.selection.has(note[ID])) drawSelected(context, theme, box);
  if (locked) drawLock(context, theme, box);
  if (labeled(layout, box)) drawLabel(context, scene, note, box, locked ? 13 * layout.text : 0);
}

/** What a take brings: slanted lines and a broken outline. */
function drawFresh(context, { theme }, note, box) {
  const { x, y, width, height } = box;
  context.fillStyle = theme.takeSoft;
  context.fillRect(x, y, width, height);
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = theme.take;
  context.lineWidth = 1 + loudnessOf(note[VELOCITY]) / 6;
  context.beginPath();
  for (let from = Math.max(x - height, -height); from < x + width; from += 7) {
    context.moveTo(from, y + height);
    context.lineTo(from + height, y);
  }
  context.stroke();
  context.restore();
  context.strokeStyle = theme.take;
  context.lineWidth = 2;
  context.setLineDash([5, 3]);
  context.strokeRect(x + 1, y + 1, width - 2, height - 2);
  context.setLineDash([]);
}

/** What a take drops: a dotted outline without filling. */
function drawGone(context, { layout, theme, gone }) {
  if (!gone.length) return;
  context.strokeStyle = theme.muted;
  context.lineWidth = 1;
  context.setLineDash([2, 3]);
  const [start, end] = seenTicks(layout);
  for (const note of gone) {
    if (note[ONSET] >= end || note[ONSET] + note[DURATION] <= start) continue;
    const box = boxOf(layout, note[ONSET], note[PITCH], note[DURATION]);
    if (box) context.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
  }
  context.setLineDash([]);
}

function drawSelected(context, theme, { x, y, width, height }) {
  context.strokeStyle = theme.paper;
  context.lineWidth = 1;
  context.strokeRect(x + 2.5, y + 2.5, Math.max(1, width - 5), Math.max(1, height - 5));
  context.strokeStyle = theme.ink;
  context.lineWidth = 2;
  context.strokeRect(x + 1, y + 1, Math.max(1, width - 2), Math.max(1, height - 2));
}

/** A padlock, and a bar at the left edge that is seen on the shortest note too. */
function drawLock(context, theme, { x, y, width, height }) {
  context.fillStyle = theme.locked;
  context.fillRect(x, y, Math.min(3, width), height);
  context.fillRect(x, y + height - 2, width, 2);
  const size = Math.min(10, height - 4);
  if (width < size + 6 || size < 5) return;
  const [left, top] = [x + 4, y + (height - size) / 2];
  context.fillStyle = theme.paper;
  context.fillRect(left - 1, top - 1, size + 1, size + 2);
  context.fillStyle = theme.locked;
  context.fillRect(left, top + size * 0.45, size - 1, size * 0.55);
  context.strokeStyle = theme.locked;
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(left + (size - 1) / 2, top + size * 0.45, (size - 1) * 0.32, Math.PI, 0);
  context.stroke();
}

function drawLabel(context, scene, note, box, indent) {
  const { theme, layout, doc } = scene;
  const fresh = scene.fresh.has(note[ID]);
  context.font = `${Math.round(10 * layout.text)}px ${theme.font}`;
  context.textBaseline = "middle";
  const name = pitchName(note[PITCH], doc.key);
  const room = box.width - indent - 6;
  if (context.measureText(name).width > room) return;
  const [x, y] = [Math.max(box.x, layout.left) + 4 + indent, box.y + box.height / 2 + 0.5];
  if (fresh) {
    context.fillStyle = theme.takeSoft;
    context.fillRect(x - 2, box.y + 2, context.measureText(name).width + 4, box.height - 4);
  }
  context.fillStyle = fresh ? theme.ink : theme.words[scene.color][loudnessOf(note[VELOCITY])];
  context.fillText(name, x, y);
}

/** Call back with each note that is seen and its box; `also` are notes that a drag has moved. */
function eachSeen(layout, index, call, also) {
  const [start, end] = seenTicks(layout);
  const [first, last] = visibleRange(index, start, end);
  const { notes } = index;
  const once = (note) => {
    const y = yOf(layout, note[PITCH]);
    if (y === undefined || y > layout.bottom || y + layout.rowHeight < layout.top) return;
    const x = Math.round(xOf(layout, note[ONSET]));
    const width = Math.max(3, Math.round(note[DURATION] * layout.perTick) - 1);
    if (x + width < layout.left) return;
    call(note, { x, y: y + 1, width, height: layout.rowHeight - 1 });
  };
  for (let place = first; place < last; place += 1) {
    if (!also?.has(notes[place][ID])) once(notes[place]);
  }
  also?.forEach((_, id) => {
    const place = index.places.get(id);
    if (place !== undefined) call(notes[place], null);
  });
}
