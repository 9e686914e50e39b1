/** The transport at the foot: play, place, loop, metronome; and what opens below it. */

import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { barAt, beatText, chordAt, keyName, meterAt, tempoAt } from "../model.js";
import { Button } from "./parts_of_page.js";

/** @param {{studio: import("../studio.js").Studio, state: object}} props */
export function Transport({ studio, state }) {
  const { sound } = studio;
  const { playing, loop, metronome, countIn, open, doc, recording, player } = state;
  return html`<section class="transport" id="playing" aria-label="Playing">
    <div class="row">
      <${Button} icon="start" label="Go to the beginning" quiet shortcut="Home"
        onClick=${() => sound.seek(0)} />
      <${Button} icon=${playing ? "stop" : "play"} label=${playing ? "Stop" : "Play"} shortcut="Space"
        kind="primary play" onClick=${() => sound.togglePlay()} />
      <${Button} icon="record" label=${recording ? "End the recording" : "Record what you play"} quiet
        kind=${recording ? "live" : ""} pressed=${recording}
        onClick=${() => studio.playingIn.toggleRecording()} />
      <${Place} sound=${sound} doc=${doc} />
      <${Button} icon="loop" label="Play the region again and again" quiet shortcut="O" pressed=${loop}
        onClick=${() => sound.setLoop(!loop)} />
      <${Button} icon="metronome" label="Metronome" quiet shortcut="M" pressed=${metronome}
        onClick=${() => sound.setMetronome(!metronome)} />
      <label class="check">
        <input type="checkbox" checked=${countIn}
          onChange=${(event) => sound.setMetronome(metronome, event.target.checked)} />
        Count in
      </label>
      ${told(player) && html`<p class="help" role="status">${told(player)}</p>`}
      <${Facts} studio=${studio} doc=${doc} />
    </div>
    <div class="row">
      <${Hum} studio=${studio} />
      <${Button} icon="keyboard" label="Keyboard" shortcut="K" aria-expanded=${String(open.keyboard)}
        onClick=${() => studio.toggle("keyboard")} />
      <${Button} icon="mixer" label="Mixer" shortcut="X" aria-expanded=${String(open.mixer)}
        onClick=${() => studio.toggle("mixer")} />
      <${Button} icon="score" label="Score" shortcut="V" aria-expanded=${String(open.score)}
        onClick=${() => studio.toggle("score")} />
    </div>
  </section>`;
}

function told({ loading, error }) {
  return error || (loading ? "Loading the sounds …" : "");
}

/** Bar and beat of what sounds; written past Preact, for it changes with every frame. */
function Place({ sound, doc }) {
  const text = useRef(null);
  const range = useRef(null);
  useEffect(() => {
    const show = () => {
      const tick = sound.tick;
      const place = beatText(doc, tick).split("+")[0];
      text.current.textContent = place;
      range.current.value = String(barAt(doc, tick)[0]);
      range.current.setAttribute("aria-valuetext", `bar ${place.replace(".", ", beat ")}`);
    };
    show();
    return sound.clock.watch(show);
  }, [doc]);
  const [first, last] = [doc.bars[0]?.[0] ?? 1, doc.bars.at(-1)?.[0] ?? 1];
  const go = (event) => {
    const bar = doc.bars.find(([number]) => number === Number(event.target.value));
    if (bar) sound.seek(bar[1]);
  };
  return html`<div class="place">
    <output ref=${text} aria-hidden="true"></output>
    <input ref=${range} type="range" aria-label="Place" min=${first} max=${last} onInput=${go} />
  </div>`;
}

function Facts({ studio, doc }) {
  const chord = useRef(null);
  useEffect(() => {
    const show = () => {
      chord.current.textContent = chordAt(doc, studio.sound.tick) ?? "";
    };
    show();
    return studio.sound.clock.watch(show);
  }, [doc]);
  const tempo = Math.round(tempoAt(doc, 0) * 10) / 10;
  const facts = [`${tempo} bpm`, meterAt(doc, 0), keyName(doc.key)].filter(Boolean).join(" · ");
  return html`<button type="button" class="facts" title="Tempo, meter, key, length"
    aria-label=${`Change tempo, meter, key or length: ${facts}`}
    onClick=${() => studio.set({ dialog: "piece" })}>
    ${facts} <strong ref=${chord}></strong>
  </button>`;
}

/** Record a hummed tune and add its notes at the cursor. */
function Hum({ studio }) {
  const [stage, setStage] = useState("idle");
  const press = async () => {
    if (stage === "recording") {
      setStage("hearing");
      await studio.playingIn.stopHumming();
      setStage("idle");
    } else if (stage === "idle" && (await studio.playingIn.startHumming())) setStage("recording");
  };
  const labels = { idle: "Hum", recording: "Stop and write it down", hearing: "Listening …" };
  return html`<${Button} icon="mic" label=${labels[stage]} kind=${stage === "recording" ? "live" : ""}
    pressed=${stage === "recording"} onClick=${press} />`;
}
