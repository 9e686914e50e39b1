/**
 * The piano roll: notes of one part drawn on a canvas, and the same notes as cells of a grid for
 * keyboards and screen readers.
 */

import { DURATION, ID, ONSET, PITCH, VELOCITY } from "../model.js";
import { ACTIONS } from "./actions.js";
import { Cells } from "./cells.js";
import { drawRoll, regionTicks } from "./draw.js";
import { buildFrame, setStyle } from "./frame.js";
import { Handles } from "./handles.js";
import { commandOf } from "./keys.js";
import { makeLayout, scrollTo, tickOf, xOf } from "./layout.js";
import { indexNotes } from "./notes.js";
import { Pointers } from "./pointers.js";
import { sceneOf } from "./scene.js";
import { readTheme, watchTheme } from "./theme.js";
import { Tools } from "./tools.js";
import { countWords, noteWords, pitchWords, placeWords } from "./words.js";

const EMPTY = {
  doc: null, part: null, selection: new Set(), locked: new Set(),
  region: { bars: null, parts: new Set() }, take: null, cursor: 0, zoom: { x: 1, y: 1 },
  snap: "1/16", highlight: {}, ghosts: true,
};
/** What is drawn again where it changes; only the line of the sound is drawn by itself. */
const STILL = [
  "doc", "part", "selection", "locked", "region", "take", "zoom", "snap", "highlight", "ghosts",
];

export class Roll {
  /**
   * @param {HTMLElement} host empty; the roll fills it
   * @param {object} callbacks `change(ops, label)`, `select(ids)`, `region(region)`,
   *   `audition(part, pitch, velocity)`, `seek(tick)`, `zoom({x, y})`, perhaps `announce(text)`
   */
  constructor(host, callbacks) {
    this.host = host;
    this.callbacks = callbacks;
    this.view = EMPTY;
    this.caret = null;
    this.focused = null;
    /** Whether the focus has gone on since something was selected: actions are then for it. */
    this.walked = false;
    this.velocity = 80;
    this.length = 0;
    this.unseen = false;
    this.draft = null;
    this.added = [];
    this.box = null;
    this.dirty = new Set();
    this.frame = buildFrame(host);
    this.cells = new Cells(this);
    this.handles = new Handles(this);
    this.tools = new Tools(this);
    this.pointers = new Pointers(this);
    this.theme = readTheme(host);
    this.listen();
  }

  listen() {
    const { scroller, grid, sheet } = this.frame;
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(scroller);
    this.unwatch = watchTheme(() => this.recolor());
    sheet.addEventListener("load", () => this.recolor());
    scroller.addEventListener("scroll", () => this.scrolled());
    grid.addEventListener("keydown", (event) => this.key(event));
    grid.addEventListener("focusin", (event) => this.cells.focusIn(event.target));
  }

  /** Show a view; what did not change since the last one is not drawn again. */
  update(view) {
    const before = this.view;
    this.view = { ...EMPTY, ...view };
    if (!this.view.doc) return;
    const other = before.doc?.id !== this.view.doc.id || before.part !== this.view.part;
    if (this.length === 0) this.length = this.view.doc.resolution;
    if (STILL.some((name) => before[name] !== this.view[name])) this.refresh();
    else if (before.cursor !== this.view.cursor) this.lineMoved(before.cursor);
    if (before.selection !== this.view.selection) this.walked = false;
    if (before.zoom !== this.view.zoom) this.keepAnchor(before);
    if (other) {
      this.caret = null;
      this.lay();
      this.showNotes();
    }
    const marked = before.region?.bars !== this.view.region?.bars;
    if (marked || (this.view.take && before.take !== this.view.take)) this.showRegion();
  }

  /** Scroll to the marked bars where few of them are seen: they were typed, or a take is chosen. */
  showRegion() {
    const ticks = this.layout && regionTicks(this.doc, this.view.region);
    if (!ticks || this.pointers.busy) return;
    const [start, end] = ticks.map((tick) => xOf(this.layout, tick));
    const { left, width } = this.layout;
    const seen = Math.min(end, width) - Math.max(start, left);
    if (seen >= Math.min(end - start, (width - left) / 2)) return;
    this.frame.scroller.scrollLeft = Math.max(0, ticks[0] * this.layout.perTick - 24);
  }

  /** Put the focus on the note, or the insertion cursor, that had it last. */
  focus() {
    this.draw();
    this.cells.focus();
  }

  destroy() {
    this.pointers.destroy();
    this.observer.disconnect();
    this.unwatch();
    cancelAnimationFrame(this.request);
    clearTimeout(this.settling);
    this.host.replaceChildren();
  }

  /** Where the line of the sound, moving on, leaves what is seen, the roll turns the page. */
  lineMoved(before) {
    this.mark("line");
    const { cursor, doc } = this.view;
    if (!this.layout || this.pointers.busy || before === null || cursor === null) return;
    const onward = cursor > before && cursor - before < 2 * doc.resolution;
    const [was, is] = [before, cursor].map((tick) => xOf(this.layout, tick));
    const seen = was >= this.layout.left - 1 && was <= this.layout.width;
    if (onward && seen && is > this.layout.width - 16) {
      this.frame.scroller.scrollLeft = Math.max(0, cursor * this.layout.perTick - 24);
    }
  }

  // -- what is shown ------------------------------------------------------------------------

  /** The document that is drawn: the take's, while one is shown. */
  get doc() {
    return this.view.take ?? this.view.doc;
  }

  get part() {
    const { parts } = this.doc;
    return parts.find((part) => part.id === this.view.part) ?? parts[0];
  }

  get index() {
    return indexNotes(this.part?.notes ?? []);
  }

  /** Ids of notes that edits leave alone. */
  get held() {
    return this.view.locked;
  }

  noteOf(id) {
    return this.index.notes[this.index.places.get(id)];
  }

  focusPlace() {
    return this.index.places.get(this.focused) ?? 0;
  }

  focusNote() {
    return this.index.notes[this.focusPlace()];
  }

  /** The notes that an action is for: what is selected, or the one that has the focus. */
  chosen() {
    const selected = this.chosenIn(this.view.selection);
    if (this.caret) {
      const here = this.notesAt(this.caret);
      return here.length ? here : selected;
    }
    const inside = this.frame.grid.contains(document.activeElement);
    const apart = inside && this.walked && !this.view.selection.has(this.focused);
    if (selected.length && !apart) return selected;
    const note = this.focusNote();
    return note ? [note] : [];
  }

  chosenIn(ids) {
    return this.index.notes.filter((note) => ids.has(note[ID]));
  }

  notesAt({ tick, pitch }) {
    return this.index.notes.filter((note) =>
      note[PITCH] === pitch && note[ONSET] <= tick && note[ONSET] + note[DURATION] > tick);
  }

  // -- what is asked of the page ------------------------------------------------------------

  /** Ask for a change; false, with a word on why, where nothing changes. */
  commit({ ops, label, held = 0 }) {
    if (this.view.take) {
      this.say("accept the take or leave it first");
      return false;
    }
    if (held) this.say(`${countWords(held)} locked, not changed; L unlocks`);
    if (!ops.length) return false;
    this.callbacks.change(ops, label);
    return true;
  }

  /** Say something to those who listen to the page. */
  say(text) {
    if (this.callbacks.announce) this.callbacks.announce(text);
    else this.frame.live.textContent = text;
  }

  hear(note) {
    this.callbacks.audition?.(this.part.id, note[PITCH], note[VELOCITY]);
  }

  zoomBy({ x = 1, y = 1 }, at = (this.layout.left + this.layout.width) / 2) {
    this.lay();
    this.anchor = { tick: tickOf(this.layout, at), at };
    const { zoom } = this.view;
    const limited = (value) => Math.max(0.05, Math.min(8, value));
    this.callbacks.zoom({ x: limited(zoom.x * x), y: Math.max(0.4, Math.min(4, zoom.y * y)) });
  }

  /** Keep the tick where it was that was zoomed around. */
  keepAnchor(before) {
    if (!this.layout || before.doc !== this.view.doc) return;
    const { scroller } = this.frame;
    const old = { ...this.layout, scroll: { x: scroller.scrollLeft, y: scroller.scrollTop } };
    const middle = (old.left + old.width) / 2;
    const { tick, at } = this.anchor ?? { tick: tickOf(old, middle), at: middle };
    const half = (old.bottom - old.top) / 2;
    const row = (old.scroll.y + half) / old.rowHeight;
    this.anchor = null;
    this.lay();
    scroller.scrollLeft = tick * this.layout.perTick - (at - this.layout.left);
    scroller.scrollTop = row * this.layout.rowHeight - half;
  }

  // -- focus --------------------------------------------------------------------------------

  /** Give a note the focus; it may come with the next view. */
  focusOn(id, { heard = false, quiet = false } = {}) {
    this.caret = null;
    this.focused = id;
    const note = this.noteOf(id);
    if (note) this.reveal(note[ONSET], note[ONSET] + note[DURATION], note[PITCH]);
    if (note && heard) this.hear(note);
    this.mark("cells");
    if (!quiet) this.cells.wanted = true;
    if (note && !quiet) this.draw();
  }

  /** Put the insertion cursor somewhere, and say what is there. */
  placeCaret(caret, { quiet = false } = {}) {
    this.caret = caret;
    this.reveal(caret.tick, caret.tick + this.length, caret.pitch);
    this.cells.wanted = true;
    this.refresh();
    this.draw();
    if (!quiet) this.cells.sayCaret();
  }

  caretWords() {
    const { tick, pitch } = this.caret;
    const [here] = this.notesAt(this.caret);
    const place = `${placeWords(this.doc, tick)}, ${pitchWords(this.doc, this.part, pitch)}`;
    return `${place}, ${here ? `in ${noteWords(this.doc, this.part, here, this.view)}` : "empty"}`;
  }

  key(event) {
    const command = commandOf(event, this.caret || !this.index.notes.length ? "caret" : "note");
    if (!command || event.defaultPrevented) return;
    if (event.key === "Escape" && this.pointers.cancel()) return;
    const [name, ...given] = command;
    if (!this.caret && !this.index.notes.length && name !== "paste") ACTIONS.openCaret(this);
    if (ACTIONS[name](this, ...given) === false) return;
    event.preventDefault();
    event.stopPropagation();
  }

  // -- drawing ------------------------------------------------------------------------------

  scrolled() {
    this.mark("still");
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.mark("cells"), 120);
  }

  reveal(start, end, pitch) {
    if (!this.layout) return;
    this.unseen = false;
    this.lay();
    const { x, y } = scrollTo(this.layout, { start, end, pitch });
    this.frame.scroller.scrollTo({ left: x, top: y, behavior: "instant" });
  }

  /**
   * Bring the notes of the part into view. Before the style sheet has come nothing can scroll:
   * then it is tried again with the next drawing.
   */
  showNotes() {
    const { notes } = this.index;
    this.unseen = false;
    if (!notes.length || !this.layout) return;
    const pitches = notes.slice(0, 200).map((note) => note[PITCH]).sort((a, b) => a - b);
    const row = this.layout.rowOf.get(pitches[pitches.length >> 1]) ?? 0;
    const { top, bottom, height, rowHeight, total } = this.layout;
    const wanted = Math.min((row + 0.5) * rowHeight - (bottom - top) / 2, total.height - height);
    this.frame.scroller.scrollTop = Math.max(0, wanted);
    this.unseen = Math.abs(this.frame.scroller.scrollTop - Math.max(0, wanted)) > 2;
  }

  /** Keep the row in the middle there when the roll gets another height. */
  resized() {
    const { layout } = this;
    this.refresh();
    if (!layout || !this.view.doc) return;
    const { scrollTop } = this.frame.scroller;
    const row = (scrollTop + (layout.bottom - layout.top) / 2) / layout.rowHeight;
    this.lay();
    const half = (this.layout.bottom - this.layout.top) / 2;
    if (this.layout.height !== layout.height) {
      this.frame.scroller.scrollTop = row * this.layout.rowHeight - half;
    }
  }

  recolor() {
    this.theme = readTheme(this.host);
    this.refresh();
  }

  refresh() {
    this.mark("still");
    this.mark("cells");
  }

  mark(layer) {
    this.dirty.add(layer);
    this.request ||= requestAnimationFrame(() => this.draw());
  }

  /** Lay the roll out anew, as large as its host is now. */
  lay() {
    const { scroller } = this.frame;
    this.layout = makeLayout({
      doc: this.doc,
      part: this.part,
      zoom: this.view.zoom,
      size: { width: scroller.clientWidth, height: scroller.clientHeight },
      scroll: { x: scroller.scrollLeft, y: scroller.scrollTop },
      rem: parseFloat(getComputedStyle(document.documentElement).fontSize),
      coarse: this.frame.coarse.matches,
    });
    this.frame.fit(this.layout);
  }

  /** The line of the sound is an element: while music plays, nothing else is drawn. */
  placeLine() {
    const x = xOf(this.layout, this.view.cursor ?? 0);
    const seen = x >= this.layout.left - 1 && x <= this.layout.width;
    setStyle(this.frame.line, {
      transform: `translate(${Math.round(x)}px, 0)`,
      visibility: seen && this.view.cursor !== null ? "visible" : "hidden",
    });
  }

  placeBox() {
    const { x, y, width, height } = this.box ?? { x: 0, y: 0, width: 0, height: 0 };
    const { left, top } = this.layout;
    setStyle(this.frame.box, {
      transform: `translate(${Math.round(x - left)}px, ${Math.round(y - top)}px)`,
      width: `${Math.round(width)}px`,
      height: `${Math.round(height)}px`,
      visibility: this.box ? "visible" : "hidden",
    });
  }

  draw() {
    cancelAnimationFrame(this.request);
    this.request = 0;
    if (!this.view.doc || !this.part) return;
    if (this.unseen) {
      this.lay();
      this.showNotes();
    }
    const { dirty } = this;
    this.dirty = new Set();
    if (dirty.has("still") || dirty.has("cells") || !this.layout) this.lay();
    if (dirty.has("still")) {
      drawRoll(this.frame.context, sceneOf(this));
      this.cells.scroll(this.layout);
      this.handles.place(this.layout);
    }
    this.placeLine();
    this.placeBox();
    if (dirty.has("cells")) {
      this.cells.render();
      this.tools.render();
    }
  }
}
