/** The projects: those that there are, a new one, and files to open. */

import { html } from "../vendor/htm-preact.js";
import { Button, Dialog, Field } from "./parts_of_page.js";

const FILES =
  ".mid,.midi,.musicxml,.xml,.mxl,.abc,.krn,.kern,.json,.symgen,.wav,.mp3,.flac,.ogg,.m4a,audio/*";

/** The page when no piece is open. */
export function StartPage({ studio, state }) {
  return html`<main class="start" id="main">
    <section class="card welcome" aria-labelledby="welcome">
      <h2 id="welcome">Write a piece</h2>
      <p>
        Draw notes, lock what you like, and let the model write the rest. All of it stays on this
        computer.
      </p>
      <${NewPiece} studio=${studio} />
    </section>
    <section class="card" aria-labelledby="yours">
      <h2 id="yours">Your projects</h2>
      <${ProjectList} studio=${studio} state=${state} />
      <${OpenFile} studio=${studio} />
    </section>
  </main>`;
}

/** The same in a dialog, over a piece. */
export function ProjectsDialog({ studio, state, onClose }) {
  return html`<${Dialog} title="Projects" onClose=${onClose} wide>
    <${ProjectList} studio=${studio} state=${state} />
    <${OpenFile} studio=${studio} />
    <h3>New piece</h3>
    <${NewPiece} studio=${studio} />
  <//>`;
}

function ProjectList({ studio, state }) {
  if (!state.projects.length) return html`<p class="empty">None yet.</p>`;
  return html`<ul class="projects">
    ${state.projects.map(
      (project) => html`<li key=${project.id}>
        <button
          type="button"
          class="project"
          aria-current=${project.id === state.doc?.id ? "true" : undefined}
          onClick=${() => studio.openProject(project.id)}
        >
          <strong>${project.title || "Untitled"}</strong>
          <span>${count(project.bars, "bar")}, ${count(project.notes, "note")}</span>
          <span>${when(project.changed)}</span>
        </button>
        <${Button}
          icon="trash"
          quiet
          label=${`Delete ${project.title || "Untitled"}: move it to the folder "deleted"`}
          onClick=${() => studio.deleteProject(project)}
        />
      </li>`,
    )}
  </ul>`;
}

/** Say how many: "1 bar", "8 bars". */
export function count(number, thing) {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

function when(changed) {
  const date = new Date(changed);
  if (Number.isNaN(date.getTime())) return "";
  return date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

function OpenFile({ studio }) {
  const choose = (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (file) studio.openFile(file);
  };
  return html`<div class="open-file">
    <label for="open-file">Open a file</label>
    <input id="open-file" type="file" accept=${FILES} aria-describedby="open-help"
      onChange=${choose} />
    <p class="help" id="open-help">
      MIDI, MusicXML, ABC, kern, a recording (WAV, MP3) or a project file. You can also drop it
      anywhere.
    </p>
  </div>`;
}

function NewPiece({ studio }) {
  const create = async (event) => {
    event.preventDefault();
    const given = new FormData(event.target);
    const values = { bars: Number(given.get("bars")), tempo: Number(given.get("tempo")) };
    for (const name of ["title", "meter", "key"]) {
      if (given.get(name)?.trim()) values[name] = given.get(name).trim();
    }
    await studio.newProject(values);
  };
  return html`<form class="new-piece" onSubmit=${create}>
    <${Field} id="new-title" label="Title">${text("title", "")}<//>
    <div class="row">
      <${Field} id="new-bars" label="Bars">${number("bars", 8, 1, 500)}<//>
      <${Field} id="new-meter" label="Meter">${text("meter", "4/4")}<//>
      <${Field} id="new-key" label="Key">${text("key", "C major")}<//>
      <${Field} id="new-tempo" label="Tempo">${number("tempo", 120, 10, 400)}<//>
    </div>
    <button type="submit" class="button primary">New piece</button>
  </form>`;
}

function text(name, value) {
  return (attributes) =>
    html`<input name=${name} defaultValue=${value} autocomplete="off" ...${attributes} />`;
}

function number(name, value, low, high) {
  return (attributes) =>
    html`<input
      name=${name}
      type="number"
      required
      min=${low}
      max=${high}
      defaultValue=${value}
      ...${attributes}
    />`;
}
