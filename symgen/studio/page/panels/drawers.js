/** What opens above the transport: the mixer and the keyboard. */

import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";

/** @param {{studio: import("../studio.js").Studio, state: object}} props */
export function Drawers({ studio, state }) {
  return html`
    ${state.open.mixer && html`<${Mixer} ...${{ studio, state }} />`}
    ${state.open.keyboard && html`<${Keyboard} ...${{ studio, state }} />`}
  `;
}

function Mixer() {
  return html`<section class="drawer" aria-label="Mixer"></section>`;
}

function Keyboard() {
  return html`<section class="drawer" aria-label="Keyboard"></section>`;
}
