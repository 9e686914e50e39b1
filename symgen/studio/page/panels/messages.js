/** Messages: what went wrong, that the server is away, and what a screen reader is told. */

import { html, useEffect, useState } from "../vendor/htm-preact.js";
import { Button } from "./parts_of_page.js";
import { count } from "./projects.js";

const SHOWN = 6000;

/** A banner while the server does not answer. */
export function Banner({ state }) {
  if (!state.offline) return html`<div role="alert"></div>`;
  const kept = state.unsent ? ` ${count(state.unsent, "change")} kept, sent when it is back.` : "";
  return html`<div role="alert">
    <p class="banner">The studio does not answer: is "symgen studio" still running?${kept}</p>
  </div>`;
}

/** A message at the foot of the page; notes leave by themselves, errors stay until closed. */
export function Message({ studio, state }) {
  const { message } = state;
  const close = () => studio.set({ message: null });
  useEffect(() => {
    if (message?.kind !== "note") return undefined;
    const timer = setTimeout(close, SHOWN);
    return () => clearTimeout(timer);
  }, [message]);
  const error = message?.kind === "error";
  return html`<section class="messages" aria-label="Messages">
    <div role="alert">
      ${error && html`<${Shown} text=${message.text} kind="failed" close=${close} />`}
    </div>
    ${message && !error && html`<${Shown} text=${message.text} kind="fine" close=${close} />`}
  </section>`;
}

function Shown({ text, kind, close }) {
  return html`<p class=${`message ${kind}`}>
    <span>${text}</span><${Button} icon="close" label="Close the message" quiet onClick=${close} />
  </p>`;
}

/** What a screen reader is told; the same words twice are told twice. */
export function Live({ said }) {
  const [shown, setShown] = useState("");
  useEffect(() => {
    setShown("");
    const timer = setTimeout(() => setShown(said.text), 40);
    return () => clearTimeout(timer);
  }, [said]);
  return html`<p class="unseen" role="status" id="said">${shown}</p>`;
}
