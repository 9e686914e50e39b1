/** What can be done on the page: each action in one place, for panels, keys and the roll alike. */

import { newId, OfflineError, RefusedError, request } from "./api.js";
import { allNotes, barAt, ID, notesWithin } from "./model.js";
import { PlayingIn } from "./playing_in.js";
import { Session } from "./session.js";
import { Sound } from "./sound.js";
import { START, stateOfView, viewOf } from "./state.js";
import { Takes } from "./takes.js";
import { showTheme } from "./theme.js";

const VIEW_DELAY = 800;
const MOST_VIEW = 60_000;

/** The actions of the page on its store. */
export class Studio {
  /** @param {ReturnType<import("./state.js").createStore>} store */
  constructor(store) {
    this.store = store;
    this.session = null;
    this.takes = new Takes(this);
    this.sound = new Sound(this);
    this.playingIn = new PlayingIn(this);
    store.watch((now, before) => this.#keepView(now, before));
  }

  get state() {
    return this.store.get();
  }

  set(patch) {
    // The same words said again are news as well.
    const said = typeof patch.said === "string" ? { said: { text: patch.said } } : {};
    this.store.set({ ...patch, ...said });
  }

  setTheme(theme) {
    this.set({ theme });
    showTheme(theme);
  }

  /** Turn single keys as shortcuts on or off, for this browser. */
  setKeys(keys) {
    this.set({ keys });
    localStorage.setItem("symgen-keys", keys ? "on" : "off");
  }

  /** Ask what there is, and open the piece that the address names. */
  async start() {
    addEventListener("hashchange", () => this.#followAddress());
    await this.#arrive();
  }

  async #arrive() {
    const about = await this.attempt(() => request("/about"));
    if (!about) return;
    this.set({ about });
    const schema = await this.attempt(() => request("/schema"));
    this.set({ schema });
    await this.#followAddress();
  }

  async #followAddress() {
    const id = location.hash.slice(1);
    if (id === this.session?.id && id) return;
    if (id) await this.openProject(id);
    else await this.showStart();
  }

  /** Run something that may be refused; a refusal becomes a message. Returns null then. */
  async attempt(action) {
    try {
      return await action();
    } catch (error) {
      if (error instanceof OfflineError) {
        this.set({ offline: true });
        if (!this.session) setTimeout(() => this.#again(), 1500);
      } else if (error instanceof RefusedError) this.complain(error.message);
      else throw error;
      return null;
    }
  }

  async #again() {
    this.set({ offline: false });
    if (!this.state.about) await this.#arrive();
    else if (this.state.place !== "piece") await this.#followAddress();
  }

  /** Say something that went as wished. */
  tell(text) {
    this.set({ message: { kind: "note", text }, said: text });
  }

  /** Say what did not work, and what to do. */
  complain(text) {
    this.set({ message: { kind: "error", text } });
  }

  // -- projects ------------------------------------------------------------------------------

  async showStart() {
    const isLast = this.#visit();
    await this.#leave();
    const projects = (await this.attempt(() => request("/projects"))) ?? [];
    if (!isLast()) return;
    this.set({ place: "start", doc: null, projects, dialog: null });
  }

  /** Begin to go somewhere; what it returns tells whether nobody has gone elsewhere since. */
  #visit() {
    this.visits = (this.visits ?? 0) + 1;
    const own = this.visits;
    return () => own === this.visits;
  }

  async listProjects() {
    const projects = await this.attempt(() => request("/projects"));
    if (projects) this.set({ projects });
  }

  async openProject(id) {
    const isLast = this.#visit();
    await this.#leave();
    const session = new Session(id, {
      onDocument: (doc, echo) => this.#showDocument(doc, echo),
      onNetwork: (network) => this.set(network),
      onTrouble: (line) => this.complain(line),
      onTake: (event) => this.takes.follow(event),
    });
    const doc = await this.attempt(() => session.open());
    if (!isLast()) {
      session.close();
      return;
    }
    if (!doc) {
      this.set({ place: "start" });
      await this.listProjects();
      return;
    }
    this.session = session;
    const { about, schema, theme, keys, projects } = this.state;
    const view = stateOfView(doc.view, doc);
    this.set({ ...START, about, schema, theme, keys, projects, ...view, doc, place: "piece" });
    if (location.hash.slice(1) !== id) location.hash = id;
    this.sound.clock.set({ tick: this.state.cursor });
    this.sound.load();
    await this.takes.load();
  }

  async #leave() {
    this.sound.stop();
    this.takes.leave();
    clearTimeout(this.viewTimer);
    if (!this.session) return;
    if (!this.state.offline) await this.session.settled();
    this.session.close();
    this.session = null;
  }

  /** Make an empty piece. */
  async newProject(values) {
    const doc = await this.attempt(() => request("/projects", { method: "POST", body: values }));
    if (doc) await this.openProject(doc.id);
    return Boolean(doc);
  }

  /** Open a file of the user as a project: MIDI, a notation, a recording, a project file. */
  async openFile(file) {
    this.tell(`Opening ${file.name} …`);
    const path = `/projects/open?name=${encodeURIComponent(file.name)}`;
    const doc = await this.attempt(() => request(path, { method: "POST", raw: file }));
    if (!doc) return;
    await this.openProject(doc.id);
    this.tell(`${file.name} is open.`);
  }

  async deleteProject({ id, title }) {
    if (id === this.session?.id) await this.#leave();
    const done = await this.attempt(async () => {
      await request(`/projects/${id}`, { method: "DELETE" });
      return true;
    });
    if (!done) return;
    this.tell(`"${title}" was moved to the folder "deleted".`);
    if (this.session) await this.listProjects();
    else location.hash = "";
    if (!this.session) await this.showStart();
  }

  // -- the document --------------------------------------------------------------------------

  #showDocument(doc, echo) {
    const { selection, part, region, cursor } = this.state;
    const here = new Set(allNotes(doc).map(([, note]) => note[ID]));
    const parts = new Set(doc.parts.map((each) => each.id));
    this.set({
      doc,
      selection: new Set([...selection].filter((id) => here.has(id))),
      part: parts.has(part) ? part : doc.parts[0]?.id ?? null,
      region: { ...region, parts: new Set([...region.parts].filter((id) => parts.has(id))) },
      cursor: Math.min(cursor, doc.length),
    });
    if (echo) this.set({ said: `Changed elsewhere: ${echo.label}.` });
    this.sound.load();
  }

  change(ops, label) {
    return this.session?.change(ops, label) ?? false;
  }

  async undo() {
    if (this.state.doc?.undo === null) return this.set({ said: "Nothing to undo." });
    const done = await this.session?.act("/undo");
    if (done) this.set({ said: `Undone: ${done.label}.` });
  }

  async redo() {
    if (this.state.doc?.redo === null) return this.set({ said: "Nothing to redo." });
    const done = await this.session?.act("/redo");
    if (done) this.set({ said: `Redone: ${done.label}.` });
  }

  async history() {
    await this.session.settled();
    return (await this.attempt(() => request(`${this.session.path}/history`))) ?? [];
  }

  async goTo(revision) {
    const done = await this.session.act(`/history/${revision}`);
    if (done) this.tell("The piece is as it was then. This can be undone.");
  }

  // -- parts ---------------------------------------------------------------------------------

  addPart(name, program, isDrum) {
    const id = newId();
    const part = { id, name, program, is_drum: isDrum };
    if (this.change([{ op: "add_part", part }], `add part ${name}`)) this.set({ part: id });
  }

  renamePart(id, name) {
    this.change([{ op: "set_part", id, name }], "rename part");
  }

  setProgram(id, program) {
    this.change([{ op: "set_part", id, program }], "change instrument");
  }

  removePart({ id, name }) {
    this.change([{ op: "remove_part", id }], `remove part ${name}`);
  }

  setMix(id, values) {
    const mix = { ...this.state.mix, [id]: { ...this.state.mix[id], ...values } };
    this.set({ mix });
    this.sound.setMix(id, mix[id]);
  }

  // -- selection, region, locks --------------------------------------------------------------

  select(ids) {
    this.set({ selection: new Set(ids) });
  }

  selectAll() {
    const part = this.activePart;
    if (part) this.select(part.notes.map((note) => note[ID]));
  }

  get activePart() {
    return this.state.doc?.parts.find((part) => part.id === this.state.part);
  }

  setRegion({ bars, parts }) {
    const { doc, region } = this.state;
    const [first, last] = [doc.bars[0][0], doc.bars.at(-1)[0]];
    const inside = (bar) => Math.max(first, Math.min(last, bar));
    const sorted = bars ? [...bars].sort((a, b) => a - b).map(inside) : null;
    this.set({ region: { bars: sorted, parts: new Set(parts ?? region.parts) } });
    if (this.state.loop) this.sound.setLoop();
  }

  markPart(id, marked) {
    const parts = new Set(this.state.region.parts);
    if (marked) parts.add(id);
    else parts.delete(id);
    this.setRegion({ bars: this.state.region.bars, parts });
  }

  /** Mark the bar of the cursor, or make the region one bar longer. */
  markBar(longer) {
    const { doc, region } = this.state;
    const [number] = barAt(doc, this.sound.tick);
    const [a, b] = (longer && region.bars) || [number, number];
    this.setRegion({ bars: [Math.min(a, number), Math.max(b, number)] });
    const { bars } = this.state.region;
    this.set({ said: `Bars ${bars[0]} to ${bars[1]} marked.` });
  }

  selectRegion() {
    this.select(notesWithin(this.state.doc, this.state.region));
  }

  /** Lock what is selected, or unlock it where all of it is locked. */
  toggleLock() {
    const locked = new Set(this.state.doc.locked);
    const ids = [...this.state.selection];
    this.lock(ids, !ids.every((id) => locked.has(id)));
  }

  lock(ids, locked) {
    if (!ids.length) return this.tell("Select notes first.");
    const notes = ids.length === 1 ? "1 note" : `${ids.length} notes`;
    const verb = locked ? "lock" : "unlock";
    if (!this.change([{ op: "lock", ids, locked }], `${verb} ${notes}`)) return undefined;
    return this.set({ said: `${notes} ${verb}ed.` });
  }

  erase() {
    const ids = [...this.state.selection];
    if (!ids.length) return;
    this.change([{ op: "remove", ids }], ids.length === 1 ? "erase note" : "erase notes");
    this.set({ said: ids.length === 1 ? "1 note erased." : `${ids.length} notes erased.` });
  }

  // -- the view ------------------------------------------------------------------------------

  toggle(name) {
    this.set({ open: { ...this.state.open, [name]: !this.state.open[name] } });
  }

  /** Keep the view with the project a moment after it has changed. */
  #keepView(now, before) {
    if (now.place !== "piece" || before.doc?.id !== now.doc?.id || !this.session) return;
    const view = JSON.stringify(viewOf(now));
    if (view === JSON.stringify(viewOf(before)) || view.length > MOST_VIEW) return;
    clearTimeout(this.viewTimer);
    const { path } = this.session;
    this.viewTimer = setTimeout(() => {
      request(`${path}/view`, { method: "PUT", body: JSON.parse(view) }).catch((error) => {
        if (error instanceof RefusedError) this.complain(error.message);
      });
    }, VIEW_DELAY);
  }
}
