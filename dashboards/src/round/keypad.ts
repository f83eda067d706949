/** The keypad for one hand, and the large choices where no number is asked for. */
import { html, nothing, type TemplateResult } from "lit";
import { asks, cellOf, meaning, type Draft } from "../lib/draft";
import { ago, unitOf } from "../lib/format";
import { lookUp } from "../lib/i18n";
import { formOf } from "../lib/keypad";
import { CONSCIOUSNESS, doubtText, valueText, type DoubtView, type FieldRange, type Offer } from "../lib/round";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";

export interface PadHost {
  readonly draft: Draft;
  press(key: string): void;
  choose(code: number): void;
  take(offer: Offer): void;
  confirm(): void;
  doubtsOf(metric: string): DoubtView | undefined;
}

/** What the resident's sensors say of the field. */
export interface Listening {
  readonly offer: Offer | undefined;
  /** What a nurse calls the sensor of the offer. */
  readonly name: string;
  /** Whether any sensor of the resident speaks. */
  readonly listening: boolean;
  readonly sensors: number;
  /** Whose value is typed: where the eyes are. */
  readonly who: string;
}

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

function question(app: App, field: FieldRange, host: PadHost): TemplateResult | typeof nothing {
  const doubt = host.doubtsOf(field.metric);
  const found = meaning(host.draft, field);
  if (doubt === undefined || doubt.refused || !asks(host.draft, doubt) || found.kind !== "value") return nothing;
  return html`<button @click=${() => host.confirm()}>${icon("check")}${app.words.round.enter.confirm(valueText(field.metric, found.stored, app.speech))}</button>`;
}

function under(app: App, field: FieldRange, host: PadHost): TemplateResult {
  const { words, speech } = app;
  const found = meaning(host.draft, field);
  const range = { metric: field.metric, fault: "impossible", low: field.low, high: field.high, before: null } as const;
  if (found.kind === "impossible") return html`<p class="under loud" role="status">${doubtText(range, speech)}</p>`;
  const doubt = found.kind === "empty" ? undefined : host.doubtsOf(field.metric);
  if (doubt !== undefined && (doubt.refused || asks(host.draft, doubt))) return html`<p class="under loud" role="status">${doubtText(doubt, speech)}</p>`;
  if (found.kind === "value" && !found.asTyped) return html`<p class="under loud" role="status">${words.round.enter.understood(valueText(field.metric, found.stored, speech))}</p>`;
  return html`<p class="under" role="status"></p>`;
}

function offered(app: App, field: FieldRange, host: PadHost, heard: Listening): TemplateResult | typeof nothing {
  const { words, speech } = app;
  const { offer } = heard;
  if (offer !== undefined) {
    return html`<div class="offer">
      <span>${words.round.enter.from(heard.name, ago(offer.time, speech.now, speech.language))}</span>
      <button @click=${() => host.take(offer)}>${icon("activity")}${words.round.enter.take(valueText(field.metric, offer.value, speech))}</button>
    </div>`;
  }
  if (heard.sensors === 0) return nothing;
  return html`<p class="offer"><span>${heard.listening ? words.round.enter.listen : words.round.enter.silent}</span></p>`;
}

export function keypad(app: App, field: FieldRange, host: PadHost, heard: Listening): TemplateResult {
  const { words } = app;
  const { text } = cellOf(host.draft, field.metric);
  const { decimals } = formOf(field.metric);
  const key = (name: string): TemplateResult => html`<button data-key=${name} @click=${() => host.press(name)}>${name}</button>`;
  return html`<header><h2>${lookUp(words.metricLong, field.metric)}</h2><small>${heard.who}</small></header>
    ${offered(app, field, host, heard)}
    <p class="display" aria-live="polite">
      ${text === "" ? html`<span class="placeholder">${words.round.enter.type}</span>` : html`<span>${text}</span>`}<small>${unitOf(field.metric)}</small>
    </p>
    ${under(app, field, host)} ${question(app, field, host)}
    <div class="keys">
      ${DIGITS.map(key)}
      ${decimals === 0
        ? html`<button aria-label=${words.round.enter.clear} ?disabled=${text === ""} @click=${() => host.press("clear")}>${icon("close")}</button>`
        : html`<button data-key="," aria-label=${words.round.enter.comma} @click=${() => host.press(",")}>,</button>`}
      ${key("0")}
      <button data-key="erase" aria-label=${words.round.enter.erase} ?disabled=${text === ""} @click=${() => host.press("<")}>${icon("back")}</button>
    </div>`;
}

/** Air or oxygen; ACVPU. */
export function choicePad(app: App, field: FieldRange, host: PadHost, who: string): TemplateResult {
  const { words } = app;
  const { text } = cellOf(host.draft, field.metric);
  const choice = (code: number, letter: string, word: string): TemplateResult =>
    html`<button aria-pressed=${text === String(code) ? "true" : "false"} @click=${() => host.choose(code)}>
      ${letter === "" ? nothing : html`<b aria-hidden="true">${letter}</b>`}<span>${word}</span>
    </button>`;
  return html`<header><h2>${lookUp(words.metricLong, field.metric)}</h2><small>${who}</small></header>
    <div class="choices ${field.metric === "on_oxygen" ? "two" : ""}" role="group" aria-label=${words.round.enter.choose}>
      ${field.metric === "on_oxygen"
        ? [choice(0, "", words.round.air), choice(1, "", words.round.oxygen)]
        : CONSCIOUSNESS.map((letter, code) => choice(code, letter, words.round.acvpu[letter]))}
    </div>`;
}
