/** The store of the page: one object, replaced part by part, and those who watch it. */

/** What the page knows before it has asked. */
export const START = Object.freeze({
  place: "loading", // "loading", "start" (no piece open) or "piece"
  about: null,
  schema: null,
  projects: [],
  doc: null,
  part: null,
  selection: new Set(),
  region: { bars: null, parts: new Set() },
  cursor: 0,
  playing: false,
  player: { playing: false, loading: false, locked: false, error: "" },
  loop: false,
  recording: false,
  midi: [], // names of the MIDI keyboards that are connected
  metronome: false,
  countIn: false,
  snap: "1/16",
  zoom: { x: 1, y: 1 },
  highlight: { scale: true, chords: false },
  ghosts: true,
  mix: {},
  takes: [],
  chosen: null, // the id of the take that is heard, or null: the piece as it is
  takeDoc: null,
  job: null,
  ask: { verb: "infill", controls: {}, count: 4, seed: "", more: false },
  askError: null, // {field, line}
  open: { score: false, mixer: false, keyboard: false },
  dialog: null,
  theme: "auto",
  keys: true, // single keys are shortcuts
  offline: false,
  unsent: 0,
  message: null, // {kind: "note"|"error", text}
  said: { text: "" },
});

/**
 * Make a store.
 * @param {object} initial
 * @returns {{get: () => object, set: (patch: object) => void, watch: (f: Function) => () => void}}
 */
export function createStore(initial = START) {
  let state = { ...initial };
  const watchers = new Set();
  return {
    get: () => state,
    set(patch) {
      const before = state;
      state = { ...state, ...patch };
      for (const watcher of [...watchers]) watcher(state, before);
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

/** What of the state is kept with the project, and found again when it is opened. */
export function viewOf(state) {
  const { part, cursor, snap, zoom, highlight, ghosts, mix, open, metronome, countIn, ask } = state;
  const region = { bars: state.region.bars, parts: [...state.region.parts] };
  return {
    part, cursor, snap, zoom, highlight, ghosts, mix, open, metronome, countIn, region,
    ask: { verb: ask.verb, controls: ask.controls, count: ask.count, more: ask.more },
  };
}

/** Return the part of the state that a kept view tells, as far as it fits the document. */
export function stateOfView(view, doc) {
  const known = new Set(doc.parts.map((part) => part.id));
  const kept = Object.fromEntries(
    ["snap", "zoom", "highlight", "ghosts", "mix", "open", "metronome", "countIn"]
      .filter((name) => view?.[name] !== undefined)
      .map((name) => [name, view[name]]),
  );
  const bars = view?.region?.bars;
  return {
    ...kept,
    part: known.has(view?.part) ? view.part : doc.parts[0]?.id ?? null,
    cursor: Math.min(view?.cursor ?? 0, doc.length),
    region: {
      bars: Array.isArray(bars) && bars.length === 2 ? bars : null,
      parts: new Set((view?.region?.parts ?? []).filter((id) => known.has(id))),
    },
    ask: { ...START.ask, ...view?.ask },
  };
}
