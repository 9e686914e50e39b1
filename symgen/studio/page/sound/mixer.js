import { html, useEffect, useRef } from "../vendor/htm-preact.js";
import { PLAIN_MIX } from "./player.js";

const LOUDEST = 1.5;

/**
 * The mixer: for each part how loud it is, where it stands, and whether it sounds.
 * @param {object} props
 * @param {{id: string, name: string, instrument: string, is_drum: boolean}[]} props.parts
 * @param {Object<string, import("./player.js").Mix>} props.mix by part; a part may be left out
 * @param {(part: string, change: Partial<import("./player.js").Mix>) => void} props.onMix
 * @param {(show: (levels: Map<string, number>) => void) => () => void} [props.watchLevels]
 *   calls `show` with peaks of 0 to 1 while it plays, until what it returned is called
 * @param {(part: string) => string} [props.colorOf] class of a part's color
 */
export function Mixer({ parts, mix, onMix, watchLevels, colorOf = () => "" }) {
  const meters = useMeters(watchLevels);
  return html`<div class="mixer" role="group" aria-label="Mixer">
    ${parts.map((part) => html`<${Strip} key=${part.id} part=${part} onMix=${onMix}
      mix=${{ ...PLAIN_MIX, ...mix[part.id] }} color=${colorOf(part.id)}
      meter=${(node) => meters.set(part.id, node)} />`)}
  </div>`;
}

/** Levels are written past Preact, as they change many times a second. */
function useMeters(watchLevels) {
  const meters = useRef(new Map()).current;
  useEffect(() => watchLevels?.((levels) => {
    for (const [id, node] of meters) {
      if (node) node.style.transform = `scaleX(${Math.min(1, Math.sqrt(levels.get(id) ?? 0))})`;
    }
  }), [watchLevels]);
  return meters;
}

function Strip({ part, mix, color, onMix, meter }) {
  const name = part.name || "Part";
  const set = (change) => onMix(part.id, change);
  return html`<div class=${`strip ${color}`} role="group" aria-label=${name}>
    <div class="strip-head">
      <div class="strip-name">
        <strong>${name}</strong>
        <span>${part.is_drum ? "drums" : part.instrument}</span>
      </div>
      <${Toggle} label="Mute" name=${name} on=${mix.mute} press=${() => set({ mute: !mix.mute })} />
      <${Toggle} label="Solo" name=${name} on=${mix.solo} press=${() => set({ solo: !mix.solo })} />
    </div>
    <div class="meter" aria-hidden="true"><div ref=${meter}></div></div>
    <div class="strip-sliders">
      <${Slider} label="Volume" name=${name} value=${mix.volume} least=${0} most=${LOUDEST}
        said=${`${Math.round(mix.volume * 100)} %`} set=${(volume) => set({ volume })} />
      <${Slider} label="Pan" name=${name} value=${mix.pan} least=${-1} most=${1}
        said=${panText(mix.pan)} set=${(pan) => set({ pan })} />
    </div>
  </div>`;
}

function Slider({ label, name, value, least, most, said, set }) {
  return html`<label class="slider">
    <span>${label} <output>${said}</output></span>
    <input type="range" min=${least} max=${most} step="0.05" value=${value}
      aria-label=${`${label} of ${name}`} aria-valuetext=${said}
      onInput=${(event) => set(Number(event.target.value))} />
  </label>`;
}

function Toggle({ label, name, on, press }) {
  return html`<button type="button" class="button toggle" aria-label=${`${label} ${name}`}
    aria-pressed=${String(on)} onClick=${press}>${label}</button>`;
}

/** Say where a part stands: "center", "30 % left". */
export function panText(pan) {
  const percent = Math.round(Math.abs(pan) * 100);
  if (!percent) return "center";
  return `${percent} % ${pan < 0 ? "left" : "right"}`;
}
