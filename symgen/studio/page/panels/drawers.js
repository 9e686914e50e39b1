/** What opens above the transport: the mixer and the keyboard. */

import { html } from "../vendor/htm-preact.js";
import { Keyboard } from "../sound/keyboard.js";
import { Mixer } from "../sound/mixer.js";
import { Button, colorOf } from "./parts_of_page.js";

/** @param {{studio: import("../studio.js").Studio, state: object}} props */
export function Drawers({ studio, state }) {
  const { doc, mix, midi, open } = state;
  return html`
    ${open.mixer &&
    html`<section class="drawer" aria-label="Mixer of the parts">
      <${Mixer} parts=${doc.parts} mix=${mix} onMix=${(id, change) => studio.setMix(id, change)}
        watchLevels=${studio.sound.watchLevels} colorOf=${(id) => colorOf(doc, id)} />
    </section>`}
    ${open.keyboard &&
    html`<section class="drawer" aria-label="Playing by hand">
      <${Keyboard} keySignature=${doc.key}
        onNoteOn=${(pitch, velocity) => studio.playingIn.noteOn(pitch, velocity)}
        onNoteOff=${(pitch) => studio.playingIn.noteOff(pitch)} />
      <div class="row">
        <${Button} label="Connect a MIDI keyboard" onClick=${() => studio.playingIn.connectMidi()} />
        <p class="help">
          ${midi.length ? `Connected: ${midi.join(", ")}. ` : ""}A to K play while the keyboard has the
          focus, Z and X go an octave down and up.
        </p>
      </div>
    </section>`}
  `;
}
