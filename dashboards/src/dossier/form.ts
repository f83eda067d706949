/** Writing a section: one field for each thing that it holds, and beside each what the hub says is wrong with it. */
import { html, nothing, type TemplateResult } from "lit";
import { blank, faultText, labelOf, optionText, plain, typedNumber, type Body, type ProfessionalView, type Section, type Shape, type Value } from "../lib/dossier";
import type { Speech } from "../lib/say";
import { icon } from "../ui/icon";

/** What somebody writes. */
export interface Writing {
  readonly section: Section;
  /** The version that it is written from; 0 when there was none. */
  version: number;
  body: Body;
  reason: string;
  faults: ReadonlyMap<string, string>;
  refusal: string;
  sending: boolean;
}

/** What was looked for in the directory. */
export interface Finding {
  readonly text: string;
  readonly found: readonly ProfessionalView[] | null;
}

export interface FormHost {
  readonly speech: Speech;
  readonly writing: Writing;
  readonly finding: Finding;
  type(body: Body): void;
  reason(text: string): void;
  look(text: string): void;
}

type Change = (value: Value) => void;

const targetValue = (event: Event): string => (event.target as HTMLInputElement).value;

export function fields(shapes: readonly Shape[], body: Body, host: FormHost, place = "", change?: (body: Body) => void): TemplateResult {
  const set = change ?? ((next: Body): void => host.type(next));
  return html`${shapes.map((shape) => field(shape, body[shape.name] ?? null, host, `${place}${shape.name}`, (value) => set({ ...body, [shape.name]: value })))}`;
}

function field(shape: Shape, value: Value, host: FormHost, place: string, change: Change): TemplateResult {
  const { speech, writing } = host;
  const label = labelOf(writing.section, shape.name, speech);
  const fault = writing.faults.get(place);
  const said = fault === undefined ? "" : faultText(fault, speech);
  if (shape.kind === "list") return items(shape, value as readonly Body[], host, place, label, said, change);
  const wide = shape.kind === "text" || shape.kind === "flag" || shape.kind === "known" || shape.kind === "choices";
  const id = `field-${place.replace(/[[\].]/g, "-")}`;
  const more = shape.kind === "since" ? speech.words.dossier.form.dateHint : shape.kind === "names" ? speech.words.dossier.form.namesHint : "";
  const note = html`<small id=${`${id}-more`} role=${said === "" ? nothing : "alert"}>${said === "" ? more : html`${icon("warning")}${said}`}</small>`;
  const choices = options(shape, speech);
  if (choices !== null) {
    return html`<fieldset class="field ${wide ? "wide" : ""} ${said === "" ? "" : "wrong"}" data-place=${place}>
      <legend>${label}</legend>
      <div class="choices">${choices.map(([code, text]) => choice(shape, `${id}-${plain(code)}`, id, text, chosen(shape, value, code), (on) => change(picked(shape, value, code, on))))}</div>
      ${note}
    </fieldset>`;
  }
  return html`<div class="field ${wide ? "wide" : ""} ${said === "" ? "" : "wrong"}" data-place=${place}>
    <label for=${id}>${label}${shape.unit === undefined || shape.unit === "" ? nothing : html` <span class="quiet">(${shape.unit})</span>`}</label>
    ${input(shape, value, id, said !== "", change, speech)} ${note}
  </div>`;
}

function input(shape: Shape, value: Value, id: string, wrong: boolean, change: Change, speech: Speech): TemplateResult {
  const invalid = wrong ? "true" : "false";
  if (shape.kind === "text") {
    return html`<textarea id=${id} rows="4" maxlength="4000" .value=${plain(value)} aria-invalid=${invalid} aria-describedby=${`${id}-more`} @input=${(event: Event) => change(targetValue(event))}></textarea>`;
  }
  if (shape.kind === "choice") {
    const empty = value === null;
    return html`<select id=${id} aria-invalid=${invalid} aria-describedby=${`${id}-more`} @change=${(event: Event) => change(targetValue(event) || null)}>
      ${empty || shape.options?.includes(plain(value)) === false ? html`<option value="" ?selected=${empty}>${speech.words.dossier.unsaid}</option>` : nothing}
      ${shape.options?.map((code) => html`<option value=${code} ?selected=${code === value}>${optionText(shape, code, speech)}</option>`)}
    </select>`;
  }
  const shown = shape.kind === "names" ? (value as readonly string[]).join(", ") : shape.kind === "number" ? plain(value).replace(".", speech.language === "fr" ? "," : ".") : plain(value);
  const read = (text: string): Value => {
    if (shape.kind === "number") return typedNumber(text);
    if (shape.kind === "date") return text === "" ? null : text;
    if (shape.kind === "names") return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
    return text;
  };
  return html`<span class="input">
    <input
      id=${id}
      type=${shape.kind === "date" ? "date" : "text"}
      inputmode=${shape.kind === "number" ? "decimal" : nothing}
      autocomplete="off"
      maxlength=${shape.kind === "date" ? nothing : "300"}
      .value=${shown}
      aria-invalid=${invalid}
      aria-describedby=${`${id}-more`}
      @change=${(event: Event) => change(read(targetValue(event)))}
    />
  </span>`;
}

/** The answers of a question that is answered by a tap, or `null`. */
function options(shape: Shape, speech: Speech): readonly (readonly [Value, string])[] | null {
  const { words } = speech;
  if (shape.kind === "flag") return [[null, words.dossier.unsaid], [true, words.dossier.yes], [false, words.dossier.no]].slice(shape.needed === true || shape.name === "active" || shape.name === "as_needed" ? 1 : 0) as unknown as readonly (readonly [Value, string])[];
  if (shape.kind === "known" || shape.kind === "choices") return (shape.options ?? []).map((code) => [code, optionText(shape, code, speech)] as const);
  return null;
}

function chosen(shape: Shape, value: Value, code: Value): boolean {
  return shape.kind === "choices" ? (value as readonly Value[]).includes(code) : value === code;
}

function picked(shape: Shape, value: Value, code: Value, on: boolean): Value {
  if (shape.kind !== "choices") return code;
  const rest = (value as readonly Value[]).filter((each) => each !== code);
  return on ? [...rest, code] : rest;
}

function choice(shape: Shape, id: string, name: string, text: string, checked: boolean, change: (on: boolean) => void): TemplateResult {
  return html`<label class="choice">
    <input
      id=${id}
      name=${name}
      type=${shape.kind === "choices" ? "checkbox" : "radio"}
      .checked=${checked}
      @change=${(event: Event) => change((event.target as HTMLInputElement).checked)}
    />${text}
  </label>`;
}

function items(shape: Shape, value: readonly Body[], host: FormHost, place: string, label: string, said: string, change: Change): TemplateResult {
  const { speech, writing } = host;
  const say = speech.words.dossier.form;
  const inner = shape.items ?? [];
  return html`<fieldset class="wide items" data-place=${place}>
    <legend>${label}</legend>
    ${said === "" ? nothing : html`<p class="refusal" role="alert">${icon("warning")}${said}</p>`}
    ${writing.section === "physicians" ? directory(host, value, change) : nothing}
    ${value.map(
      (item, index) => html`<fieldset class="item">
        <legend>${say.item(String(index + 1))}</legend>
        ${fields(inner, item, host, `${place}[${String(index)}].`, (next) => change(value.map((each, at) => (at === index ? next : each))))}
        <div class="wide actions">
          <button type="button" aria-label=${`${say.remove} : ${say.item(String(index + 1))}`} @click=${() => change(value.filter((_, at) => at !== index))}>${icon("close")}${say.remove}</button>
        </div>
      </fieldset>`,
    )}
    <button type="button" @click=${() => change([...value, blank(inner)])}>${icon("plus")}${say.add}</button>
  </fieldset>`;
}

/** Somebody of the public directory becomes a line: nothing of it is typed. */
function directory(host: FormHost, value: readonly Body[], change: Change): TemplateResult {
  const { finding, speech } = host;
  const say = speech.words.dossier.form;
  const take = (one: ProfessionalView): void => {
    const bond = value.some(({ bond: each }) => each === "treating") ? "specialist" : "treating";
    change([
      ...value,
      { bond, family_name: one.family_name, given_name: one.given_name, rpps: one.rpps, specialty: one.specialty || one.profession, phone: "", mssante: one.addresses[0] ?? "", place: one.place },
    ]);
    host.look("");
  };
  return html`<div class="field">
    <label for="directory">${say.find}</label>
    <span class="input"><input id="directory" type="search" autocomplete="off" maxlength="80" .value=${finding.text} aria-describedby="directory-more" @input=${(event: Event) => host.look(targetValue(event))} /></span>
    <small id="directory-more" role="status">${finding.found === null ? say.findHint : finding.found.length === 0 ? say.nobody : say.found(String(finding.found.length))}</small>
    ${finding.found === null || finding.found.length === 0
      ? nothing
      : html`<ul class="found">
          ${finding.found.map(
            (one) => html`<li>
              <button type="button" @click=${() => take(one)}>${icon("plus")}<span><b>${one.family_name} ${one.given_name}</b><small>${[one.specialty || one.profession, one.place, one.rpps].filter((part) => part !== "").join(" · ")}</small></span></button>
            </li>`,
          )}
        </ul>`}
  </div>`;
}
