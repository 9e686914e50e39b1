/** What is set for the roll: its grid, and what it shows besides the notes. */

import { html } from "../vendor/htm-preact.js";
import { count } from "./projects.js";
import { Button } from "./parts_of_page.js";

const GRIDS = ["1/1", "1/2", "1/4", "1/8", "1/8t", "1/16", "1/16t", "1/32", "off"];

/** @param {{studio: import("../studio.js").Studio, state: object}} props */
export function RollBar({ studio, state }) {
  const { highlight, ghosts, snap, selection, doc } = state;
  const flip = (name) => () =>
    studio.set({ highlight: { ...highlight, [name]: !highlight[name] } });
  const notes = doc.parts.reduce((sum, part) => sum + part.notes.length, 0);
  return html`<div class="roll-bar row">
    <label class="inline">
      Grid
      <select value=${snap} onChange=${(event) => studio.set({ snap: event.target.value })}>
        ${GRIDS.map(
          (grid) => html`<option value=${grid} selected=${grid === snap}>${told(grid)}</option>`,
        )}
      </select>
    </label>
    <${Button} label="Scale" pressed=${highlight.scale} onClick=${flip("scale")} />
    <${Button} label="Chords" pressed=${highlight.chords} onClick=${flip("chords")} />
    <${Button} label="Other parts" pressed=${ghosts}
      onClick=${() => studio.set({ ghosts: !ghosts })} />
    <p class="status">
      ${selection.size ? `${selection.size} of ` : ""}${count(notes, "note")}${
        selection.size ? " selected" : ""
      }
      ${doc.locked.length ? `, ${doc.locked.length} locked` : ""}
    </p>
  </div>`;
}

function told(grid) {
  if (grid === "off") return "free";
  return grid.endsWith("t") ? `${grid.slice(0, -1)} triplet` : grid;
}
