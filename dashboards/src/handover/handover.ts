/**
 * The hand-over: what happened in a shift, worst first, what people add, and who has read it.
 *
 * A note that is recorded without network stays on the tablet, its words sealed (`keep.ts`), through a reload too, and is sent
 * once when the page is open and the network is back. What is being typed lasts as long as the page.
 */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { ago, formatNumber, fullName, moment } from "../lib/format";
import { Entries } from "../lib/entries";
import { HandoverApi, shiftText, standing, type HandoverView, type NoteHistory } from "../lib/handover";
import { errorSentence } from "../lib/say";
import { MINUTE, type AlertView, type Micros } from "../lib/types";
import { strip, stripStyles, type StripHost } from "../ui/alarms";
import { App } from "../ui/app";
import { bar, barStyles } from "../ui/bar";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import { nav, navStyles } from "../ui/nav";
import { outboxNotice, outboxStyles } from "../ui/outbox";
import { failed, forbidden, unreadable } from "../ui/states";
import { base, marks, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import { newName } from "../round/keep";
import { NOTES, opened, sealed, TabletKey, tell, waitingNotes, type KeptNote, type Words } from "./keep";
import { alarms, noteView, person, type NoteHost } from "./person";
import { handoverStyles } from "./styles";
import { waitingNotice, waitingStyles, type WaitingHost } from "./waiting";

const EVERY = 60 * 1000;
/** How often notes that wait are tried again: the link may stand while an answer does not come. */
const AGAIN = 5 * 1000;
const OLD = 3 * MINUTE;
const WARD = "";
/** A note begun from the head of the page: the person chooses whom it is about. */
const ANYBODY = "*";

/** A note that is being written, or changed. */
interface Writing {
  readonly id: string;
  readonly place: string;
  readonly changes: NoteHistory | null;
  resident: string;
  data: string;
  action: string;
  result: string;
}

export class Handover extends LitElement implements StripHost, NoteHost, WaitingHost {
  static override styles = [base, marks, pageState, barStyles, truthStyles, stripStyles, helpStyles, navStyles, outboxStyles, handoverStyles, waitingStyles];

  releasing: string | null = null;
  silencing: string | null = null;
  private silenceWords = false;
  private view: HandoverView | null = null;
  private failure: unknown = null;
  private at: Micros | null = null;
  private reading = false;
  private note: Writing | null = null;
  private complaint = "";
  private timers: ReturnType<typeof setInterval>[] = [];
  private readonly app = new App(this, ["nurse", "physician", "coordinator"], { sound: true });
  private readonly ask = new HandoverApi(this.app.session.api);
  private readonly keys = new TabletKey();
  private readonly words = new Map<string, Words | null | undefined>();
  readonly entries = new Entries<KeptNote, NoteHistory>(waitingNotes, async (note) => tell(this.ask, note, await opened(this.keys, note)), NOTES);

  get writing(): boolean {
    return this.silenceWords;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("keydown", this.key);
    this.entries.addEventListener("change", () => this.requestUpdate());
    this.app.session.addEventListener("link", () => this.linkChanged());
    this.timers = [setInterval(() => void this.read(), EVERY), setInterval(() => this.again(), AGAIN)];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("keydown", this.key);
    for (const timer of this.timers) clearInterval(timer);
  }

  private linkChanged(): void {
    if (!this.app.online) return;
    this.again();
    void this.read();
  }

  /** Sends what waits of this account. */
  private again(): void {
    const { me, online, session } = this.app;
    if (!online || me === null || !this.entries.waiting.some(({ by }) => by === me.username)) return;
    void this.entries.flush(me.username, session.now()).then(() => this.read());
  }

  wordsOf(note: KeptNote): Words | null | undefined {
    if (!this.words.has(note.id)) {
      this.words.set(note.id, undefined);
      void opened(this.keys, note).then((words) => {
        this.words.set(note.id, words);
        this.requestUpdate();
      });
    }
    return this.words.get(note.id);
  }

  /** Begins a new note with the text of one that was refused. */
  rewrite(note: KeptNote, words: Words): void {
    this.entries.dismiss(note.id);
    this.begin({ id: newName(), place: ANYBODY, changes: null, resident: note.resident, ...words });
  }

  get mayChange(): boolean {
    return this.app.me?.role === "nurse" || this.app.me?.role === "coordinator";
  }

  private async read(at: Micros | null = this.at): Promise<void> {
    if (this.app.phase !== "ready" || !this.app.online || this.reading) return;
    this.reading = true;
    try {
      this.view = await this.ask.read(at);
      this.at = at;
      this.failure = null;
    } catch (error) {
      this.failure = error;
    }
    this.reading = false;
    this.requestUpdate();
  }

  askRelease(alert: AlertView | null): void {
    this.releasing = alert?.id ?? null;
    this.requestUpdate();
  }

  askSilence(alert: AlertView | null, writing = false): void {
    this.silencing = alert?.id ?? null;
    this.silenceWords = writing;
    this.requestUpdate();
  }

  openResident(resident: string): void {
    location.assign(`/service/resident/${encodeURIComponent(resident)}`);
  }

  openAlert(alert: AlertView): void {
    location.assign(`/service/alarme/${encodeURIComponent(alert.id)}`);
  }

  write(resident: string): void {
    this.begin({ id: newName(), place: resident, changes: null, resident: resident === ANYBODY ? WARD : resident, data: "", action: "", result: "" });
  }

  change(history: NoteHistory): void {
    const { now } = history;
    this.begin({ id: newName(), place: now.resident, changes: history, resident: now.resident, data: now.data, action: now.action, result: now.result });
  }

  private begin(note: Writing): void {
    this.note = note;
    this.complaint = "";
    this.requestUpdate();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(".writing textarea")?.focus());
  }

  withdraw(history: NoteHistory): void {
    void this.tell(() => this.ask.change(history.now.id, { key: newName(), version: history.now.version, withdrawn: true }));
  }

  private save(event: Event): void {
    event.preventDefault();
    const { note } = this;
    if (note === null) return;
    const { data, action, result } = note;
    if ([data, action, result].every((text) => text.trim() === "")) {
      this.complaint = this.app.words.handover.nothing;
      this.requestUpdate();
      return;
    }
    void this.tell(async () => {
      await this.enter(note, { data, action, result });
      this.note = null;
    });
  }

  /** Tells the hub a note, or keeps it for when that is possible; `null` when it waits. */
  private async enter(note: Writing, words: Words): Promise<NoteHistory | null> {
    const { me, online, session } = this.app;
    const changes = note.changes === null ? null : { note: note.changes.now.id, version: note.changes.now.version };
    const kept = { id: note.id, resident: note.resident, time: Math.round(session.now()), changes };
    const hidden = me === null ? null : await sealed(this.keys, note.id, words);
    // Without a key nothing written is kept: the text stays in the form, and the page says so.
    if (me === null || hidden === null) return tell(this.ask, { ...kept, sealed: "" }, words);
    this.words.set(note.id, words);
    return this.entries.post({ by: me.username, entry: { ...kept, sealed: hidden } }, online);
  }

  /** Does something about notes or receipts; the text stays when it fails, and the same name keeps it from being there twice. */
  private async tell(work: () => Promise<unknown>): Promise<void> {
    const { words } = this.app;
    this.complaint = "";
    try {
      await work();
    } catch (error) {
      const changed = error instanceof ApiError && error.code === "changed_meanwhile";
      const kept = error instanceof ApiError && error.failure === "offline" ? ` ${words.handover.noteKept}` : "";
      this.complaint = `${words.handover.noteFailed} ${changed ? words.handover.changedMeanwhile : errorSentence(error, words)}${kept}`;
    }
    await this.read();
    this.requestUpdate();
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && this.note !== null) this.stop();
    else if (isTyping(event)) return;
    else if (event.key === "?") this.help();
    else if (event.key === "t") this.app.preferences.nextTheme();
  };

  private stop(): void {
    this.note = null;
    this.complaint = "";
    this.requestUpdate();
  }

  private help(): void {
    this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal();
  }

  override updated(): void {
    this.toggleAttribute("doubtful", doubts(this.app) !== nothing);
  }

  override render(): TemplateResult {
    const { app } = this;
    const { words } = app;
    return html`${doubts(app)}
      <div class="top">${bar(app, () => this.help())} ${complaint(app)} ${outboxNotice(app)} ${waitingNotice(app, this)} ${app.session.state.loaded ? strip(app, this, true) : nothing}</div>
      <main>${this.content()}</main>
      ${nav(app, "handover")} ${spoken(app)}
      ${helpDialog(app, [
        ["?", words.help.show],
        ["T", words.help.theme],
      ])}`;
  }

  private content(): TemplateResult | typeof nothing {
    const { app, view } = this;
    if (app.phase === "forbidden") return forbidden(app);
    if (app.phase === "failed") return failed(app);
    if (app.phase === "ready" && app.online && view === null && this.failure === null) void this.read();
    if (view === null && this.failure !== null) return this.broken();
    if (!app.session.state.loaded || view === null) {
      return html`<div class="page" aria-busy="true" aria-label=${app.words.handover.title}>${[1, 2, 3].map(() => html`<div class="skeleton"></div>`)}</div>`;
    }
    return this.page(view);
  }

  private broken(): TemplateResult {
    const { words } = this.app;
    return unreadable(this.app, words.handover.failed, errorSentence(this.failure, words), () => void this.read());
  }

  private page(view: HandoverView): TemplateResult {
    const { speech, words } = this.app;
    const old = speech.now - view.time > OLD;
    return html`<div class="page">
      ${this.head(view)}
      ${old ? html`<p class="notice">${icon("warning")}${words.handover.old(ago(view.time, speech.now, speech.language))}</p>` : nothing}
      ${this.complaint === "" || this.note !== null ? nothing : html`<p class="notice" role="alert">${icon("warning")}${this.complaint}</p>`} ${this.summary(view)}
      ${this.form(ANYBODY)} ${this.ward(view)} ${view.residents.map((told) => person(this.app, told, this))} ${this.rest(view)} ${this.receipt(view)}
    </div>`;
  }

  private head(view: HandoverView): TemplateResult {
    const { words, speech } = this.app;
    const said = words.handover;
    return html`<header>
      <div>
        <h1>${said.title}</h1>
        <p class="quiet">${shiftText(view, speech)}${view.running ? ` · ${said.running}` : ""}</p>
      </div>
      <button @click=${() => void this.read(view.before)}>${icon("back")}${said.earlier}</button>
      ${view.after === null ? nothing : html`<button @click=${() => void this.read(view.after)}>${said.later}</button>`}
      <button @click=${() => print()}>${said.print}</button>
    </header>`;
  }

  private summary(view: HandoverView): TemplateResult {
    const { words } = this.app;
    const said = words.handover;
    return html`<section class="summary">
      <p class="inherits">${view.inherited === 0 ? said.inheritsNone : said.inherits(view.inherited)}</p>
      <button @click=${() => this.write(ANYBODY)}>${icon("plus")}${said.write}</button>
    </section>`;
  }

  private ward(view: HandoverView): TemplateResult | typeof nothing {
    const said = this.app.words.handover;
    const notes = standing(view.notes);
    if (notes.length === 0 && view.ward.length === 0) return nothing;
    return html`<section class="person">
      <header><h2>${said.ward}</h2></header>
      <dl class="facts">
        ${notes.length === 0 ? nothing : html`<dt>${said.notes}</dt><dd>${notes.map((note) => noteView(this.app, note, this))}</dd>`}
        ${view.ward.length === 0 ? nothing : html`<dt>${said.wardAlarms}</dt><dd><ul>${alarms(this.app, view.ward).map((line) => html`<li>${line}</li>`)}</ul></dd>`}
      </dl>
      ${this.form(WARD)}
    </section>`;
  }

  private rest(view: HandoverView): TemplateResult | typeof nothing {
    const { words, preferences } = this.app;
    const said = words.handover;
    if (view.residents.length === 0 && view.ward.length === 0 && standing(view.notes).length === 0) {
      return html`<section class="state calm">${icon("check")}<h2>${said.calmTitle}</h2><p>${said.calmMore}</p></section>`;
    }
    if (view.calm === 0) return nothing;
    return html`<p class="rest quiet">${view.calm === 1 ? said.restOne : said.rest(formatNumber(view.calm, 0, preferences.language))}</p>`;
  }

  private receipt(view: HandoverView): TemplateResult {
    const { words, speech, me, online } = this.app;
    const said = words.handover;
    const mine = view.receipts.find(({ reader }) => reader === me?.username);
    const when = (time: Micros): string => moment(time, speech.now, speech.language);
    return html`<section class="receipt summary">
      <p>
        ${view.receipts.length === 0 ? said.noReader : html`<b>${said.readers}</b> ${view.receipts.map(({ reader_name, read }) => said.by(reader_name, when(read))).join(" · ")}`}
      </p>
      ${mine === undefined
        ? html`<button class="main" ?disabled=${!online} @click=${() => void this.tell(() => this.ask.receive(view.since))}>${icon("check")}${said.receipt}</button>`
        : html`<p class="quiet">${icon("check")} ${said.receiptDone(when(mine.read))}</p>`}
    </section>`;
  }

  form(place: string): TemplateResult | typeof nothing {
    const { note } = this;
    if (note === null || note.place !== place) return nothing;
    const said = this.app.words.handover;
    const field = (name: "data" | "action" | "result", title: string, hint: string): TemplateResult =>
      html`<label
        ><span>${title} <small>${hint}</small></span
        ><textarea
          rows="2"
          maxlength="600"
          .value=${note[name]}
          @input=${(event: Event) => {
            note[name] = (event.target as HTMLTextAreaElement).value;
          }}
        ></textarea>
      </label>`;
    return html`<form class="writing" @submit=${(event: Event) => this.save(event)}>
      ${place === ANYBODY ? this.about(note) : nothing} ${field("data", said.data, said.dataHint)} ${field("action", said.action, said.actionHint)}
      ${field("result", said.result, said.resultHint)}
      <div class="acts">
        <p role="alert">${this.complaint}</p>
        <button type="button" @click=${() => this.stop()}>${said.cancel}</button>
        <button class="main" type="submit">${icon("check")}${said.save}</button>
      </div>
    </form>`;
  }

  private about(note: Writing): TemplateResult {
    const said = this.app.words.handover;
    const people = [...this.app.session.state.residents.values()].sort((a, b) => a.family_name.localeCompare(b.family_name, "fr"));
    return html`<label
      ><span>${said.about}</span
      ><select
        @change=${(event: Event) => {
          note.resident = (event.target as HTMLSelectElement).value;
        }}
      >
        <option value="">${said.ward}</option>
        ${people.map(({ id, family_name, given_name }) => html`<option value=${id}>${fullName(family_name, given_name)}</option>`)}
      </select>
    </label>`;
  }
}

customElements.define("vv-handover", Handover);
