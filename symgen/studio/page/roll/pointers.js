/** Mouse, pen and fingers: which gesture begins, and what two fingers or a wheel do. */

import { ID, VELOCITY } from "../model.js";
import { toggleSelected } from "./actions.js";
import * as edits from "./edits.js";
import {
  Draw, Keys, Marquee, Move, Pan, Resize, Ruler, Velocities, stretchTo,
} from "./gestures.js";
import { noteAt } from "./hits.js";
import { areaAt, tickOf } from "./layout.js";

/** Pixels that a pointer may slip before it drags. */
const SLIP = 4;
const SLIP_OF_FINGERS = 10;
const LONG_PRESS = 450;
const DOUBLE_CLICK = 400;
/** Pixels from the edge at which a drag scrolls on. */
const EDGE = 20;

export class Pointers {
  constructor(roll) {
    this.roll = roll;
    this.touches = new Map();
    const { stage } = roll.frame;
    const listen = (name, call, options) => stage.addEventListener(name, call.bind(this), options);
    listen("pointerdown", this.down);
    listen("pointermove", this.moved);
    listen("pointerup", this.up);
    listen("pointercancel", this.lost);
    listen("lostpointercapture", this.lost);
    listen("wheel", this.wheel, { passive: false });
    listen("contextmenu", (event) => this.touches.size && event.preventDefault());
    this.onKey = (event) => this.escape(event);
    addEventListener("keydown", this.onKey, true);
  }

  destroy() {
    this.cancel();
    removeEventListener("keydown", this.onKey, true);
  }

  point(event) {
    const box = this.roll.frame.stage.getBoundingClientRect();
    const { x, y } = this.roll.layout.scroll;
    return {
      x: event.clientX - box.left,
      y: event.clientY - box.top,
      scroll: { x, y },
      free: event.altKey,
      shift: event.shiftKey,
      control: event.ctrlKey || event.metaKey,
    };
  }

  down(event) {
    const { roll } = this;
    if (!roll.view.doc || event.button > 1) return;
    roll.lay();
    const point = this.point(event);
    const touch = event.pointerType === "touch";
    if (touch) this.touches.set(event.pointerId, point);
    event.preventDefault();
    roll.frame.stage.setPointerCapture(event.pointerId);
    if (this.touches.size === 2) return this.pinch();
    if (this.pointer !== undefined) return undefined;
    this.pointer = event.pointerId;
    Object.assign(this, { from: point, touch, slipped: false, last: point, target: event.target });
    if (touch) this.wait(point);
    else this.begin(point, event.button === 1);
    return this.show();
  }

  /** Begin what a mouse or pen does. */
  begin(point, middle) {
    const { roll } = this;
    const area = areaAt(roll.layout, point.x, point.y);
    if (middle) this.gesture = new Pan(roll, point);
    else if (area === "notes") {
      roll.cells.focus();
      this.beginOnNotes(point);
    } else this.gesture = this.beside(area, point);
  }

  beginOnNotes(point) {
    const { roll } = this;
    const hit = noteAt(roll.layout, roll.index, point);
    const twice = this.isDouble(hit);
    if (point.shift || (point.control && !hit)) {
      this.gesture = new Marquee(roll, point);
      this.click = hit && (() => this.toggle(hit.note));
    } else if (hit && twice) this.eraseOne(hit.note);
    else if (hit) this.gesture = this.onNote(point, hit);
    else if (this.mayDraw(point)) this.gesture = new Draw(roll, point);
  }

  beside(area, point) {
    const { roll } = this;
    const end = this.target.dataset?.end;
    if (end) return new Ruler(roll, point, Number(end));
    if (area === "ruler") return new Ruler(roll, point);
    if (area === "keys") return new Keys(roll, point);
    if (area === "lane" && !roll.view.take) return new Velocities(roll, point);
    return null;
  }

  onNote(point, hit) {
    const { edge } = hit;
    const Gesture = edge === "middle" ? Move : Resize;
    return new Gesture(this.roll, point, hit);
  }

  /** Where a take is shown, and behind the end, nothing is drawn: say so. */
  mayDraw(point) {
    const { roll } = this;
    const inside = tickOf(roll.layout, point.x) < roll.doc.length;
    if (roll.view.take) roll.commit({ ops: [], label: "" });
    else if (!inside) roll.say("the piece ends before this place");
    return inside && !roll.view.take;
  }

  /** The second of two clicks on one note that was there before the first. */
  isDouble(hit) {
    const id = hit?.note[ID];
    const now = performance.now();
    const again = id !== undefined && id === this.clicked?.id;
    const twice = again && now - this.clicked.at < DOUBLE_CLICK;
    this.clicked = { id: twice ? undefined : id, at: now };
    return twice;
  }

  eraseOne(note) {
    this.roll.focusOn(note[ID]);
    const edit = edits.eraseNotes([note], this.roll.held);
    if (this.roll.commit(edit)) this.roll.say(edit.label);
  }

  toggle(note) {
    this.roll.focusOn(note[ID]);
    toggleSelected(this.roll);
  }

  // -- fingers ------------------------------------------------------------------------------

  /** A finger taps, holds, or drags: which one shows only later. */
  wait(point) {
    const { roll } = this;
    const area = areaAt(roll.layout, point.x, point.y);
    if (area !== "notes") {
      this.gesture = this.beside(area, point);
      if (area === "ruler") this.timer = setTimeout(() => this.holdRuler(point), LONG_PRESS);
      return;
    }
    const hit = noteAt(roll.layout, roll.index, point, { touch: true });
    this.pending = hit ? () => this.onNote(point, hit) : () => new Pan(roll, point);
    this.click = hit ? () => this.tap(hit) : () => this.tapEmpty(point);
    this.timer = setTimeout(() => this.hold(point, hit), LONG_PRESS);
  }

  tap({ note }) {
    if (this.isDouble({ note })) return this.eraseOne(note);
    this.roll.callbacks.select([note[ID]]);
    this.roll.focusOn(note[ID], { heard: true });
    this.roll.velocity = note[VELOCITY];
    return undefined;
  }

  tapEmpty(point) {
    if (this.mayDraw(point)) new Draw(this.roll, point).end();
  }

  hold(point, hit) {
    this.click = null;
    this.pending = null;
    if (hit) this.toggle(hit.note);
    else this.gesture = new Marquee(this.roll, point);
    globalThis.navigator.vibrate?.(10);
    this.show();
  }

  /** Without a drag: a tap on the ruler seeks, a long press stretches the region. */
  holdRuler(point) {
    this.gesture = null;
    stretchTo(this.roll, point);
    this.show();
  }

  /** Two fingers move and zoom; what one of them had begun is given up. */
  pinch() {
    this.giveUp();
    const [a, b] = [...this.touches.values()];
    this.pinched = { a, b, zoom: { ...this.roll.view.zoom } };
  }

  pinchTo() {
    const { roll, pinched } = this;
    const [a, b] = [...this.touches.values()];
    if (!b) return;
    const before = spread(pinched.a, pinched.b);
    const now = spread(a, b);
    const factor = now.width > 20 && before.width > 20 ? now.width / before.width : 1;
    const { scroller } = roll.frame;
    scroller.scrollBy({ left: before.x - now.x, top: before.y - now.y, behavior: "instant" });
    roll.lay();
    if (Math.abs(factor - 1) > 0.02) roll.zoomBy({ x: factor }, now.x);
    this.pinched = { a, b };
  }

  // -- on the way ---------------------------------------------------------------------------

  moved(event) {
    const { roll } = this;
    if (!roll.layout) return;
    const point = this.point(event);
    if (this.touches.has(event.pointerId)) this.touches.set(event.pointerId, point);
    if (this.pinched) return this.pinchTo();
    if (event.pointerId !== this.pointer) return this.hover(event, point);
    this.last = point;
    const slip = this.touch ? SLIP_OF_FINGERS : SLIP;
    const far = Math.hypot(point.x - this.from.x, point.y - this.from.y);
    if (!this.slipped && far < slip) return undefined;
    this.slipped = true;
    clearTimeout(this.timer);
    if (this.pending) {
      this.gesture = this.pending();
      this.pending = null;
    }
    this.step();
    return this.scrollOn();
  }

  step() {
    this.gesture?.move(this.last);
    this.show();
  }

  /** While a drag is at the edge, scroll on and let it follow. */
  scrollOn() {
    const still = [Pan, Keys].some((Gesture) => this.gesture instanceof Gesture);
    if (this.rolling || !this.gesture || still) return;
    const step = () => {
      this.rolling = 0;
      if (!this.gesture || !this.slipped) return;
      const [x, y] = this.push();
      if (!x && !y) return;
      this.roll.frame.scroller.scrollBy({ left: x, top: y, behavior: "instant" });
      this.roll.lay();
      this.step();
      this.rolling = requestAnimationFrame(step);
    };
    this.rolling = requestAnimationFrame(step);
  }

  /** How far to scroll in one frame, across and down. */
  push() {
    const { layout } = this.roll;
    const over = (value, low, high) => {
      const beyond = Math.min(0, value - low - EDGE) + Math.max(0, value - high + EDGE);
      return Math.max(-24, Math.min(24, beyond / 2));
    };
    const flat = this.gesture instanceof Ruler || this.gesture instanceof Velocities;
    const { x, y } = this.last;
    return [over(x, layout.left, layout.width), flat ? 0 : over(y, layout.top, layout.bottom)];
  }

  hover(event, point) {
    const { roll } = this;
    if (event.pointerType === "touch" || this.pointer !== undefined) return;
    const area = areaAt(roll.layout, point.x, point.y);
    const hit = area === "notes" && noteAt(roll.layout, roll.index, point);
    const onNote = { middle: "grab", start: "ew-resize", end: "ew-resize" };
    const cursors = { notes: "crosshair", keys: "pointer", ruler: "pointer", lane: "ns-resize" };
    roll.frame.stage.style.cursor = hit ? onNote[hit.edge] : cursors[area] ?? "default";
  }

  // -- the end ------------------------------------------------------------------------------

  up(event) {
    this.touches.delete(event.pointerId);
    if (this.pinched) {
      if (!this.touches.size) this.pinched = null;
      return;
    }
    if (event.pointerId !== this.pointer) return;
    const { gesture, click, slipped } = this;
    const point = this.point(event);
    this.pointer = undefined;
    // A drag is no click: what is pressed right after it is not pressed twice.
    if (slipped) this.clicked = undefined;
    if (!slipped && click) click();
    else gesture?.end(point);
    this.giveUp();
  }

  lost(event) {
    this.touches.delete(event.pointerId);
    if (!this.touches.size) this.pinched = null;
    if (event.pointerId === this.pointer) this.giveUp();
  }

  get busy() {
    return this.pointer !== undefined;
  }

  /** End a drag without a change; false where there was none. */
  cancel() {
    const { busy } = this;
    this.giveUp();
    return busy;
  }

  escape(event) {
    if (event.key !== "Escape" || !this.cancel()) return;
    event.preventDefault();
    event.stopPropagation();
  }

  giveUp() {
    clearTimeout(this.timer);
    cancelAnimationFrame(this.rolling);
    Object.assign(this, { gesture: null, pending: null, click: null });
    Object.assign(this, { pointer: undefined, rolling: 0 });
    Object.assign(this.roll, { draft: null, added: [], box: null, region: null });
    this.roll.refresh();
  }

  show() {
    this.roll.mark("still");
  }

  // -- wheels -------------------------------------------------------------------------------

  wheel(event) {
    const { roll } = this;
    if (!roll.layout || (!event.ctrlKey && !event.altKey)) return;
    event.preventDefault();
    const point = this.point(event);
    if (event.altKey) this.turn(point, event.deltaY);
    else {
      const factor = Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0025));
      roll.zoomBy(event.shiftKey ? { y: factor } : { x: factor }, point.x);
    }
  }

  /** Turn the wheel on a note: louder or softer; all turns until it rests are one change. */
  turn(point, delta) {
    const { roll } = this;
    const hit = noteAt(roll.layout, roll.index, point);
    if (!hit && !this.turned) return;
    const chosen = roll.view.selection.has(hit?.note[ID]);
    const notes = chosen ? roll.chosenIn(roll.view.selection) : [hit?.note];
    this.turned ??= { notes, by: 0 };
    this.turned.by += delta < 0 ? 4 : -4;
    const edit = edits.addVelocity(this.turned.notes, this.turned.by, roll.held);
    roll.draft = new Map(edit.ops[0]?.notes.map(({ id, velocity }) => {
      const note = [...roll.noteOf(id)];
      note[VELOCITY] = velocity;
      return [id, note];
    }));
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.turned = null;
      roll.draft = null;
      roll.commit(edit);
      this.show();
    }, 300);
    this.show();
  }
}

function spread(a, b) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, width: Math.abs(a.x - b.x) };
}

