/**
 * The questionnaire before a teleconsultation, about one resident for its whole life: the signs of danger first, one large question at
 * a time, then why, then what the hub still asks. What sensors and the record say is shown and not asked. Nothing dials by itself.
 */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { fullName, initials } from "../lib/format";
import { errorSentence, roomName } from "../lib/say";
import {
  ageText,
  again,
  alarming,
  answer,
  asked,
  back,
  begin,
  chooseMotif,
  follow,
  progress,
  TriageApi,
  typedNumber,
  vitalText,
  type Answer,
  type Form,
  type TriageKnown,
  type TriageQuestion,
  type TriageRules,
  type TriageView,
} from "../lib/triage";
import type { ResidentView } from "../lib/types";
import { urgent, urgentStyles } from "../appel/urgent";
import { App } from "../ui/app";
import { bar, barStyles } from "../ui/bar";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import { failed, forbidden } from "../ui/states";
import { base, marks, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import "./result";
import { triageStyles } from "./styles";

const PLACE = /^\/questionnaire\/([^/]+)$/;
const KEYS: Readonly<Record<string, Answer>> = { o: "yes", y: "yes", n: "no", j: "unknown" };

function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class TriagePage extends LitElement {
  static override styles = [base, marks, pageState, barStyles, truthStyles, helpStyles, urgentStyles, triageStyles];

  private readonly resident = decodeURIComponent(PLACE.exec(location.pathname)?.[1] ?? "");
  private rules: TriageRules | null = null;
  private known: TriageKnown | null = null;
  private form: Form | null = null;
  private view: TriageView | null = null;
  private failure: unknown = null;
  private wrong = "";
  private busy = false;
  private draftId = newId();
  readonly app = new App(this, ["nurse", "physician", "coordinator"], { sound: true });
  private readonly api = new TriageApi(this.app.session.api);

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("keydown", this.key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("keydown", this.key);
  }

  override updated(): void {
    this.toggleAttribute("doubtful", doubts(this.app) !== nothing);
    if (this.app.phase === "ready" && this.rules === null && this.failure === null) void this.load();
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    const question = this.question();
    if (key === "?") this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal();
    else if (key === "t") this.app.preferences.nextTheme();
    else if (this.view !== null) return;
    else if (key === "arrowleft") this.goBack();
    else if (question !== null && Object.hasOwn(KEYS, key) && (key === "j" || !(question.number || question.time))) this.say(KEYS[key] as Answer);
  };

  // ---- what is known, and where we are ----

  private async load(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.failure = null;
    try {
      [this.rules, this.known] = await Promise.all([this.api.rules(), this.api.known(this.resident)]);
      this.form = begin(this.rules);
    } catch (error) {
      this.failure = error;
    }
    this.busy = false;
    this.requestUpdate();
    this.focusTitle();
  }

  private question(): TriageQuestion | null {
    const { form, rules } = this;
    if (form === null || rules === null) return null;
    const id = asked(form);
    return rules.questions.find((each) => each.id === id) ?? null;
  }

  private person(): ResidentView | undefined {
    return this.app.session.state.residents.get(this.resident);
  }

  /** Whoever listens to the page hears the next question; whoever tabs begins at its answers. */
  private focusTitle(): void {
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("main h2")?.focus());
  }

  // ---- gestures ----

  private say(value: Answer): void {
    if (this.form === null || this.busy) return;
    this.go(answer(this.form, value));
  }

  private goBack(): void {
    if (this.form === null || this.rules === null || this.busy) return;
    this.form = back(this.form, this.rules);
    this.wrong = "";
    this.requestUpdate();
    this.focusTitle();
  }

  private go(form: Form): void {
    this.form = form;
    this.wrong = "";
    this.requestUpdate();
    if (form.stage === "more" && form.at >= form.list.length) void this.ask();
    else this.focusTitle();
  }

  /** What the hub still asks; where that is nothing, or nothing leads higher, what it says. */
  private async ask(): Promise<void> {
    const { form } = this;
    if (form === null || this.busy) return;
    this.busy = true;
    this.failure = null;
    this.requestUpdate();
    try {
      const draft = await this.api.draft(this.resident, form.answers, form.motif);
      const sure = draft.result.reasons.some((each) => each.outcome === "EMERGENCY" && each.unanswered.length === 0);
      if (draft.pending.length > 0 && !sure) this.form = follow(form, draft.pending);
      else await this.keep(form);
    } catch (error) {
      this.failure = error;
    }
    this.busy = false;
    this.requestUpdate();
    this.focusTitle();
  }

  private async keep(form: Form): Promise<void> {
    this.view = await this.api.keep(this.resident, this.draftId, form.answers, form.motif);
    this.form = { ...form, stage: "result" };
    this.draftId = newId();
  }

  /** A sign of danger needs no more questions. */
  private async conclude(): Promise<void> {
    if (this.form === null || this.busy) return;
    this.busy = true;
    this.failure = null;
    try {
      await this.keep(this.form);
    } catch (error) {
      this.failure = error;
    }
    this.busy = false;
    this.requestUpdate();
    this.focusTitle();
  }

  private answerAgain(questions: readonly string[]): void {
    if (this.form === null) return;
    this.view = null;
    this.go(again(this.form, questions));
  }

  private restart(): void {
    this.view = null;
    this.rules = null;
    this.form = null;
    void this.load();
  }

  private typed(event: SubmitEvent, question: TriageQuestion): void {
    event.preventDefault();
    const { triage: said } = this.app.words;
    const text = this.renderRoot.querySelector<HTMLInputElement>("#typed")?.value ?? "";
    if (question.time) {
      if (text === "") this.wrong = said.timeWrong;
      else { this.say(text); return; }
    } else {
      const value = typedNumber(question, text);
      if (value === null) this.wrong = said.numberWrong(String(question.low), String(question.high), question.unit);
      else { this.say(value); return; }
    }
    this.requestUpdate();
  }

  // ---- what is drawn ----

  override render(): TemplateResult {
    const { app } = this;
    const { words } = app;
    return html`${doubts(app)} ${bar(app, () => this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal())} ${complaint(app)}
      ${app.session.state.loaded ? urgent(app, null) : nothing} ${this.content()} ${spoken(app)}
      ${helpDialog(app, [
        ["?", words.help.show],
        [words.triage.keysAnswer, words.triage.keysAnswerMore],
        ["←", words.triage.previous],
        ["T", words.help.theme],
      ])}`;
  }

  private content(): TemplateResult {
    const { app, rules, known, form } = this;
    const said = app.words.triage;
    if (app.phase === "forbidden") return html`<main class="whole">${forbidden(app)}</main>`;
    if (app.phase === "failed") return html`<main class="whole">${failed(app)}</main>`;
    if (rules === null || known === null || form === null || !app.session.state.loaded) {
      return html`<main class="whole">${this.failure === null ? html`<div class="state" role="status">${said.loading}</div>` : this.broken()}</main>`;
    }
    const person = this.person();
    if (person === undefined) return html`<main class="whole"><section class="state" role="alert">${icon("warning")}<h2>${said.unknownResident}</h2></section></main>`;
    if (this.view !== null) {
      return html`<main class="whole">
        ${this.head(person, rules)}
        <vv-triage-result
          .app=${app}
          .view=${this.view}
          .rules=${rules}
          .known=${known}
          .person=${person}
          @changed=${(event: CustomEvent<TriageView>) => {
            this.view = event.detail;
            this.requestUpdate();
          }}
          @again=${(event: CustomEvent<readonly string[]>) => this.answerAgain(event.detail)}
          @restart=${() => this.restart()}
        ></vv-triage-result>
      </main>`;
    }
    return html`<main>
      ${this.head(person, rules)}
      <section class="panel question">${this.where(form)} ${this.danger(form, rules)} ${form.stage === "motif" ? this.motifs(rules) : this.asking(form)} ${this.trouble()}</section>
      <aside>${this.measured(known)} ${this.recorded(known, rules)}</aside>
    </main>`;
  }

  private head(person: ResidentView, rules: TriageRules): TemplateResult {
    const { words } = this.app;
    const said = words.triage;
    return html`<header class="head">
      <a class="button" href=${`/service/resident/${encodeURIComponent(this.resident)}`}>${icon("back")}${said.back}</a>
      <span class="initials" aria-hidden="true">${initials(person.family_name, person.given_name)}</span>
      <div class="person">
        <h1>${fullName(person.family_name, person.given_name)}</h1>
        <p><b>${roomName(person.room, words)}</b> · ${words.resident.born(person.birth_year)} · ${said.title}</p>
      </div>
      <p class="signed">${rules.signed_by === "" ? said.unsigned : said.signed(rules.signed_by, rules.date, rules.version)}</p>
    </header>`;
  }

  private where(form: Form): TemplateResult {
    const said = this.app.words.triage;
    const stage = form.stage === "screen" ? said.screen : form.stage === "motif" ? said.motif : said.more;
    const step = form.stage === "screen" ? said.step(String(form.at + 1), String(form.list.length)) : stage;
    return html`<div class="where">
      <span>${step}</span><progress max="1" .value=${progress(form)} aria-label=${stage}></progress>
      <button class="plain" ?disabled=${form.stage === "screen" && form.at === 0} @click=${() => this.goBack()}>${icon("undo")}${said.previous}</button>
    </div>`;
  }

  private danger(form: Form, rules: TriageRules): TemplateResult | typeof nothing {
    const said = this.app.words.triage;
    if (!rules.questions.some((each) => alarming(each, form.answers[each.id]))) return nothing;
    return html`<div class="red" role="alert">
      ${icon("ambulance")}
      <p><strong>${said.alarm}</strong>${said.alarmMore}</p>
      <a class="button fifteen" href="tel:15">${icon("ambulance")}${said.fifteen}</a>
      <button class="main" ?disabled=${this.busy} @click=${() => void this.conclude()}>${said.alarmNow}</button>
    </div>`;
  }

  private asking(form: Form): TemplateResult {
    const said = this.app.words.triage;
    const question = this.question();
    if (question === null) return html`<div class="asked" role="status"><p class="hint">${said.loading}</p></div>`;
    const before = form.answers[question.id];
    return html`<div class="asked">
        <h2 tabindex="-1">${question.text}</h2>
        ${question.hint === "" ? nothing : html`<p class="hint">${question.hint}</p>`}
      </div>
      ${question.number || question.time ? this.entry(question, before) : this.answers(before)}`;
  }

  private answers(before: Answer | undefined): TemplateResult {
    const said = this.app.words.triage;
    const button = (value: Answer, word: string, kind: string): TemplateResult =>
      html`<button class=${kind} aria-pressed=${before === value ? "true" : "false"} ?disabled=${this.busy} @click=${() => this.say(value)}>${word}</button>`;
    return html`<div class="answers" role="group">${button("yes", said.yes, "main")} ${button("no", said.no, "")} ${button("unknown", said.unknown, "soft")}</div>`;
  }

  private entry(question: TriageQuestion, before: Answer | undefined): TemplateResult {
    const said = this.app.words.triage;
    const range = said.number(String(question.low), String(question.high), question.unit);
    const known = before === undefined || before === "unknown" ? "" : String(before);
    return html`<form @submit=${(event: SubmitEvent) => this.typed(event, question)}>
      <div class="entry">
        <input id="typed" type=${question.time ? "time" : "text"} inputmode="decimal" autocomplete="off" aria-label=${question.text} aria-describedby="range" .value=${known} />
        <span id="range">${question.time ? "" : range}</span>
      </div>
      ${this.wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.wrong}</p>`}
      <div class="answers row">
        <button class="main" ?disabled=${this.busy}>${said.next}</button>
        <button type="button" class="soft" ?disabled=${this.busy} @click=${() => this.say("unknown")}>${said.unknown}</button>
      </div>
    </form>`;
  }

  private motifs(rules: TriageRules): TemplateResult {
    const said = this.app.words.triage;
    return html`<div>
        <h2 tabindex="-1">${said.motif}</h2>
        <p class="hint">${said.motifHint}</p>
      </div>
      <div class="motifs">
        ${rules.motifs.map(
          (each) => html`<button aria-pressed=${this.form?.motif === each.id ? "true" : "false"} ?disabled=${this.busy} @click=${() => this.form !== null && this.go(chooseMotif(this.form, each.id))}>${each.title}</button>`,
        )}
      </div>`;
  }

  private trouble(): TemplateResult | typeof nothing {
    const { words } = this.app;
    if (this.failure === null) return nothing;
    return html`<div class="red" role="alert">
      ${icon("warning")}
      <p><strong>${errorSentence(this.failure, words)}</strong>${words.triage.failedMore}</p>
      <button @click=${() => void (this.form?.stage === "more" ? this.ask() : this.conclude())}>${icon("retry")}${words.triage.retry}</button>
    </div>`;
  }

  private broken(): TemplateResult {
    const { words } = this.app;
    return html`<section class="state" role="alert">
      ${icon("warning")}
      <h2>${words.triage.failed}</h2>
      <p>${errorSentence(this.failure, words)} ${words.triage.failedMore}</p>
      <a class="button fifteen" href="tel:15">${icon("ambulance")}${words.triage.fifteen}</a>
      <button @click=${() => void this.load()}>${icon("retry")}${words.triage.retry}</button>
    </section>`;
  }

  private measured(known: TriageKnown): TemplateResult {
    const { words, speech } = this.app;
    const said = words.triage;
    return html`<section class="panel">
      <h2>${said.knownTitle}</h2>
      ${known.values.length === 0
        ? html`<p class="quiet">${said.knownNone}</p>`
        : html`<ul class="values">
            ${known.values.map(
              (each) => html`<li class=${each.aged ? "aged" : ""}>
                <b>${vitalText(each.name, each.value, speech)}</b>
                <small>${ageText(each.age, speech)}${each.by_hand ? `, ${said.byHand}` : ""}${each.aged ? ` · ${said.toRepeat}` : ""}</small>
              </li>`,
            )}
          </ul>`}
    </section>`;
  }

  /** What the record says; of the rest it is said that it says nothing. */
  private recorded(known: TriageKnown, rules: TriageRules): TemplateResult {
    const said = this.app.words.triage;
    const name = (id: string): string => rules.risks.find((each) => each.id === id)?.text ?? id;
    const unknown = known.facts.filter((each) => each.known === null).map(({ id }) => name(id));
    const told = known.facts.filter((each) => each.known !== null);
    return html`<section class="panel">
      <h2>${said.records}</h2>
      ${told.length === 0
        ? nothing
        : html`<ul class="facts">
            ${told.map((each) => html`<li><span>${name(each.id)}</span><small>${each.known === true ? said.recordYes : said.recordNo}</small></li>`)}
          </ul>`}
      ${unknown.length === 0 ? nothing : html`<p class="quiet">${said.factorsUnknown(unknown.join(", "))}</p>`}
    </section>`;
  }
}

customElements.define("vv-triage", TriagePage);
