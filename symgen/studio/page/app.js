/** The page of the studio: its store, its actions, its panels. */

import { html, render } from "./vendor/htm-preact.js";
import { listenToKeys } from "./keys.js";
import { AskPanel } from "./panels/ask.js";
import { Dialogs } from "./panels/dialogs.js";
import { Drawers } from "./panels/drawers.js";
import { Header } from "./panels/header.js";
import { Banner, Live, Message } from "./panels/messages.js";
import { PartsPanel, RegionPanel } from "./panels/parts.js";
import { StartPage } from "./panels/projects.js";
import { RollBar } from "./panels/roll_bar.js";
import { RollHost } from "./panels/roll_host.js";
import { ScoreView } from "./panels/score.js";
import { TakesPanel } from "./panels/takes.js";
import { Transport } from "./panels/transport.js";
import { createStore, START } from "./state.js";
import { Studio } from "./studio.js";
import { keptTheme, showTheme } from "./theme.js";

function App({ studio, state }) {
  return html`
    <${Banner} state=${state} />
    ${state.place === "piece" && html`<${Skips} />`}
    <${Header} studio=${studio} state=${state} />
    ${state.place === "loading" && html`<main class="start" id="main"><p>Loading …</p></main>`}
    ${state.place === "start" && html`<${StartPage} studio=${studio} state=${state} />`}
    ${state.place === "piece" && html`<${Piece} key=${state.doc.id} ...${{ studio, state }} />`}
    <${Dialogs} studio=${studio} state=${state} />
    <${Message} studio=${studio} state=${state} />
    <${Live} said=${state.said} />
  `;
}

function Piece({ studio, state }) {
  const given = { studio, state };
  return html`<main class=${`piece ${state.open.score ? "with-score" : ""}`} id="main">
    <div class="side left">
      <${PartsPanel} ...${given} />
      <${RegionPanel} ...${given} />
    </div>
    <div class="middle">
      <section class="stage" aria-label="Notes">
        <${RollBar} ...${given} />
        <${RollHost} ...${given} />
      </section>
      ${state.open.score && html`<${ScoreView} ...${given} />`}
    </div>
    <div class="side right">
      <${AskPanel} ...${given} />
      <${TakesPanel} ...${given} />
    </div>
    <div class="foot">
      <${Drawers} ...${given} />
      <${Transport} ...${given} />
    </div>
  </main>`;
}

function Skips() {
  return html`<nav class="skips" aria-label="Skip to">
    <a class="skip" href="#roll" onClick=${jump(".roll-grid [tabindex='0']")}>
      Skip to the notes
    </a>
    <a class="skip" href="#ask" onClick=${jump("#verb")}>Skip to asking for takes</a>
    <a class="skip" href="#playing" onClick=${jump(".play")}>Skip to playing</a>
  </nav>`;
}

/** A skip link: the address names the project, so the focus is moved by hand. */
function jump(selector) {
  return (event) => {
    event.preventDefault();
    document.querySelector(selector)?.focus();
  };
}

function takeDrops(studio) {
  addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    const [file] = event.dataTransfer?.files ?? [];
    if (!file) return;
    event.preventDefault();
    studio.openFile(file);
  });
}

function show() {
  const theme = keptTheme();
  showTheme(theme);
  const keys = localStorage.getItem("symgen-keys") !== "off";
  const store = createStore({ ...START, theme, keys });
  const studio = new Studio(store);
  const root = document.getElementById("app");
  let waiting = false;
  const draw = () => {
    waiting = false;
    render(html`<${App} studio=${studio} state=${store.get()} />`, root);
  };
  store.watch(() => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(draw);
  });
  draw();
  listenToKeys(studio);
  takeDrops(studio);
  studio.start();
}

show();
