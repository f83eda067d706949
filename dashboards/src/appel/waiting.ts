/** The waiting room: that the physician has been told, who waits before, what to do meanwhile, and how to take it back. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { before, requestSpoken, UNHEARD, urgencyText, waitText, whoseRequest, type CallRequestView } from "../lib/consult";
import { ApiError } from "../lib/api";
import { duration, fullName, initials } from "../lib/format";

import { nameOf, rolesNow } from "../lib/duty";
import { concerns, worstFirst } from "../lib/rank";
import { alertHeadline, alertHolder, alertSince, errorSentence, roomName } from "../lib/say";
import type { DutyView, Micros, ResidentView } from "../lib/types";
import { valueCards, valueStyles } from "../resident/values";
import type { App } from "../ui/app";
import { feedOf, Follow } from "../ui/consult";
import { icon } from "../ui/icon";
import { mark } from "../ui/mark";
import { base, marks } from "../ui/styles";
import { waitingStyles } from "./waiting-styles";

/** Roles of the rota that are physicians', by their name. */
const PHYSICIAN = /m[eé]decin|physician|doctor/i;

/** Who of the rota's physicians is on duty. */
export function physiciansOf(view: DutyView | null, now: Micros): readonly string[] {
  if (view === null) return [];
  const roles = rolesNow(view, now).filter(({ role, now: turn }) => PHYSICIAN.test(role) && turn.start <= now);
  return [...new Set(roles.flatMap(({ now: turn }) => turn.who))].map((person) => nameOf(view, person));
}

export class WaitingElement extends LitElement {
  static override properties = {
    app: { attribute: false },
    request: { attribute: false },
    stamp: { attribute: false },
    now: { attribute: false },
  };
  static override styles = [base, marks, valueStyles, waitingStyles];

  declare app: App;
  declare request: CallRequestView;
  declare stamp: unknown;
  declare now: Micros;
  private duty: DutyView | null = null;
  private asking = false;
  private trouble: unknown = null;

  constructor() {
    super();
    new Follow(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.readDuty();
  }

  private async readDuty(): Promise<void> {
    try {
      this.duty = await this.app.session.api.duty();
    } catch (error) {
      // A home without a rota: nobody's name is said.
      if (!(error instanceof ApiError)) throw error;
    }
    this.requestUpdate();
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>("h1")?.focus();
  }

  private ask(asking: boolean): void {
    this.asking = asking;
    this.trouble = null;
    this.requestUpdate();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(asking ? ".withdraw .main" : ".withdraw button")?.focus());
  }

  private async withdraw(): Promise<void> {
    const feed = feedOf(this.app);
    try {
      feed.take(await feed.api.withdraw(this.request.id));
      this.dispatchEvent(new Event("withdrawn"));
    } catch (error) {
      this.trouble = error;
      this.requestUpdate();
    }
  }

  override render(): TemplateResult {
    const { app, request } = this;
    const { words } = app;
    const view = app.session.state.residents.get(request.resident);
    return html`<article aria-labelledby="wait-title">
      ${this.head(view)}
      <div class="columns">
        <section class="wait">${this.status()} ${this.ahead()}</section>
        <section class="meanwhile">
          <h2>${words.consult.room.meanwhile}</h2>
          <p>${words.consult.room.stay}</p>
          <a href=${`/tournee/resident/${encodeURIComponent(request.resident)}`}
            >${icon("round")}<span><b>${words.consult.room.measure}</b><small>${words.consult.room.measureMore}</small></span></a
          >
          <a href=${`/questionnaire/${encodeURIComponent(request.resident)}`}
            >${icon("help")}<span><b>${words.consult.room.triage}</b><small>${words.consult.room.triageMore}</small></span></a
          >
          <p class="worse">${icon("ambulance")}<span>${words.consult.emergency}</span></p>
          <a class="fifteen" href="tel:15">${icon("ambulance")}${words.consult.emergencyCall}</a>
        </section>
        ${view === undefined ? nothing : this.measured(view)}
      </div>
      ${this.foot()}
    </article>`;
  }

  private head(view: ResidentView | undefined): TemplateResult {
    const { words } = this.app;
    const { request } = this;
    if (view === undefined) return html`<header><p class="name"><b>${roomName(request.room, words)}</b></p></header>`;
    return html`<header>
      <span class="initials" aria-hidden="true">${initials(view.family_name, view.given_name)}</span>
      <p class="name"><b>${fullName(view.family_name, view.given_name)}</b>${roomName(view.room, words)} · ${words.resident.born(view.birth_year)}</p>
      <a href=${`/service/resident/${encodeURIComponent(view.id)}`}>${icon("activity")}${words.consult.room.resident}</a>
    </header>`;
  }

  private status(): TemplateResult {
    const { app, request } = this;
    const { speech, words } = app;
    const said = words.consult.room;
    const physicians = physiciansOf(this.duty, app.session.now());
    const waited = speech.now - (request.planned ?? request.asked);
    const planned = request.urgency === "planned" && request.planned !== null && request.planned > speech.now;
    return html`<div class="told">
      <span class="pulse ${planned ? "still" : ""}" aria-hidden="true">${icon(planned ? "duty" : "physician")}</span>
      <div>
        <h1 id="wait-title" tabindex="-1">${planned ? said.planned(urgencyText(request, speech)) : feedOf(app).physicians.length === 0 ? said.asked : said.title}</h1>
        <p><b>${urgencyText(request, speech)}</b> · ${waitText(request, speech)}${physicians.length === 0 ? nothing : html` · ${said.duty(physicians.join(", "))}`}</p>
      </div>
    </div>
    <p class="reason"><span class="only-spoken">${words.consult.why} : </span>${request.reason}</p>
    ${this.watched(feedOf(app).physicians, request.urgency === "now" || (request.urgency === "planned" && !planned))}
    ${!planned && request.urgency === "now" && waited > UNHEARD ? html`<p class="unheard" role="alert">${icon("warning")}<span>${said.unheard(duration(waited, speech.language))}</span></p>` : nothing}`;
  }

  /** Whether anybody could see the request now; what may wait is no reason to telephone. */
  private watched(physicians: readonly string[], pressing: boolean): TemplateResult {
    const said = this.app.words.consult.room;
    if (physicians.length === 0 && !pressing) return html`<p class="seen" role="status">${icon("duty")}<span>${said.nobodyYet} ${said.console}</span></p>`;
    if (physicians.length === 0) return html`<p class="unheard" role="status">${icon("warning")}<span>${said.nobody}</span></p>`;
    return html`<p class="seen" role="status">${icon("check")}<span>${said.seen(physicians)} ${said.console}</span></p>`;
  }

  private ahead(): TemplateResult {
    const { app, request } = this;
    const { speech, words } = app;
    const said = words.consult.room;
    const { residents } = app.session.state;
    const first = before(request, feedOf(app).requests, speech.now);
    if (first.length === 0) return html`<p class="ahead">${icon("check")}${said.first}</p>`;
    return html`<div class="ahead some">
      <p>${said.before(first.length)}</p>
      <ol>
        ${first.map(
          (each) => html`<li>
            <span class="only-spoken">${requestSpoken(each, residents, speech)}</span>
            <span aria-hidden="true"><b>${whoseRequest(each, residents, words)}</b> · ${urgencyText(each, speech)}, ${waitText(each, speech)}</span>
          </li>`,
        )}
      </ol>
    </div>`;
  }

  private measured(view: ResidentView): TemplateResult {
    const { app } = this;
    const { words, speech } = app;
    const open = worstFirst(app.alerts()).filter((alert) => concerns(alert, view));
    return html`<section class="values-now">
      <h2>${words.consult.glance.values}</h2>
      ${open.length === 0
        ? nothing
        : html`<ul class="alarms">
            ${open.map(
              (alert) => html`<li>
                ${mark(alert, words)}<span><b>${alertHeadline(alert, speech)}</b> ${alertSince(alert, speech)}, ${alertHolder(alert, app.me?.username ?? null, speech)}</span>
              </li>`,
            )}
          </ul>`}
      ${valueCards(view, open, speech)}
    </section>`;
  }

  private foot(): TemplateResult {
    const { words } = this.app;
    const said = words.consult.room;
    return html`<footer>
      ${this.trouble === null ? nothing : html`<p class="failed" role="alert">${errorSentence(this.trouble, words)}</p>`}
      <div class="withdraw">
        ${this.asking
          ? html`<p>${said.withdrawAsk}</p>
              <button @click=${() => this.ask(false)}>${said.withdrawNo}</button>
              <button class="main" @click=${() => void this.withdraw()}>${said.withdrawYes}</button>`
          : html`<button @click=${() => this.ask(true)}>${icon("close")}${said.withdraw}</button>`}
      </div>
      <a href="/service">${icon("grid")}${said.ward}</a>
    </footer>`;
  }
}

customElements.define("vv-waiting", WaitingElement);
