/** The engraved score beside the roll, which follows the cursor. */

import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { requestText } from "../api.js";
import { Button } from "./parts_of_page.js";

const INSTALL = "pip install 'symgen[studio]'";

/** @param {{studio: import("../studio.js").Studio, state: object}} props */
export function ScoreView({ studio, state }) {
  const host = useRef(null);
  const [page, setPage] = useState(1);
  const [pages, setPages] = useState(1);
  const [error, setError] = useState(null);
  const { doc, about } = state;
  const can = about?.extras?.score;
  useEffect(() => {
    if (!can) return undefined;
    let left = false;
    const timer = setTimeout(async () => {
      try {
        await studio.session.settled();
        const text = await requestText(`/projects/${doc.id}/score.svg?page=${page}`);
        if (left) return;
        setPages(show(host.current, text));
        setError(null);
      } catch (failure) {
        if (!left) setError(failure.message);
      }
    }, 300);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [doc.id, doc.revision, page, can]);
  return html`<section class="score" aria-labelledby="score-title">
    <div class="panel-head">
      <h2 id="score-title">Score</h2>
      ${pages > 1 &&
      html`<${Button} label="Page before" onClick=${() => setPage(Math.max(1, page - 1))} />
        <span>${page} of ${pages}</span>
        <${Button} label="Next page" onClick=${() => setPage(Math.min(pages, page + 1))} />`}
      <${Button} icon="close" label="Hide the score" quiet onClick=${() => studio.toggle("score")} />
    </div>
    ${!can && html`<p>Engraving needs verovio. Install it with <code>${INSTALL}</code> and start anew.</p>`}
    ${error && html`<p class="error" role="alert">${error}</p>`}
    <div ref=${host} class="sheet" tabindex="0" role="img" aria-label=${`Score of ${doc.title}`}></div>
  </section>`;
}

/** Put the engraving in its place; what is not drawing is left out. Returns how many pages there are. */
function show(host, text) {
  const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  for (const script of svg.querySelectorAll("script, foreignObject")) script.remove();
  host.replaceChildren(document.importNode(svg, true));
  return Number(svg.dataset.pages ?? 1);
}
