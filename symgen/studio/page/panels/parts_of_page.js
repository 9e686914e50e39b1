/** What panels are made of: buttons with icons, dialogs, fields with their names and help. */

import { html, useEffect, useRef } from "../vendor/htm-preact.js";

const ICONS = {
  play: "M7 4.5v15l12-7.5z",
  before: "M14.5 5 16 6.5 10.5 12l5.5 5.5-1.5 1.5-7-7z",
  next: "M9.5 5 8 6.5l5.5 5.5L8 17.5 9.5 19l7-7z",
  record: "M12 5a7 7 0 1 1 0 14 7 7 0 0 1 0-14z",
  stop: "M6 6h12v12H6z",
  start: "M6 5h2.5v14H6zM19 5v14L9.5 12z",
  undo: "M9 5 4 10l5 5v-3.2h5.5a3.2 3.2 0 0 1 0 6.4H9V20h5.5a5 5 0 0 0 0-10H9z",
  redo: "m15 5 5 5-5 5v-3.2H9.5a3.2 3.2 0 0 0 0 6.4H15V20H9.5a5 5 0 0 1 0-10H15z",
  loop: "M7 7h9V4l5 4.5-5 4.500v-3H9v3H7zM17 17H8v3l-5-4.500L8 11v3h7v-3h2z",
  metronome: "M9 3h6l4 18H5zm1.6 2-2.7 12h8.200l-1-4.6-2.6 3-1.5-1.300L14.5 9.5 13.4 5z",
  lock: "M7 10V8a5 5 0 0 1 10 0v2h1.500v10h-13V10zm2 0h6V8a3 3 0 0 0-6 0z",
  close: "m6.4 5 5.6 5.600L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.600L6.4 19 5 17.600l5.6-5.600L5 6.400z",
  plus: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z",
  pen: "m4 16.5 9.8-9.8 3.5 3.500L7.5 20H4zM15 5.500l2-2L20.5 7l-2 2z",
  mic: "M9 4.500a3 3 0 0 1 6 0V12a3 3 0 0 1-6 0zM5.5 11h2v1a4.5 4.5 0 0 0 9 0v-1h2v1a6.5 6.5 0 0 1-5.5 6.400V21h-2v-2.600A6.5 6.5 0 0 1 5.5 12z",
  keyboard: "M3 5h18v14H3zm2 2v10h3v-4H7V7zm5 0v6H9v4h6v-4h-1V7zm6 0v6h-1v4h4V7z",
  mixer: "M6 4h2v7h2v3H8v6H6v-6H4v-3h2zm5 0h2v2h2v3h-2v11h-2V9H9V6h2zm5 0h2v9h2v3h-2v4h-2v-4h-2v-3h2z",
  score: "M4 5h16v1.500H4zm0 4.500h16V11H4zM4 14h16v1.500H4zm0 4.500h16V20H4z",
  trash: "M9 3h6l1 2h4v2H4V5h4zM6 9h12l-1 12H7z",
};

/** A picture that says nothing by itself: the button around it has the words. */
export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d=${ICONS[name]} fill="currentColor" fill-rule="evenodd" />
  </svg>`;
}

/**
 * A button with an icon; its words are shown beside it, or said alone where `quiet`.
 * @param {{icon?: string, label: string, quiet?: boolean, pressed?: boolean, key_?: string}} props
 */
export function Button({ icon, label, quiet, pressed, shortcut, kind = "", ...rest }) {
  const title = shortcut ? `${label} (${shortcut})` : quiet ? label : undefined;
  const keys = shortcut?.replace("Ctrl", "Control").replace("?", "Shift+?");
  return html`<button
    type="button"
    class=${`button ${kind} ${quiet ? "quiet" : ""}`}
    aria-pressed=${pressed === undefined ? undefined : String(pressed)}
    aria-label=${quiet ? label : undefined}
    aria-keyshortcuts=${keys}
    title=${title}
    ...${rest}
  >
    ${icon && html`<${Icon} name=${icon} />`}${!quiet && html`<span>${label}</span>`}
  </button>`;
}

/**
 * A dialog: the browser keeps the focus within, and gives it back where it was.
 * @param {{title: string, onClose: () => void, children: unknown}} props
 */
export function Dialog({ title, onClose, children, wide }) {
  const host = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    host.current.showModal();
    return () => before instanceof HTMLElement && before.isConnected && before.focus();
  }, []);
  const outside = (event) => event.target === host.current && onClose();
  return html`<dialog
    ref=${host}
    class=${wide ? "wide" : ""}
    aria-labelledby="dialog-title"
    onClose=${onClose}
    onClick=${outside}
  >
    <div class="dialog-inside">
      <div class="dialog-head">
        <h2 id="dialog-title">${title}</h2>
        <${Button} icon="close" label="Close" quiet onClick=${onClose} />
      </div>
      ${children}
    </div>
  </dialog>`;
}

/**
 * A field with its name, help and error, tied together for those who do not see them.
 * @param {{id: string, label: string, help?: string, error?: string}} props `children(attributes)`
 */
export function Field({ id, label, help, error, children }) {
  const described = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ");
  const attributes = {
    id,
    "aria-describedby": described || undefined,
    "aria-invalid": error ? "true" : undefined,
  };
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${children(attributes)}
    ${help && html`<p class="help" id=${`${id}-help`}>${help}</p>`}
    ${error && html`<p class="error" id=${`${id}-error`}>${error}</p>`}
  </div>`;
}

/** Return the class of a part's color: eight of them, then anew. */
export function colorOf(doc, id) {
  const place = doc.parts.findIndex((part) => part.id === id);
  return `color-${(Math.max(0, place) % 8) + 1}`;
}
