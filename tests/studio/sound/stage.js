/** What tests of sound do in the page, as `stage`. */
import { Player } from "/page/sound/player.js";

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

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

globalThis.stage = { Player, open, peak, wait, watch };
