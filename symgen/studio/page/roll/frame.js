/** The elements that a roll consists of. */

let frames = 0;

/**
 * Build them inside a host.
 * @returns {object} the elements by name, the `context` of the canvas, and `fit(layout)`
 */
export function buildFrame(host) {
  frames += 1;
  host.classList.add("roll");
  const sheet = styleSheet();
  const tools = make("div", "roll-tools", { role: "toolbar", "aria-label": "Notes" });
  const scroller = make("div", "roll-scroll");
  const size = make("div", "roll-size");
  const stage = make("div", "roll-stage");
  const canvas = make("canvas", "roll-canvas", { "aria-hidden": "true" });
  const [line, box] = ["line", "box"].map((name) => make("div", `roll-${name}`));
  const clip = make("div", "roll-clip");
  const hint = `roll-hint-${frames}`;
  const grid = make("div", "roll-grid", {
    role: "grid", "aria-label": "Notes", "aria-describedby": hint, "aria-multiselectable": "true",
  });
  const handles = make("div", "roll-handles");
  const live = make("div", "roll-unseen", { "aria-live": "polite" });
  const words = make("div", "roll-unseen", { id: hint });
  words.textContent = "Arrow keys go from note to note. Alt and arrow keys move a note. " +
    "C takes the insertion cursor. Question mark tells all keys.";
  clip.append(grid);
  clip.append(box);
  stage.append(canvas, clip, line, handles);
  size.append(stage);
  scroller.append(size);
  host.replaceChildren(tools, scroller, live, words);
  const context = canvas.getContext("2d", { alpha: false });
  const coarse = matchMedia("(pointer: coarse)");
  const fit = (layout) => fitAll({ size, stage, clip, canvas, context }, layout);
  return { tools, scroller, stage, grid, line, box, handles, live, context, coarse, sheet, fit };
}

/** The style sheet of the roll, put into the page once. */
function styleSheet() {
  // A page that holds its modules itself holds the style as well.
  const own = document.querySelector("style[data-roll]");
  if (own) return own;
  const address = new URL("roll.css", import.meta.url).href;
  const links = [...document.querySelectorAll("link[rel=stylesheet]")];
  const found = links.find((link) => link.href === address);
  if (found) return found;
  const link = make("link", "", { rel: "stylesheet", href: address });
  document.head.append(link);
  return link;
}

function fitAll({ size, stage, clip, canvas, context }, layout) {
  const { width, height, total, left, top, bottom } = layout;
  setStyle(size, {
    width: `${Math.max(width, total.width)}px`,
    height: `${Math.max(height, total.height)}px`,
  });
  setStyle(stage, { width: `${width}px`, height: `${height}px` });
  setStyle(clip, {
    left: `${left}px`, top: `${top}px`, width: `${width - left}px`, height: `${bottom - top}px`,
  });
  const ratio = window.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    [canvas.width, canvas.height] = [wide, high];
    setStyle(canvas, { width: `${width}px`, height: `${height}px` });
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

/** Set styles that differ; what is set anew although it is the same makes the browser lay out. */
export function setStyle(element, styles) {
  for (const [name, value] of Object.entries(styles)) {
    if (element.style[name] !== value) element.style[name] = value;
  }
}

/** Make an element with a class and attributes. */
export function make(tag, name, attributes = {}) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  setAttributes(element, attributes);
  return element;
}

/** Set attributes that differ; null takes one away. */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }
}
