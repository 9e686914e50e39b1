/** The engraved score beside the roll: it follows the cursor, and a note in it can be clicked. */

import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { request } from "../api.js";
import { barAt } from "../model.js";
import { Button } from "./parts_of_page.js";

const INSTALL = "pip install 'symgen[studio]'";
const DELAY = 300;

/** @param {{studio: import("../studio.js").Studio, state: object}} props */
export function ScoreView({ studio, state }) {
  const { doc, about } = state;
  const host = useRef(null);
  const [wanted, setPage] = useState(1);
  const { sheet, error } = useSheet(studio, doc, about?.extras?.score ? wanted : 0);
  useEffect(() => {
    if (!sheet || !host.current) return undefined;
    return follow(host.current, sheet, studio.sound, doc, setPage);
  }, [sheet]);
  const turn = (by) => () => setPage(Math.max(1, Math.min(sheet.pages, wanted + by)));
  return html`<section class="score" aria-labelledby="score-title">
    <div class="panel-head">
      <h2 id="score-title">Score</h2>
      ${sheet?.pages > 1 &&
      html`<div class="row">
        <${Button} icon="before" label="Page before" quiet onClick=${turn(-1)} />
        <span>page ${sheet.page} of ${sheet.pages}</span>
        <${Button} icon="next" label="Next page" quiet onClick=${turn(1)} />
      </div>`}
      <${Button} icon="close" label="Hide the score" quiet
        onClick=${() => studio.toggle("score")} />
    </div>
    ${about?.extras?.score
      ? !sheet && !error && html`<p class="help">Engraving …</p>`
      : html`<p>
          Engraving needs verovio. Install it with <code>${INSTALL}</code>, then start anew.
        </p>`}
    ${error && html`<p class="error" role="alert">${error}</p>`}
    <div ref=${host} class="sheet" tabindex="0" role="img"
      aria-label=${`Score of ${doc.title || "the piece"}`}></div>
  </section>`;
}

/** Get a page of the score anew a moment after the piece has changed; 0 asks for none. */
function useSheet(studio, doc, page) {
  const [found, setFound] = useState({ sheet: null, error: null });
  useEffect(() => {
    if (!page) return undefined;
    let left = false;
    const timer = setTimeout(async () => {
      try {
        await studio.session?.settled();
        const sheet = await request(`/projects/${doc.id}/score?page=${page}`);
        if (!left) setFound({ sheet, error: null });
      } catch (error) {
        if (!left) setFound({ sheet: null, error: error.message });
      }
    }, DELAY);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [doc.id, doc.revision, page]);
  return found;
}

/** Show a page, mark in it what sounds, and turn to the page where it sounds. */
function follow(host, { svg, page, pages, times }, sound, doc, turnTo) {
  host.replaceChildren(drawingOf(svg));
  const elements = new Map();
  for (const [tick, ids] of times) {
    const notes = ids.map((id) => host.querySelector(`[id="${CSS.escape(id)}"]`)).filter(Boolean);
    elements.set(tick, notes);
    for (const note of notes) note.addEventListener("click", () => sound.seek(tick));
  }
  let shown = [];
  const show = ({ tick }, before) => {
    const [, start] = barAt(doc, tick);
    // A page that was turned to by hand stays until the place moves.
    if (before && times.length) {
      if (start > times.at(-1)[0] && page < pages) return turnTo(page + 1);
      if (tick < barAt(doc, times[0][0])[1] && page > 1) return turnTo(page - 1);
    }
    const now = times.findLast(([at]) => at <= tick)?.[0];
    const notes = elements.get(now) ?? [];
    if (notes === shown) return undefined;
    for (const note of shown) note.classList.remove("sounding");
    for (const note of notes) note.classList.add("sounding");
    shown = notes;
    return undefined;
  };
  show(sound.clock.get());
  return sound.clock.watch(show);
}

/** Read an engraving as a picture; what is no drawing is left out. */
function drawingOf(text) {
  const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  for (const other of svg.querySelectorAll("script, style, foreignObject")) other.remove();
  svg.setAttribute("aria-hidden", "true");
  return document.importNode(svg, true);
}
