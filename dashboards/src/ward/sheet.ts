/**
 * The sheet of one alert, over the ward: value, limit, curve, why it rings again, who was there before, and the gestures
 * under the thumb. It is made for one alert and one resident and dies with them; what is about anybody else is not drawn.
 */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { before, stepLine, stepsOf, whyAgain } from "../lib/again";
import { tileMetrics, valueOf } from "../lib/choose";
import { mayAsk } from "../lib/consult";
import { isStale } from "../lib/curves";
import { ago, DASH, formatValue, formatWithUnit, fullName, initials, moment, unitOf } from "../lib/format";
import { ResidentHistory } from "../lib/history";
import { concerns } from "../lib/rank";
import { alertHeadline, alertHolder, alertMeaning, alertSince, errorSentence, limitSentence, metricName, roomName } from "../lib/say";
import { HOUR, MINUTE, type AlertView, type LiveMessage, type Micros, type ResidentView } from "../lib/types";
import { acts, relay, silencing, stripStyles, unsent, type StripHost } from "../ui/alarms";
import type { App } from "../ui/app";
import "../ui/ask";
import "../ui/curve";
import type { CurveElement } from "../ui/curve";
import { icon } from "../ui/icon";
import { kindOf, mark } from "../ui/mark";
import { muted } from "../ui/quiet";
import { base, marks } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import { outboxNotice, outboxStyles } from "../ui/outbox";
import { sheetStyles } from "./sheet-styles";
import { Told } from "./told";

const SHORTEST = 30 * MINUTE;
/** What stands before the crossing on the curve. */
const LEAD = 5 * MINUTE;

/** How far back the curve goes, microseconds: the last half hour, and more when the alert is older. */
export function curveSpan(onset: Micros, now: Micros): Micros {
  return Math.min(24 * HOUR, Math.max(SHORTEST, now - onset + LEAD));
}

export class AlertSheet extends LitElement implements StripHost {
  static override properties = {
    app: { attribute: false },
    alert: { attribute: false },
    stamp: { attribute: false },
    now: { attribute: false },
  };
  static override styles = [base, marks, stripStyles, truthStyles, outboxStyles, sheetStyles];

  declare app: App;
  /** Identity of the alert; never changes during the life of the element. */
  declare alert: string;
  /** Anything that changes when the ward's state did. */
  declare stamp: unknown;
  declare now: Micros;
  releasing: string | null = null;
  silencing: string | null = null;
  writing = false;
  private known: AlertView | undefined;
  private history: ResidentHistory | null = null;
  private told: Told | null = null;
  private span = SHORTEST;
  private theme = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.app.session.addEventListener("change", this.changed);
    this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.app.session.removeEventListener("change", this.changed);
    this.history?.close();
    this.told?.close();
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector("dialog")?.showModal();
    this.renderRoot.querySelector<HTMLElement>("h2")?.focus();
  }

  override updated(): void {
    const theme = document.documentElement.dataset["theme"] ?? "";
    if (theme === this.theme) return;
    this.theme = theme;
    for (const curve of this.renderRoot.querySelectorAll<CurveElement>("vv-curve")) curve.recolour();
  }

  askRelease(alert: AlertView | null): void {
    this.releasing = alert?.id ?? null;
    this.silencing = null;
    this.requestUpdate();
  }

  askSilence(alert: AlertView | null, writing = false): void {
    this.silencing = alert?.id ?? null;
    this.releasing = null;
    this.writing = writing;
    this.requestUpdate();
    if (alert === null) return;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(writing ? ".reasons input" : ".reasons .chip")?.focus());
  }

  openResident(resident: string): void {
    this.dispatchEvent(new CustomEvent("resident", { detail: resident }));
  }

  openAlert(): void {
    this.requestUpdate();
  }

  /** The alert as it is now; the last that was known of it when it is over. */
  private current(): AlertView | undefined {
    const open = this.app.alerts().find(({ id }) => id === this.alert);
    // An alert is of one resident for ever. What says otherwise is not drawn.
    if (open !== undefined && this.known !== undefined && open.resident !== this.known.resident) return undefined;
    this.known = open ?? this.known;
    return this.known;
  }

  private person(alert: AlertView): ResidentView | undefined {
    return alert.resident === null ? undefined : this.app.session.state.residents.get(alert.resident);
  }

  private readonly changed = (event: Event): void => {
    const message = (event as CustomEvent<LiveMessage>).detail;
    if (message.type === "snapshot") this.load();
    if (message.type === "alert" && message.alert.id === this.alert) this.told?.refresh();
    if (message.type !== "values") return;
    for (const news of message.residents) this.history?.take(news.resident, news.values, this.app.session.state.metrics);
  };

  private load(): void {
    const alert = this.current();
    if (alert === undefined) return;
    const { session } = this.app;
    if (this.told === null) {
      this.told = new Told(session.api, alert.id);
      this.told.addEventListener("change", () => this.requestUpdate());
    }
    this.told.refresh();
    if (alert.resident === null) return;
    if (this.history === null) {
      this.history = new ResidentHistory(session.api, alert.resident);
      this.history.addEventListener("change", () => this.requestUpdate());
    }
    const now = session.now();
    this.span = curveSpan(alert.onset, now);
    const metric = alert.metric === null ? undefined : session.state.metrics.get(alert.metric);
    void this.history.load(metric === undefined ? [] : [metric], this.span / HOUR, now);
  }

  private close(event?: Event): void {
    event?.preventDefault();
    this.dispatchEvent(new Event("close"));
  }

  override render(): TemplateResult {
    const { app } = this;
    const alert = this.current();
    const kind = alert === undefined ? "" : kindOf(alert);
    const outside = (event: MouseEvent): void => {
      if (event.composedPath()[0] instanceof HTMLDialogElement) this.close();
    };
    return html`<dialog class="sheet ${kind}" aria-labelledby="sheet-title" @cancel=${(event: Event) => this.close(event)} @click=${outside}>
      ${doubts(app)} ${complaint(app)} ${outboxNotice(app)}
      ${alert === undefined ? this.gone() : html`${this.head(alert)} ${this.body(alert)} ${this.foot(alert)}`} ${spoken(app)}
    </dialog>`;
  }

  private gone(): TemplateResult {
    const { words } = this.app;
    return html`<div class="head">
        <h2 id="sheet-title" tabindex="-1"><span>${words.tablet.sheet.over}<small>${words.tablet.sheet.overMore}</small></span></h2>
        ${this.closeButton()}
      </div>`;
  }

  private closeButton(): TemplateResult {
    return html`<button class="plain" aria-label=${this.app.words.tablet.sheet.close} @click=${() => this.close()}>${icon("close")}</button>`;
  }

  private head(alert: AlertView): TemplateResult {
    const { app } = this;
    const { words, speech } = app;
    const resident = this.person(alert);
    const sensors = alert.edge === null ? [] : (app.session.state.edges.get(alert.edge)?.sensors ?? []);
    return html`<div class="head">
      ${resident === undefined
        ? html`<p class="name"><b>${roomName(alert.room, words)}</b></p>`
        : html`<span class="initials" aria-hidden="true">${initials(resident.family_name, resident.given_name)}</span>
            <p class="name">
              <b>${fullName(resident.family_name, resident.given_name)}</b>${roomName(resident.room, words)} · ${words.resident.born(resident.birth_year)}
            </p>`}
      <h2 id="sheet-title" tabindex="-1">
        ${mark(alert, words)}<span>${alertHeadline(alert, speech)}<small>${alertMeaning(alert, speech, sensors)}</small></span>
      </h2>
      ${resident === undefined
        ? nothing
        : html`<button @click=${() => this.openResident(resident.id)}>${icon("activity")}${words.tablet.sheet.resident}</button>`}
      ${this.closeButton()}
    </div>`;
  }

  private body(alert: AlertView): TemplateResult {
    const { app } = this;
    const { words, speech } = app;
    const said = words.tablet;
    const resident = this.person(alert);
    const past = this.past(alert, resident);
    const again = whyAgain(alert, past, speech);
    const over = !app.session.state.alerts.has(alert.id);
    return html`<div class="body" tabindex="0">
      ${over ? html`<p class="over" role="status">${icon("check")}<span><b>${said.sheet.over}</b> ${said.sheet.overMore}</span></p>` : nothing}
      ${again.length === 0
        ? nothing
        : html`<section class="again"><h3>${said.again.title}</h3>${again.map((sentence) => html`<p>${sentence}</p>`)}</section>`}
      <dl>
        ${resident === undefined ? nothing : this.numbers(alert, resident)} ${this.limit(alert, resident)}
        <div><dt>${said.sheet.since}</dt><dd><b>${alertSince(alert, speech)}</b><small>${said.sheet.began(moment(alert.onset, speech.now, speech.language))}</small></dd></div>
        <div>
          <dt>${said.sheet.holder}</dt>
          <dd><b>${alertHolder(alert, app.me?.username ?? null, speech)}</b> ${muted(app, alert)} ${unsent(app, alert)}</dd>
        </div>
      </dl>
      ${this.chart(alert, resident)}
      <div class="others">${this.steps(alert)} ${this.day(alert, past)} ${this.told?.view(app) ?? nothing}</div>
    </div>`;
  }

  private numbers(alert: AlertView, resident: ResidentView): TemplateResult {
    const { words, speech } = this.app;
    const { language, now } = speech;
    const metrics = alert.metric === null ? tileMetrics(resident) : [alert.metric];
    return html`<div>
      <dt>${words.tablet.sheet.now}</dt>
      <dd class="numbers">
        ${metrics.length === 0 ? words.tablet.sheet.noValue : nothing}
        ${metrics.map((metric) => {
          const value = valueOf(resident, metric);
          const old = value === undefined || isStale(value, now);
          const last = value === undefined ? words.tablet.sheet.noValue : ago(value.time, now, language);
          const number = value === undefined ? DASH : formatValue(metric, value.value, language);
          return html`<span>
            <b>${old ? DASH : number}</b>
            <small>${metricName(metric, speech)} ${unitOf(metric)} · ${old && value !== undefined ? words.resident.lastValue(formatWithUnit(metric, value.value, language), last) : last}</small>
          </span>`;
        })}
      </dd>
    </div>`;
  }

  private limit(alert: AlertView, resident: ResidentView | undefined): TemplateResult | typeof nothing {
    const { words, speech } = this.app;
    if (alert.limit === null || alert.metric === null) return nothing;
    const found = resident?.limits.find(({ id }) => id === alert.limit_id);
    const worst = alert.value === null ? "" : ` · ${words.tablet.sheet.worst(formatWithUnit(alert.metric, alert.value, speech.language))}`;
    return html`<div>
      <dt>${words.tablet.sheet.limit}</dt>
      <dd>
        ${found === undefined
          ? words.tablet.sheet.limitThen(formatWithUnit(alert.metric, alert.limit, speech.language))
          : html`${limitSentence(found, speech)}${worst}<small>${words.resident.limitBy(found.author)}${found.reason === "" ? "" : ` · ${found.reason}`}</small>`}
      </dd>
    </div>`;
  }

  private chart(alert: AlertView, resident: ResidentView | undefined): TemplateResult | typeof nothing {
    const { words, speech, preferences } = this.app;
    if (resident === undefined || alert.metric === null || this.history === null) return nothing;
    const { metric, limit, onset } = alert;
    if (this.history.status === "failed") return html`<p class="chart" role="alert">${errorSentence(this.history.error, words)}</p>`;
    const now = Math.floor(speech.now / 5e6) * 5e6 + 5e6;
    return html`<section class="chart">
      <h3>${words.tablet.sheet.curve(Math.round(this.span / MINUTE))}</h3>
      ${this.history.status === "loading"
        ? html`<div class="skeleton" role="status" aria-label=${words.resident.loading}></div>`
        : html`<vv-curve
            .curve=${this.history.curve(metric)}
            .metric=${metric}
            .label=${metricName(metric, speech)}
            .language=${preferences.language}
            .from=${now - this.span}
            .to=${now}
            .now=${speech.now}
            .limits=${resident.limits.filter((each) => each.metric === metric)}
            .alerts=${[alert]}
            .crossing=${limit === null ? null : { time: onset, limit }}
            .axis=${true}
            .group=${`alert-${alert.id}`}
          ></vv-curve>`}
    </section>`;
  }

  private past(alert: AlertView, resident: ResidentView | undefined): readonly AlertView[] {
    const all = new Map((this.history?.alerts ?? []).map((each) => [each.id, each]));
    for (const open of this.app.alerts()) {
      if (resident === undefined ? open.edge === alert.edge && open.resident === null : concerns(open, resident)) all.set(open.id, open);
    }
    return [...all.values()];
  }

  private steps(alert: AlertView): TemplateResult | typeof nothing {
    const { words, speech } = this.app;
    const steps = stepsOf(alert);
    if (steps.length === 0) return nothing;
    return html`<section>
      <h3>${words.tablet.sheet.steps}</h3>
      <ol>${steps.map((step) => html`<li>${stepLine(step, speech)}</li>`)}</ol>
    </section>`;
  }

  private day(alert: AlertView, past: readonly AlertView[]): TemplateResult {
    const { words, speech } = this.app;
    const rows = before(alert, past, speech);
    const empty = this.history?.status === "failed" ? words.tablet.sheet.dayFailed : words.tablet.sheet.dayNone;
    return html`<section>
      <h3>${words.tablet.sheet.day}</h3>
      ${rows.length === 0
        ? html`<p class="quiet">${empty}</p>`
        : html`<ol>
            ${rows.map(([other, how]) => html`<li>${mark(other, words)}<b>${alertHeadline(other, speech)}</b><span class="quiet">${moment(other.onset, speech.now, speech.language)}, ${how}</span></li>`)}
          </ol>`}
    </section>`;
  }

  private foot(alert: AlertView): TemplateResult | typeof nothing {
    const { app } = this;
    if (!app.session.state.alerts.has(alert.id)) return nothing;
    return html`<footer>
      ${silencing(app, alert, this)} ${this.releasing === alert.id ? relay(app, alert, this) : acts(app, alert, this, this.ask(alert))}
    </footer>`;
  }

  /** A physician is asked for somebody, not for a device. */
  private ask(alert: AlertView): TemplateResult | typeof nothing {
    const { app } = this;
    if (this.person(alert) === undefined || alert.resident === null || !mayAsk(app.me?.role)) return nothing;
    const { resident } = alert;
    return html`<vv-ask .app=${app} .resident=${resident} .alert=${alert} .stamp=${this.stamp}></vv-ask>
      <button @click=${() => location.assign(`/questionnaire/${encodeURIComponent(resident)}`)}>${icon("help")}${app.words.triage.entry}</button>`;
  }
}

customElements.define("vv-alert-sheet", AlertSheet);
