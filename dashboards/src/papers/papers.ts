/**
 * A resident's papers: the SAED sheet to read out on the phone, the liaison file in one gesture, what was made, signed and sent.
 * The page is one resident's for its whole life.
 */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { fullName, moment } from "../lib/format";
import { lookUp } from "../lib/i18n";
import { fileOf, PapersApi, TYPED, type Fields, type PaperKind, type PaperList, type PaperView, type SaedView, type Typed } from "../lib/papers";
import { errorSentence, roomName } from "../lib/say";
import { limitsStyles } from "../limits/styles";
import { App } from "../ui/app";
import { bar, barStyles } from "../ui/bar";
import { helpDialog, helpStyles } from "../ui/help";
import { icon } from "../ui/icon";
import { failed, forbidden, unreadable } from "../ui/states";
import { base, marks, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import { papersStyles } from "./styles";

const PLACE = /^\/documents\/([^/]+)$/;
/** Milliseconds after the last key before the text to read out is asked for anew, and that a notice stays. */
const PAUSE = 600;
const NOTICE = 8_000;

export class PapersPage extends LitElement {
  static override styles = [base, marks, pageState, barStyles, truthStyles, helpStyles, limitsStyles, papersStyles];

  private readonly resident = decodeURIComponent(PLACE.exec(location.pathname)?.[1] ?? "");
  private list: PaperList | null = null;
  private sheet: SaedView | null = null;
  private fields: Fields = {};
  private failure: unknown = null;
  private loading = false;
  private busy = false;
  private notice = "";
  private asked = 0;
  private noticeEnds: ReturnType<typeof setTimeout> | null = null;
  private pause: ReturnType<typeof setTimeout> | null = null;
  private readonly app = new App(this, ["nurse", "physician", "coordinator"], { sound: false });
  private readonly api = new PapersApi(this.app.session.api, this.resident);

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const timer of [this.pause, this.noticeEnds]) if (timer !== null) clearTimeout(timer);
  }

  override updated(): void {
    this.toggleAttribute("doubtful", this.app.session.link === "lost");
    if (this.app.phase === "ready" && this.list === null && this.failure === null) void this.load();
  }

  private async load(): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    this.failure = null;
    try {
      this.list = await this.api.list();
      this.sheet = await this.api.saed(this.fields);
    } catch (error) {
      this.failure = error;
    }
    this.loading = false;
    this.requestUpdate();
  }

  private type(name: Typed, text: string): void {
    this.fields = { ...this.fields, [name]: text };
    if (this.pause !== null) clearTimeout(this.pause);
    this.pause = setTimeout(() => void this.speak(), PAUSE);
  }

  private async speak(): Promise<void> {
    this.asked += 1;
    const asked = this.asked;
    const sheet = await this.api.saed(this.fields).catch(() => null);
    // An answer to what was typed before must not take the place of a later one.
    if (sheet !== null && asked === this.asked) this.sheet = sheet;
    this.requestUpdate();
  }

  /** Do something to papers, and show what became of it. */
  private async act(work: () => Promise<PaperView>, done: string): Promise<void> {
    if (this.busy) return;
    const { words } = this.app;
    this.busy = true;
    this.notice = words.papers.making;
    this.requestUpdate();
    try {
      await work();
      this.list = await this.api.list();
      this.notice = done;
    } catch (error) {
      const refusals: Readonly<Record<string, string>> = words.papers.refusal;
      const code = error instanceof ApiError ? error.code : "";
      this.notice = refusals[code] ?? errorSentence(error, words);
      // It may have been made although the answer was lost.
      this.list = await this.api.list().catch(() => this.list);
    }
    this.busy = false;
    if (this.noticeEnds !== null) clearTimeout(this.noticeEnds);
    this.noticeEnds = setTimeout(() => {
      this.notice = "";
      this.requestUpdate();
    }, NOTICE);
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const { app } = this;
    const help = (): void => this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal();
    return html`<div class="top">${doubts(app)} ${bar(app, help)} ${complaint(app)}</div>
      <main>${this.content()}</main>
      <div class="notice ${this.notice === "" ? "" : "open"}" role="status" aria-live="polite">${this.notice}</div>
      ${spoken(app)} ${helpDialog(app, [])}`;
  }

  private content(): TemplateResult {
    const { app, list, sheet } = this;
    const { words } = app;
    if (app.phase === "forbidden") return forbidden(app);
    if (app.phase === "failed") return failed(app);
    if (this.failure !== null) {
      return unreadable(this.app, words.papers.failed, errorSentence(this.failure, words), () => void this.load());
    }
    if (list === null || sheet === null) return html`<div class="page" role="status" aria-label=${words.papers.loading}><div class="skeleton tall"></div></div>`;
    return html`<div class="page">${this.head()}
      <div class="two">${this.phone(sheet)} ${this.typing()}</div>
      ${this.papers(list)}
    </div>`;
  }

  private head(): TemplateResult {
    const { words, session, me } = this.app;
    const person = session.state.residents.get(this.resident);
    const back = `${me?.role === "physician" ? "/medecin" : "/service"}/resident/${encodeURIComponent(this.resident)}`;
    return html`<header class="head">
      <a class="way" href=${back}>${icon("back")}${words.papers.back}</a>
      <div class="person">
        <h1>${person === undefined ? words.papers.title : fullName(person.family_name, person.given_name)}</h1>
        ${person === undefined ? nothing : html`<p><b>${roomName(person.room, words)}</b> · ${words.resident.born(person.birth_year)}</p>`}
      </div>
    </header>`;
  }

  private phone(sheet: SaedView): TemplateResult {
    const { papers } = this.app.words;
    return html`<section class="panel" aria-labelledby="phone">
      <h2 id="phone">${papers.saed}</h2>
      <p class="quiet">${papers.never} ${papers.takes(Math.round(sheet.seconds))}</p>
      <dl class="spoken">${sheet.script.map((part) => html`<dt>${part.letter}</dt><dd>${part.text}</dd>`)}</dl>
      <p>${papers.missing(sheet.missing.length)}</p>
    </section>`;
  }

  private typing(): TemplateResult {
    const { papers } = this.app.words;
    return html`<section class="panel" aria-labelledby="typed">
      <h2 id="typed">${papers.typed}</h2>
      ${TYPED.map(
        (name) => html`<label>${papers.field[name]}
          <input maxlength="400" .value=${this.fields[name] ?? ""} @input=${(event: Event) => this.type(name, (event.target as HTMLInputElement).value)} />
        </label>`,
      )}
    </section>`;
  }

  private papers(list: PaperList): TemplateResult {
    const { papers } = this.app.words;
    const make = (kind: PaperKind, fields: Fields): void => void this.act(() => this.api.make(kind, fields), papers.made);
    return html`<section class="panel" aria-labelledby="made">
      <h2 id="made">${papers.list}</h2>
      <div class="actions">
        <button class="main" ?disabled=${this.busy} @click=${() => make("liaison", {})}>${icon("file")}${papers.make.liaison}</button>
        <button ?disabled=${this.busy} @click=${() => make("saed", this.fields)}>${icon("file")}${papers.make.saed}</button>
      </div>
      ${list.mail ? nothing : html`<p class="quiet">${papers.noMail}</p>`}
      ${list.items.length === 0 ? html`<p>${papers.none}</p>` : list.items.map((paper) => this.paper(paper, list.mail))}
    </section>`;
  }

  private paper(paper: PaperView, mail: boolean): TemplateResult {
    const { speech, words } = this.app;
    const { papers } = words;
    const when = (time: number): string => moment(time, speech.now, speech.language);
    const signed = paper.signed === null ? papers.draft : papers.signed(paper.signed_name ?? "", when(paper.signed));
    const name = papers.kind[paper.kind];
    const mine = paper.kind !== "report" || this.app.me?.role === "physician";
    return html`<div class="paper">
      <div>
        <p><b>${name}</b> · ${signed}</p>
        <p class="quiet">${papers.version(paper.version, when(paper.time), paper.author_name)}</p>
        ${paper.dispatches.map((each) => html`<p>${papers.sending(lookUp(papers.state, each.state), each.recipient)}</p>`)}
      </div>
      <div class="actions">
        <a class="file" href=${fileOf(paper)} target="_blank" rel="noopener" aria-label=${`${papers.show} : ${name}`}>${icon("file")}${papers.show}</a>
        ${paper.signed === null && mine ? html`<button ?disabled=${this.busy} aria-label=${`${papers.sign} : ${name}`} @click=${() => void this.act(() => this.api.sign(paper.id), papers.done)}>${icon("sign")}${papers.sign}</button>` : nothing}
        ${paper.signed !== null && mail ? html`<button ?disabled=${this.busy} @click=${() => void this.act(() => this.api.send(paper.id), papers.state.waiting)}>${papers.send}</button>` : nothing}
      </div>
    </div>`;
  }
}

customElements.define("vv-papers", PapersPage);
