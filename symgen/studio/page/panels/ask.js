/** The ask panel: what is to be written, with the controls that the verb has. */

import { html } from "../vendor/htm-preact.js";
import { Control } from "./controls.js";
import { Button, Field } from "./parts_of_page.js";

/** @param {{studio: import("../studio.js").Studio, state: object}} props */
export function AskPanel({ studio, state }) {
  const { ask, schema, askError } = state;
  const verbs = schema?.verbs ?? {};
  const verb = verbs[ask.verb] ?? Object.values(verbs)[0];
  if (!verb) {
    return html`<section class="panel ask" id="ask" aria-label="Ask for">
      <p id="verb" tabindex="-1">This server writes no takes.</p>
    </section>`;
  }
  const change = (patch) => studio.set({ ask: { ...studio.state.ask, ...patch }, askError: null });
  const error = askError && askError.field === null ? askError.line : null;
  const write = (event) => {
    event.preventDefault();
    studio.takes.write();
  };
  return html`<section class="panel ask" id="ask" aria-labelledby="ask-title">
    <h2 id="ask-title">Ask for</h2>
    <form onSubmit=${write} novalidate>
      <${Field} id="verb" label="What" help=${firstSentence(verb.help)}>
        ${(attributes) =>
          html`<select value=${ask.verb} onChange=${(event) => change({ verb: event.target.value })}
            ...${attributes}>
            ${Object.entries(verbs).map(
              ([name, { title }]) =>
                html`<option value=${name} selected=${name === ask.verb}>${title}</option>`,
            )}
          </select>`}
      <//>
      <p class="summary">${summary(state, verb)}</p>
      <${Controls} ...${{ ask, verb, askError, change }} />
      ${error && html`<p class="error" role="alert" id="ask-error">${error}</p>`}
      <div class="row">
        <button type="submit" class="button primary write" aria-keyshortcuts="G"
          aria-disabled=${studio.takes.isBusy ? "true" : undefined}>
          ${studio.takes.isBusy ? "Writing …" : verb.title}<kbd>G</kbd>
        </button>
        ${studio.takes.isBusy &&
        html`<${Button} label="Cancel" shortcut="Escape" onClick=${() => studio.takes.cancel()} />`}
      </div>
    </form>
  </section>`;
}

function firstSentence(text = "") {
  return text.split(/(?<=[.;]) /)[0].replace(/;$/, ".");
}

function bounded(text, low, high, usual) {
  const value = Math.round(Number(text));
  return Number.isFinite(value) && text !== "" ? Math.max(low, Math.min(high, value)) : usual;
}

function summary({ region, doc, part }, verb) {
  const parts = doc.parts.filter((each) => region.parts.has(each.id)).map((each) => each.name);
  const active = doc.parts.find((each) => each.id === part)?.name;
  const which = parts.length ? parts.join(", ") : active;
  if (!verb.needs?.bars) return `For the whole piece${parts.length ? `: ${which}` : ""}.`;
  if (!region.bars) return "Mark the bars to write: drag over the bar numbers, or press R.";
  const [first, last] = region.bars;
  const bars = first === last ? `Bar ${first}` : `Bars ${first} to ${last}`;
  return `${bars}, ${which}. Locked notes stay.`;
}

function Controls({ ask, verb, askError, change }) {
  const properties = verb.schema?.properties ?? {};
  const basic = (verb.basic ?? []).filter((name) => properties[name]);
  const others = Object.keys(properties).filter((name) => !basic.includes(name));
  const values = ask.controls[ask.verb] ?? {};
  const set = (name) => (value) =>
    change({ controls: { ...ask.controls, [ask.verb]: { ...values, [name]: value } } });
  const control = (name) => html`<${Control} key=${`${ask.verb}-${name}`} name=${name}
    schema=${properties[name]} value=${values[name]} onChange=${set(name)}
    error=${askError?.field === name ? askError.line : null} />`;
  const isSet = others.filter((name) => values[name] !== undefined && values[name] !== "").length;
  const open = ask.more || others.includes(askError?.field);
  return html`
    <div class="controls">${basic.map(control)}</div>
    <button type="button" class="button more" aria-expanded=${String(open)}
      onClick=${() => change({ more: !open })}>
      ${open ? "Fewer controls" : "More controls"}${isSet ? ` (${isSet} set)` : ""}
    </button>
    ${open &&
    html`<div class="controls others">${others.map(control)}</div>
      <${Counts} ...${{ ask, change }} />`}
  `;
}

/** How many takes, and by which seed. */
function Counts({ ask, change }) {
  return html`<div class="row">
    <${Field} id="count" label="How many">
      ${(attributes) =>
        html`<input type="number" min="1" max="8" value=${ask.count}
          onChange=${(event) => change({ count: bounded(event.target.value, 1, 8, 4) })}
          ...${attributes} />`}
    <//>
    <${Field} id="seed" label="Seed" help="The same seed writes the same again.">
      ${(attributes) =>
        html`<input type="number" min="0" value=${ask.seed} placeholder="any"
          onChange=${(event) => change({ seed: event.target.value })} ...${attributes} />`}
    <//>
  </div>`;
}
