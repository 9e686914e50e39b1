/** The notes as cells of a grid: a row for each bar, a cell for each note, near what is seen. */

import { DURATION, ID, ONSET, PITCH } from "../model.js";
import { make, setAttributes, setStyle } from "./frame.js";
import { seenTicks } from "./layout.js";
import { placeAfter, visibleRange } from "./notes.js";
import { barPlace } from "./places.js";
import { takeMarks } from "./scene.js";
import { barWords, noteWords } from "./words.js";

/** No more cells than this are made, those around the focus first. */
const MOST = 240;
const CARET = "caret";

/**
 * Choose which notes have cells.
 * @param {object} index
 * @param {[number, number]} ticks what is seen
 * @param {number} focus place of the note that has the focus
 * @returns {number[]} places, rising; the focus is always among them
 */
export function placesOfCells(index, [start, end], focus) {
  let [first, last] = visibleRange(index, start, end);
  if (last - first > MOST) {
    const middle = focus >= first && focus < last ? focus : first + MOST / 2;
    first = Math.max(first, Math.min(middle - MOST / 2, last - MOST));
    last = first + MOST;
  }
  const places = Array.from({ length: last - first }, (_, step) => first + step);
  if (focus < index.notes.length && (focus < first || focus >= last)) {
    return focus < first ? [focus, ...places] : [...places, focus];
  }
  return places;
}

export class Cells {
  constructor(roll) {
    this.roll = roll;
    this.grid = roll.frame.grid;
    this.rows = new Map();
    this.cells = new Map();
    this.wanted = false;
  }

  /** Keep the cells on their notes while the roll scrolls. */
  scroll({ scroll }) {
    setStyle(this.grid, { transform: `translate(${-scroll.x}px, ${-scroll.y}px)` });
  }

  /** Make the cells of what is seen; take away the others. */
  render() {
    const { roll } = this;
    const { index, part, doc } = roll;
    this.keepFocus(index);
    const active = this.grid.contains(document.activeElement);
    const wanted = this.gather(index);
    setAttributes(this.grid, {
      "aria-label": `Notes of ${part.name}`,
      "aria-rowcount": doc.bars.length,
      "aria-colcount": -1,
    });
    this.prune(wanted);
    arrange(this.grid, [...wanted].map(([bar, entries]) => this.renderRow(bar, entries)));
    this.showFocus(active);
  }

  /** Where the note of the focus is gone, its neighbor has the focus. */
  keepFocus(index) {
    const place = index.places.get(this.roll.focused);
    if (place !== undefined) this.place = place;
    else if (index.notes.length && !this.awaited()) {
      const next = Math.min(this.place ?? 0, index.notes.length - 1);
      this.roll.focused = index.notes[next][ID];
    }
  }

  /** A note that has just been asked for may come with a later view. */
  awaited() {
    return this.wanted && !this.cells.has(this.roll.focused);
  }

  /** Return the entries of each bar, `{key, note, column}`, by the bar's place. */
  gather(index) {
    const { roll } = this;
    const bars = new Map();
    const put = (tick, entry) => {
      const bar = barPlace(roll.doc, tick);
      const first = placeAfter(index, roll.doc.bars[bar]?.[1] ?? 0);
      if (!bars.has(bar)) bars.set(bar, []);
      bars.get(bar).push({ ...entry, column: entry.place - first + 1 });
    };
    for (const place of placesOfCells(index, seenTicks(roll.layout), roll.focusPlace())) {
      const note = index.notes[place];
      put(note[ONSET], { key: note[ID], note, place });
    }
    const caret = this.caret();
    if (caret) put(caret.tick, { key: CARET, place: placeAfter(index, caret.tick + 1) });
    return new Map([...bars].sort(([a], [b]) => a - b));
  }

  /** The insertion cursor; where the part is empty, it is all that can have the focus. */
  caret() {
    const { roll } = this;
    if (!roll.caret && !roll.index.notes.length) {
      const pitch = roll.part.is_drum ? roll.layout.rows.at(-1) : 60;
      roll.caret = { tick: 0, pitch };
    }
    return roll.caret;
  }

  prune(wanted) {
    const keys = new Set([...wanted.values()].flat().map((entry) => entry.key));
    for (const [key, cell] of this.cells) {
      if (keys.has(key)) continue;
      cell.remove();
      this.cells.delete(key);
    }
    for (const [bar, row] of this.rows) {
      if (wanted.has(bar)) continue;
      row.remove();
      this.rows.delete(bar);
    }
  }

  renderRow(bar, entries) {
    const row = this.rows.get(bar) ?? make("div", "roll-row", { role: "row" });
    this.rows.set(bar, row);
    const [number] = this.roll.doc.bars[bar] ?? [1];
    setAttributes(row, { "aria-rowindex": bar + 1, "aria-label": barWords(number) });
    arrange(row, entries.map((entry) => this.renderCell(entry)));
    return row;
  }

  renderCell({ key, note, column }) {
    const { roll } = this;
    const made = { role: "gridcell", tabindex: -1 };
    const cell = this.cells.get(key) ?? make("div", "roll-cell", made);
    this.cells.set(key, cell);
    cell.dataset.id = key;
    cell.classList.toggle("roll-caret", key === CARET);
    const marks = { locked: roll.view.locked, fresh: takeMarks(roll.view, roll.part.id).fresh };
    setAttributes(cell, {
      "aria-colindex": column,
      "aria-label": note ? noteWords(roll.doc, roll.part, note, marks) : roll.caretWords(),
      "aria-selected": note ? roll.view.selection.has(key) : null,
    });
    const { tick, pitch } = roll.caret ?? {};
    const [onset, row, length] = note
      ? [note[ONSET], note[PITCH], note[DURATION]]
      : [tick, pitch, roll.length];
    setStyle(cell, {
      left: `${onset * roll.layout.perTick}px`,
      top: `${(roll.layout.rowOf.get(row) ?? 0) * roll.layout.rowHeight}px`,
      width: `${Math.max(4, length * roll.layout.perTick)}px`,
      height: `${roll.layout.rowHeight + 1}px`,
    });
    return cell;
  }

  current() {
    return this.cells.get(this.roll.caret ? CARET : this.roll.focused);
  }

  /** One cell is the tab stop; it has the focus where a cell had it, or that was asked for. */
  showFocus(active) {
    const current = this.current();
    for (const cell of this.cells.values()) {
      setAttributes(cell, { tabindex: cell === current ? 0 : -1 });
    }
    if (!current || !(active || this.wanted)) return;
    this.wanted = false;
    if (document.activeElement !== current) current.focus({ preventScroll: true });
  }

  focus() {
    this.current()?.focus({ preventScroll: true });
  }

  /** What a screen reader has moved the focus to is the focus. */
  focusIn(cell) {
    const { id } = cell.dataset;
    const now = this.roll.caret ? CARET : this.roll.focused;
    if (!id || id === now) return;
    if (id !== CARET) {
      this.roll.caret = null;
      this.roll.focused = id;
    }
    this.roll.mark("cells");
  }

  /** The name of a cell that keeps the focus is not read again: say it. */
  sayCaret() {
    this.roll.say(this.roll.caretWords());
  }
}

/** Put elements into their parent in order, without moving those that stand right. */
function arrange(parent, elements) {
  let next = parent.firstChild;
  for (const element of elements) {
    if (element === next) next = next.nextSibling;
    else parent.insertBefore(element, next);
  }
}
