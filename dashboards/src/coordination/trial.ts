/** Trying another limit on the recorded past: the question, how far the answer is, and what it came to. */
import { html, nothing, svg, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { duration, formatNumber, moment, unitOf } from "../lib/format";
import { lookUp } from "../lib/i18n";
import { dayName, percent, personName, rate } from "../lib/load";
import { errorSentence, limitSentence, metricName, roomName } from "../lib/say";
import { alarmWorst, missedSentence, orderOf, resultSentence, typedOf, wrongWith, type Typed } from "../lib/trial";
import { SECOND, type LimitView, type ResidentView, type WhatIfAlarm, type WhatIfJob, type WhatIfResult } from "../lib/types";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";

/** Milliseconds between two looks at how far it is. */
const LOOK = 700;
/** Alarms of a list that are shown; the rest is counted. */
const LISTED = 12;
const DAYS = [7, 30] as const;

/** One person's trial; it ends at the hub when it is given up. */
export class Trial {
  resident = "";
  limit = "";
  typed: Typed | null = null;
  days: (typeof DAYS)[number] = 30;
  job: WhatIfJob | null = null;
  refusal = "";
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly app: App,
    private readonly changed: () => void,
  ) {}

  get person(): ResidentView | null {
    return this.app.session.state.residents.get(this.resident) ?? null;
  }

  get chosen(): LimitView | null {
    const limits = this.person?.limits ?? [];
    return limits.find(({ id }) => id === this.limit) ?? limits[0] ?? null;
  }

  /** What stands in the fields: what was typed, or the limit as it is. */
  get fields(): Typed | null {
    const { chosen } = this;
    return this.typed ?? (chosen === null ? null : typedOf(chosen, this.app.preferences.language));
  }

  get running(): boolean {
    return this.job?.state === "waiting" || this.job?.state === "running";
  }

  choose(resident: string, limit = ""): void {
    void this.cancel();
    this.resident = resident;
    this.limit = limit;
    this.forget();
  }

  chooseLimit(limit: string): void {
    void this.cancel();
    this.limit = limit;
    this.forget();
  }

  type(field: keyof Typed, text: string): void {
    const { fields } = this;
    if (fields === null) return;
    this.typed = { ...fields, [field]: text };
    this.refusal = "";
    this.changed();
  }

  async start(): Promise<void> {
    const { chosen, fields } = this;
    if (chosen === null || fields === null) return;
    const { words } = this.app;
    const wrong = wrongWith(chosen, fields);
    this.refusal = wrong === null ? "" : words.coordination.trial.wrong[wrong];
    if (wrong === null) {
      await this.follow(() => this.app.session.api.askWhatIf(orderOf(this.resident, chosen, fields, this.days)));
    }
    this.changed();
  }

  async cancel(): Promise<void> {
    const { job } = this;
    this.stop();
    if (job === null || !this.running) return;
    await this.follow(() => this.app.session.api.cancelWhatIf(job.id));
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private forget(): void {
    this.typed = null;
    this.job = null;
    this.refusal = "";
    this.changed();
  }

  private async follow(ask: () => Promise<WhatIfJob>): Promise<void> {
    const resident = this.resident;
    try {
      const job = await ask();
      // An answer about whom the page no longer shows is never drawn.
      if (resident !== this.resident || (job.resident ?? "") !== resident) return;
      this.job = job;
      if (this.running) this.timer = setTimeout(() => void this.follow(() => this.app.session.api.whatIf(job.id)), LOOK);
    } catch (error) {
      this.refusal = this.sentence(error);
      this.job = null;
    }
    this.changed();
  }

  private sentence(error: unknown): string {
    const words = this.app.words.coordination.trial;
    if (error instanceof ApiError && error.failure === "too_many") return words.busy;
    if (error instanceof ApiError && error.code === "what_if_unavailable") return words.unavailable;
    return errorSentence(error, this.app.words);
  }
}

function field(label: string, name: keyof Typed, trial: Trial): TemplateResult {
  return html`<label class="field">
    ${label}
    <input inputmode="decimal" autocomplete="off" name=${name} .value=${trial.fields?.[name] ?? ""} @input=${(event: InputEvent) => trial.type(name, (event.target as HTMLInputElement).value)} />
  </label>`;
}

function people(app: App, trial: Trial): TemplateResult {
  const words = app.words.coordination.trial;
  const all = [...app.session.state.residents.values()].sort((a, b) => personName(a).localeCompare(personName(b), "fr"));
  return html`<label class="field wide">
    ${words.resident}
    <select name="resident" @change=${(event: Event) => trial.choose((event.target as HTMLSelectElement).value)}>
      <option value="" ?selected=${trial.resident === ""}>${words.choose}</option>
      ${all.map((each) => html`<option value=${each.id} ?selected=${each.id === trial.resident}>${personName(each)} · ${roomName(each.room, app.words)}</option>`)}
    </select>
  </label>`;
}

function limits(person: ResidentView, app: App, trial: Trial): TemplateResult {
  const words = app.words.coordination.trial;
  if (person.limits.length === 0) return html`<p class="wide">${words.noLimits}</p>`;
  return html`<label class="field wide">
    ${words.limits}
    <select name="limit" @change=${(event: Event) => trial.chooseLimit((event.target as HTMLSelectElement).value)}>
      ${person.limits.map(
        (limit) => html`<option value=${limit.id} ?selected=${limit.id === trial.chosen?.id}>${metricName(limit.metric, app.speech)} : ${limitSentence(limit, app.speech)}</option>`,
      )}
    </select>
  </label>`;
}

function question(app: App, trial: Trial): TemplateResult {
  const words = app.words.coordination.trial;
  const { person, chosen } = trial;
  const unit = chosen === null ? "" : unitOf(chosen.metric) || "1";
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void trial.start();
  };
  return html`<form class="panel question" @submit=${submit}>
    ${people(app, trial)} ${person === null ? nothing : limits(person, app, trial)}
    ${chosen === null
      ? nothing
      : html`${field(words.low(unit), "low", trial)} ${field(words.high(unit), "high", trial)} ${field(words.delay, "delay", trial)}
          <div class="wide end">
            <div class="choice" role="group" aria-label=${words.days}>
              <span>${words.days}</span>
              ${DAYS.map(
                (days) => html`<button type="button" aria-pressed=${days === trial.days ? "true" : "false"} @click=${() => {
                  trial.days = days;
                  trial.type("delay", trial.fields?.delay ?? "");
                }}>${words.days30(days)}</button>`,
              )}
            </div>
            ${trial.running
              ? html`<button type="button" @click=${() => void trial.cancel()}>${icon("close")}${words.cancel}</button>`
              : html`<button class="main">${icon("trial")}${words.start}</button>`}
          </div>`}
    ${trial.refusal === "" ? nothing : html`<p class="wide" role="alert"><b>${trial.refusal}</b></p>`}
  </form>`;
}

function progress(job: WhatIfJob, app: App): TemplateResult {
  const words = app.words.coordination.trial;
  const share = percent(job.progress, app.preferences.language);
  const text = job.state === "waiting" ? words.waiting : words.running(share);
  return html`<section class="panel going">
    <p role="status">${text}</p>
    <progress max="1" .value=${job.progress} aria-label=${text}></progress>
  </section>`;
}

function alarmLine(alarm: WhatIfAlarm, app: App, more = ""): TemplateResult {
  const words = app.words.coordination.trial;
  const { language, now } = app.speech;
  const who = alarm.responded_by === null ? (alarm.response === "none" ? words.nobody : "") : words.answered(alarm.responded_by);
  const parts = [moment(alarm.raised, now, language), words.lasted(duration(alarm.seconds * SECOND, language)), who, more].filter((part) => part !== "");
  return html`<li><b>${alarmWorst(alarm, app.speech)}</b> <span class="quiet">${parts.join(" · ")}</span></li>`;
}

function alarmList(title: string, count: number, lines: readonly TemplateResult[], app: App): TemplateResult | typeof nothing {
  if (count === 0) return nothing;
  return html`<section class="panel listed">
    <h2>${title} (${count})</h2>
    <ul>
      ${lines.slice(0, LISTED)}
      ${count > LISTED ? html`<li class="quiet">${app.words.coordination.trial.others(count - LISTED)}</li>` : nothing}
    </ul>
  </section>`;
}

function pair(before: number, after: number, most: number): TemplateResult {
  const of = (count: number): number => (count / most) * 100;
  return html`<svg viewBox="0 0 10 100" preserveAspectRatio="none" aria-hidden="true">
    ${svg`<rect class="before" x="0.5" width="4" y=${100 - of(before)} height=${of(before)}></rect>
      <rect class="measured" x="5.5" width="4" y=${100 - of(after)} height=${of(after)}></rect>`}
  </svg>`;
}

function perDay(result: WhatIfResult, app: App): TemplateResult {
  const words = app.words.coordination.trial;
  const { language } = app.preferences;
  const most = Math.max(1, ...result.days.flatMap(({ before, after }) => [before, after]));
  const every = Math.max(1, Math.ceil(result.days.length / 8));
  return html`<section class="panel" aria-labelledby="trial-days">
    <header><h2 id="trial-days">${words.byDay}</h2></header>
    <div class="days many" aria-hidden="true">
      ${result.days.map(
        (row, index) => html`<div>${pair(row.before, row.after, most)}<small>${index % every === 0 ? dayName(row.day, language, "short") : ""}</small></div>`,
      )}
    </div>
    <p class="legend" aria-hidden="true">
      <span><span class="swatch before"></span>${words.before}</span><span><span class="swatch"></span>${words.after}</span>
    </p>
    <details>
      <summary>${app.words.coordination.load.numbers}</summary>
      <table class="numbers">
        <thead><tr><th scope="col">${app.words.coordination.columns.day}</th><th scope="col">${words.before}</th><th scope="col">${words.after}</th></tr></thead>
        <tbody>${result.days.map((row) => html`<tr><th scope="row">${dayName(row.day, language)}</th><td>${row.before}</td><td>${row.after}</td></tr>`)}</tbody>
      </table>
    </details>
  </section>`;
}

function loads(result: WhatIfResult, app: App): TemplateResult {
  const words = app.words.coordination.trial;
  const { priority } = app.words;
  const { language } = app.preferences;
  const rows = [
    [words.before, result.before],
    [words.after, result.after],
  ] as const;
  return html`<div class="wide-table panel">
    <table class="numbers">
      <thead>
        <tr>
          <th scope="col"><span class="only-spoken">${words.limits}</span></th>
          ${[words.alarms, priority.high, priority.medium, priority.low, words.perDay].map((column) => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, load]) => html`<tr>
            <th scope="row">${name}</th>
            ${[load.alarms, load.high, load.medium, load.low].map((count) => html`<td>${formatNumber(count, 0, language)}</td>`)}
            <td>${rate(load.per_day, language)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function answer(result: WhatIfResult, app: App, trial: Trial): TemplateResult {
  const words = app.words.coordination.trial;
  const { speech } = app;
  const { language } = speech;
  const later = (seconds: number): string => {
    const length = duration(Math.abs(seconds) * SECOND, language);
    return seconds >= 0 ? words.later(length) : words.sooner(length);
  };
  return html`<section class="headline" role="status">
      <h2>${words.result}</h2>
      <p class="rate">${resultSentence(result, speech)}</p>
      <p><b>${missedSentence(result, speech)}</b></p>
      <p class="quiet">${result.coverage.map((each) => words.coverage(lookUp(app.words.metricLong, each.metric), percent(each.share, language))).join(" ")}</p>
      <p><a class="button" href=${`/limites/${encodeURIComponent(trial.resident)}`}>${icon("edit")}${words.prescribe}</a></p>
    </section>
    ${loads(result, app)}
    ${alarmList(words.missedList, result.missed_count, result.missed.map((each) => alarmLine(each, app)), app)}
    ${alarmList(words.appearedList, result.appeared_count, result.appeared.map((each) => alarmLine(each, app)), app)}
    ${alarmList(words.shiftedList, result.shifted_count, result.shifted.map((each) => alarmLine(each.alarm, app, later(each.later))), app)}
    ${perDay(result, app)}`;
}

function outcome(app: App, trial: Trial): TemplateResult | typeof nothing {
  const words = app.words.coordination.trial;
  const { job } = trial;
  if (job === null) return nothing;
  if (trial.running) return progress(job, app);
  if (job.state === "done" && job.result !== null) return answer(job.result, app, trial);
  return html`<p role="status">${job.state === "cancelled" ? words.cancelled : words.failed}</p>`;
}

export function trialPage(app: App, trial: Trial): TemplateResult {
  const words = app.words.coordination.trial;
  return html`<div class="page narrow">
    <header class="page-head"><h1>${words.heading}</h1></header>
    <p class="quiet">${words.more}</p>
    ${question(app, trial)} ${outcome(app, trial)}
  </div>`;
}
