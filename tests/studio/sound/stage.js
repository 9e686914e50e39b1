/** What tests of sound do in the page, as `stage`. */
import { Engine } from "/page/sound/engine.js";
import { Player } from "/page/sound/player.js";
import { decodeSamples } from "/page/sound/samples.js";
import { scoreOf } from "/page/sound/score.js";
import { html, render } from "/page/vendor/htm-preact.js";

const RATE = 44100;
const BLOCK = 128;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** Wait until something holds; give up after a minute. */
async function until(holds) {
  for (let i = 0; i < 3000; i++) {
    if (holds()) return;
    await wait(20);
  }
  throw new Error(`never: ${holds}`);
}

/** The loudest sample of what is heard now, about 1/20 of a second. */
function peak(player) {
  const samples = new Float32Array(player.analyser.fftSize);
  player.analyser.getFloatTimeDomainData(samples);
  return Math.max(...samples.map(Math.abs));
}

/** Make a player with its sounds loaded. */
async function open(doc, mix = {}) {
  const stage = globalThis.stage;
  stage.ticks = [];
  stage.states = [];
  stage.player = new Player({
    fontUrl: "/api/soundfont",
    onTick: (tick) => stage.ticks.push(tick),
    onState: (state) => stage.states.push(state),
    onLevels: (levels) => (stage.levels = Object.fromEntries(levels)),
  });
  stage.player.load(doc, mix);
  await stage.player.ready();
  return stage.player;
}

/** Note `[tick, peak]` of what is heard until the player stops, or for some milliseconds. */
async function watch(player, ms = Number.POSITIVE_INFINITY) {
  const seen = [];
  const until = performance.now() + ms;
  while (player.state.playing && performance.now() < until) {
    await wait(20);
    seen.push([player.tick, peak(player)]);
  }
  return seen;
}

/** An engine in this thread: it has the sounds of the document, and no clock but `run`. */
async function engineFor(doc, { font = true } = {}) {
  const said = [];
  const decoding = [];
  const engine = new Engine(RATE, (message) => {
    said.push(message);
    const take = (id, frames) => engine.receive({ type: "sample", id, frames });
    if (message.type === "decode") decoding.push(decodeSamples(message.samples, take));
  });
  const channels = doc.parts.map(({ program, is_drum }) => ({ program, is_drum }));
  engine.receive({ type: "channels", channels });
  give(engine, doc);
  if (font) {
    const answer = await fetch("/api/soundfont");
    engine.receive({ type: "font", data: await answer.arrayBuffer() });
    await Promise.all(decoding);
  }
  return Object.assign(engine, { said, decoding });
}

/** Give an engine the next state of the document. */
function give(engine, doc) {
  const ids = doc.parts.map((part) => part.id);
  engine.receive({ type: "score", score: scoreOf(doc, (id) => ids.indexOf(id)) });
}

/** Render some seconds; `at` gives what is done at seconds within, on whole blocks. */
function run(engine, seconds, at = {}) {
  const blocks = Math.round((seconds * RATE) / BLOCK);
  const sides = [new Float32Array(blocks * BLOCK), new Float32Array(blocks * BLOCK)];
  const acts = Object.entries(at).map(([when, act]) => [Number(when), act]);
  for (let block = 0; block < blocks; block++) {
    const now = (block * BLOCK) / RATE;
    while (acts.length && acts[0][0] <= now) acts.shift()[1]();
    engine.render(sides.map((side) => side.subarray(block * BLOCK, (block + 1) * BLOCK)));
  }
  return sides;
}

/** Peaks of one side, or of both, in windows of `step` seconds. */
function peaks(sides, step = 0.01) {
  const width = Math.round(step * RATE);
  const found = [];
  for (let from = 0; from < sides[0].length; from += width) {
    let most = 0;
    for (const side of sides) {
      for (const sample of side.subarray(from, from + width)) most = Math.max(most, Math.abs(sample));
    }
    found.push(most);
  }
  return found;
}

/** Seconds of the first sample above a level, from a time on; -1 if there is none. */
function firstSound(sides, from = 0, level = 0.001) {
  for (let i = Math.round(from * RATE); i < sides[0].length; i++) {
    if (Math.abs(sides[0][i]) > level || Math.abs(sides[1][i]) > level) return i / RATE;
  }
  return -1;
}

/** Energy of a tone in a stretch of a side, by Goertzel's algorithm. */
function tone(side, pitch, from, to) {
  const stretch = side.subarray(Math.round(from * RATE), Math.round(to * RATE));
  const turn = 2 * Math.cos((2 * Math.PI * 440 * 2 ** ((pitch - 69) / 12)) / RATE);
  let [before, now] = [0, 0];
  for (const sample of stretch) [before, now] = [now, sample + turn * now - before];
  return Math.sqrt(Math.max(0, before ** 2 + now ** 2 - turn * before * now)) / stretch.length;
}

/** Note what the engine strikes and ends, `[kind, seconds, channel, pitch]`, as it renders. */
function spy(engine) {
  const events = [];
  const { synth } = engine;
  let frames = 0;
  const process = synth.processSplit;
  synth.processSplit = (outputs, left, right, start, count) => {
    process(outputs, left, right, start, count);
    frames += count;
  };
  for (const kind of ["noteOn", "noteOff"]) {
    const act = synth[kind];
    synth[kind] = (channel, pitch, velocity) => {
      events.push([kind, frames / RATE, channel, pitch]);
      act(channel, pitch, velocity);
    };
  }
  return events;
}

globalThis.stage = {
  Player, RATE, engineFor, firstSound, give, html, open, peak, peaks, render, run, spy, tone, until, wait, watch,
};
