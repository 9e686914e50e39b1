/** The two ends of the region, as sliders over the ruler: for keys and for fingers. */

import { setRegion } from "./actions.js";
import { regionTicks } from "./draw.js";
import { make, setAttributes, setStyle } from "./frame.js";
import { xOf } from "./layout.js";
import { barWords } from "./words.js";

const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -4, PageUp: 4 };

export class Handles {
  constructor(roll) {
    this.roll = roll;
    this.elements = ["first", "last"].map((end, place) => {
      const element = make("div", "roll-handle", {
        role: "slider", tabindex: 0, "aria-label": `${end} bar of the region`,
      });
      element.dataset.end = place;
      element.addEventListener("keydown", (event) => this.key(event, place));
      element.addEventListener("focus", () => this.reveal(place));
      return element;
    });
    roll.frame.handles.append(...this.elements);
  }

  /** Put them where the region ends; without a region they are hidden. */
  place(layout) {
    const { roll } = this;
    const region = roll.region ?? roll.view.region;
    const ticks = regionTicks(roll.doc, region);
    const { bars } = roll.doc;
    this.elements.forEach((element, place) => {
      const x = ticks ? xOf(layout, ticks[place]) : 0;
      element.hidden = !ticks;
      if (!ticks) return;
      const seen = x >= layout.left - 1 && x <= layout.width + 1;
      setStyle(element, {
        transform: `translate(${Math.round(x)}px, 0)`,
        opacity: seen ? "1" : "0",
        pointerEvents: seen ? "auto" : "none",
      });
      setAttributes(element, {
        "aria-valuemin": bars[0][0],
        "aria-valuemax": bars.at(-1)[0],
        "aria-valuenow": region.bars[place],
        "aria-valuetext": barWords(region.bars[place]),
      });
    });
  }

  key(event, place) {
    const step = STEPS[event.key] ?? { Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    setRegion(this.roll, movedEnd(this.roll.doc, this.roll.view.region.bars, place, step));
    this.reveal(place);
  }

  /** Scroll to an end that is not seen. */
  reveal(place) {
    const ticks = regionTicks(this.roll.doc, this.roll.view.region);
    if (ticks) this.roll.reveal(ticks[place]);
  }
}

/** Return the bars of a region with one end moved by bars; it keeps at least one bar. */
export function movedEnd(doc, bars, place, step) {
  const [lowest, highest] = [doc.bars[0][0], doc.bars.at(-1)[0]];
  const moved = [...bars];
  const limits = place ? [bars[0], highest] : [lowest, bars[1]];
  moved[place] = Math.max(limits[0], Math.min(limits[1], bars[place] + step));
  return moved;
}
