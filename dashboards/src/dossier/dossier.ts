/**
 * A resident's dossier: read at a glance, written section by section. The page is one resident's for its whole life, and the
 * hub writes down that it was read; so it is read when it is opened and after each writing, never in the background.
 */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { blank, DossierApi, faultsOf, ORDER, SHAPES, type Body, type DossierView, type Section, type SectionView } from "../lib/dossier";
import { fullName, initials, moment } from "../lib/format";
import { errorSentence, roomName, type Speech } from "../lib/say";
import type { ResidentView } from "../lib/types";
import { limitsStyles } from "../limits/styles";
import { App } from "../ui/app";
import { bar, barStyles } from "../ui/bar";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import { failed, forbidden, unreadable } from "../ui/states";
import { base, marks, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import { fields, type Finding, type FormHost, type Writing } from "./form";
import { byline, differences, doubtsOf, facts, firstCards, lacking, versionList } from "./read";
import { dossierStyles } from "./styles";

const PLACE = /^\/dossier\/([^/]+)$/;
/** Milliseconds after the last key before the directory is asked, and that a notice stays. */
const PAUSE = 250;
const NOTICE = 8_000;
const NOTHING: Finding = { text: "", found: null };

interface Conflict {
  /** What one had read, and what is there now. */
  readonly before: Body;
  readonly now: SectionView;
  kept: boolean;
}

export class DossierPage extends LitElement {
  static override styles = [base, marks, pageState, barStyles, truthStyles, helpStyles, limitsStyles, dossierStyles];

  private readonly resident = decodeURIComponent(PLACE.exec(location.pathname)?.[1] ?? "");
  private view: DossierView | null = null;
  private failure: unknown = null;
  private loading = false;
  private writing: Writing | null = null;
  private conflict: Conflict | null = null;
  private finding: Finding = NOTHING;
  private past: { readonly section: Section; readonly versions: readonly SectionView[] | null } | null = null;
  private notice = "";
  private pause: ReturnType<typeof setTimeout> | null = null;
  private noticeEnds: ReturnType<typeof setTimeout> | null = null;
  private readonly app = new App(this, ["nurse", "physician", "coordinator"], { sound: false });
  private readonly api = new DossierApi(this.app.session.api, this.resident);

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("keydown", this.key);
    addEventListener("beforeunload", this.leave);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("keydown", this.key);
    removeEventListener("beforeunload", this.leave);
    for (const timer of [this.pause, this.noticeEnds]) if (timer !== null) clearTimeout(timer);
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && this.renderRoot.querySelector("dialog[open]") === null) this.closeForm();
    if (isTyping(event)) return;
    if (event.key === "?") this.dialog("help")?.showModal();
    if (event.key.toLowerCase() === "t") this.app.preferences.nextTheme();
  };

  /** What somebody has written is not lost by a slip of the hand. */
  private readonly leave = (event: BeforeUnloadEvent): void => {
    if (this.writing !== null && this.changed(this.writing)) event.preventDefault();
  };

  private dialog(id: string): HTMLDialogElement | null {
    return this.renderRoot.querySelector<HTMLDialogElement>(`#${id}`);
  }

  override updated(): void {
    this.toggleAttribute("doubtful", this.app.session.link === "lost");
    if (this.app.phase === "ready" && this.view === null && this.failure === null) void this.load();
  }

  private person(): ResidentView | undefined {
    return this.app.session.state.residents.get(this.resident);
  }

  private async load(): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    this.failure = null;
    try {
      this.view = await this.api.read();
    } catch (error) {
      this.failure = error;
    }
    this.loading = false;
    this.requestUpdate();
  }

  private body(section: Section): Body {
    return (this.view?.sections[section]?.body ?? blank(SHAPES[section])) as Body;
  }

  // ---- writing ----

  private write(section: Section): void {
    this.writing = { section, version: this.view?.sections[section]?.version ?? 0, body: this.body(section), reason: "", faults: new Map(), refusal: "", sending: false };
    this.conflict = null;
    this.finding = NOTHING;
    this.requestUpdate();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("#form-title")?.focus());
  }

  private changed(writing: Writing): boolean {
    return JSON.stringify(writing.body) !== JSON.stringify(this.body(writing.section));
  }

  private closeForm(): void {
    const section = this.writing?.section;
    this.writing = null;
    this.conflict = null;
    this.requestUpdate();
    if (section !== undefined) void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(`[data-section="${section}"] button.edit`)?.focus());
  }

  private host(writing: Writing): FormHost {
    return {
      speech: this.app.speech,
      writing,
      finding: this.finding,
      type: (body) => {
        writing.body = body;
        this.requestUpdate();
      },
      reason: (text) => {
        writing.reason = text;
      },
      look: (text) => this.look(text),
    };
  }

  private look(text: string): void {
    this.finding = { text, found: null };
    if (this.pause !== null) clearTimeout(this.pause);
    if (text.trim().length >= 2) this.pause = setTimeout(() => void this.find(text), PAUSE);
    this.requestUpdate();
  }

  private async find(text: string): Promise<void> {
    const found = await this.api.find(text.trim()).catch(() => []);
    // Somebody typed on while the hub looked.
    if (this.finding.text === text) this.finding = { text, found };
    this.requestUpdate();
  }

  private async save(): Promise<void> {
    const { writing } = this;
    const { words } = this.app;
    if (writing === null || writing.sending) return;
    if (writing.version > 0 && writing.reason.trim() === "") {
      this.refuse(writing, words.dossier.form.reasonMissing, new Map([["reason", "missing"]]));
      return;
    }
    writing.sending = true;
    writing.refusal = "";
    this.requestUpdate();
    try {
      this.view = await this.api.write(writing.section, writing.version, writing.reason, writing.body);
      this.closeForm();
      this.say(words.dossier.form.saved);
    } catch (error) {
      writing.sending = false;
      await this.refused(writing, error);
    }
  }

  private async refused(writing: Writing, error: unknown): Promise<void> {
    const { words } = this.app;
    if (error instanceof ApiError && error.code === "changed_meanwhile") {
      await this.collide(writing);
      return;
    }
    const faults = faultsOf(error);
    if (faults.size > 0) this.refuse(writing, words.dossier.form.wrong, faults);
    else if (error instanceof ApiError && error.code === "no_change") this.refuse(writing, words.dossier.form.unchanged);
    else if (error instanceof ApiError && error.failure === "forbidden") this.refuse(writing, words.dossier.refusal.forbidden);
    else this.refuse(writing, errorSentence(error, words));
  }

  private refuse(writing: Writing, sentence: string, faults: ReadonlyMap<string, string> = new Map()): void {
    writing.refusal = sentence;
    writing.faults = faults;
    this.requestUpdate();
    void this.updateComplete.then(() => (this.renderRoot.querySelector<HTMLElement>(".field.wrong :is(input, textarea, select)") ?? this.renderRoot.querySelector<HTMLElement>("#refusal"))?.focus());
  }

  /** Somebody was first: what they wrote is shown, and what one has written stays. */
  private async collide(writing: Writing): Promise<void> {
    const before = this.body(writing.section);
    await this.load();
    const now = this.view?.sections[writing.section];
    if (now !== undefined) this.conflict = { before, now, kept: false };
    this.requestUpdate();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("#conflict")?.focus());
  }

  private keep(): void {
    if (this.conflict === null || this.writing === null) return;
    this.writing.version = this.conflict.now.version;
    this.conflict.kept = true;
    this.requestUpdate();
  }

  // ---- versions, validation ----

  private async showVersions(section: Section): Promise<void> {
    this.past = { section, versions: null };
    this.requestUpdate();
    await this.updateComplete;
    this.dialog("versions")?.showModal();
    const versions = await this.api.versions(section).catch(() => []);
    if (this.past.section === section) this.past = { section, versions };
    this.requestUpdate();
  }

  private async validate(): Promise<void> {
    const { view } = this;
    if (view === null) return;
    try {
      this.view = await this.api.validate(view);
      this.say(this.app.words.dossier.stale.validated);
    } catch (error) {
      this.say(errorSentence(error, this.app.words));
      await this.load();
    }
    this.requestUpdate();
  }

  private say(text: string): void {
    this.notice = text;
    if (this.noticeEnds !== null) clearTimeout(this.noticeEnds);
    this.noticeEnds = setTimeout(() => {
      this.notice = "";
      this.requestUpdate();
    }, NOTICE);
    this.requestUpdate();
  }

  // ---- drawing ----

  override render(): TemplateResult {
    const { app } = this;
    const { words } = app;
    return html`<div class="top">${doubts(app)} ${bar(app, () => this.dialog("help")?.showModal())} ${complaint(app)}</div>
      <main>${this.content()}</main>
      <div class="notice ${this.notice === "" ? "" : "open"}" role="status" aria-live="polite">${this.notice}</div>
      ${spoken(app)} ${this.pastDialog(app.speech)}
      ${helpDialog(app, [
        ["?", words.help.show],
        ["Esc", words.dossier.form.cancel],
        ["T", words.help.theme],
      ])}`;
  }

  private content(): TemplateResult {
    const { app, view } = this;
    const { speech } = app;
    if (app.phase === "forbidden") return forbidden(app);
    if (app.phase === "failed") return failed(app);
    if (view === null && this.failure !== null) return this.unreadable();
    if (view === null || app.phase === "loading") {
      return html`<div class="page" role="status" aria-label=${app.words.dossier.loading}>${[1, 2, 3].map(() => html`<div class="skeleton tall"></div>`)}</div>`;
    }
    const { writing } = this;
    return html`<div class="page ${writing === null ? "" : "open"}">
      ${this.head()}
      <div class="column">
        ${firstCards(view, speech)} ${this.standing(view, speech)}
        <div class="sections">${ORDER.map((section) => this.section(section, view, speech))}</div>
      </div>
      ${writing === null ? nothing : html`<div class="side">${this.form(writing, speech)}</div>`}
    </div>`;
  }

  private head(): TemplateResult {
    const { words } = this.app;
    const person = this.person();
    const home = this.app.me?.role === "physician" ? "/medecin" : "/service";
    const back = person === undefined ? home : `${home}/resident/${encodeURIComponent(this.resident)}`;
    const year = new Date(this.app.session.now() / 1000).getFullYear();
    return html`<header class="head">
      <a class="way" href=${back}>${icon("back")}${words.dossier.back}</a>
      ${person === undefined
        ? html`<div class="person"><h1>${words.dossier.title}</h1></div>`
        : html`<span class="initials" aria-hidden="true">${initials(person.family_name, person.given_name)}</span>
            <div class="person">
              <h1>${fullName(person.family_name, person.given_name)}</h1>
              <p><b>${roomName(person.room, words)}</b> · ${words.resident.born(person.birth_year)} · ${words.resident.age(year - person.birth_year)}</p>
            </div>`}
      <p class="quiet">${words.dossier.confidential}</p>
    </header>`;
  }

  private standing(view: DossierView, speech: Speech): TemplateResult {
    const said = speech.words.dossier.stale;
    const { validation } = view;
    const when = validation === null ? "" : moment(validation.time, speech.now, speech.language);
    const who = validation?.author.name ?? "";
    const sentence = { never_validated: said.never_validated, validated_long_ago: said.validated_long_ago(when, who), changed_since: said.changed_since(when, who), fine: said.fine(when, who) }[view.stale ?? "fine"];
    const sections: Readonly<Record<string, string>> = speech.words.dossier.section;
    return html`<section class="panel state-line ${view.stale === null ? "" : "stale"}">
      <div>
        <p>${icon(view.stale === null ? "check" : "warning")} <b>${sentence}</b></p>
        ${view.stale === null ? nothing : html`<p>${said.ask}</p>`}
        ${view.stale === "changed_since" ? html`<p>${said.changed(view.changed.map((section) => sections[section]).join(", "))}</p>` : nothing}
        ${lacking(view, speech)}
      </div>
      ${view.may_validate && view.stale !== null ? html`<button class="main validate" @click=${() => void this.validate()}>${icon("sign")}${said.validate}</button>` : nothing}
    </section>`;
  }

  private section(section: Section, view: DossierView, speech: Speech): TemplateResult {
    const { words } = speech;
    const written = view.sections[section];
    const may = view.may_write.includes(section);
    const name = words.dossier.section[section];
    return html`<section class="panel" data-section=${section} aria-labelledby=${`title-${section}`}>
      <header>
        <h2 id=${`title-${section}`}>${name}</h2>
        <div class="actions">
          ${written === undefined ? nothing : html`<button aria-label=${words.dossier.versions.title(name)} @click=${() => void this.showVersions(section)}>${words.dossier.history}</button>`}
          ${may ? html`<button class="edit" aria-label=${`${written === undefined ? words.dossier.fill : words.dossier.change} : ${name}`} @click=${() => this.write(section)}>${icon("edit")}${written === undefined ? words.dossier.fill : words.dossier.change}</button>` : nothing}
        </div>
      </header>
      ${section === "identity" ? doubtsOf(view, speech) : nothing}
      ${written === undefined
        ? html`<p>${words.dossier.nobody}</p>${may ? nothing : html`<p class="quiet">${words.dossier.nobodyMore}</p>`}`
        : html`${facts(section, written.body as Body, speech)}<p class="by">${byline(written, speech)}</p>`}
    </section>`;
  }

  private form(writing: Writing, speech: Speech): TemplateResult {
    const say = speech.words.dossier.form;
    const host = this.host(writing);
    const noReason = writing.faults.get("reason") !== undefined;
    return html`<section class="panel form" aria-labelledby="form-title">
      <h2 id="form-title" tabindex="-1">${say.title(speech.words.dossier.section[writing.section])}</h2>
      <form
        novalidate
        @submit=${(event: Event) => {
          event.preventDefault();
          void this.save();
        }}
      >
        ${this.conflictNote(writing, speech)} ${fields(SHAPES[writing.section], writing.body, host)}
        ${writing.version === 0
          ? nothing
          : html`<div class="field wide ${noReason ? "wrong" : ""}">
              <label for="reason">${say.reason}</label>
              <textarea id="reason" rows="2" maxlength="500" .value=${writing.reason} aria-invalid=${noReason ? "true" : "false"} aria-describedby="reason-more" @input=${(event: Event) => host.reason((event.target as HTMLTextAreaElement).value)}></textarea>
              <small id="reason-more">${noReason ? say.reasonMissing : say.reasonHint}</small>
            </div>`}
        ${writing.refusal === "" ? nothing : html`<p id="refusal" class="refusal wide" role="alert" tabindex="-1">${icon("warning")}${writing.refusal}</p>`}
        <div class="actions">
          <button type="button" @click=${() => this.closeForm()}>${say.cancel}</button>
          <button class="main" type="submit" ?disabled=${writing.sending || (this.conflict !== null && !this.conflict.kept)}>${icon("check")}${writing.sending ? say.saving : say.save}</button>
        </div>
      </form>
    </section>`;
  }

  private conflictNote(writing: Writing, speech: Speech): TemplateResult | typeof nothing {
    const { conflict } = this;
    const said = speech.words.dossier.conflict;
    if (conflict === null) return nothing;
    if (conflict.kept) return html`<p class="conflict wide" role="status">${said.kept}</p>`;
    return html`<div class="conflict wide" id="conflict" role="alert" tabindex="-1">
      <h3>${said.title}</h3>
      <p>${said.more(conflict.now.author.name, moment(conflict.now.time, speech.now, speech.language))}</p>
      <p><b>${said.theirs}</b></p>
      ${differences(writing.section, conflict.before, conflict.now.body as Body, speech)}
      <div class="actions">
        <button type="button" @click=${() => this.write(writing.section)}>${said.take}</button>
        <button type="button" class="main" @click=${() => this.keep()}>${said.keep}</button>
      </div>
    </div>`;
  }

  private pastDialog(speech: Speech): TemplateResult {
    const { past } = this;
    const said = speech.words.dossier.versions;
    return html`<dialog id="versions" aria-labelledby="versions-title" @close=${() => (this.past = null)}>
      ${past === null
        ? nothing
        : html`<h2 id="versions-title">${said.title(speech.words.dossier.section[past.section])}</h2>
            ${past.versions === null
              ? html`<div class="skeleton"></div>`
              : past.versions.length === 0
                ? html`<p role="alert">${said.failed}</p>`
                : versionList(past.section, past.versions, speech)}
            <div class="actions"><button @click=${() => this.dialog("versions")?.close()}>${said.close}</button></div>`}
    </dialog>`;
  }

  private unreadable(): TemplateResult {
    const { words } = this.app;
    const gone = this.failure instanceof ApiError && this.failure.failure === "unknown";
    return unreadable(this.app, gone ? words.dossier.unknown : words.dossier.failed, gone ? "" : `${errorSentence(this.failure, words)} ${words.dossier.failedMore}`, () => void this.load());
  }
}

customElements.define("vv-dossier", DossierPage);
