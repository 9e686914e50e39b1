/** Buttons for what is else dragged: a toolbar with one tab stop, for single clicks and taps. */

import { ACTIONS } from "./actions.js";
import { make, setAttributes } from "./frame.js";

/** What is shown, what it is called, the action, what it needs, whether it needs notes. */
const BUTTONS = [
  ["◀", "Earlier", "move", [-1, 0], true],
  ["▶", "Later", "move", [1, 0], true],
  ["▲", "Higher", "move", [0, 1], true],
  ["▼", "Lower", "move", [0, -1], true],
  ["⇤", "Shorter", "lengthen", [-1], true],
  ["⇥", "Longer", "lengthen", [1], true],
  ["p", "Softer", "louder", [-8], true],
  ["f", "Louder", "louder", [8], true],
  ["Lock", "Lock or unlock", "lock", [], true],
  ["Double", "Duplicate", "duplicate", [], true],
  ["Erase", "Erase", "erase", [], true],
  ["−", "Zoom out", "zoom", [{ x: 1 / 1.25 }], false],
  ["+", "Zoom in", "zoom", [{ x: 1.25 }], false],
];

export class Tools {
  constructor(roll) {
    this.roll = roll;
    const { tools } = roll.frame;
    this.buttons = BUTTONS.map((entry, place) => this.button(entry, place));
    tools.append(...this.buttons);
    tools.addEventListener("keydown", (event) => this.key(event));
  }

  button([text, name, action, given, notes], place) {
    const button = make("button", "roll-button", {
      type: "button", title: name, "aria-label": name, tabindex: place ? -1 : 0,
    });
    button.textContent = text;
    button.dataset.notes = notes;
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") ACTIONS[action](this.roll, ...given);
      this.stop(button);
    });
    return button;
  }

  /** Buttons for notes rest while there is no note to change. */
  render() {
    const idle = !this.roll.chosen().length;
    for (const button of this.buttons) {
      const rests = idle && button.dataset.notes === "true";
      setAttributes(button, { "aria-disabled": rests ? "true" : null });
    }
  }

  key(event) {
    const place = this.buttons.indexOf(document.activeElement);
    const count = this.buttons.length;
    const target = {
      ArrowRight: (place + 1) % count,
      ArrowLeft: (place + count - 1) % count,
      Home: 0,
      End: count - 1,
    }[event.key];
    if (target === undefined || place < 0 || event.altKey || event.ctrlKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.stop(this.buttons[target]);
    this.buttons[target].focus();
  }

  /** Make a button the one that Tab leads to. */
  stop(button) {
    for (const other of this.buttons) setAttributes(other, { tabindex: other === button ? 0 : -1 });
  }
}
