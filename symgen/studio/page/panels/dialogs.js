/** The dialogs: export, history, the help sheet. */

import { html, useEffect, useState } from "../vendor/htm-preact.js";
import { requestFile, requestText } from "../api.js";
import { KEYS } from "../keys.js";
import { KEYS_OF_ROLL } from "../roll/keys.js";
import { Button, Dialog, Field } from "./parts_of_page.js";
import { keyName, meterAt, tempoAt } from "../model.js";
import { PartDialog } from "./parts.js";
import { ProjectsDialog } from "./projects.js";

const KINDS = [
  ["mid", "MIDI", "for other music programs"],
  ["musicxml", "MusicXML", "for notation programs"],
  ["pdf", "PDF", "the printed score"],
  ["png", "PNG", "the first page as a picture"],
  ["wav", "WAV", "sound, not compressed"],
  ["flac", "FLAC", "sound, compressed without loss"],
  ["ogg", "Ogg", "sound, small"],
  ["stems", "Stems", "each part as sound, in a zip"],
  ["abc", "ABC", "notation as text"],
  ["report", "Report", "what the music holds, as JSON"],
  ["project", "Project", "all of it in one file, to open again"],
];

/** The dialog that is open, if one is. */
export function Dialogs({ studio, state }) {
  const close = () => studio.set({ dialog: null });
  const given = { studio, state, onClose: close };
  if (state.dialog === "projects") return html`<${Listed} ...${given} />`;
  if (state.dialog === "export") return html`<${Export} ...${given} />`;
  if (state.dialog === "history") return html`<${History} ...${given} />`;
  if (state.dialog === "piece") return html`<${Piece} ...${given} />`;
  if (state.dialog === "help") return html`<${Help} ...${given} />`;
  if (state.dialog === "part" || state.dialog === "edit-part") {
    return html`<${PartDialog} ...${given} />`;
  }
  return null;
}

function Piece({ studio, state, onClose }) {
  const { doc } = state;
  const now = {
    tempo: String(Math.round(tempoAt(doc, 0) * 100) / 100),
    meter: meterAt(doc, 0),
    key: keyName(doc.key),
    bars: String(doc.bars.length),
  };
  const save = (event) => {
    event.preventDefault();
    const given = new FormData(event.target);
    const op = { op: "piece" };
    for (const name of Object.keys(now)) {
      const value = given.get(name).trim();
      if (!value || value === now[name]) continue;
      op[name] = Number.isNaN(Number(value)) ? value : Number(value);
    }
    if (Object.keys(op).length > 1) studio.change([op], "change the piece");
    onClose();
  };
  const text = (name, kind, rest = {}) => (attributes) =>
    html`<input name=${name} type=${kind} defaultValue=${now[name]} ...${rest} ...${attributes} />`;
  return html`<${Dialog} title="The piece" onClose=${onClose}>
    <form onSubmit=${save}>
      <div class="row">
        <${Field} id="piece-tempo" label="Tempo">
          ${text("tempo", "number", { min: 4, max: 999, step: "any" })}
        <//>
        <${Field} id="piece-bars" label="Bars">${text("bars", "number", { min: 1, max: 2000 })}<//>
      </div>
      <div class="row">
        <${Field} id="piece-meter" label="Meter">${text("meter", "text")}<//>
        <${Field} id="piece-key" label="Key">${text("key", "text")}<//>
      </div>
      <p class="help">Fewer bars cut off what stands behind them. This can be undone.</p>
      <button type="submit" class="button primary">Save</button>
    </form>
  <//>`;
}

function Listed(given) {
  useEffect(() => void given.studio.listProjects(), []);
  return html`<${ProjectsDialog} ...${given} />`;
}

function Export({ studio, state, onClose }) {
  const path = `/projects/${state.doc.id}/export`;
  const [command, setCommand] = useState(null);
  const [line, setLine] = useState(null);
  const attempt = async (doing, action) => {
    setLine({ text: doing });
    try {
      setLine({ text: await action() });
    } catch (error) {
      setLine({ text: error.message, failed: true });
    }
  };
  useEffect(() => {
    // A server that knows no command for this piece says so; then none is shown.
    requestText(`${path}/command`).then(setCommand, () => setCommand(""));
  }, []);
  const save = ([kind, name]) =>
    attempt(`Making ${name} …`, async () => {
      await studio.session?.settled();
      return `${await requestFile(`${path}/${kind}`)} is in your downloads.`;
    });
  const copy = () =>
    attempt("", async () => {
      await navigator.clipboard.writeText(command);
      return "The command is copied.";
    });
  return html`<${Dialog} title="Export" onClose=${onClose} wide>
    <ul class="kinds">
      ${KINDS.map(
        (kind) => html`<li>
          <button type="button" class="kind" onClick=${() => save(kind)}>
            <strong>${kind[1]}</strong><span>${kind[2]}</span>
          </button>
        </li>`,
      )}
    </ul>
    <p class=${line?.failed ? "error" : "help"} role="status">${line?.text ?? ""}</p>
    ${command &&
    html`<h3>As a command</h3>
      <pre class="command" tabindex="0" aria-label="The command that writes this piece">
        ${command}
      </pre>
      <${Button} label="Copy the command" onClick=${copy} />`}
  <//>`;
}

function History({ studio, onClose }) {
  const [rows, setRows] = useState(null);
  const load = () => studio.history().then((found) => setRows([...found].reverse()));
  useEffect(() => void load(), []);
  const go = async (revision) => {
    await studio.goTo(revision);
    onClose();
  };
  return html`<${Dialog} title="History" onClose=${onClose}>
    ${rows === null && html`<p>Loading …</p>`}
    ${rows?.length === 0 && html`<p class="empty">Nothing has been changed yet.</p>`}
    ${rows?.length > 0 &&
    html`<ol class="history" reversed>
      ${rows.map(
        (row, place) => html`<li key=${row.revision}>
          <span>
            <strong>${row.label}</strong>
            <time>${new Date(row.changed).toLocaleString()}</time>
          </span>
          ${place === 0
            ? html`<em>now</em>`
            : html`<${Button} label="Go back to this" onClick=${() => go(row.revision)}
                aria-label=${`Go back to: ${row.label}`} />`}
        </li>`,
      )}
    </ol>`}
  <//>`;
}

function Help({ studio, state, onClose }) {
  const groups = [...new Set(KEYS.map((row) => row.group))];
  const rows = (group) => KEYS.filter((row) => row.group === group);
  return html`<${Dialog} title="Help" onClose=${onClose} wide>
    <p>
      Draw notes in the roll, mark bars (drag over their numbers, or press R), and ask for takes.
      Hear them with the number keys, accept one with Enter. What you lock stays as it is.
    </p>
    <label class="check">
      <input type="checkbox" checked=${state.keys}
        onChange=${(event) => studio.setKeys(event.target.checked)} />
      Single keys are shortcuts
    </label>
    <div class="keymap">
      ${groups.map(
        (group) => html`<${KeyGroup} name=${group} rows=${rows(group).map(shownKeys)} />`,
      )}
      <${KeyGroup} name="In the roll" rows=${KEYS_OF_ROLL} />
    </div>
    <p class="help">symgen ${state.about?.version ?? ""}. Nothing leaves this computer.</p>
  <//>`;
}

function shownKeys({ keys, does }) {
  return [keys.replaceAll(" ", ", "), does];
}

function KeyGroup({ name, rows }) {
  return html`<section aria-label=${name}>
    <h3>${name}</h3>
    <dl>
      ${rows.map(([keys, does]) => html`<div><dt><kbd>${keys}</kbd></dt><dd>${does}</dd></div>`)}
    </dl>
  </section>`;
}
