/** The takes: they fill one by one, are heard in the piece, accepted or dropped. */

import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { Button } from "./parts_of_page.js";

/** @param {{studio: import("../studio.js").Studio, state: object}} props */
export function TakesPanel({ studio, state }) {
  const { job, chosen } = state;
  const slots = slotsOf(studio, state);
  return html`<section class="panel takes" aria-labelledby="takes-title">
    <h2 id="takes-title">Takes</h2>
    ${slots.length === 0 && html`<p class="help">None yet. Mark bars and press G.</p>`}
    ${job?.status === "queued" && html`<p class="help">${waiting(job)}</p>`}
    ${slots.length > 0 &&
    html`<ul class="slots" aria-label="What is heard">
      <li>
        <button type="button" class="slot before" aria-pressed=${String(!chosen)} aria-keyshortcuts="0"
          onClick=${() => studio.takes.choose(null)}>
          <kbd>0</kbd><span class="slot-text"><strong>Before</strong><span>the piece as it is</span></span>
        </button>
      </li>
      ${slots.map((slot) => html`<${Slot} key=${slot.number} ...${{ studio, slot, chosen }} />`)}
    </ul>`}
    ${chosen && html`<${Chosen} ...${{ studio, state }} />`}
    <${Others} ...${{ studio, state }} />
  </section>`;
}

function waiting({ ahead }) {
  if (!ahead) return "Waiting for the writer …";
  return `Waiting: ${ahead} ${ahead === 1 ? "job" : "jobs"} ahead.`;
}

/** The slots of the job that runs or ran last, with the takes that arrived. */
function slotsOf(studio, { job, takes }) {
  const offered = studio.takes.offered;
  if (!job) return offered.map((take) => ({ ...take, status: "ready" }));
  return job.slots.map((slot, place) => {
    const number = place + 1;
    const take = takes.find((each) => each.job === job.id && each.number === number);
    const gone = take && take.state !== "offered";
    if (gone) return { ...take, status: take.state };
    if (take) return { ...take, status: "ready" };
    if (slot.status === "left" || studio.takes.isBusy) return { ...slot, number };
    return { number, status: "none" };
  });
}

function Slot({ studio, slot, chosen }) {
  const { number, status, take } = slot;
  const isChosen = Boolean(take) && take === chosen;
  const ready = status === "ready" && take;
  return html`<li>
    <button type="button" class=${`slot ${status}`} aria-pressed=${String(isChosen)}
      aria-keyshortcuts=${number <= 4 ? String(number) : undefined}
      aria-disabled=${ready ? undefined : "true"}
      onClick=${() => ready && studio.takes.choose(take)}>
      <kbd>${number}</kbd>
      <span class="slot-text">
        <strong>Take ${number}</strong>
        <span>${slotText(slot)}</span>
      </span>
      ${ready && html`<${Marks} checks=${slot.checks} />`}
    </button>
    ${status === "writing" &&
    html`<progress max=${slot.of || 1} value=${slot.bar ?? 0} aria-label=${`Take ${number}`} />`}
  </li>`;
}

function slotText({ status, bar, of, said, reason = "" }) {
  if (status === "left") return reason.replace(/^take \d+ of \d+ is /, "");
  if (status === "ready") return (said ?? "").replace(/^take \d+ of \d+, /, "");
  if (status === "writing") return bar ? `bar ${bar} of ${of}` : "begins";
  return status === "none" ? "not written" : status;
}

function Marks({ checks = [] }) {
  if (!checks.length) return null;
  const met = checks.filter((check) => check.met).length;
  const all = met === checks.length;
  return html`<span class=${`marks ${all ? "met" : "missed"}`}>${met}/${checks.length} met</span>`;
}

function Chosen({ studio, state }) {
  const take = state.takes.find((each) => each.take === state.chosen);
  const place = useRef(null);
  // What is done with a take is seen, however many checks stand above it.
  useEffect(() => place.current?.scrollIntoView({ block: "nearest" }), [state.chosen]);
  if (!take) return null;
  return html`<div class="chosen" ref=${place}>
    ${take.checks?.length > 0 &&
    html`<ul class="checks" aria-label="Controls">
      ${take.checks.map(
        (check) => html`<li class=${check.met ? "met" : "missed"}>
          <strong>${check.met ? "met" : "not met"}</strong> ${NAMES[check.name] ?? check.name}: ${told(check)}
        </li>`,
      )}
    </ul>`}
    <div class="row">
      <${Button} label="Accept" shortcut="Enter" kind="primary" onClick=${() => studio.takes.accept()} />
      <${Button} label="Drop" shortcut="Delete" onClick=${() => studio.takes.drop()} />
      <${Button} label="Leave" shortcut="Escape" onClick=${() => studio.takes.choose(null)} />
    </div>
    <p class="help">Seed ${take.seed}</p>
  </div>`;
}

/** Checks that are no controls, in the words of the page. */
const NAMES = { kept: "of what stays, there at least", pins: "locked notes" };

function told({ name, wanted, found, met }) {
  const words = (value) => {
    if (name === "kept") return `${Math.round(100 * value)} %`;
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  };
  return met ? words(wanted) : `asked ${words(wanted)}, found ${words(found)}`;
}

function Others({ studio, state }) {
  const [open, setOpen] = useState(false);
  const ready = slotsOf(studio, state).filter((each) => each.status === "ready");
  const here = new Set(ready.map((each) => each.take));
  const others = state.takes.filter((take) => !here.has(take.take));
  if (!others.length) return null;
  return html`<div class="others">
    <button type="button" class="button more" aria-expanded=${String(open)}
      onClick=${() => setOpen(!open)}>
      ${open ? "Hide earlier takes" : `Earlier takes (${others.length})`}
    </button>
    ${open &&
    html`<ul class="earlier">
      ${others.map(
        (take) => html`<li key=${take.take}>
          <span>${take.state}: ${take.said}</span>
          <${Button} label="Offer again" onClick=${() => studio.takes.offer(take.take)}
            aria-label=${`Offer again: ${take.said}`} />
        </li>`,
      )}
    </ul>`}
  </div>`;
}
