/** Takes: asking for them, following how they are written, hearing and accepting them. */

import { listen, request } from "./api.js";

const STARTED_ANEW = "The studio was started anew while it wrote: ask again for what is missing.";

/** The part of the studio that asks for takes. */
export class Takes {
  /** @param {import("./studio.js").Studio} studio */
  constructor(studio) {
    this.studio = studio;
    this.documents = new Map();
    this.stop = null;
  }

  get state() {
    return this.studio.state;
  }

  get path() {
    return this.studio.session.path;
  }

  /** Get the takes that were written before. */
  async load() {
    this.documents.clear();
    const takes = await this.studio.attempt(() => request(`${this.path}/takes`));
    if (takes) this.studio.set({ takes });
  }

  /** Stop to listen: another piece is opened. */
  leave() {
    this.stop?.();
    this.stop = null;
    this.documents.clear();
  }

  /** Something happened to a take of this piece, here or elsewhere. */
  follow() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.studio.session && this.load(), 100);
  }

  /** The takes that can be heard now: of the last job, in their order. */
  get offered() {
    const { takes, job } = this.state;
    const last = job?.id ?? takes.filter((take) => take.state === "offered").at(-1)?.job;
    return takes.filter((take) => take.job === last && take.state === "offered");
  }

  // -- asking --------------------------------------------------------------------------------

  /** Ask for takes with what the ask panel holds. */
  async write() {
    const { ask, region, schema, doc, part } = this.state;
    const verb = schema?.verbs?.[ask.verb];
    if (!verb || !doc || this.isBusy) return;
    if (verb.needs?.bars && !region.bars) {
      this.studio.set({ askError: { field: "bars", line: "Mark the bars to write first." } });
      return;
    }
    const marked = doc.parts.filter((each) => region.parts.has(each.id)).map((each) => each.id);
    const body = {
      verb: ask.verb,
      bars: region.bars,
      parts: marked.length ? marked : verb.needs?.bars ? [part] : null,
      controls: setControls(ask.controls[ask.verb]),
      count: ask.count,
    };
    if (ask.seed !== "") body.seed = Number(ask.seed);
    this.studio.set({ askError: null });
    await this.studio.session.settled();
    const path = `${this.path}/jobs`;
    try {
      const { job, seed } = await request(path, { method: "POST", body });
      this.#begin(job, seed, body);
    } catch (error) {
      this.studio.set({ askError: this.#placed(error.message) });
    }
  }

  /** Whether a job is waiting or being written. */
  get isBusy() {
    return ["queued", "started"].includes(this.state.job?.status);
  }

  /** Put an error at the control that it names, if it names one. */
  #placed(line) {
    const { schema, ask } = this.state;
    const names = Object.keys(schema.verbs[ask.verb].schema.properties ?? {});
    const field = names.find((name) => new RegExp(`\\b${name}\\b`).test(line.split(":")[0]));
    return { field: field ?? null, line };
  }

  #begin(id, seed, { verb, bars, count }) {
    const slots = Array.from({ length: count }, () => ({ status: "waiting" }));
    this.studio.set({
      job: { id, seed, verb, bars, slots, status: "queued", ahead: 0 },
      chosen: null,
      takeDoc: null,
      said: `Writing ${count} ${count === 1 ? "take" : "takes"}.`,
    });
    document.querySelector(".takes")?.scrollIntoView({ block: "nearest" });
    this.stop?.();
    const end = (patch) => {
      this.stop?.();
      this.stop = null;
      this.#job(patch);
    };
    const events = {
      queued: ({ ahead }) => this.#job({ status: "queued", ahead }),
      started: () => this.#job({ status: "started" }),
      bar: ({ take, bar, of }) => {
        this.#job({ status: "started" });
        this.#slot(take, { status: "writing", bar, of });
      },
      take: (event) => this.#arrived(event),
      "left out": ({ reason }) => this.#leftOut(reason),
      done: ({ takes, said }) => {
        end({ status: "done" });
        if (takes < count) this.studio.set({ said });
      },
      cancelled: () => {
        end({ status: "cancelled" });
        this.studio.set({ said: "Cancelled." });
      },
      failed: ({ error }) => {
        end({ status: "failed", error });
        this.studio.set({ askError: this.#placed(error) });
      },
    };
    // A studio that was started anew knows nothing of a job of before.
    const onRefused = () => events.failed({ error: STARTED_ANEW });
    this.stop = listen(`/jobs/${id}/events`, events, { onRefused });
  }

  #job(patch) {
    this.studio.set({ job: { ...this.state.job, ...patch } });
  }

  #slot(number, patch) {
    const place = Number(number) - 1;
    const change = (slot, at) => (at === place ? { ...slot, ...patch } : slot);
    this.#job({ slots: this.state.job.slots.map(change) });
  }

  async #arrived(event) {
    await this.load();
    this.#slot(event.number, { ...event, status: "ready" });
    this.studio.set({ said: event.said });
  }

  /** A take that is not offered, because it does not keep what is locked. */
  #leftOut(reason) {
    const number = /take (\d+)/.exec(reason)?.[1];
    if (number) this.#slot(number, { status: "left", reason });
    this.studio.set({ said: reason });
  }

  /** End the job at once. */
  async cancel() {
    const { job } = this.state;
    if (!this.isBusy) return;
    await this.studio.attempt(() => request(`/jobs/${job.id}`, { method: "DELETE" }));
  }

  // -- hearing -------------------------------------------------------------------------------

  /**
   * Hear the piece with a take, or with null as it is.
   * @param {string|null} id
   */
  async choose(id) {
    if (id === null) {
      this.studio.set({ chosen: null, takeDoc: null, said: "The piece as it is." });
      this.studio.sound.load();
      return;
    }
    const doc = await this.#document(id);
    if (!doc) return;
    const take = this.state.takes.find((each) => each.take === id);
    this.studio.set({ chosen: id, takeDoc: doc, said: take?.said ?? "Take chosen." });
    this.studio.sound.load();
  }

  /** Choose by the number of the slot; 0 is the piece as it is. */
  async chooseNumber(number) {
    if (number === 0) return this.choose(null);
    const take = this.offered.find((each) => each.number === number);
    if (!take) return this.studio.set({ said: `No take ${number}.` });
    return this.choose(take.take);
  }

  async #document(id) {
    const key = `${id} ${this.studio.session.server.revision}`;
    if (!this.documents.has(key)) {
      const found = await this.studio.attempt(() => request(`${this.path}/takes/${id}`));
      if (!found) return null;
      this.documents.set(key, found.document);
    }
    return this.documents.get(key);
  }

  /** Make the chosen take part of the piece: one change that can be undone. */
  async accept() {
    const { chosen, takes } = this.state;
    if (!chosen) return;
    const take = takes.find((each) => each.take === chosen);
    const done = await this.studio.session.act(`/takes/${chosen}/accept`);
    if (!done) return;
    this.studio.set({ chosen: null, takeDoc: null });
    this.studio.tell(`Take ${take?.number ?? ""} accepted. Ctrl+Z undoes it.`);
    await this.load();
  }

  async drop(id = this.state.chosen) {
    if (!id) return;
    const done = await this.studio.session.act(`/takes/${id}/drop`);
    if (!done) return;
    if (this.state.chosen === id) this.studio.set({ chosen: null, takeDoc: null });
    this.studio.set({ said: "Take dropped. It can be offered again." });
    await this.load();
  }

  /** Offer a dropped or older take again, and hear it. */
  async offer(id) {
    const done = await this.studio.session.act(`/takes/${id}/offer`);
    if (!done) return;
    await this.load();
    const take = this.state.takes.find((each) => each.take === id);
    if (take && this.state.job?.id !== take.job) this.studio.set({ job: null });
    await this.choose(id);
  }
}

/** Return the controls that are set; those left empty are not sent. */
function setControls(values = {}) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
}
