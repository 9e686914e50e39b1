/** The header: title, projects, files, undo and redo, export, theme, help. */

import { html } from "../vendor/htm-preact.js";
import { Button } from "./parts_of_page.js";

const THEMES = { auto: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };

/** @param {{studio: import("../studio.js").Studio, state: object}} props */
export function Header({ studio, state }) {
  const { doc, place } = state;
  const show = (dialog) => () => studio.set({ dialog });
  return html`<header class="header">
    <h1 class="brand">symgen <span>studio</span></h1>
    ${place === "piece" && html`<${Title} studio=${studio} doc=${doc} />`}
    <nav class="tools" aria-label="Piece">
      ${place === "piece" &&
      html`
        <${Button} label="Projects" shortcut="Ctrl+O" onClick=${show("projects")} />
        <${Steps} studio=${studio} doc=${doc} />
        <${Button} label="History" onClick=${show("history")} />
        <${Button} label="Export" shortcut="Ctrl+S" onClick=${show("export")} />
      `}
      <${Theme} studio=${studio} theme=${state.theme} />
      <${Button} label="Help" shortcut="?" onClick=${show("help")} />
    </nav>
  </header>`;
}

function Title({ studio, doc }) {
  const rename = (event) => {
    const title = event.target.value.trim();
    if (title !== doc.title) studio.change([{ op: "piece", title }], "rename piece");
  };
  const leave = (event) => event.key === "Enter" && event.target.blur();
  return html`<input
    class="title"
    aria-label="Title of the piece"
    placeholder="Untitled"
    value=${doc.title}
    onChange=${rename}
    onKeyDown=${leave}
  />`;
}

function Steps({ studio, doc }) {
  const undo = doc.undo === null ? "Nothing to undo" : `Undo ${doc.undo}`;
  const redo = doc.redo === null ? "Nothing to redo" : `Redo ${doc.redo}`;
  return html`
    <${Button}
      icon="undo"
      label=${undo}
      quiet
      shortcut="Ctrl+Z"
      aria-disabled=${doc.undo === null ? "true" : undefined}
      onClick=${() => studio.undo()}
    />
    <${Button}
      icon="redo"
      label=${redo}
      quiet
      shortcut="Ctrl+Shift+Z"
      aria-disabled=${doc.redo === null ? "true" : undefined}
      onClick=${() => studio.redo()}
    />
  `;
}

function Theme({ studio, theme }) {
  return html`<select
    class="theme"
    aria-label="Theme"
    value=${theme}
    onChange=${(event) => studio.setTheme(event.target.value)}
  >
    ${Object.entries(THEMES).map(
      ([name, label]) => html`<option value=${name} selected=${name === theme}>${label}</option>`,
    )}
  </select>`;
}
