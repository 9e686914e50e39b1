/** Talks to the server: requests, and streams of events that open again by themselves. */

/** What the server answered no to; `message` is one line that says what to do. */
export class RefusedError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** The server cannot be reached. */
export class OfflineError extends Error {
  constructor() {
    super("The studio does not answer.");
  }
}

/** The name of this tab: changes that come back with it are our own. */
export const TAB = randomName();

let counter = 0;

/** Return a new id for a note or a part, of no other tab's making. */
export function newId() {
  counter += 1;
  return `${TAB}-${counter}`;
}

function randomName() {
  const bytes = crypto.getRandomValues(new Uint8Array(5));
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join("");
}

/**
 * Ask the server for JSON.
 * @param {string} path below /api
 * @param {{method?: string, body?: unknown, raw?: Blob}} [options] body is sent as JSON
 * @returns {Promise<any>}
 * @throws {RefusedError|OfflineError}
 */
export async function request(path, { method = "GET", body, raw } = {}) {
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (raw !== undefined) headers["Content-Type"] = "application/octet-stream";
  const answer = await reach(`/api${path}`, {
    method,
    headers,
    body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    credentials: "same-origin",
  });
  const text = await answer.text();
  if (!answer.ok) throw new RefusedError(errorLine(text, answer), answer.status);
  return text ? JSON.parse(text) : null;
}

/** Ask the server for a text that is not JSON, as the engraved score. */
export async function requestText(path) {
  const answer = await reach(`/api${path}`, { credentials: "same-origin" });
  const text = await answer.text();
  if (!answer.ok) throw new RefusedError(errorLine(text, answer), answer.status);
  return text;
}

async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch {
    throw new OfflineError();
  }
}

function errorLine(text, answer) {
  try {
    return JSON.parse(text).error ?? answer.statusText;
  } catch {
    return answer.statusText || `The studio answered ${answer.status}.`;
  }
}

/**
 * Listen to a stream of events; a lost stream is opened again until it is closed.
 * @param {string} path below /api
 * @param {Record<string, (data: any) => void>} handlers by the name of the event
 * @param {{onOpen?: () => void, onLost?: () => void, onRefused?: () => void}} [watch] `onRefused`: the
 *   server answers, but not with this stream
 * @returns {() => void} closes the stream
 */
export function listen(path, handlers, { onOpen, onLost, onRefused } = {}) {
  let source = null;
  let timer = 0;
  let closed = false;
  const open = () => {
    source = new EventSource(`/api${path}`);
    source.onopen = () => onOpen?.();
    source.onerror = () => {
      // A stream that is merely lost would be tried again by the browser itself.
      const refused = source.readyState === EventSource.CLOSED;
      source.close();
      if (closed) return;
      onLost?.();
      if (refused) request("/about").then(() => !closed && onRefused?.(), () => {});
      timer = setTimeout(open, 1500);
    };
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => handle(JSON.parse(event.data || "null")));
    }
  };
  open();
  return () => {
    closed = true;
    clearTimeout(timer);
    source.close();
  };
}

/**
 * Get a file from the server and save it as a download.
 * @param {string} path below /api
 * @returns {Promise<string>} the name that the server gave it
 */
export async function requestFile(path) {
  const answer = await reach(`/api${path}`, { credentials: "same-origin" });
  if (!answer.ok) throw new RefusedError(errorLine(await answer.text(), answer), answer.status);
  const name = fileName(answer.headers.get("Content-Disposition") ?? "", path);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return name;
}

function fileName(disposition, path) {
  const wide = /filename\*=UTF-8''([^;]+)/i.exec(disposition);
  if (wide) return decodeURIComponent(wide[1]);
  return /filename="?([^";]+)"?/i.exec(disposition)?.[1] ?? path.split("/").at(-1);
}
