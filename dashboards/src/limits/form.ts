/** Writing a limit: fields that say at once what is wrong, and in plain words what changes. */
import { html, nothing, type TemplateResult } from "lit";
import { formatNumber, formatValue, unitOf } from "../lib/format";
import { beginOf, faultsOf, limitSentence, looseningSentence, shortDate, type Draft, type Faults, type Field } from "../lib/limits";
import { metricName, type Speech } from "../lib/say";
import type { LimitValues, Loosening, MetricRange, Micros, PrescriptionPreview, WhatIfJob } from "../lib/types";
import { icon } from "../ui/icon";

/** The form that is open. */
export interface Writing {
  readonly base: LimitValues;
  draft: Draft;
  /** Fields that somebody has left: an empty one is not scolded before. */
  readonly touched: Set<Field>;
  /** Changes with the limit itself: the hub's answers about another one are let go. */
  question: number;
  preview: PrescriptionPreview | null;
  job: WhatIfJob | null;
  jobFailed: boolean;
  sending: boolean;
  refusal: string;
}

export interface FormHost {
  type(change: Partial<Draft>): void;
  left(field: Field): void;
  send(): void;
  closeForm(): void;
  tryPast(): void;
  readonly signer: boolean;
}

interface FieldShape {
  readonly field: Field;
  readonly label: string;
  readonly hint: string;
  readonly type?: "date" | "text";
  readonly suffix?: string;
}

function fault(field: Field, faults: Faults, writing: Writing, range: MetricRange, speech: Speech): string {
  const found = faults[field];
  const quiet = found === "missing" && !writing.touched.has(field);
  if (found === undefined || quiet) return "";
  const { words, language } = speech;
  if (found !== "range") return words.limits.fault[found];
  if (field === "delay") return words.limits.fault.range("0", "3600");
  if (field === "area") return words.limits.fault.range("0", formatNumber(10_000, 0, language));
  return words.limits.fault.range(formatValue(range.metric, range.lowest, language), formatValue(range.metric, range.highest, language));
}

export function limitForm(writing: Writing, ranges: readonly MetricRange[], longestDays: number, speech: Speech, host: FormHost, fresh: boolean): TemplateResult {
  const { words, language, now } = speech;
  const say = words.limits.form;
  const range = ranges.find((each) => each.metric === writing.draft.metric) ?? ranges[0];
  if (range === undefined) return html``;
  const faults = faultsOf(writing.draft, range, now, longestDays);
  const metric = range.metric;
  const field = (shape: FieldShape): TemplateResult => {
    const said = fault(shape.field, faults, writing, range, speech);
    return html`<div class="field ${said === "" ? "" : "wrong"}">
      <label for=${`limit-${shape.field}`}>${shape.label}</label>
      <span class="input">
        <input
          id=${`limit-${shape.field}`}
          name=${shape.field}
          type=${shape.type ?? "text"}
          inputmode=${shape.type === undefined ? "decimal" : nothing}
          autocomplete="off"
          .value=${writing.draft[shape.field]}
          aria-invalid=${said === "" ? "false" : "true"}
          aria-describedby=${`${shape.field}-more`}
          @input=${(event: Event) => host.type({ [shape.field]: (event.target as HTMLInputElement).value })}
          @blur=${() => host.left(shape.field)}
        />${shape.suffix === undefined ? nothing : html`<i aria-hidden="true">${shape.suffix}</i>`}
      </span>
      <small id=${`${shape.field}-more`} role=${said === "" ? nothing : "alert"}>${said === "" ? shape.hint : html`${icon("warning")}${said}`}</small>
    </div>`;
  };
  const unit = unitOf(metric);
  const clean = Object.keys(faults).length === 0;
  const begin = beginOf(writing.draft, now);
  const second = (writing.preview?.loosens.length ?? 0) > 0;
  return html`<section class="panel form" aria-labelledby="form-title">
    <h2 id="form-title" tabindex="-1">${say.title(metricName(metric, speech))}</h2>
    <form
      @submit=${(event: Event) => {
        event.preventDefault();
        host.send();
      }}
    >
      ${fresh ? metricChoice(writing, ranges, speech, host) : nothing} ${priorities(writing, speech, host)}
      ${field({
        field: "low",
        label: say.low,
        hint: say.lowHint(formatValue(metric, range.lowest, language), formatValue(metric, range.highest, language)),
        suffix: unit,
      })}
      ${field({ field: "high", label: say.high, hint: say.highHint, suffix: unit })} ${field({ field: "delay", label: say.delay, hint: "", suffix: "s" })}
      ${field({ field: "area", label: say.area, hint: say.areaHint, suffix: `${unit} × s` })}
      <div class="wide">${field({ field: "begin", label: say.begin, hint: say.beginHint, type: "date" })}</div>
      ${field({ field: "end", label: say.end, hint: "", type: "date" })}
      ${field({ field: "review", label: say.review, hint: "", type: "date" })}
      <div class="field wide ${fault("reason", faults, writing, range, speech) === "" ? "" : "wrong"}">
        <label for="limit-reason">${say.reason}</label>
        <textarea
          id="limit-reason"
          name="reason"
          rows="2"
          maxlength="500"
          .value=${writing.draft.reason}
          aria-describedby="reason-more"
          @input=${(event: Event) => host.type({ reason: (event.target as HTMLTextAreaElement).value })}
          @blur=${() => host.left("reason")}
        ></textarea>
        <small id="reason-more">${fault("reason", faults, writing, range, speech) || say.reasonHint}</small>
      </div>
      ${comparison(writing.preview, speech, begin)} ${past(writing, speech, host)}
      ${host.signer ? nothing : html`<p class="note">${say.nurse}</p>`}
      ${writing.refusal === "" ? nothing : html`<p class="refusal" role="alert">${icon("warning")}${writing.refusal}</p>`}
      <div class="actions">
        <button type="button" @click=${() => host.closeForm()}>${say.cancel}</button>
        <button class="main" type="submit" ?disabled=${!clean || writing.sending}>
          ${icon("sign")}${writing.sending ? say.signing : !host.signer ? say.propose : second ? say.signFirst : say.sign}
        </button>
      </div>
    </form>
  </section>`;
}

function metricChoice(writing: Writing, ranges: readonly MetricRange[], speech: Speech, host: FormHost): TemplateResult {
  return html`<label class="field wide">
    <span>${speech.words.limits.form.metric}</span>
    <select name="metric" @change=${(event: Event) => host.type({ metric: (event.target as HTMLSelectElement).value, low: "", high: "" })}>
      ${ranges.map((range) => html`<option value=${range.metric} ?selected=${range.metric === writing.draft.metric}>${metricName(range.metric, speech)}</option>`)}
    </select>
  </label>`;
}

function priorities(writing: Writing, speech: Speech, host: FormHost): TemplateResult {
  const { words } = speech;
  return html`<fieldset class="wide">
    <legend>${words.limits.form.priority}</legend>
    <div class="choices">
      ${(["high", "medium", "low"] as const).map(
        (priority) => html`<label class="choice">
          <input type="radio" name="priority" value=${priority} .checked=${writing.draft.priority === priority} @change=${() => host.type({ priority })} />
          <span class="mark ${priority}" aria-hidden="true">${{ high: "!!!", medium: "!!", low: "!" }[priority]}</span>${words.limits.priorityShort[priority]}
        </label>`,
      )}
    </div>
  </fieldset>`;
}

export function sentences(limits: readonly LimitValues[], speech: Speech): TemplateResult {
  const { words } = speech;
  if (limits.length === 0) return html`<p>${words.limits.form.nothing}</p>`;
  return html`<ul>
    ${limits.map((limit) => html`<li>${limitSentence(limit, speech)} <span class="quiet">(${words.limits.priority[limit.priority]})</span></li>`)}
  </ul>`;
}

/** Before and after, and what is loosened by it. */
export function comparison(preview: PrescriptionPreview | null, speech: Speech, begin: Micros | null = null): TemplateResult {
  const { words } = speech;
  const say = words.limits.form;
  if (preview === null) return html`<p class="wide note" role="status">${say.unjudged}</p>`;
  return html`<div class="wide comparison" role="status" aria-live="polite">
    <div><h3>${begin === null ? say.before : say.justBefore}</h3>${sentences(preview.before, speech)}</div>
    <div><h3>${begin === null ? say.after : say.fromThen}</h3>${sentences(preview.after, speech)}</div>
    ${preview.loosens.length === 0 ? html`<p class="calm">${icon("check")}${begin === null ? words.limits.tightens : words.limits.tightensLater(shortDate(begin))}</p>` : loosenings(preview.loosens, speech)}
  </div>`;
}

export function loosenings(found: readonly Loosening[], speech: Speech): TemplateResult {
  const say = speech.words.limits.loosening;
  return html`<div class="loosening">
    <h3>${icon("warning")}${say.title}</h3>
    <ul>
      ${found.map(
        (each) => html`<li>${looseningSentence(each, speech)}${each.since > speech.now + 60e6 ? html`, ${say.from(shortDate(each.since))}` : nothing}</li>`,
      )}
    </ul>
    <p>${say.more}</p>
  </div>`;
}

function past(writing: Writing, speech: Speech, host: FormHost): TemplateResult {
  const say = speech.words.limits.whatIf;
  const { job } = writing;
  if (writing.jobFailed) return html`<p class="wide note" role="status">${say.failed}</p>`;
  if (job === null) {
    return html`<button class="wide" type="button" ?disabled=${writing.preview === null} @click=${() => host.tryPast()}>${icon("trial")}${say.ask}</button>`;
  }
  if (job.state === "waiting") return html`<p class="wide note" role="status">${say.waiting}</p>`;
  if (job.state === "running") {
    return html`<p class="wide note" role="status">${say.running(String(Math.round(job.progress * 100)))}<progress max="1" .value=${job.progress}></progress></p>`;
  }
  const { result } = job;
  if (result === null) return html`<p class="wide note" role="status">${say.failed}</p>`;
  const number = (value: number): string => formatNumber(value, 1, speech.language);
  return html`<div class="wide past" role="status">
    <dl>
      <div><dt>${say.before}</dt><dd>${number(result.before.per_day)}</dd></div>
      <div><dt>${say.after}</dt><dd>${number(result.after.per_day)}</dd></div>
    </dl>
    <p>
      ${say.missed(result.missed_count)} ${result.missed_answered > 0 ? say.answered(result.missed_answered) : nothing}
      ${result.appeared_count > 0 ? say.appeared(result.appeared_count) : nothing}
    </p>
  </div>`;
}
