/**
 * One resident: who, values, curves, limits, alarms, sensors. The element is made for one identity and dies with it;
 * everything it draws is checked against that identity.
 */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { curveMetrics } from "../lib/choose";
import { fullName, initials } from "../lib/format";
import { ResidentHistory } from "../lib/history";
import { concerns, worstFirst } from "../lib/rank";
import { errorSentence, metricName, roomName, unwatchedSentence } from "../lib/say";
import { HOUR, type AlertView, type LiveMessage, type Micros, type ResidentView } from "../lib/types";
import type { App } from "../ui/app";
import "../ui/ask";
import "../ui/consent";
import "../ui/curve";
import type { CurveElement } from "../ui/curve";
import { icon } from "../ui/icon";
import { relinkPanel, relinkSensor, relinkStyles } from "../ui/relink";
import { quietStyles } from "../ui/quiet";
import { base, marks, pageState } from "../ui/styles";
import "../ui/accesses";
import "../ui/watch";
import { detailStyles, limits, sensors, timeline } from "./details";
import { type Asking, careButton, careNotice, careStyles, sensorService } from "./quiet";
import { residentStyles } from "./styles";
import { valueCards, valueStyles } from "./values";

const SPANS = [1, 6, 24];

/** The shortest span that shows everything since `oldest`; the whole day when nothing is known. */
export function fittingSpan(oldest: Micros | null, now: Micros): number {
  if (oldest === null) return 24;
  return SPANS.find((hours) => now - oldest <= hours * HOUR) ?? 24;
}

export class ResidentElement extends LitElement {
  static override properties = {
    app: { attribute: false },
    resident: { attribute: false },
    stamp: { attribute: false },
    now: { attribute: false },
    hours: { attribute: false },
    embedded: { type: Boolean },
  };
  static override styles = [base, marks, pageState, valueStyles, detailStyles, quietStyles, careStyles, relinkStyles, residentStyles];

  declare app: App;
  /** Identity; never changes during the life of the element. */
  declare resident: string;
  /** Anything that changes when the ward's state did. */
  declare stamp: unknown;
  declare now: Micros;
  declare hours: number;
  /** Inside another page, which has its own way back. */
  declare embedded: boolean;
  private history: ResidentHistory | null = null;
  private theme = "";
  private chosen = false;
  private asking: Asking | null = null;

  constructor() {
    super();
    this.hours = 24;
    this.embedded = false;
    this.now = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.history = new ResidentHistory(this.app.session.api, this.resident);
    this.history.addEventListener("change", () => this.requestUpdate());
    this.app.session.addEventListener("change", this.changed);
    this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.app.session.removeEventListener("change", this.changed);
    this.history?.close();
    this.history = null;
  }

  private readonly changed = (event: Event): void => {
    const message = (event as CustomEvent<LiveMessage>).detail;
    if (message.type === "snapshot") this.load();
    if (message.type !== "values") return;
    for (const news of message.residents) {
      this.history?.take(news.resident, news.values, this.app.session.state.metrics);
    }
  };

  private ask(asking: Asking | null): void {
    this.asking = asking;
    this.requestUpdate();
  }

  private view(): ResidentView | undefined {
    return this.app.session.state.residents.get(this.resident);
  }

  private load(): void {
    const view = this.view();
    if (view === undefined) return;
    const metrics = curveMetrics(view, this.app.session.state.metrics);
    const loading = this.history?.load(metrics, this.hours, this.app.session.now());
    void loading?.then(() => this.fit());
  }

  /** A sensor that began an hour ago would be a speck at the edge of a day; a person's own choice is never changed. */
  private fit(): void {
    if (this.chosen || this.history?.status !== "ready") return;
    const hours = fittingSpan(this.history.oldest(), this.app.session.now());
    if (hours !== this.hours) this.choose(hours);
    this.chosen = true;
  }

  private choose(hours: number): void {
    this.chosen = true;
    this.hours = hours;
    this.load();
  }

  override updated(): void {
    const theme = document.documentElement.dataset["theme"] ?? "";
    if (theme === this.theme) return;
    this.theme = theme;
    for (const curve of this.renderRoot.querySelectorAll<CurveElement>("vv-curve")) curve.recolour();
  }

  override render(): TemplateResult {
    const view = this.view();
    if (view === undefined) return this.unknown();
    const open = worstFirst(this.app.alerts()).filter((alert) => concerns(alert, view));
    const { words } = this.app;
    return html`<article aria-labelledby="who">
      ${this.head(view)}
      ${view.watched
        ? nothing
        : html`<p class="unwatched">${icon("slash")}${unwatchedSentence(view, this.app.speech)}</p>`}
      ${careNotice(this.app, view)}
      ${relinkPanel(this.app, view.edge)}
      <div class="columns">
        <section class="now">
          <h2>${words.resident.values}</h2>
          ${valueCards(view, open, this.app.speech)}
        </section>
        <section class="past">${this.curves(view, open)}</section>
        <section class="alarms">
          <h2>${words.resident.timeline}</h2>
          ${timeline(this.allAlerts(open), this.app.speech)}
          <a class="way acts-link" href=${`/actes/${encodeURIComponent(view.id)}`}>${icon("round")}${words.acts.link}</a>
        </section>
        <section class="rest">
          <vv-consent .app=${this.app} .resident=${view.id} .now=${this.now}></vv-consent>
          <vv-accesses .app=${this.app} .resident=${view.id}></vv-accesses>
          <h2>${words.resident.limits}</h2>
          ${limits(view, this.app.speech)}
          <h2>${words.resident.sensors}</h2>
          ${sensors(
            view,
            this.app.speech,
            (sensor) => html`${sensorService(this.app, view, sensor, this.asking, (asking) => this.ask(asking))} ${relinkSensor(this.app, view.edge, sensor)}`,
          )}
        </section>
      </div>
    </article>`;
  }

  /** Alerts of the day: those loaded, with the newest state of those still open. */
  private allAlerts(open: readonly AlertView[]): readonly AlertView[] {
    const all = new Map((this.history?.alerts ?? []).map((alert) => [alert.id, alert]));
    for (const alert of open) all.set(alert.id, alert);
    return [...all.values()];
  }

  private head(view: ResidentView): TemplateResult {
    const { words } = this.app;
    const year = new Date(this.app.session.now() / 1000).getFullYear();
    return html`<header class="head">
      ${this.embedded
        ? nothing
        : html`<button class="back" @click=${() => this.dispatchEvent(new Event("back"))}>${icon("back")}${words.resident.back}</button>`}
      <span class="initials" aria-hidden="true">${initials(view.family_name, view.given_name)}</span>
      <div class="who">
        <h1 id="who">${fullName(view.family_name, view.given_name)}</h1>
        <p>
          <b>${roomName(view.room, words)}</b> · ${words.resident.born(view.birth_year)} ·
          ${words.resident.age(year - view.birth_year)}
        </p>
        <vv-watch .app=${this.app} .resident=${view.id} .now=${this.now}></vv-watch>
      </div>
      <div class="gestures">
        <vv-ask .app=${this.app} .resident=${view.id} .alert=${this.worst(view)} .stamp=${this.stamp}></vv-ask>
        ${careButton(this.app, view)}
        <a class="way" href=${`/questionnaire/${encodeURIComponent(view.id)}`}>${icon("help")}${words.triage.entry}</a>
        <a class="way" href=${`/dossier/${encodeURIComponent(view.id)}`}>${icon("file")}${words.dossier.open}</a>
        <a class="way" href=${`/documents/${encodeURIComponent(view.id)}`}>${icon("file")}${words.papers.open}</a>
        <a class="way" href=${`/plaies/${encodeURIComponent(view.id)}`}>${icon("photo")}${words.wounds.open}</a>
        <a class="way" href=${`/limites/${encodeURIComponent(view.id)}`}>${icon("edit")}${words.limits.title}</a>
        <slot></slot>
      </div>
    </header>`;
  }

  /** What a physician is asked about when nobody says more: the worst that is the resident's own. */
  private worst(view: ResidentView): AlertView | null {
    return worstFirst(this.app.alerts()).find((alert) => alert.resident === view.id) ?? null;
  }

  private curves(view: ResidentView, open: readonly AlertView[]): TemplateResult {
    const { words, session } = this.app;
    const metrics = curveMetrics(view, session.state.metrics);
    return html`<div class="curves-head">
        <h2>${words.resident.curves}</h2>
        <div class="spans" role="group" aria-label=${words.resident.curves}>
          ${SPANS.map(
            (hours) =>
              html`<button aria-pressed=${hours === this.hours ? "true" : "false"} @click=${() => this.choose(hours)}>
                ${words.resident.hours(hours)}
              </button>`,
          )}
        </div>
      </div>
      ${this.history?.status === "failed"
        ? html`<p class="failed" role="alert">${icon("warning")}${this.history.error instanceof Error ? this.trouble(this.history.error) : words.resident.failed}</p>`
        : nothing}
      ${this.history?.status === "ready"
        ? html`<div class="curves">${metrics.map((metric, index) => this.curve(view, metric.name, open, index === metrics.length - 1))}</div>
            ${this.legend()}`
        : this.history?.status === "loading"
          ? html`<div class="curves" role="status" aria-label=${words.resident.loading}>
              ${metrics.map(() => html`<div class="skeleton curve-skeleton"></div>`)}
            </div>`
          : nothing}`;
  }

  private trouble(error: Error): string {
    const { words } = this.app;
    return error.name === "IdentityError" ? words.resident.identity : `${words.resident.failed} ${errorSentence(error, words)}`;
  }

  private curve(view: ResidentView, metric: string, open: readonly AlertView[], last: boolean): TemplateResult {
    const now = this.app.session.now();
    const limitsOfMetric = view.limits.filter((limit) => limit.metric === metric);
    const alerts = this.allAlerts(open).filter((alert) => alert.metric === metric || alert.code === "edge_silent");
    return html`<vv-curve
      .curve=${this.history?.curve(metric)}
      .metric=${metric}
      .label=${metricName(metric, this.app.speech)}
      .language=${this.app.preferences.language}
      .from=${Math.floor((now - this.hours * HOUR) / 5e6) * 5e6}
      .to=${Math.floor(now / 5e6) * 5e6 + 5e6}
      .now=${now}
      .limits=${limitsOfMetric}
      .alerts=${alerts}
      .axis=${last}
      .group=${`resident-${view.id}`}
    ></vv-curve>`;
  }

  private legend(): TemplateResult {
    const { words } = this.app;
    return html`<p class="legend">
      <span><i class="gap"></i>${words.resident.gap}</span>
      <span><i class="late"></i>${words.resident.late}</span>
      <span><i class="limit"></i>${words.resident.limit}</span>
    </p>`;
  }

  private unknown(): TemplateResult {
    const { words } = this.app;
    return html`<section class="state" role="alert">
      ${icon("slash")}
      <h2>${words.resident.unknown}</h2>
      <p>${words.resident.unknownMore}</p>
      <button class="main" @click=${() => this.dispatchEvent(new Event("back"))}>${icon("back")}${words.resident.back}</button>
    </section>`;
  }
}

customElements.define("vv-resident", ResidentElement);
