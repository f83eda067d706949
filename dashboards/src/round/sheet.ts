/**
 * One resident's set of observations: fields, keypad, what sensors offer, the score, and the sets before it. The element is
 * made for one identity and dies with it; whatever it draws is checked against that identity.
 */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { ApiError, IdentityError } from "../lib/api";
import * as drafts from "../lib/draft";
import type { Draft } from "../lib/draft";
import type { Entries } from "../lib/entries";
import { ago, fullName, initials, moment } from "../lib/format";
import { lookUp } from "../lib/i18n";
import { sensorOf } from "../lib/quiet";
import { doubtText, offers, RoundApi, valueText, type DoubtView, type DraftView, type FieldRange, type Offer, type SetIn, type SetView, type SheetView } from "../lib/round";
import { errorSentence, roomName } from "../lib/say";
import type { ResidentView, Value } from "../lib/types";
import type { App } from "../ui/app";
import { isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import { base, marks, pageState } from "../ui/styles";
import { newName, type Drafts } from "./keep";
import { choicePad, keypad, type PadHost } from "./keypad";
import { pastSets, type PastHost } from "./past";
import { scorePanel } from "./score";
import { sheetStyles } from "./styles";

const PAUSE = 250;

type Outcome = { readonly kind: "recorded"; readonly set: SetView } | { readonly kind: "queued"; readonly time: number };

export class RoundSheet extends LitElement implements PadHost, PastHost {
  static override styles = [base, marks, pageState, sheetStyles];
  static override properties = {
    app: { attribute: false },
    resident: { attribute: false },
    fields: { attribute: false },
    drafts: { attribute: false },
    entries: { attribute: false },
    following: { attribute: false },
    stamp: { attribute: false },
    now: { attribute: false },
  };
  declare app: App;
  declare resident: string;
  declare fields: readonly FieldRange[];
  declare drafts: Drafts;
  declare entries: Entries<SetIn, SetView>;
  declare following: string | null;
  declare stamp: unknown;
  declare now: number;

  selected = "respiration_rate";
  /** The set that somebody is about to take back or correct: asks why. */
  asking: { readonly set: string; readonly act: "correct" | "withdraw" } | null = null;
  private sheet: SheetView | null = null;
  private said: DraftView | null = null;
  private outcome: Outcome | null = null;
  private sending = false;
  private complaint = "";
  private waiting: ReturnType<typeof setTimeout> | null = null;
  /** Of the score that is asked for; the next one ends it. */
  private asked = new AbortController();
  /** Of everything that this element asks for. */
  private readonly life = new AbortController();

  get draft(): Draft {
    const known = this.drafts.of(this.resident);
    return known ?? drafts.blank(newName(), this.app.me?.username ?? "", this.resident, this.app.session.now());
  }

  get mayEnter(): boolean {
    return this.app.me?.role === "nurse" || this.app.me?.role === "coordinator";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("keydown", this.key);
    void this.updateComplete.then(() => this.read());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("keydown", this.key);
    this.asked.abort();
    this.life.abort();
    if (this.waiting !== null) clearTimeout(this.waiting);
  }

  override firstUpdated(): void {
    if (drafts.isBegun(this.draft)) this.score();
    this.renderRoot.querySelector<HTMLElement>("h1")?.focus();
  }

  private async read(): Promise<void> {
    if (!this.app.online) return;
    try {
      const sheet = await new RoundApi(this.app.session.api).sheet(this.resident, this.life.signal);
      if (sheet.resident !== this.resident) throw new IdentityError(this.resident, sheet.resident);
      this.sheet = sheet;
    } catch (error) {
      // Without it one enters all the same; only the sets before are not there.
      if (!this.life.signal.aborted) this.complaint = error instanceof ApiError && error.failure === "offline" ? "" : errorSentence(error, this.app.words);
    }
    this.requestUpdate();
  }

  private keep(draft: Draft): void {
    this.drafts.keep(draft);
    this.complaint = "";
    this.score();
    this.requestUpdate();
  }

  press(key: string): void {
    const { draft, selected } = this;
    const now = this.app.session.now();
    this.keep(key === "clear" ? drafts.cleared(draft, selected, now) : drafts.pressed(draft, selected, key, now));
  }

  choose(code: number): void {
    this.keep(drafts.chosen(this.draft, this.selected, code, this.app.session.now()));
  }

  take(offer: Offer): void {
    this.keep(drafts.taken(this.draft, offer, this.app.session.now()));
  }

  confirm(): void {
    this.keep(drafts.confirmed(this.draft, this.selected, this.app.session.now()));
  }

  forward(): void {
    this.select(drafts.nextField(this.draft, this.fields, this.selected));
  }

  select(metric: string): void {
    this.selected = metric;
    this.requestUpdate();
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (isTyping(event) || !this.mayEnter || this.outcome !== null || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    if (/^[0-9]$/.test(key) && !this.isChoice()) this.press(key);
    else if ((key === "," || key === ".") && !this.isChoice()) this.press(",");
    else if (key === "Backspace") this.press("<");
    else return;
    event.preventDefault();
  };

  private isChoice(): boolean {
    return this.selected === "on_oxygen" || this.selected === "consciousness";
  }

  /** Asks the hub what the set would score, a moment after the last key. */
  private score(): void {
    if (this.waiting !== null) clearTimeout(this.waiting);
    this.waiting = setTimeout(() => void this.askScore(), PAUSE);
  }

  private async askScore(): Promise<void> {
    this.asked.abort();
    this.asked = new AbortController();
    const { signal } = this.asked;
    const readings = drafts.readings(this.draft, this.fields, this.edge());
    if (readings.length === 0 || !this.app.online) {
      this.said = null;
      this.requestUpdate();
      return;
    }
    try {
      const said = await new RoundApi(this.app.session.api).draft(this.resident, readings, this.draft.correcting?.set ?? "", signal);
      if (said.resident === this.resident) this.said = said;
    } catch {
      // The score is an aid: without an answer there is none, and recording tells what is wrong.
      if (!signal.aborted) this.said = null;
    }
    this.requestUpdate();
  }

  private edge(): string {
    return this.view()?.edge ?? "";
  }

  private view(): ResidentView | undefined {
    return this.app.session.state.residents.get(this.resident);
  }

  doubtsOf(metric: string): DoubtView | undefined {
    return this.said?.doubts.find((doubt) => doubt.metric === metric);
  }

  private async record(): Promise<void> {
    const { app, draft } = this;
    if (this.sending) return;
    this.sending = true;
    this.asked.abort();
    if (this.waiting !== null) clearTimeout(this.waiting);
    this.complaint = "";
    this.requestUpdate();
    const readings = drafts.readings(draft, this.fields, this.edge());
    const confirmed = [...drafts.confirmations(draft)];
    try {
      this.outcome = draft.correcting === null ? await this.enter(readings, confirmed) : await this.correct(draft.correcting, readings, confirmed);
      this.drafts.drop(this.resident);
      this.said = null;
      // What it said of the next measurement is from before.
      this.sheet = null;
      scrollTo(0, 0);
      this.dispatchEvent(new Event("recorded"));
      void this.read();
    } catch (error) {
      this.complaint = this.refusal(error);
    }
    this.sending = false;
    this.requestUpdate();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(".done button.main")?.focus());
    app.session.reportNow();
  }

  private async enter(readings: ReturnType<typeof drafts.readings>, confirmed: string[]): Promise<Outcome> {
    const { app, draft } = this;
    const time = Math.round(app.session.now());
    const set = { id: draft.id, resident: this.resident, time, readings, confirmed };
    const made = await this.entries.post({ by: draft.by, entry: set }, app.online);
    return made === null ? { kind: "queued", time } : { kind: "recorded", set: this.own(made) };
  }

  private async correct(what: drafts.Correcting, readings: ReturnType<typeof drafts.readings>, confirmed: string[]): Promise<Outcome> {
    const order = { key: this.draft.id, version: what.version, resident: this.resident, readings, confirmed, reason: what.reason };
    return { kind: "recorded", set: this.own(await new RoundApi(this.app.session.api).correct(what.set, order)) };
  }

  private own(set: SetView): SetView {
    if (set.resident !== this.resident) throw new IdentityError(this.resident, set.resident);
    return set;
  }

  private refusal(error: unknown): string {
    const { words, speech } = this.app;
    if (error instanceof ApiError && error.code.startsWith("value_")) {
      const number = (name: string): number | null => (typeof error.params[name] === "number" ? error.params[name] : null);
      const metric = String(error.params["metric"] ?? "");
      const fault = error.code.slice(6) as DoubtView["fault"];
      return `${lookUp(words.metricLong, metric)} : ${doubtText({ metric, fault, low: number("low"), high: number("high"), before: number("before") }, speech)}`;
    }
    if (error instanceof ApiError && error.code === "changed_meanwhile") return words.round.past.changedMeanwhile;
    return `${words.round.enter.failed} ${errorSentence(error, words)}`;
  }

  ask(set: string, act: "correct" | "withdraw" | null): void {
    this.asking = act === null ? null : { set, act };
    this.requestUpdate();
  }

  /** The reason was given: a correction begins, or the set is taken back. */
  async because(set: SetView, reason: string): Promise<void> {
    const act = this.asking?.act;
    this.asking = null;
    if (act === "correct") {
      this.outcome = null;
      this.keep(drafts.correction(newName(), this.app.me?.username ?? "", set, reason, this.app.session.now()));
      scrollTo(0, 0);
      return;
    }
    try {
      await new RoundApi(this.app.session.api).withdraw(set.id, { key: newName(), version: set.version, resident: this.resident, reason });
    } catch (error) {
      this.complaint = this.refusal(error);
    }
    this.dispatchEvent(new Event("recorded"));
    await this.read();
  }

  private stopCorrecting(): void {
    this.drafts.drop(this.resident);
    this.said = null;
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const view = this.view();
    const { words } = this.app;
    if (view === undefined) {
      return html`<section class="state"><h2>${words.round.gone}</h2><button @click=${() => this.leave("back")}>${icon("back")}${words.round.back}</button></section>`;
    }
    return html`<article aria-labelledby="who">
      ${this.head(view)} ${this.complaint === "" ? nothing : html`<p class="correcting" role="alert">${icon("warning")}<span>${this.complaint}</span></p>`}
      ${this.outcome === null ? this.desk(view) : this.finished(this.outcome)}
      ${this.sheet === null ? nothing : pastSets(this.app, this.sheet.sets, this)}
    </article>`;
  }

  private leave(how: "back" | "next"): void {
    this.dispatchEvent(new Event(how));
  }

  private head(view: ResidentView): TemplateResult {
    const { words } = this.app;
    return html`<header class="head">
      <button class="back" @click=${() => this.leave("back")}>${icon("back")}${words.round.back}</button>
      <span class="initials" aria-hidden="true">${initials(view.family_name, view.given_name)}</span>
      <div class="who">
        <h1 id="who" tabindex="-1">${fullName(view.family_name, view.given_name)}</h1>
        <p><b>${roomName(view.room, words)}</b> · ${words.resident.born(view.birth_year)}</p>
      </div>
      ${this.takeAll(view)}
      ${this.outcome !== null || this.following === null ? nothing : html`<button @click=${() => this.leave("next")}>${words.round.next.button}</button>`}
    </header>`;
  }

  /** One tap for all that sensors measure now. */
  private takeAll(view: ResidentView): TemplateResult | typeof nothing {
    const { app, draft } = this;
    const open = [...offers(view, app.session.now()).values()].filter(({ metric }) => this.fields.some((field) => field.metric === metric) && drafts.cellOf(draft, metric).text === "");
    if (open.length === 0 || draft.correcting !== null || !this.mayEnter || this.outcome !== null) return nothing;
    return html`<button class="main" @click=${() => open.forEach((offer) => this.take(offer))}>${icon("activity")}${app.words.round.enter.takeAll(open.length)}</button>`;
  }

  private desk(view: ResidentView): TemplateResult {
    const { app, draft } = this;
    const { words, speech } = app;
    const offered = offers(view, app.session.now());
    const correcting = draft.correcting;
    if (!this.mayEnter) return html`<p class="correcting">${icon("eye")}<span>${words.round.enter.readonly}</span></p>`;
    return html`${correcting === null
        ? nothing
        : html`<p class="correcting">
            ${icon("retry")}<span>${words.round.past.correcting(moment(correcting.time, speech.now, speech.language))} · ${words.round.past.kept}</span>
            <button @click=${() => this.stopCorrecting()}>${words.round.past.cancel}</button>
          </p>`}
      <div class="desk">
        <div>
          <section class="fields" aria-label=${words.round.enter.fields}>${this.fields.map((field) => this.field(field, view))}</section>
          ${this.said === null
            ? !app.online && drafts.isBegun(draft)
              ? html`<p class="news2">${words.round.offlineScore}</p>`
              : nothing
            : scorePanel(app, this.said.score, { next: this.said.next, why: this.said.why, scale: this.sheet?.spo2_scale ?? 1 })}
        </div>
        <section class="pad" aria-label=${words.round.enter.keypad}>${this.pad(view, offered.get(this.selected))} ${this.finish()}</section>
      </div>`;
  }

  private pad(view: ResidentView, offer: Offer | undefined): TemplateResult {
    const field = this.fields.find(({ metric }) => metric === this.selected) ?? this.fields[0];
    if (field === undefined) return html`${nothing}`;
    const listening = view.sensors.some((sensor) => !sensor.why.fault);
    const name = offer === undefined ? "" : sensorOf(view, offer.sensor, this.app.speech);
    if (this.isChoice()) return choicePad(this.app, field, this, fullName(view.family_name, view.given_name));
    return keypad(this.app, field, this, { offer, name, who: fullName(view.family_name, view.given_name), listening, sensors: view.sensors.length });
  }

  private field(field: FieldRange, view: ResidentView): TemplateResult {
    const { app, draft } = this;
    const { words, speech } = app;
    const found = drafts.meaning(draft, field);
    const doubt = found.kind === "empty" ? undefined : this.doubtsOf(field.metric);
    const asks = doubt !== undefined && drafts.asks(draft, doubt);
    const bad = found.kind === "impossible" || doubt?.refused === true;
    const state = bad ? "bad" : asks ? "asked" : found.kind === "value" ? "filled" : "";
    const choice = field.metric === "on_oxygen" || field.metric === "consciousness";
    const shown = found.kind === "value" ? valueText(field.metric, found.stored, speech) : found.kind === "impossible" ? drafts.cellOf(draft, field.metric).text : "—";
    return html`<button class="field ${state}" data-metric=${field.metric} aria-current=${field.metric === this.selected ? "true" : "false"} @click=${() => this.select(field.metric)}>
      <span class="label">${lookUp(words.metricLong, field.metric)}</span>
      <span class="value ${choice && found.kind === "value" ? "word" : ""}">${shown}</span>
      ${this.hint(field, view, doubt, bad && found.kind === "impossible")}
    </button>`;
  }

  private hint(field: FieldRange, view: ResidentView, doubt: DoubtView | undefined, impossible: boolean): TemplateResult {
    const { draft } = this;
    const { words, speech } = this.app;
    const cell = drafts.cellOf(draft, field.metric);
    const points = this.said?.score.points[field.metric === "pulse_rate" ? "pulse" : field.metric];
    const mark = points === undefined || points === 0 || cell.text === "" ? nothing : html`<span class="points">${words.round.points(points)}</span>`;
    if (impossible) return html`<span class="hint loud">${doubtText({ metric: field.metric, fault: "impossible", low: field.low, high: field.high, before: null }, speech)}</span>`;
    if (doubt !== undefined && (doubt.refused || drafts.asks(draft, doubt))) return html`<span class="hint loud">${mark}${doubtText(doubt, speech)}</span>`;
    if (cell.source !== null) return html`<span class="hint">${mark}${words.round.enter.from(sensorOf(view, cell.source.sensor, speech), ago(cell.source.time, speech.now, speech.language))}</span>`;
    if (cell.confirmed) return html`<span class="hint">${mark}${words.round.enter.confirmed}</span>`;
    if (cell.text !== "") return html`<span class="hint">${mark}${words.round.enter.byHand}</span>`;
    return html`<span class="hint">${this.earlier(view.values.find(({ metric }) => metric === field.metric))}</span>`;
  }

  private earlier(value: Value | undefined): string {
    const { words, speech } = this.app;
    if (value === undefined) return words.round.enter.noBefore;
    return words.round.enter.before(valueText(value.metric, value.value, speech), ago(value.time, speech.now, speech.language));
  }

  private finish(): TemplateResult {
    const { words } = this.app;
    const obstacle = drafts.obstacle(this.draft, this.fields, this.said?.doubts ?? []);
    return html`<div class="finish">
      ${obstacle === null || obstacle === "nothing" ? nothing : html`<p class="why" role="status">${words.round.enter[obstacle]}</p>`}
      <button @click=${() => this.forward()}>${words.round.enter.nextField}</button>
      <button class="main" ?disabled=${obstacle !== null || this.sending} @click=${() => void this.record()}>
        ${icon("check")}${this.sending ? words.round.enter.saving : words.round.enter.save}
      </button>
    </div>`;
  }

  private finished(outcome: Outcome): TemplateResult {
    const { app } = this;
    const { words, speech } = app;
    const said = words.round;
    const next = html`<button class="main" @click=${() => this.leave(this.following === null ? "back" : "next")}>
      ${this.following === null ? said.next.none : said.next.button}
    </button>`;
    if (outcome.kind === "queued") {
      return html`<section class="done" role="status">${icon("unlink")}<h2>${said.enter.queued}</h2><p>${said.enter.queuedMore}</p>${next}</section>`;
    }
    const { set } = outcome;
    const sheet = this.sheet;
    return html`<section class="done" role="status">
      ${icon("check")}
      <h2>${said.enter.saved}</h2>
      <p class="quiet">${said.enter.savedMore(moment(set.time, speech.now, speech.language))}</p>
      ${scorePanel(app, set.score, sheet === null ? null : { next: sheet.at, why: sheet.why, scale: set.spo2_scale })} ${next}
    </section>`;
  }
}

customElements.define("vv-round-sheet", RoundSheet);
