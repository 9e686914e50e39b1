import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { pitchName } from "../model.js";

const BLACK = new Set([1, 3, 6, 8, 10]);
/** By the place of the key, not its letter: the same on any layout. */
const COMPUTER_KEYS = [
  "KeyA", "KeyW", "KeyS", "KeyE", "KeyD", "KeyF", "KeyT",
  "KeyG", "KeyY", "KeyH", "KeyU", "KeyJ", "KeyK",
];
const LOWEST = 12;
const HIGHEST = 108;
const VELOCITY = 90;
/** Pixels: wide enough for fingers, black keys too. */
const OCTAVE_WIDTH = 7 * 38;
/** Milliseconds that a key sounds which is pressed without being held, as screen readers do. */
const TAP = 400;

/**
 * A keyboard for mouse, touch and the computer's keys: A to K play, Z and X go an octave down and
 * up, the arrows go from key to key, and Space or Enter holds the key that has the focus.
 * @param {object} props
 * @param {{tonic: number, mode: string}} [props.keySignature] spells the names
 * @param {Set<number>} [props.lit] pitches that sound now, to be shown
 * @param {(pitch: number, velocity: number) => void} props.onNoteOn
 * @param {(pitch: number) => void} props.onNoteOff
 */
export function Keyboard({ keySignature, lit, onNoteOn, onNoteOff }) {
  const [low, setLow] = useState(48);
  const [held, hold] = useHeld(onNoteOn, onNoteOff);
  const [focus, setFocus] = useState(60);
  const host = useRef(null);
  const octaves = useOctaves(host);
  const high = low + 12 * octaves;
  const shown = Math.min(high, Math.max(low, focus));
  const go = (pitch) => {
    setFocus(pitch);
    host.current.querySelector(`[data-pitch="${pitch}"]`)?.focus();
  };
  const shift = (by) => {
    const next = Math.max(LOWEST, Math.min(HIGHEST - 12 * octaves, low + by));
    hold.clear();
    setLow(next);
    setFocus(shown - low + next);
  };
  const keys = keyHandlers({ low, high, shown, go, shift, hold });
  const pitches = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  return html`<div class="keyboard" role="group" aria-label="Keyboard" ref=${host} ...${keys}>
    <${Shift} label="An octave down" keys="Z" sign="−" press=${() => shift(-12)} />
    <div class="keyboard-keys" ...${pointerHandlers(hold)}>
      ${pitches.map((pitch) => html`<${Key} pitch=${pitch}
        name=${pitchName(pitch, keySignature)} isFocus=${pitch === shown}
        isDown=${held.has(pitch) || Boolean(lit?.has(pitch))} />`)}
    </div>
    <${Shift} label="An octave up" keys="X" sign="+" press=${() => shift(12)} />
  </div>`;
}

/** As many octaves as there is room for, one to four. */
function useOctaves(host) {
  const [octaves, setOctaves] = useState(2);
  useEffect(() => {
    const fit = () => {
      const room = Math.floor(host.current.clientWidth / OCTAVE_WIDTH);
      setOctaves(Math.max(1, Math.min(4, room)));
    };
    const watch = new ResizeObserver(fit);
    watch.observe(host.current);
    fit();
    return () => watch.disconnect();
  }, []);
  return octaves;
}

function Key({ pitch, name, isDown, isFocus }) {
  const black = BLACK.has(pitch % 12);
  return html`<button type="button" data-pitch=${pitch} aria-label=${name}
    class=${`key ${black ? "black" : "white"} ${isDown ? "down" : ""}`}
    aria-pressed=${String(isDown)} tabindex=${isFocus ? 0 : -1}>
    ${pitch % 12 === 0 && html`<span aria-hidden="true">${name}</span>`}
  </button>`;
}

function Shift({ label, keys, sign, press }) {
  return html`<button type="button" class="button keyboard-shift" aria-label=${label}
    aria-keyshortcuts=${keys} title=${`${label} (${keys})`} onClick=${press}>${sign}</button>`;
}

/** Keep which keys are down, by what holds them: a finger, or a key of the computer. */
function useHeld(onNoteOn, onNoteOff) {
  const holders = useRef(new Map());
  const [held, setHeld] = useState(new Set());
  const calls = useRef({});
  calls.current = { onNoteOn, onNoteOff };
  const show = () => setHeld(new Set(holders.current.values()));
  const hold = {
    down(holder, pitch) {
      const before = holders.current.get(holder);
      if (before === pitch) return;
      if (before !== undefined) hold.up(holder);
      const sounds = [...holders.current.values()].includes(pitch);
      holders.current.set(holder, pitch);
      if (!sounds) calls.current.onNoteOn(pitch, VELOCITY);
      show();
    },
    up(holder) {
      const pitch = holders.current.get(holder);
      if (pitch === undefined) return;
      holders.current.delete(holder);
      if (![...holders.current.values()].includes(pitch)) calls.current.onNoteOff(pitch);
      show();
    },
    has: (holder) => holders.current.has(holder),
    clear() {
      for (const holder of [...holders.current.keys()]) hold.up(holder);
    },
  };
  useEffect(() => () => hold.clear(), []);
  return [held, hold];
}

function pointerHandlers(hold) {
  const pitchOf = (event) => Number(event.target.closest?.("[data-pitch]")?.dataset.pitch);
  const up = (event) => hold.up(event.pointerId);
  return {
    onPointerDown(event) {
      const pitch = pitchOf(event);
      if (Number.isNaN(pitch) || event.button) return;
      // A finger that slides plays the keys it comes over.
      if (event.target.hasPointerCapture(event.pointerId)) {
        event.target.releasePointerCapture(event.pointerId);
      }
      hold.down(event.pointerId, pitch);
    },
    onPointerOver(event) {
      const pitch = pitchOf(event);
      if (hold.has(event.pointerId) && !Number.isNaN(pitch)) hold.down(event.pointerId, pitch);
    },
    onClick(event) {
      const pitch = pitchOf(event);
      if (event.detail || Number.isNaN(pitch)) return;
      hold.down("tap", pitch);
      setTimeout(() => hold.up("tap"), TAP);
    },
    onPointerUp: up,
    onPointerCancel: up,
    onPointerLeave: up,
  };
}

function keyHandlers({ low, high, shown, go, shift, hold }) {
  const inside = (pitch) => Math.max(low, Math.min(high, pitch));
  const moves = {
    ArrowLeft: () => go(inside(shown - 1)),
    ArrowRight: () => go(inside(shown + 1)),
    Home: () => go(low),
    End: () => go(high),
    KeyZ: () => shift(-12),
    KeyX: () => shift(12),
  };
  const pitchOf = (event) => {
    const place = COMPUTER_KEYS.indexOf(event.code);
    if (place >= 0) return low + 12 + place;
    const isKey = event.target.closest("[data-pitch]");
    return isKey && (event.code === "Space" || event.code === "Enter") ? shown : null;
  };
  return {
    onKeyDown(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const pitch = pitchOf(event);
      const move = moves[event.code];
      if (pitch === null && !move) return;
      event.preventDefault();
      event.stopPropagation();
      if (move) move();
      else if (!event.repeat) hold.down(event.code, pitch);
    },
    onKeyUp(event) {
      if (!hold.has(event.code)) return;
      event.preventDefault();
      event.stopPropagation();
      hold.up(event.code);
    },
    onfocusout(event) {
      if (!event.currentTarget.contains(event.relatedTarget)) hold.clear();
    },
  };
}
