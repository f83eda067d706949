/**
 * A resident's limits: what is in force and why, what waits for whom, and changing it. The page is one resident's for its
 * whole life; everything it draws is checked against that resident.
 */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { actAddress } from "../lib/acts";
import { ApiError } from "../lib/api";
import { fullName, initials } from "../lib/format";
import {
  beginOf,
  byMetric,
  dayRange,
  draftOf,
  emptyLimit,
  faultsOf,
  judgeable,
  limitSentence,
  orderOf,
  refusalSentence,
  sorted,
  timeOf,
  type DayRange,
  type Draft,
  type Field,
} from "../lib/limits";
import { errorSentence, metricName, roomName } from "../lib/say";
import { DAY, type InForce, type LimitValues, type PrescriptionPaper, type ResidentLimits, type ResidentView, type SettingsOrder } from "../lib/types";
import { App } from "../ui/app";
import { bar, barStyles } from "../ui/bar";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import { failed, forbidden, unreadable } from "../ui/states";
import { base, marks, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import { limitForm, type FormHost, type Writing } from "./form";
import { comingPaper, expiredPaper, history, responsibility, waitingPaper, type PapersHost } from "./papers";
import { scale } from "./scale";
import { settingsCard, settingsForm, type Choosing, type SettingsHost } from "./settings";
import { limitsStyles } from "./styles";

const PLACE = /^\/limites\/([^/]+)$/;
/** Milliseconds between two looks at what others sign, and after the last key before the hub is asked what changes. */
const LOOK = 10_000;
const PAUSE = 300;
const POLL = 1_000;
const NOTICE = 12_000;

interface Asking {
  readonly kind: "refuse" | "withdraw" | "renew";
  readonly paper: PrescriptionPaper;
  reason: string;
}

interface Notice {
  readonly text: string;
  readonly undo: PrescriptionPaper | null;
}

export class LimitsPage extends LitElement implements FormHost, PapersHost, SettingsHost {
  static override styles = [base, marks, pageState, barStyles, truthStyles, helpStyles, limitsStyles];

  private readonly resident = decodeURIComponent(PLACE.exec(location.pathname)?.[1] ?? "");
  private view: ResidentLimits | null = null;
  private failure: unknown = null;
  private days = new Map<string, DayRange | null>();
  private writing: Writing | null = null;
  private fresh = false;
  private choosing: Choosing | null = null;
  private asking: Asking | null = null;
  private notice: Notice | null = null;
  private noticeEnds: ReturnType<typeof setTimeout> | null = null;
  private timers: ReturnType<typeof setInterval>[] = [];
  private pause: ReturnType<typeof setTimeout> | null = null;
  private loading = false;
  private readonly app = new App(this, ["nurse", "physician", "coordinator"], { sound: false });

  get signer(): boolean {
    return this.app.me?.role === "physician" || this.app.me?.role === "coordinator";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("keydown", this.key);
    this.timers = [setInterval(() => void this.load(), LOOK), setInterval(() => void this.follow(), POLL)];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("keydown", this.key);
    for (const timer of this.timers) clearInterval(timer);
    if (this.pause !== null) clearTimeout(this.pause);
    if (this.noticeEnds !== null) clearTimeout(this.noticeEnds);
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && this.shadowRoot?.querySelector("dialog[open]") === null) this.closeForm();
    if (isTyping(event)) return;
    if (event.key === "?") this.dialog("help")?.showModal();
    if (event.key.toLowerCase() === "t") this.app.preferences.nextTheme();
  };

  private dialog(id: string): HTMLDialogElement | null {
    return this.renderRoot.querySelector<HTMLDialogElement>(`#${id}`);
  }

  override updated(): void {
    this.toggleAttribute("doubtful", this.app.session.link === "lost");
    if (this.app.phase === "ready" && this.view === null && this.failure === null) void this.load();
  }

  // ---- what is known ----

  private person(): ResidentView | undefined {
    return this.app.session.state.residents.get(this.resident);
  }

  private async load(): Promise<void> {
    if (this.app.phase !== "ready" || this.loading) return;
    this.loading = true;
    try {
      const first = this.view === null;
      this.view = await this.app.session.api.limitsOf(this.resident);
      this.failure = null;
      if (first) void this.loadDays();
    } catch (error) {
      // What is on the screen stays; without anything the page says why.
      if (this.view === null) this.failure = error;
    }
    this.loading = false;
    this.requestUpdate();
  }

  private async loadDays(): Promise<void> {
    const now = this.app.session.now();
    for (const metric of this.metrics()) {
      if (this.days.has(metric)) continue;
      const span = { from: now - DAY, to: now, maxPoints: 288 };
      const page = await this.app.session.api.measurements(this.resident, metric, span).catch(() => null);
      this.days.set(metric, page === null ? null : dayRange(page));
      this.requestUpdate();
    }
  }

  private metrics(): readonly string[] {
    return [...new Set((this.view?.in_force ?? []).map((each) => each.limit.metric))];
  }

  private paper(id: string | null): PrescriptionPaper | null {
    return this.view?.papers.find((paper) => paper.id === id) ?? null;
  }

  private present(metric: string): number | null {
    const value = this.person()?.values.find((each) => each.metric === metric);
    if (value === undefined || this.app.session.now() - value.time > value.stale_after * 1e6) return null;
    return value.value;
  }

  // ---- writing a limit ----

  private write(limit: LimitValues, paper: PrescriptionPaper | null, fresh: boolean): void {
    const draft = draftOf(limit, paper, this.app.session.now(), this.app.preferences.language);
    this.writing = { base: limit, draft, touched: new Set(), question: 0, preview: null, job: null, jobFailed: false, sending: false, refusal: "" };
    this.fresh = fresh;
    this.choosing = null;
    this.requestUpdate();
    void this.judge();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("#form-title")?.focus());
  }

  type(change: Partial<Draft>): void {
    const { writing } = this;
    if (writing === null) return;
    writing.draft = { ...writing.draft, ...change };
    writing.refusal = "";
    const limits = ["metric", "low", "high", "delay", "area", "begin", "end", "priority"] as const;
    if (limits.some((name) => name in change)) {
      // What stands there speaks of another limit.
      writing.question += 1;
      writing.preview = null;
      writing.job = null;
      writing.jobFailed = false;
      if (this.pause !== null) clearTimeout(this.pause);
      this.pause = setTimeout(() => void this.judge(), PAUSE);
    }
    this.requestUpdate();
  }

  left(field: Field): void {
    this.writing?.touched.add(field);
    this.requestUpdate();
  }

  closeForm(): void {
    this.writing = null;
    this.choosing = null;
    this.requestUpdate();
  }

  private order(writing: Writing): ReturnType<typeof orderOf> {
    const same = this.view?.in_force.find((each) => each.limit.metric === writing.draft.metric && each.limit.priority === writing.draft.priority);
    return orderOf(writing.draft, writing.draft.metric === writing.base.metric ? writing.base : (same?.limit ?? emptyLimit(writing.draft.metric)));
  }

  private faults(writing: Writing): ReturnType<typeof faultsOf> {
    const range = this.view?.ranges.find((each) => each.metric === writing.draft.metric);
    if (range === undefined || this.view === null) return { low: "none" };
    return faultsOf(writing.draft, range, this.app.session.now(), this.view.longest_days);
  }

  private async judge(): Promise<void> {
    const { writing } = this;
    if (writing === null || !judgeable(this.faults(writing))) return;
    const { question } = writing;
    const end = timeOf(writing.draft.end, "end") ?? 0;
    try {
      const begin = beginOf(writing.draft, this.app.session.now());
      const preview = await this.app.session.api.previewLimit(this.resident, { ...this.order(writing), begin, end });
      // Somebody typed on while the hub answered: its answer is about something else.
      if (this.writing === writing && writing.question === question) writing.preview = preview;
    } catch (error) {
      if (this.writing === writing) writing.refusal = this.sentence(error);
    }
    this.requestUpdate();
  }

  tryPast(): void {
    void this.askPast();
  }

  private async askPast(): Promise<void> {
    const { writing } = this;
    if (writing === null) return;
    const limit = this.order(writing);
    const replaced = this.view?.in_force.find((each) => each.limit.metric === limit.metric && each.limit.priority === limit.priority);
    try {
      writing.job = await this.app.session.api.askWhatIf({ resident: this.resident, days: 30, changes: [{ replaces: replaced?.limit.id ?? null, limit }] });
    } catch {
      writing.jobFailed = true;
    }
    this.requestUpdate();
  }

  /** Looks how far the trial on the past is. */
  private async follow(): Promise<void> {
    const { writing } = this;
    const job = writing?.job;
    if (writing === null || job === null || job === undefined || (job.state !== "waiting" && job.state !== "running")) return;
    try {
      const newer = await this.app.session.api.whatIf(job.id);
      if (writing.job?.id === job.id) writing.job = newer;
    } catch {
      writing.jobFailed = true;
    }
    this.requestUpdate();
  }

  send(): void {
    void this.sendLimit();
  }

  private async sendLimit(): Promise<void> {
    const { writing } = this;
    if (writing === null || writing.sending || Object.keys(this.faults(writing)).length > 0) return;
    const { draft } = writing;
    writing.sending = true;
    this.requestUpdate();
    const dates = { begin: beginOf(draft, this.app.session.now()), end: timeOf(draft.end, "end") ?? 0, review: timeOf(draft.review, "noon") ?? 0 };
    try {
      const order = { ...this.order(writing), ...dates, reason: draft.reason, sign: this.signer };
      const paper = await this.app.session.api.prescribe(this.resident, order);
      this.closeForm();
      this.told(paper);
    } catch (error) {
      writing.refusal = this.sentence(error);
    }
    writing.sending = false;
    await this.load();
    void this.loadDays();
  }

  private told(paper: PrescriptionPaper): void {
    const say = this.app.words.limits.done;
    const text = { in_force: say.signed, coming: say.coming, awaiting: say.awaiting, draft: say.proposed, leaving: say.leaving, withdrawn: say.withdrawn }[paper.status as string];
    this.say(text ?? say.settings, paper.may_take_back ? paper : null);
  }

  private say(text: string, undo: PrescriptionPaper | null = null): void {
    this.notice = { text, undo };
    if (this.noticeEnds !== null) clearTimeout(this.noticeEnds);
    this.noticeEnds = setTimeout(() => {
      this.notice = null;
      this.requestUpdate();
    }, NOTICE);
    this.requestUpdate();
  }

  private sentence(error: unknown): string {
    const { words, speech } = this.app;
    if (error instanceof ApiError && Object.hasOwn(words.limits.refusal, error.code)) return refusalSentence(error.code, speech);
    return errorSentence(error, words);
  }

  // ---- papers ----

  sign(paper: PrescriptionPaper): void {
    void this.act(() => this.app.session.api.signPrescription(paper.id), (done) => this.told(done));
  }

  takeBack(paper: PrescriptionPaper): void {
    void this.act(() => this.app.session.api.takeBackPrescription(paper.id), () => this.say(this.app.words.limits.done.takenBack));
  }

  settle(paper: PrescriptionPaper): void {
    void this.act(() => this.app.session.api.settlePrescription(paper.id), () => this.say(this.app.words.limits.done.settled));
  }

  askWhy(kind: Asking["kind"], paper: PrescriptionPaper): void {
    if (kind === "renew" && paper.limit !== null) {
      // Renewing is prescribing the same again: dates, reason and consequences are the same questions.
      this.write(paper.limit, null, false);
      if (this.writing !== null) this.type({ reason: paper.reason });
      return;
    }
    this.asking = { kind, paper, reason: "" };
    this.requestUpdate();
    void this.updateComplete.then(() => this.dialog("why")?.showModal());
  }

  private answer(event: Event): void {
    event.preventDefault();
    const { asking } = this;
    if (asking === null || asking.reason.trim() === "") return;
    this.dialog("why")?.close();
    this.asking = null;
    const { api } = this.app.session;
    const { kind, paper, reason } = asking;
    const ask = kind === "refuse" ? () => api.refusePrescription(paper.id, reason) : () => api.withdrawPrescription(paper.id, reason);
    const said = kind === "refuse" ? this.app.words.limits.done.refused : paper.status === "coming" ? this.app.words.limits.done.cancelled : null;
    void this.act(ask, (done) => (said === null ? this.told(done) : this.say(said)));
  }

  private async act(ask: () => Promise<PrescriptionPaper>, then: (done: PrescriptionPaper) => void): Promise<void> {
    try {
      then(await ask());
    } catch (error) {
      this.say(this.sentence(error));
    }
    await this.load();
  }

  // ---- settings ----

  private startSettings(): void {
    if (this.view === null) return;
    const { profile, spo2_scale, on_oxygen, usual_score } = this.view.settings;
    this.writing = null;
    this.choosing = {
      order: { profile, spo2_scale: spo2_scale === 2 ? 2 : 1, on_oxygen, usual_score, reason: "" },
      usual: usual_score === null ? "" : String(usual_score),
      preview: null,
      sending: false,
      refusal: "",
    };
    this.requestUpdate();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("#form-title")?.focus());
  }

  choose({ usual, ...change }: Partial<SettingsOrder> & { readonly usual?: string }): void {
    const { choosing } = this;
    if (choosing === null) return;
    if (usual !== undefined) choosing.usual = usual;
    const score = /^\d{1,2}$/.test(choosing.usual.trim()) ? Number(choosing.usual.trim()) : null;
    choosing.order = { ...choosing.order, ...change, usual_score: score };
    choosing.refusal = "";
    if (change.profile !== undefined) void this.judgeSettings(choosing);
    this.requestUpdate();
  }

  private async judgeSettings(choosing: Choosing): Promise<void> {
    const { order } = choosing;
    const preview = await this.app.session.api.previewSettings(this.resident, order).catch(() => null);
    if (this.choosing === choosing && choosing.order.profile === order.profile) choosing.preview = preview;
    this.requestUpdate();
  }

  sendSettings(): void {
    void this.saveSettings();
  }

  private async saveSettings(): Promise<void> {
    const { choosing } = this;
    if (choosing === null || choosing.sending) return;
    choosing.sending = true;
    this.requestUpdate();
    try {
      const paper = await this.app.session.api.chooseSettings(this.resident, choosing.order);
      this.closeForm();
      const say = this.app.words.limits.done;
      this.say(paper.status === "in_force" ? say.settings : paper.status === "awaiting" ? say.awaiting : say.proposed, paper.may_take_back ? paper : null);
    } catch (error) {
      choosing.refusal = this.sentence(error);
    }
    choosing.sending = false;
    await this.load();
    void this.loadDays();
  }

  // ---- drawing ----

  override render(): TemplateResult {
    const { app } = this;
    const { words } = app;
    return html`<div class="top">${doubts(app)} ${bar(app, () => this.dialog("help")?.showModal())} ${complaint(app)}</div>
      <main>${this.content()}</main>
      ${this.said()} ${spoken(app)} ${this.asked()}
      ${helpDialog(app, [
        ["?", words.help.show],
        ["Esc", words.limits.form.cancel],
        ["T", words.help.theme],
      ])}`;
  }

  private content(): TemplateResult {
    const { app } = this;
    const { words, speech } = app;
    if (app.phase === "forbidden") return forbidden(app);
    if (app.phase === "failed") return failed(app);
    const { view } = this;
    if (view === null && this.failure !== null) return this.unreadable();
    if (view === null || app.phase === "loading") {
      return html`<div class="page" role="status" aria-label=${words.limits.loading}>
        ${[1, 2, 3].map(() => html`<div class="skeleton tall"></div>`)}
      </div>`;
    }
    const { waiting, coming, past } = sorted(view);
    const urgent = waiting.length + view.expired.length > 0;
    const open = this.writing !== null || this.choosing !== null;
    return html`<div class="page ${open ? "open" : ""}">
      ${this.head()}
      ${urgent
        ? html`<section class="urgent column" aria-label=${words.limits.waiting.title}>
            ${waiting.length === 0 ? nothing : html`<h2>${words.limits.waiting.title}</h2>`}
            <ul class="papers">
              ${waiting.map((paper) => waitingPaper(paper, speech, this))} ${view.expired.map((paper) => expiredPaper(paper, speech, this))}
            </ul>
          </section>`
        : nothing}
      <div class="column">
        ${this.inForce(view)} ${this.coming(coming)} ${settingsCard(view, speech, () => this.startSettings())} ${history(past, speech)}
      </div>
      ${open ? html`<div class="side">${this.form(view)}</div>` : nothing}
    </div>`;
  }

  private form(view: ResidentLimits): TemplateResult | typeof nothing {
    const { speech } = this.app;
    if (this.writing !== null) return limitForm(this.writing, view.ranges, view.longest_days, speech, this, this.fresh);
    return this.choosing === null ? nothing : settingsForm(view, this.choosing, speech, this);
  }

  private head(): TemplateResult {
    const { words } = this.app;
    const person = this.person();
    const home = this.app.me?.role === "physician" ? "/medecin" : "/service";
    const back = person === undefined ? home : `${home}/resident/${encodeURIComponent(this.resident)}`;
    // Who came from an act goes back to it, where what was signed here is part of what they sign there.
    const act = new URLSearchParams(location.search).get("acte") ?? "";
    const add = this.signer ? words.limits.add : words.limits.proposeOne;
    return html`<header class="head">
      ${act === "" ? html`<a class="way" href=${back}>${icon("back")}${words.limits.back}</a>` : html`<a class="way" href=${actAddress(this.resident, act)}>${icon("back")}${words.acts.backToAct}</a>`}
      ${person === undefined
        ? html`<div class="person"><h1>${words.limits.title}</h1></div>`
        : html`<span class="initials" aria-hidden="true">${initials(person.family_name, person.given_name)}</span>
            <div class="person">
              <h1>${fullName(person.family_name, person.given_name)}</h1>
              <p><b>${roomName(person.room, words)}</b> · ${words.resident.born(person.birth_year)} · ${words.limits.title}</p>
            </div>`}
      <button class="main" @click=${() => this.write(emptyLimit(this.view?.ranges[0]?.metric ?? "spo2"), null, true)}>${icon("plus")}${add}</button>
    </header>`;
  }

  private inForce(view: ResidentLimits): TemplateResult {
    const { words, speech } = this.app;
    const rows = byMetric(view.in_force, view.ranges);
    return html`<section class="panel" aria-labelledby="in-force">
      <header><h2 id="in-force">${words.limits.inForce}</h2></header>
      ${rows.length === 0 ? html`<p>${words.limits.none}</p><p class="quiet">${words.limits.noneMore}</p>` : nothing}
      ${rows.map(({ metric, limits }) => {
        const range = view.ranges.find((each) => each.metric === metric);
        return html`<div class="metric" data-metric=${metric}>
          <h3>${metricName(metric, speech)}</h3>
          ${range === undefined
            ? nothing
            : scale(
                metric,
                limits.map((each) => each.limit),
                this.days.get(metric) ?? null,
                this.present(metric),
                range,
                speech,
              )}
          <div class="limits-of">${limits.map((each) => this.limit(each, view))}</div>
        </div>`;
      })}
    </section>`;
  }

  private coming(papers: readonly PrescriptionPaper[]): TemplateResult | typeof nothing {
    const { words, speech } = this.app;
    if (papers.length === 0) return nothing;
    return html`<section aria-labelledby="coming">
      <h2 id="coming">${words.limits.comingTitle}</h2>
      <ul class="papers">
        ${papers.map((paper) => comingPaper(paper, speech, this))}
      </ul>
    </section>`;
  }

  private limit(each: InForce, view: ResidentLimits): TemplateResult {
    const { words, speech } = this.app;
    const { limit } = each;
    const paper = this.paper(each.prescription);
    return html`<div class="limit" data-limit=${limit.id}>
      <span class="mark ${limit.priority}" role="img" aria-label=${words.limits.priority[limit.priority]}>${{ high: "!!!", medium: "!!", low: "!" }[limit.priority]}</span>
      <div>
        <h4>${limitSentence(limit, speech)}</h4>
        ${paper !== null
          ? responsibility(paper, speech)
          : each.expired === null
            ? html`<p class="quiet">${words.limits.byDefault(view.settings.title)}</p>`
            : html`<p class="fallback">${words.limits.fallback}</p>`}
      </div>
      <div class="actions">
        ${paper !== null && paper.status === "in_force" && this.signer
          ? html`<button @click=${() => this.askWhy("withdraw", paper)}>${icon("close")}${words.limits.withdraw}</button>`
          : nothing}
        <button @click=${() => this.write(limit, paper, false)}>${icon("edit")}${words.limits.change}</button>
      </div>
    </div>`;
  }

  private unreadable(): TemplateResult {
    const { words } = this.app;
    const gone = this.failure instanceof ApiError && this.failure.failure === "unknown";
    return unreadable(this.app, gone ? words.limits.unknown : words.limits.failed, gone ? "" : `${errorSentence(this.failure, words)} ${words.limits.failedMore}`, () => void this.load());
  }

  private said(): TemplateResult {
    const { notice } = this;
    const undo = notice?.undo ?? null;
    return html`<div class="notice ${notice === null ? "" : "open"}" role="status" aria-live="polite">
      ${notice === null ? nothing : html`<span>${notice.text}</span>`}
      ${undo === null ? nothing : html`<button @click=${() => this.takeBack(undo)}>${this.app.words.limits.done.undo}</button>`}
    </div>`;
  }

  private asked(): TemplateResult {
    const { asking } = this;
    const say = this.app.words.limits.ask;
    const kind = asking?.kind === "refuse" ? "refuse" : "withdraw";
    const coming = kind === "withdraw" && asking?.paper.status === "coming";
    return html`<dialog id="why" aria-labelledby="why-title" @close=${() => (this.asking = null)}>
      ${asking === null
        ? nothing
        : html`<form @submit=${(event: Event) => this.answer(event)}>
        <h2 id="why-title">${coming ? say.cancelComing : say[kind]}</h2>
        ${kind === "withdraw" ? html`<p>${coming ? say.cancelComingMore : say.withdrawMore}</p>` : nothing}
        <label class="field">
          <span>${say.reason}</span>
          <textarea
            name="why"
            rows="2"
            maxlength="500"
            required
            .value=${asking.reason}
            @input=${(event: Event) => {
              if (this.asking !== null) this.asking.reason = (event.target as HTMLTextAreaElement).value;
            }}
          ></textarea>
        </label>
        <div class="actions">
          <button type="button" @click=${() => this.dialog("why")?.close()}>${this.app.words.limits.form.cancel}</button>
          <button class="main" type="submit">${coming ? this.app.words.limits.cancelComing : say.confirm[kind]}</button>
        </div>
      </form>`}
    </dialog>`;
  }
}

customElements.define("vv-limits", LimitsPage);
