/** Where the questionnaire led, why, and the next gesture; whoever stands at the bed decides. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { LONGEST_REASON, type Urgency } from "../lib/consult";
import { clock, fullName } from "../lib/format";
import { errorSentence, roomName } from "../lib/say";
import {
  ageText,
  CHOICES,
  lowers,
  repeatMinutes,
  requestReason,
  tone,
  TriageApi,
  vitalName,
  vitalText,
  type TriageKnown,
  type TriageOutcome,
  type TriageReason,
  type TriageRules,
  type TriageView,
} from "../lib/triage";
import { MINUTE, type ResidentView } from "../lib/types";
import type { App } from "../ui/app";
import { waitingAddress } from "../ui/ask";
import { feedOf, Follow } from "../ui/consult";
import { icon } from "../ui/icon";
import { base, marks } from "../ui/styles";
import { triageStyles } from "./styles";

const SIGNS = { high: "!!!", medium: "!!", low: "!" } as const;
const URGENCY: Partial<Record<TriageOutcome, Urgency>> = { URGENT_TC: "now", TC_TODAY: "today", TC_PLANNED: "today" };

export class TriageResultElement extends LitElement {
  static override properties = { app: { attribute: false }, view: { attribute: false }, rules: { attribute: false }, known: { attribute: false }, person: { attribute: false } };
  static override styles = [base, marks, triageStyles];

  declare app: App;
  declare view: TriageView;
  declare rules: TriageRules;
  declare known: TriageKnown;
  declare person: ResidentView;
  private sending = false;
  private trouble: unknown = null;
  private chosen: TriageOutcome | null = null;
  private missing = "";

  constructor() {
    super();
    new Follow(this);
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>("h2")?.focus();
  }

  // ---- gestures ----

  private get api(): TriageApi {
    return new TriageApi(this.app.session.api);
  }

  /** Asks for a physician with the reason carried; that opens the consultation, which takes this questionnaire. */
  private async askPhysician(urgency: Urgency): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    this.trouble = null;
    this.requestUpdate();
    const reason = requestReason(this.view, LONGEST_REASON, this.app.speech);
    const feed = feedOf(this.app);
    try {
      const request = await feed.api.ask(this.person.id, { reason, urgency, act: "consultation" });
      feed.take(request);
      location.assign(waitingAddress(request.id));
    } catch (error) {
      this.trouble = error;
    }
    this.sending = false;
    this.requestUpdate();
  }

  private async decide(outcome: TriageOutcome, reason: string): Promise<void> {
    this.trouble = null;
    try {
      const view = await this.api.decide(this.view, outcome, reason);
      this.dialog?.close();
      this.dispatchEvent(new CustomEvent("changed", { detail: view }));
    } catch (error) {
      this.trouble = error;
    }
    this.requestUpdate();
  }

  private get dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector("#other");
  }

  private sendOther(event: SubmitEvent): void {
    event.preventDefault();
    const said = this.app.words.triage;
    const reason = this.renderRoot.querySelector<HTMLTextAreaElement>("#other-why")?.value.trim() ?? "";
    this.missing = this.chosen === null ? said.otherChoose : lowers(this.view, this.chosen) && reason === "" ? said.otherNeedsReason : "";
    if (this.missing === "" && this.chosen !== null) void this.decide(this.chosen, reason);
    this.requestUpdate();
  }

  // ---- what is drawn ----

  private titleOf(outcome: TriageOutcome): string {
    return this.rules.paths.find((each) => each.outcome === outcome)?.title ?? outcome;
  }

  override render(): TemplateResult {
    const { view } = this;
    const said = this.app.words.triage;
    return html`<div class="result">
      ${view.plan_first ? this.plan() : nothing} ${this.verdict()}
      <div class="column">${this.reasons()} ${view.plan_first || this.known.plan === null ? nothing : this.plan()}</div>
      <div class="column">
        ${view.decided === "EMERGENCY" ? this.sheet() : nothing} ${this.meanwhile()} ${this.open()} ${this.factors()} ${this.checks()}
        <div class="row">
          <button @click=${() => this.openOther()}>${icon("edit")}${said.other}</button>
          <button class="plain" @click=${() => this.dispatchEvent(new Event("restart"))}>${icon("retry")}${said.restart}</button>
        </div>
        <p class="quiet">${said.kept(view.author_name, clock(view.time, this.app.speech.language))}</p>
      </div>
      ${this.other()}
    </div>`;
  }

  private openOther(): void {
    this.chosen = null;
    this.missing = "";
    this.requestUpdate();
    this.dialog?.showModal();
  }

  private verdict(): TemplateResult {
    const { view, app } = this;
    const said = app.words.triage;
    const outcome = view.decided;
    const level = tone(outcome);
    const last = view.decisions.at(-1);
    const within = view.within_minutes === 0 ? "" : view.within_minutes % 60 === 0 && view.within_minutes > 60 ? said.withinHours(String(view.within_minutes / 60)) : said.within(String(view.within_minutes));
    const terms = [outcome === view.outcome && view.priority !== null ? said.priority(view.priority) : "", outcome === "EMERGENCY" ? "" : within, view.proposed && last === undefined ? said.proposed : "", last === undefined ? "" : said.decidedBy(last.author_name, this.titleOf(last.outcome))];
    return html`<section class="verdict ${level}" aria-labelledby="verdict">
      <div class="said"><span class="mark ${level}" aria-hidden="true">${SIGNS[level]}</span><h2 id="verdict" tabindex="-1">${this.titleOf(outcome)}</h2></div>
      <p class="next">${this.rules.paths.find((each) => each.outcome === outcome)?.next ?? ""}</p>
      <p class="terms">${terms.filter((each) => each !== "").map((each) => html`<span>${each}</span>`)}</p>
      <div class="do">${this.gestures(outcome)}</div>
      ${this.trouble === null ? nothing : html`<p class="failed" role="alert">${said.askFailed} ${errorSentence(this.trouble, app.words)}</p>`}
    </section>`;
  }

  private gestures(outcome: TriageOutcome): TemplateResult | typeof nothing {
    const { words, me } = this.app;
    const said = words.triage;
    const who = encodeURIComponent(this.person.id);
    const fifteen = html`<a class="button fifteen" href="tel:15">${icon("ambulance")}${said.fifteen}</a>`;
    const confirm = this.view.proposed && this.view.decisions.length === 0 ? html`<button @click=${() => void this.decide(this.view.outcome, "")}>${icon("check")}${said.confirm}</button>` : nothing;
    const urgency = URGENCY[outcome];
    const waiting = feedOf(this.app).openFor(this.person.id);
    // Who asked for a physician already goes back to the wait, wherever the questionnaire leads.
    const wait = waiting === undefined ? nothing : html`<a class="button main" href=${waitingAddress(waiting.id)}>${icon("check")}${words.consult.waiting}</a>`;
    if (outcome === "EMERGENCY") return html`${fifteen} ${confirm} ${wait}`;
    if (waiting !== undefined) return wait;
    if (urgency !== undefined && me?.role !== "physician") {
      return html`<button class="main" ?disabled=${this.sending} @click=${() => void this.askPhysician(urgency)}>${icon("physician")}${this.sending ? said.asking : said.ask}</button>
        ${outcome === "URGENT_TC" ? html`<a class="button" href="tel:15">${icon("ambulance")}${said.fifteen}</a>` : nothing}`;
    }
    if (outcome === "IN_PERSON" || outcome === "DECLINED") return html`<p>${said.visit}</p><a class="button main" href=${`/dossier/${who}`}>${said.dossier}</a>`;
    if (outcome === "TELEEXPERTISE") return html`<p>${said.expert}</p><a class="button main" href=${`/actes/${who}`}>${said.acts}</a>`;
    return html`<a class="button main" href=${`/service/resident/${who}`}>${icon("check")}${said.done}</a>`;
  }

  private reasons(): TemplateResult {
    const said = this.app.words.triage;
    return html`<section class="panel">
      <h2>${said.why}</h2>
      ${this.view.reasons.length === 0 ? html`<p>${said.whyNone}</p>` : html`<ul class="reasons">${this.view.reasons.map((each) => this.reason(each))}</ul>`}
    </section>`;
  }

  private reason(each: TriageReason): TemplateResult {
    const { words, speech } = this.app;
    const said = words.triage;
    const level = tone(each.outcome);
    const values = Object.entries(each.values).map(([name, one]) => `${vitalText(name, one.value, speech)} (${ageText(one.age, speech)})`);
    const open = each.unanswered.map((id) => this.rules.questions.find((one) => one.id === id)?.text ?? id);
    return html`<li>
      <span class="mark ${level}" aria-hidden="true">${SIGNS[level]}</span>
      <div>
        <p>${each.text}</p>
        ${values.length === 0 ? nothing : html`<p>${values.join(" · ")}</p>`}
        ${open.length === 0 ? nothing : html`<p>${said.unanswered(open.join(" · "))}</p>`}
        <small>${this.titleOf(each.outcome)} · ${said.source[each.source]} · ${said.signature(each.author, each.date, each.version)}${each.note === "" ? "" : ` · ${each.note}`}</small>
      </div>
    </li>`;
  }

  private plan(): TemplateResult {
    const said = this.app.words.triage;
    const { plan } = this.known;
    const lines = plan === null ? [said.planNone] : [plan.palliative === true ? said.planPalliative : "", plan.resuscitation === false ? said.planNoResuscitation : "", plan.hospital === false ? said.planNoHospital : "", plan.limitation, plan.directives];
    return html`<section class="panel plan">
      <h2>${said.plan}${this.view.plan_first ? ` · ${said.planFirst}` : ""}</h2>
      ${lines.filter((each) => each !== "").map((each) => html`<p>${each}</p>`)}
      ${this.view.plan_first ? html`<p class="quiet">${said.fifteenAlways}</p>` : nothing}
    </section>`;
  }

  /** What is read to the dispatcher, from what is known. */
  private sheet(): TemplateResult {
    const { view, person, app } = this;
    const { words, speech } = app;
    const said = words.triage;
    const values = Object.entries(view.measured).map(([name, one]) => `${vitalText(name, one.value, speech)} (${ageText(one.age, speech)})`);
    const missing = view.news2.missing.length;
    const score = missing === 7 ? said.sheetMissing : `${missing > 0 ? "≥ " : ""}${String(view.news2.total)}`;
    const risks = view.factors.map((id) => this.rules.risks.find((each) => each.id === id)?.text ?? id);
    const unknown = view.unknown_factors.map((id) => this.rules.risks.find((each) => each.id === id)?.text ?? id);
    const row = (name: string, text: string): TemplateResult => html`<dt>${name}</dt><dd>${text}</dd>`;
    const reasons = view.reasons.filter((each) => each.outcome === view.needed && each.unanswered.length === 0).map(({ text }) => text);
    return html`<section class="panel sheet" aria-labelledby="sheet">
      <h2 id="sheet">${said.fifteenSheet}</h2>
      <dl>
        ${row(said.sheetWho, `${app.me?.display_name ?? ""} · ${app.session.state.home}`)} ${row(said.sheetFor, `${fullName(person.family_name, person.given_name)}, ${said.sheetBorn(String(person.birth_year))}`)}
        ${row(said.sheetWhere, roomName(person.room, words))} ${row(said.sheetWhy, [...new Set([view.motif_title, ...reasons])].filter((each) => each !== "").join(" · "))}
        ${row(said.sheetValues, values.length === 0 ? said.sheetNone : values.join(" · "))} ${row(said.sheetScore, score)}
        ${row(said.sheetRisks, [...risks, ...(unknown.length === 0 ? [] : [said.factorsUnknown(unknown.join(", "))])].join(" · "))}
      </dl>
      <p class="quiet">${said.fifteenNever}</p>
    </section>`;
  }

  private meanwhile(): TemplateResult | typeof nothing {
    const { view, app } = this;
    const said = app.words.triage;
    const cares = [...new Set(view.reasons.filter(({ unanswered }) => unanswered.length === 0).map(({ care }) => care))].filter((each) => each !== "");
    const minutes = repeatMinutes(view);
    if (cares.length === 0 && minutes === 0) return nothing;
    return html`<section class="panel">
      <h2>${said.meanwhile}</h2>
      <ul class="care">
        ${cares.map((each) => html`<li>${each}</li>`)}
      </ul>
      ${minutes === 0 ? nothing : html`<p><b>${said.repeat(clock(view.time + minutes * MINUTE, app.speech.language))}</b></p>`}
    </section>`;
  }

  private open(): TemplateResult | typeof nothing {
    const { view, app } = this;
    const said = app.words.triage;
    // What the rules ask for of numbers and times is asked too; questions of the screen come first.
    const questions = view.to_ask.filter((id) => view.answers[id] === undefined || view.answers[id] === "unknown");
    if (view.to_measure.length === 0 && questions.length === 0) return nothing;
    return html`<section class="panel">
      ${view.to_measure.length === 0
        ? nothing
        : html`<h2>${said.toMeasure}</h2>
            <p>${view.to_measure.map((name) => vitalName(name, app.speech)).join(" · ")}</p>
            <div class="row"><a class="button" href=${`/tournee/resident/${encodeURIComponent(this.person.id)}`}>${icon("round")}${said.measure}</a></div>`}
      ${questions.length === 0
        ? nothing
        : html`<h2>${said.toAsk}</h2>
            <p>${questions.map((id) => this.rules.questions.find((each) => each.id === id)?.text ?? id).join(" · ")}</p>
            <div class="row"><button @click=${() => this.dispatchEvent(new CustomEvent("again", { detail: questions }))}>${icon("edit")}${said.answerNow}</button></div>`}
    </section>`;
  }

  private factors(): TemplateResult | typeof nothing {
    const { view } = this;
    const said = this.app.words.triage;
    if (view.decided === "EMERGENCY") return nothing;
    const text = (id: string): string => this.rules.risks.find((each) => each.id === id)?.text ?? id;
    if (view.factors.length === 0 && view.unknown_factors.length === 0) return nothing;
    return html`<section class="panel">
      <h2>${said.factors}</h2>
      ${view.factors.length === 0 ? nothing : html`<p><b>${view.factors.map(text).join(" · ")}</b></p>`}
      ${view.unknown_factors.length === 0 ? nothing : html`<p class="quiet">${said.factorsUnknown(view.unknown_factors.map(text).join(" · "))}</p>`}
    </section>`;
  }

  private checks(): TemplateResult | typeof nothing {
    const said = this.app.words.triage;
    if (URGENCY[this.view.decided] === undefined) return nothing;
    return html`<section class="panel">
      <h2>${said.checks}</h2>
      <ul class="care checks">
        ${this.rules.checks.map((each) => html`<li>${each.text}</li>`)}
      </ul>
    </section>`;
  }

  private other(): TemplateResult {
    const said = this.app.words.triage;
    return html`<dialog id="other" aria-labelledby="other-title">
      <form @submit=${(event: SubmitEvent) => this.sendOther(event)}>
        <h2 id="other-title">${said.otherTitle}</h2>
        <div class="choices" role="group" aria-labelledby="other-title">
          ${CHOICES.map(
            (each) =>
              html`<button
                type="button"
                aria-pressed=${this.chosen === each ? "true" : "false"}
                @click=${() => {
                  this.chosen = each;
                  this.requestUpdate();
                }}
              >
                ${this.titleOf(each)}
              </button>`,
          )}
        </div>
        <label for="other-why">${said.otherReason}</label>
        <textarea id="other-why" maxlength="600"></textarea>
        ${this.missing === "" ? nothing : html`<p class="wrong" role="alert">${this.missing}</p>`}
        <div class="row">
          <button class="main">${said.otherSend}</button>
          <button type="button" @click=${() => this.dialog?.close()}>${said.cancel}</button>
        </div>
      </form>
    </dialog>`;
  }
}

customElements.define("vv-triage-result", TriageResultElement);
