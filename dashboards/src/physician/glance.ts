/**
 * One resident at a glance, as a physician reads before and during a call: reason and severity first, then risk factors, the hours
 * around the alarm with its raw traces, what is open and who answered, limits, hand-over notes, past calls. What Veilleuse does not
 * know is said once, never invented. Made for one identity; everything it draws is checked against that identity.
 */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { ApiError } from "../lib/api";
import { curveMetrics, valueOf } from "../lib/choose";
import { answeredBy, aroundAlarm, urgencyText, waitText, type CallRequestView } from "../lib/consult";
import { DossierApi, firstThings, type DossierView } from "../lib/dossier";
import { fullName, initials, moment } from "../lib/format";
import { HandoverApi, standing, type NoteHistory } from "../lib/handover";
import { ResidentHistory } from "../lib/history";
import { concerns, worstFirst } from "../lib/rank";
import { RoundApi, type SheetView } from "../lib/round";
import { alertHeadline, alertMeaning, alertSince, errorSentence, metricName, roomName, unwatchedSentence } from "../lib/say";
import { AFTER } from "../lib/strip";
import { HOUR, type AlertView, type LiveMessage, type Micros, type ResidentView } from "../lib/types";
import { detailStyles, limits } from "../resident/details";
import { valueCards, valueStyles } from "../resident/values";
import type { App } from "../ui/app";
import { feedOf, Follow } from "../ui/consult";
import "../ui/consent";
import "../ui/curve";
import type { CurveElement } from "../ui/curve";
import { icon } from "../ui/icon";
import { kindOf, mark } from "../ui/mark";
import { base, marks, pageState } from "../ui/styles";
import { factorsOf } from "./factors";
import { glanceStyles } from "./glance-styles";
import "../ui/accesses";
import "./past";
import { pointsOf, scoreStyles, scoreView } from "./score";
import "./strip";

/** Curves beside each other in six hours; the rest is in the whole record. */
const MOST_CURVES = 4;

export class GlanceElement extends LitElement {
  static override properties = {
    app: { attribute: false },
    resident: { attribute: false },
    stamp: { attribute: false },
    now: { attribute: false },
  };
  static override styles = [base, marks, pageState, valueStyles, detailStyles, scoreStyles, glanceStyles];

  declare app: App;
  /** Identity; never changes during the life of the element. */
  declare resident: string;
  /** Anything that changes when the ward's state did. */
  declare stamp: unknown;
  declare now: Micros;
  private history: ResidentHistory | null = null;
  private sheet: SheetView | null = null;
  private notes: readonly NoteHistory[] | null = null;
  private dossier: DossierView | null = null;
  private about: string | null = null;
  private span: { readonly from: Micros; readonly to: Micros } = { from: 0, to: 1 };
  private theme = "";
  private readonly aborter = new AbortController();

  constructor() {
    super();
    new Follow(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { session } = this.app;
    this.history = new ResidentHistory(session.api, this.resident);
    this.history.addEventListener("change", () => this.requestUpdate());
    session.addEventListener("change", this.changed);
    void this.readSheet();
    void this.readNotes();
    void this.readDossier();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.app.session.removeEventListener("change", this.changed);
    this.history?.close();
    this.history = null;
    this.aborter.abort();
  }

  private readonly changed = (event: Event): void => {
    const message = (event as CustomEvent<LiveMessage>).detail;
    if (message.type === "snapshot") this.about = null;
    // A window around an older alarm stands still.
    if (message.type !== "values" || this.span.to < this.app.session.now() - HOUR / 60) return;
    for (const news of message.residents) this.history?.take(news.resident, news.values, this.app.session.state.metrics);
  };

  private async readSheet(): Promise<void> {
    try {
      const sheet = await new RoundApi(this.app.session.api).sheet(this.resident, this.aborter.signal);
      this.sheet = sheet.resident === this.resident ? sheet : null;
    } catch (error) {
      if (!this.aborter.signal.aborted && !(error instanceof ApiError)) throw error;
    }
    this.requestUpdate();
  }

  private async readDossier(): Promise<void> {
    try {
      this.dossier = await new DossierApi(this.app.session.api, this.resident).read(this.aborter.signal);
    } catch (error) {
      if (!this.aborter.signal.aborted && !(error instanceof ApiError)) throw error;
    }
    this.requestUpdate();
  }

  private async readNotes(): Promise<void> {
    try {
      const told = (await new HandoverApi(this.app.session.api).read(null)).residents.find(({ resident }) => resident === this.resident);
      this.notes = standing(told?.notes ?? []);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    this.requestUpdate();
  }

  private view(): ResidentView | undefined {
    return this.app.session.state.residents.get(this.resident);
  }

  private open(view: ResidentView): readonly AlertView[] {
    return worstFirst(this.app.alerts()).filter((alert) => concerns(alert, view));
  }

  /** The alarm that everything is arranged around: the request's own, else the worst that is open. */
  private central(view: ResidentView, request: CallRequestView | undefined): AlertView | undefined {
    const open = this.open(view).filter((alert) => alert.resident === view.id);
    return open.find(({ id }) => id === request?.alert) ?? open[0];
  }

  /** Loads the hours around an alarm; the same alarm again loads nothing. */
  private arrange(view: ResidentView, alarm: AlertView | undefined): void {
    const about = alarm?.id ?? "none";
    if (this.about === about) return;
    this.about = about;
    this.span = aroundAlarm(alarm?.onset ?? null, this.app.session.now());
    void this.history?.load(this.metrics(view, alarm), 6, this.span.to);
  }

  private metrics(view: ResidentView, alarm: AlertView | undefined): ReturnType<typeof curveMetrics> {
    const all = curveMetrics(view, this.app.session.state.metrics);
    // What only a limit speaks of has no curve to show; what has no clinical code is about the sensor.
    const measured = all.filter(({ name, loinc }) => loinc !== null && valueOf(view, name) !== undefined && name !== alarm?.metric);
    return [...all.filter(({ name }) => name === alarm?.metric), ...measured].slice(0, MOST_CURVES);
  }

  override updated(): void {
    const theme = document.documentElement.dataset["theme"] ?? "";
    if (theme === this.theme) return;
    this.theme = theme;
    for (const curve of this.renderRoot.querySelectorAll<CurveElement>("vv-curve")) curve.recolour();
  }

  override render(): TemplateResult {
    const { app } = this;
    const { words } = app;
    const view = this.view();
    if (view === undefined) {
      return html`<section class="state" role="alert">${icon("slash")}<h2>${words.resident.unknown}</h2><p>${words.resident.unknownMore}</p></section>`;
    }
    const request = feedOf(app).openFor(this.resident);
    const alarm = this.central(view, request);
    this.arrange(view, alarm);
    const said = words.consult.glance;
    return html`<article aria-label=${said.title(fullName(view.family_name, view.given_name))}>
      ${this.head(view)}
      ${view.watched ? nothing : html`<p class="unwatched">${icon("slash")}${unwatchedSentence(view, app.speech)}</p>`}
      <div class="first">${this.reason(request, alarm)} ${this.severity()} ${this.factors(view)}</div>
      <div class="second">
        <div class="main-part">${this.around(view, alarm)} ${this.strips(alarm)}</div>
        <div class="side-part">${this.present(view)} ${this.alarms(view)} ${this.rest(view)}</div>
      </div>
    </article>`;
  }

  private head(view: ResidentView): TemplateResult {
    const { words } = this.app;
    const year = new Date(this.app.session.now() / 1000).getFullYear();
    return html`<header>
      <span class="initials" aria-hidden="true">${initials(view.family_name, view.given_name)}</span>
      <div class="who">
        <h1>${fullName(view.family_name, view.given_name)}</h1>
        <p><b>${roomName(view.room, words)}</b> · ${words.resident.born(view.birth_year)} · ${words.resident.age(year - view.birth_year)}</p>
      </div>
      <slot></slot>
    </header>`;
  }

  private reason(request: CallRequestView | undefined, alarm: AlertView | undefined): TemplateResult {
    const { speech } = this.app;
    const { words, language, now } = speech;
    const said = words.consult.glance;
    const head = html`<h2>${said.reason}</h2>`;
    if (request !== undefined) {
      return html`<section class="reason ${request.urgency}">
        ${head}
        <p class="large">${request.reason}</p>
        <p><b class="urgency">${urgencyText(request, speech)}</b> · ${waitText(request, speech)}</p>
        <p class="quiet">${said.askedBy(request.asked_by_name, moment(request.asked, now, language))}</p>
      </section>`;
    }
    if (alarm === undefined) return html`<section class="reason">${head}<p class="quiet">${said.noReason}</p></section>`;
    return html`<section class="reason ${kindOf(alarm)}">
      ${head}
      <p class="large">${alertHeadline(alarm, speech)}</p>
      <p>${alertMeaning(alarm, speech)}</p>
      <p class="quiet">${alertSince(alarm, speech)}</p>
    </section>`;
  }

  private severity(): TemplateResult {
    const { speech } = this.app;
    return html`<section><h2>${speech.words.consult.glance.severity} · ${speech.words.round.news2}</h2>${scoreView(pointsOf(this.sheet), speech)}</section>`;
  }

  private factors(view: ResidentView): TemplateResult {
    const { speech } = this.app;
    const said = speech.words.consult.glance;
    const found = factorsOf({ resident: view, sheet: this.sheet, alerts: this.history?.alerts ?? [] }, speech);
    return html`<section>
      <h2>${said.factors}</h2>
      ${found.length === 0 ? html`<p class="quiet">${said.noFactor}</p>` : html`<ul class="factors">${found.map((each) => html`<li>${each}</li>`)}</ul>`}
      ${this.known(view)}
    </section>`;
  }

  /** What the dossier says first; without a dossier that can be read, that nothing is known is said. */
  private known(view: ResidentView): TemplateResult {
    const { speech } = this.app;
    const { words } = speech;
    const titles: Readonly<Record<string, string>> = words.dossier.card;
    const link = html`<p><a class="way" href=${`/dossier/${encodeURIComponent(view.id)}`}>${icon("file")}${words.dossier.open}</a></p>`;
    const firsts = this.dossier === null ? [] : firstThings(this.dossier, speech);
    if (firsts.every(({ state }) => state === "unsaid")) return html`<p class="unknown">${words.consult.glance.notKnown}</p>${link}`;
    return html`<ul class="factors known">
        ${firsts.map((first) => html`<li class=${first.state} data-first=${first.section}><b>${titles[first.section]}</b> : ${first.text}${first.more === "" ? nothing : html`<small>${first.more}</small>`}</li>`)}
      </ul>
      ${link}`;
  }

  private around(view: ResidentView, alarm: AlertView | undefined): TemplateResult {
    const { app } = this;
    const { words, speech, preferences } = app;
    const said = words.consult.glance;
    const metrics = this.metrics(view, alarm);
    const live = this.span.to > speech.now - HOUR / 60;
    const to = live ? Math.floor(speech.now / 5e6) * 5e6 + 5e6 : this.span.to;
    const failed = this.history?.status === "failed";
    return html`<section class="around">
      <h2>${alarm === undefined ? said.last : said.around}</h2>
      ${failed ? html`<p role="alert">${words.resident.failed} ${errorSentence(this.history?.error, words)}</p>` : nothing}
      ${metrics.length === 0 ? html`<p class="quiet">${words.ward.noMeasure}</p>` : nothing}
      ${this.history?.status === "loading" ? metrics.map(() => html`<div class="skeleton"></div>`) : nothing}
      ${this.history?.status === "ready"
        ? metrics.map(
            ({ name }, index) => html`<vv-curve
              .curve=${this.history?.curve(name)}
              .metric=${name}
              .label=${metricName(name, speech)}
              .language=${preferences.language}
              .from=${to - 6 * HOUR}
              .to=${to}
              .now=${speech.now}
              .limits=${view.limits.filter((limit) => limit.metric === name)}
              .alerts=${this.marked(view, name)}
              .crossing=${alarm?.metric === name && alarm.limit !== null ? { time: alarm.onset, limit: alarm.limit } : null}
              .axis=${index === metrics.length - 1}
              .group=${`glance-${view.id}`}
            ></vv-curve>`,
          )
        : nothing}
    </section>`;
  }

  /** Alarms that are drawn on a curve: those of its metric, and a silence of the room's device. */
  private marked(view: ResidentView, metric: string): readonly AlertView[] {
    const all = new Map((this.history?.alerts ?? []).map((alert) => [alert.id, alert]));
    for (const alert of this.open(view)) all.set(alert.id, alert);
    return [...all.values()].filter((alert) => alert.metric === metric || alert.code === "edge_silent");
  }

  private strips(alarm: AlertView | undefined): TemplateResult | typeof nothing {
    const { app } = this;
    if (alarm === undefined) return nothing;
    return html`<section class="strips">
      <h2>${app.words.consult.glance.strips}</h2>
      ${keyed(
        alarm.id,
        html`<vv-strip
          .app=${app}
          .resident=${this.resident}
          .onset=${alarm.onset}
          .theme=${document.documentElement.dataset["theme"] ?? ""}
          .ended=${app.session.now() > alarm.onset + AFTER + 3e6}
        ></vv-strip>`,
      )}
    </section>`;
  }

  private present(view: ResidentView): TemplateResult {
    const { words, speech } = this.app;
    return html`<section><h2>${words.consult.glance.values}</h2>${valueCards(view, this.open(view), speech)}</section>`;
  }

  private alarms(view: ResidentView): TemplateResult {
    const { app } = this;
    const { words, speech } = app;
    const said = words.consult.glance;
    const open = this.open(view);
    return html`<section>
      <h2>${said.alerts}</h2>
      ${open.length === 0
        ? html`<p class="quiet">${said.noAlerts}</p>`
        : html`<ul class="list alarms">
            ${open.map(
              (alert) => html`<li class="event" data-alert=${alert.id}>
                ${mark(alert, words)}
                <div><b>${alertHeadline(alert, speech)}</b> ${alertSince(alert, speech)}<small>${answeredBy(alert, speech) || said.nobody}</small></div>
              </li>`,
            )}
          </ul>`}
    </section>`;
  }

  private rest(view: ResidentView): TemplateResult {
    const { app } = this;
    const { words, speech } = app;
    const said = words.consult.glance;
    return html`<section><h2>${said.limits}</h2>${limits(view, speech)}</section>
      <section>
        <h2>${said.notes}</h2>
        ${this.notes === null || this.notes.length === 0 ? html`<p class="quiet">${said.noNotes}</p>` : html`<ul class="list">${this.notes.map((note) => this.note(note))}</ul>`}
      </section>
      <vv-consent .app=${app} .resident=${view.id} .now=${this.now}></vv-consent>
      <vv-accesses .app=${app} .resident=${view.id}></vv-accesses>
      <section><h2>${words.acts.timeline}</h2><a class="way" href=${`/actes/${encodeURIComponent(view.id)}`}>${icon("round")}${words.acts.timelineOf(fullName(view.family_name, view.given_name))}</a></section>
      <section><h2>${said.past}</h2><vv-past-calls .app=${app} .resident=${view.id}></vv-past-calls></section>`;
  }

  private note({ now: note }: NoteHistory): TemplateResult {
    const { words, language, now } = this.app.speech;
    const said = words.handover;
    const part = (name: string, text: string): TemplateResult | typeof nothing => (text === "" ? nothing : html`<p><b>${name}</b> : ${text}</p>`);
    return html`<li>
      ${part(said.data, note.data)} ${part(said.action, note.action)} ${part(said.result, note.result)}
      <small>${said.by(note.author_name, moment(note.time, now, language))}</small>
    </li>`;
  }
}

customElements.define("vv-glance", GlanceElement);
