/** What a home's acts came to, for who runs it; what of that may leave the home; several homes together. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { ActivityApi, isEmpty, monthName, monthSpan, queryOf, SPANS, type ActivityView, type BillSumsView, type RegionView, type SpanMonths } from "../lib/activity";
import { ApiError } from "../lib/api";
import { ago } from "../lib/format";
import { errorSentence } from "../lib/say";
import type { Micros } from "../lib/types";
import { coordinationStyles } from "../coordination/styles";
import { App } from "../ui/app";
import { bar, barStyles } from "../ui/bar";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import { saveAs } from "../ui/save";
import { failed, forbidden, unreadable } from "../ui/states";
import { base, marks, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import { bills, refusals, years } from "./billing";
import { activityStyles } from "./styles";
import { acts, alarms, outcomes, region, tally, waits } from "./tables";

/** Milliseconds between two readings: figures of months change slowly. */
const READ = 300_000;

export class ActivityPage extends LitElement {
  static override styles = [base, marks, pageState, barStyles, truthStyles, helpStyles, coordinationStyles, activityStyles];

  private span: SpanMonths = 3;
  private view: ActivityView | null = null;
  private bill: BillSumsView | null = null;
  private readAt: Micros = 0;
  private failure: unknown = null;
  private asked: AbortController | null = null;
  private files: readonly string[] = [];
  private region: RegionView | null = null;
  private refused = "";
  private timer: ReturnType<typeof setInterval> | null = null;
  private readonly app = new App(this, ["coordinator"], { sound: false });
  private readonly api = new ActivityApi(this.app.session.api);

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("keydown", this.key);
    this.timer = setInterval(() => void this.read(), READ);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("keydown", this.key);
    if (this.timer !== null) clearInterval(this.timer);
    this.asked?.abort();
  }

  override updated(): void {
    this.toggleAttribute("doubtful", doubts(this.app) !== nothing);
    document.title = `${this.app.words.activity.title} · Veilleuse`;
    if (this.view === null && this.failure === null && this.asked === null) void this.read();
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (isTyping(event) || this.renderRoot.querySelector("dialog[open]") !== null) return;
    if (event.key === "?") this.help();
    else if (event.key === "t") this.app.preferences.nextTheme();
  };

  private readonly help = (): void => this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal();

  private choose(span: SpanMonths): void {
    this.span = span;
    this.view = null;
    this.bill = null;
    this.failure = null;
    this.without();
    void this.read();
  }

  /** Reads the figures; a request that is overtaken by another period is given up. */
  private async read(): Promise<void> {
    if (this.app.phase !== "ready") return;
    this.asked?.abort();
    const asking = new AbortController();
    this.asked = asking;
    try {
      const [view, bill] = await Promise.all([this.api.read(this.months(), asking.signal), this.billed(asking.signal)]);
      if (asking.signal.aborted) return;
      this.view = view;
      this.bill = bill;
      this.readAt = this.app.session.now();
      this.failure = null;
    } catch (error) {
      if (asking.signal.aborted) return;
      if (error instanceof ApiError && error.failure === "signed_out") this.app.goToSignIn();
      this.failure = error;
    }
    if (this.asked === asking) this.asked = null;
    this.requestUpdate();
  }

  /** What could be billed; without it everything else is told all the same. */
  private async billed(signal: AbortSignal): Promise<BillSumsView | null> {
    try {
      return await this.api.billing(this.months(), signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof ApiError) || error.failure === "signed_out") throw error;
      return null;
    }
  }

  private months(): { readonly from: string; readonly to: string } {
    return monthSpan(this.span, this.app.session.now());
  }

  /** Adds files of other homes to those that are there, and asks the hub for the sum. */
  private async add(chosen: FileList | null): Promise<void> {
    if (chosen === null || chosen.length === 0) return;
    const files = [...this.files, ...(await Promise.all([...chosen].map((file) => file.text())))];
    try {
      this.region = await this.api.add(this.months(), files);
      this.files = files;
      this.refused = "";
    } catch (error) {
      const { words } = this.app;
      const bad = error instanceof ApiError && (error.code === "bad_file" || error.code === "too_large");
      this.refused = bad ? words.activity.badFile(error.message) : errorSentence(error, words);
    }
    this.requestUpdate();
  }

  /** Has the two pages of all homes laid out and saved. */
  private async print(): Promise<void> {
    const months = this.months();
    try {
      saveAs(`activite-region-${months.from}-${months.to}.pdf`, await this.api.print(months, this.files));
      this.refused = "";
    } catch (error) {
      this.refused = errorSentence(error, this.app.words);
    }
    this.requestUpdate();
  }

  private without(): void {
    this.files = [];
    this.region = null;
    this.refused = "";
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const { app } = this;
    return html`<div class="top">${doubts(app)} ${bar(app, this.help)} ${complaint(app)}</div>
      <nav class="tabs" aria-label=${app.words.coordination.places}>
        <a href="/coordination">${icon("back")}${app.words.activity.back}</a>
        <a href="/activite" aria-current="page">${icon("activity")}${app.words.activity.title}</a>
      </nav>
      <main tabindex="-1">${this.content()}</main>
      ${spoken(app)}
      ${helpDialog(app, [
        ["?", app.words.help.show],
        ["T", app.words.help.theme],
      ])}`;
  }

  private content(): TemplateResult {
    const { app, view } = this;
    const words = app.words.activity;
    if (app.phase === "forbidden") return forbidden(app);
    if (app.phase === "failed") return failed(app);
    if (view === null && this.failure !== null) {
      return unreadable(this.app, words.failed, errorSentence(this.failure, app.words), () => this.choose(this.span));
    }
    return html`<div class="page">${this.head()} ${view === null ? this.skeleton() : this.figures(view)}</div>`;
  }

  private head(): TemplateResult {
    const words = this.app.words.activity;
    const { from, to } = this.months();
    const named = (month: string): string => monthName(month, this.app.preferences.language);
    return html`<header class="page-head">
      <div>
        <h1>${words.title}</h1>
        <p class="span">${words.span(named(from), named(to))}</p>
      </div>
      <div class="choice" role="group" aria-label=${words.period.label}>
        ${SPANS.map((span) => html`<button aria-pressed=${span === this.span ? "true" : "false"} @click=${() => this.choose(span)}>${words.period.months(span)}</button>`)}
      </div>
    </header>`;
  }

  private figures(view: ActivityView): TemplateResult {
    const { app } = this;
    const words = app.words.activity;
    const stale = this.failure === null ? nothing : html`<p class="stale" role="status">${icon("warning")}${words.stale(ago(this.readAt, app.speech.now, app.preferences.language))}</p>`;
    const told = isEmpty(view)
      ? html`<section class="state"><h2>${words.none}</h2><p>${words.noneMore}</p></section>`
      : html`${tally(view, app)} ${acts(view, app)} ${outcomes(view, app)} ${waits(view, app)}`;
    return html`${stale} ${told} ${alarms(view, app)} ${this.leaving()} ${this.billing()} ${this.others()}`;
  }

  private leaving(): TemplateResult {
    const words = this.app.words.activity;
    const query = queryOf(this.months());
    return html`<section class="panel" aria-labelledby="leaving">
      <header><h2 id="leaving">${words.leaving}</h2></header>
      <p class="note quiet">${words.leavingMore}</p>
      <div class="gestures">
        <a class="way" href=${`/api/v1/activity/file?${query}`} download>${icon("download")}${words.file}</a>
        <a class="way" href=${`/api/v1/activity/pdf?${query}`} download>${icon("file")}${words.pdf}</a>
      </div>
    </section>`;
  }

  private billing(): TemplateResult {
    const { app, bill } = this;
    const words = app.words.activity;
    const told = bill === null ? html`<p role="status">${icon("warning")} ${words.billingFailed}</p>` : html`${bills(bill, app)} ${refusals(bill, app)} ${years(bill, app)}`;
    return html`<section class="panel" aria-labelledby="billing">
      <header><h2 id="billing">${words.billing}</h2></header>
      <p class="note quiet">${words.billingMore}</p>
      ${told}
      <div class="gestures apart">
        <a class="way" href=${`/api/v1/billing/file?${queryOf(this.months())}`} download>${icon("download")}${words.billingFile}</a>
        <p class="quiet">${words.billingFileMore}</p>
      </div>
    </section>`;
  }

  private others(): TemplateResult {
    const words = this.app.words.activity;
    const picked = (event: Event): void => {
      const input = event.target as HTMLInputElement;
      void this.add(input.files).finally(() => (input.value = ""));
    };
    return html`<section class="panel" aria-labelledby="region">
      <header><h2 id="region">${words.region}</h2></header>
      <p class="note quiet">${words.regionMore}</p>
      <div class="gestures files">
        <label><input type="file" accept=".csv,text/csv" multiple @change=${picked} />${icon("plus")}${words.choose}</label>
        ${this.region === null
          ? nothing
          : html`<button @click=${() => void this.print()}>${icon("file")}${words.regionPdf}</button>
              <button @click=${() => this.without()}>${icon("close")}${words.clear}</button>`}
      </div>
      ${this.refused === "" ? nothing : html`<p class="refused" role="alert">${this.refused}</p>`}
      ${this.region === null ? nothing : region(this.region, this.app)}
    </section>`;
  }

  private skeleton(): TemplateResult {
    return html`<div role="status" aria-label=${this.app.words.activity.loading}>
      <div class="skeleton line"></div>
      <div class="skeleton block"></div>
    </div>`;
  }
}

customElements.define("vv-activity", ActivityPage);
