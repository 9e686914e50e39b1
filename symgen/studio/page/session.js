/**
 * Keeps the document of a piece equal to the server's: changes show at once, are sent in order, and
 * are kept while the server does not answer.
 */

import { listen, OfflineError, RefusedError, request, TAB } from "./api.js";
import { applyOps, MisfitError } from "./model.js";

const RETRY = 1500;
const HIDDEN = 20_000;

/** A piece that is open in this tab. */
export class Session {
  /**
   * @param {string} id of the project
   * @param {{onDocument: (doc: object, echo?: object) => void, onNetwork: Function,
   *   onTrouble: (line: string) => void, onTake: Function}} callbacks
   */
  constructor(id, callbacks) {
    this.id = id;
    this.path = `/projects/${id}`;
    this.callbacks = callbacks;
    this.server = null;
    this.pending = [];
    this.flight = null;
    this.offline = false;
    this.closed = false;
    this.loading = null;
    this.again = false;
    this.onVisible = () => this.#visibility();
  }

  /** Get the document and begin to listen. */
  async open() {
    this.server = await request(this.path);
    this.#listen();
    document.addEventListener("visibilitychange", this.onVisible);
    return this.server;
  }

  /** End all; changes that were not sent are lost, so `settled` is waited for first. */
  close() {
    this.closed = true;
    this.stop?.();
    clearTimeout(this.hidden);
    document.removeEventListener("visibilitychange", this.onVisible);
  }

  /** The document as it is shown: what the server has, and what is on its way. */
  get document() {
    const apply = (doc, entry) => (entry.ops ? applyOps(doc, entry.ops) : doc);
    return this.pending.reduce(apply, this.server);
  }

  /**
   * Change the document: shown at once, sent behind what waits.
   * @param {object[]} ops
   * @param {string} label what is done, as "draw note"
   * @returns {boolean} whether it fits
   */
  change(ops, label) {
    if (!ops.length) return true;
    try {
      // A change that only the server can make is shown when it answers.
      if (!ops.some((op) => op.op === "piece")) applyOps(this.document, ops);
    } catch (error) {
      if (!(error instanceof MisfitError)) throw error;
      this.callbacks.onTrouble(`That does not fit the piece: ${error.message}.`);
      return false;
    }
    const shown = ops.some((op) => op.op === "piece") ? undefined : ops;
    this.#enqueue({ path: "/changes", body: { label, ops }, ops: shown });
    this.#show();
    return true;
  }

  /**
   * Ask for a change that the server makes: undo, redo, accept a take, go back in the history.
   * @param {string} path below the project
   * @returns {Promise<object>} what the server answered; null if it refused
   */
  act(path) {
    return new Promise((resolve) => this.#enqueue({ path, body: {}, resolve }));
  }

  /** Resolve when nothing waits to be sent. */
  async settled() {
    while (this.pending.length && !this.closed) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Get the document again. */
  async reload() {
    if (this.loading) {
      this.again = true;
      return this.loading;
    }
    this.loading = this.#load();
    return this.loading;
  }

  async #load() {
    try {
      do {
        this.again = false;
        this.server = await request(this.path);
      } while (this.again);
      this.#dropMisfits();
      this.#show();
      this.#online();
    } catch (error) {
      if (!(error instanceof OfflineError)) this.callbacks.onTrouble(error.message);
      else this.#lost();
    } finally {
      this.loading = null;
    }
  }

  #enqueue(entry) {
    this.pending.push(entry);
    this.callbacks.onNetwork({ offline: this.offline, unsent: this.pending.length });
    this.#flush();
  }

  async #flush() {
    if (this.flight || this.offline || this.closed || !this.pending.length) return;
    const entry = this.pending[0];
    this.flight = entry;
    const body = { tab: TAB, ...entry.body };
    if (entry.path === "/changes") body.base = this.server.revision;
    try {
      const answer = await request(this.path + entry.path, { method: "POST", body });
      this.flight = null;
      this.#leave(entry);
      this.#confirm(answer, TAB);
      entry.resolve?.(answer);
    } catch (error) {
      this.flight = null;
      await this.#failed(entry, error);
    }
    this.callbacks.onNetwork({ offline: this.offline, unsent: this.pending.length });
    this.#flush();
  }

  async #failed(entry, error) {
    if (error instanceof OfflineError) {
      entry.uncertain = true;
      this.#lost();
      return;
    }
    this.#leave(entry);
    entry.resolve?.(null);
    if (!(error instanceof RefusedError)) throw error;
    await this.reload();
    const conflict = error.status === 409 && entry.ops;
    this.callbacks.onTrouble(
      conflict
        ? "The piece was changed elsewhere: your last change no longer fits. This is the piece now."
        : error.message,
    );
  }

  #leave(entry) {
    this.pending = this.pending.filter((other) => other !== entry);
  }

  /** Take in what the server says has changed, once, whether as an answer or as an event. */
  #confirm(change, tab) {
    if (!change?.ops || change.revision <= this.server.revision) return this.#show();
    const mine = tab === TAB;
    if (mine && this.flight) {
      this.#leave(this.flight);
      // The answer is still to come; the entry keeps the flight so that nothing overtakes it.
    }
    const next = change.revision === this.server.revision + 1;
    if (!next || change.ops.some((op) => op.op === "document")) return void this.reload();
    try {
      const { revision, undo, redo } = change;
      this.server = { ...applyOps(this.server, change.ops), revision, undo, redo };
    } catch (error) {
      if (!(error instanceof MisfitError)) throw error;
      return void this.reload();
    }
    this.#dropMisfits();
    return this.#show(mine ? undefined : change);
  }

  /** Drop what waits but no longer fits; what may have arrived before the line broke, silently. */
  #dropMisfits() {
    let doc = this.server;
    this.pending = this.pending.filter((entry) => {
      if (!entry.ops) return true;
      try {
        doc = applyOps(doc, entry.ops);
        return true;
      } catch (error) {
        if (!(error instanceof MisfitError)) throw error;
        if (!entry.uncertain && entry !== this.flight) {
          const { label } = entry.body;
          this.callbacks.onTrouble(`"${label}" no longer fits the piece and was left out.`);
        }
        return false;
      }
    });
  }

  #show(echo) {
    if (!this.closed) this.callbacks.onDocument(this.document, echo);
  }

  #listen() {
    this.stop = listen(
      `${this.path}/events`,
      {
        change: (event) => this.#confirm(event, event.tab),
        take: (event) => this.callbacks.onTake(event),
        job: (event) => this.callbacks.onTake(event),
        ping: (event) => this.#missed(event?.revision ?? 0),
      },
      {
        onOpen: () => {
          if (this.opened) this.reload();
          this.opened = true;
        },
        onLost: () => this.#lost(),
      },
    );
  }

  /** A ping tells the revision: if changes were missed, get them. */
  #missed(revision) {
    if (revision > this.server.revision && !this.flight) this.reload();
  }

  #lost() {
    if (this.closed) return;
    this.offline = true;
    this.callbacks.onNetwork({ offline: true, unsent: this.pending.length });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.reload(), RETRY);
  }

  #online() {
    clearTimeout(this.timer);
    this.offline = false;
    this.callbacks.onNetwork({ offline: false, unsent: this.pending.length });
    this.#flush();
  }

  /** A tab that is not seen gives its stream back: a browser holds only six to one server. */
  #visibility() {
    clearTimeout(this.hidden);
    if (document.hidden) {
      this.hidden = setTimeout(() => {
        this.stop?.();
        this.stop = null;
      }, HIDDEN);
    } else if (!this.stop && !this.closed) {
      this.#listen();
    }
  }
}
