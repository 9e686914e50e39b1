/** The parts, and the region: which bars and parts are to be written. */

import { html, useState } from "../vendor/htm-preact.js";
import { Button, colorOf, Dialog, Field } from "./parts_of_page.js";
import { notesWithin } from "../model.js";

/** @param {{studio: import("../studio.js").Studio, state: object}} props */
export function PartsPanel({ studio, state }) {
  const { doc } = state;
  return html`<section class="panel parts" aria-labelledby="parts-title">
    <div class="panel-head">
      <h2 id="parts-title">Parts</h2>
      <${Button} icon="plus" label="Add a part" quiet onClick=${() => studio.set({ dialog: "part" })} />
    </div>
    <ul>
      ${doc.parts.map((part) => html`<${PartRow} key=${part.id} ...${{ studio, state, part }} />`)}
    </ul>
  </section>`;
}

function PartRow({ studio, state, part }) {
  const { doc, region, mix } = state;
  const active = part.id === state.part;
  const { mute = false, solo = false } = mix[part.id] ?? {};
  const edit = () => studio.set({ part: part.id, dialog: "edit-part" });
  return html`<li class=${`part ${active ? "active" : ""} ${colorOf(doc, part.id)}`}>
    <input
      type="checkbox"
      aria-label=${`Mark ${part.name} for writing`}
      title="Mark for writing"
      checked=${region.parts.has(part.id)}
      onChange=${(event) => studio.markPart(part.id, event.target.checked)}
    />
    <button
      type="button"
      class="part-name"
      aria-pressed=${String(active)}
      onClick=${() => studio.set({ part: part.id })}
    >
      <strong>${part.name || "Part"}</strong>
      <span>${instrumentOf(part, state.about)}</span>
    </button>
    <${Letter} letter="M" label=${`Mute ${part.name}`} on=${mute}
      press=${() => studio.setMix(part.id, { mute: !mute })} />
    <${Letter} letter="S" label=${`Solo ${part.name}`} on=${solo}
      press=${() => studio.setMix(part.id, { solo: !solo })} />
    <${Button} icon="pen" label=${`Edit ${part.name}`} quiet onClick=${edit} />
  </li>`;
}

function instrumentOf(part, about) {
  if (part.is_drum) return "drums";
  return about?.instruments?.[part.program]?.toLowerCase() ?? part.instrument;
}

function Letter({ letter, label, on, press }) {
  return html`<button
    type="button"
    class="letter"
    aria-label=${label}
    title=${label}
    aria-pressed=${String(on)}
    onClick=${press}
  >
    ${letter}
  </button>`;
}

/** Bars from and to as numbers, and locks. */
export function RegionPanel({ studio, state }) {
  const { doc, region, selection } = state;
  const [first, last] = [doc.bars[0]?.[0] ?? 1, doc.bars.at(-1)?.[0] ?? 1];
  const within = () => notesWithin(doc, region);
  const error = state.askError?.field === "bars" ? state.askError.line : null;
  return html`<section class="panel region" aria-labelledby="region-title">
    <div class="panel-head">
      <h2 id="region-title">Region</h2>
      ${region.bars &&
      html`<${Button} icon="close" label="Clear the region" quiet
        onClick=${() => studio.setRegion({ bars: null, parts: new Set() })} />`}
    </div>
    <div class="row">
      <${BarField} id="region-from" label="From bar" place=${0} ...${{ studio, region, first, last }} />
      <${BarField} id="region-to" label="to bar" place=${1} ...${{ studio, region, first, last }} />
    </div>
    ${error && html`<p class="error" role="alert">${error}</p>`}
    <p class="help">${told(doc, region)}</p>
    <div class="pairs">
      <${Button} label="Lock selected" shortcut="L"
        onClick=${() => studio.lock([...selection], true)} />
      <${Button} label="Unlock selected" onClick=${() => studio.lock([...selection], false)} />
      <${Button} label="Lock the region" onClick=${() => studio.lock(within(), true)} />
      <${Button} label="Select the region" shortcut="Ctrl+Shift+A" onClick=${() => studio.selectRegion()} />
      ${doc.locked.length > 0 &&
      html`<${Button} label=${`Unlock all ${doc.locked.length}`}
        onClick=${() => studio.lock(doc.locked, false)} />`}
    </div>
  </section>`;
}

function told(doc, region) {
  if (!region.bars) return "No bars marked. Drag over the bar numbers, press R, or type them here.";
  const names = doc.parts.filter((part) => region.parts.has(part.id)).map((part) => part.name);
  return names.length ? `Marked: ${names.join(", ")}.` : "No part is checked: the active part is meant.";
}

function BarField({ id, label, place, studio, region, first, last }) {
  const change = (event) => {
    const value = Number(event.target.value);
    if (event.target.value === "") return studio.setRegion({ bars: null });
    const [a, b] = region.bars ?? [value, value];
    // The other end goes along where this one passes it.
    const bars = place ? [Math.min(a, value), value] : [value, Math.max(b, value)];
    return studio.setRegion({ bars });
  };
  return html`<${Field} id=${id} label=${label}>
    ${(attributes) =>
      html`<input type="number" min=${first} max=${last} value=${region.bars?.[place] ?? ""}
        onChange=${change} ...${attributes} />`}
  <//>`;
}

/** A new part, or another name or instrument for one that is there. */
export function PartDialog({ studio, state, onClose }) {
  const part = state.dialog === "edit-part" ? studio.activePart : null;
  const names = state.about?.instruments ?? [];
  const [wanted, setWanted] = useState(part ? names[part.program] ?? "" : "");
  const [error, setError] = useState(null);
  const save = (event) => {
    event.preventDefault();
    const found = chosenInstrument(names, wanted, part);
    if (found === null) {
      setError(`No instrument "${wanted}": choose one from the list.`);
      return;
    }
    const name = new FormData(event.target).get("name").trim() || wanted || "Part";
    if (part) keep(studio, part, name, found.program);
    else studio.addPart(name, found.program, found.drums);
    onClose();
  };
  const remove = () => {
    studio.removePart(part);
    onClose();
  };
  return html`<${Dialog} title=${part ? `Part ${part.name}` : "Add a part"} onClose=${onClose}>
    <form onSubmit=${save}>
      ${!part?.is_drum &&
      html`<${Field} id="part-instrument" label="Instrument" error=${error}
        help=${part ? undefined : 'Type to search, or "drums".'}>
        ${(attributes) =>
          html`<input list="instruments" autocomplete="off" required value=${wanted}
            onInput=${(event) => setWanted(event.target.value)} ...${attributes} />`}
      <//>`}
      <datalist id="instruments">
        ${[...(part ? [] : ["Drums"]), ...names].map((name) => html`<option value=${name} />`)}
      </datalist>
      <${Field} id="part-name" label="Name">
        ${(attributes) =>
          html`<input name="name" defaultValue=${part?.name ?? ""} autocomplete="off" ...${attributes} />`}
      <//>
      <div class="row wrap">
        <button type="submit" class="button primary">${part ? "Save" : "Add"}</button>
        ${part &&
        state.doc.parts.length > 1 &&
        html`<${Button} icon="trash" label="Remove this part" kind="danger" onClick=${remove} />`}
      </div>
    </form>
  <//>`;
}

function chosenInstrument(names, wanted, part) {
  if (part?.is_drum) return { program: part.program, drums: true };
  const low = wanted.trim().toLowerCase();
  if (low === "drums" && !part) return { program: 0, drums: true };
  const program = names.findIndex((name) => name.toLowerCase() === low);
  if (program >= 0) return { program, drums: false };
  const near = names.findIndex((name) => low && name.toLowerCase().includes(low));
  return near >= 0 ? { program: near, drums: false } : null;
}

function keep(studio, part, name, program) {
  const op = { op: "set_part", id: part.id };
  if (name !== part.name) op.name = name;
  if (program !== part.program) op.program = program;
  if (op.name !== undefined || op.program !== undefined) studio.change([op], "edit part");
}
