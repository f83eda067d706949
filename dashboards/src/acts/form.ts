/** One gesture of an act as a form: made from what the hub says it needs, begun with what is known already. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { asked, begun, consentBy, fieldName, filled, known, type ActView, type Around, type Draft, type Fault, type FieldView, type GestureView } from "../lib/acts";
import { ConsultApi, type EncounterView } from "../lib/consult";
import { formatNumber, fullName, moment } from "../lib/format";
import { lookUp } from "../lib/i18n";
import { errorSentence, metricName } from "../lib/say";
import type { App } from "../ui/app";
import { feedOf, Follow } from "../ui/consult";
import { icon } from "../ui/icon";
import { base, fieldLook, options } from "../ui/styles";
import { Asking, askingStyles, type Offered } from "./asking";

/** Fields in which somebody writes sentences. */
const LONG: ReadonlySet<string> = new Set([
  "findings", "finding", "conclusion", "follow_up", "question", "history", "care", "diagnosis", "recommendation",
  "limits_of_opinion", "wanted", "information", "instructions", "plan", "incident",
]);
/** Calls whose pictures are offered, the one that goes on first. */
const CALLS = 5;

export interface Done {
  readonly reason: string;
  readonly fields: Record<string, unknown>;
}

export class ActForm extends LitElement {
  static override properties = {
    app: { attribute: false },
    resident: { attribute: false },
    gesture: { attribute: false },
    act: { attribute: false },
    refused: { attribute: false },
    complaint: { attribute: false },
    sending: { attribute: false },
  };
  static override styles = [
    base,
    options,
    askingStyles,
    css`
      form {
        display: grid;
        gap: var(--gap-4);
        padding: var(--gap-4);
        border: 2px solid var(--text);
        border-radius: var(--radius);
        background: var(--surface);
      }
      h3 {
        margin: 0;
        font-size: var(--size-3);
      }
      .fields {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr));
        gap: var(--gap-4);
        align-items: start;
      }
      .wide {
        grid-column: 1 / -1;
      }
      fieldset {
        margin: 0;
        padding: 0;
        border: 0;
        min-width: 0;
      }
      .name {
        display: flex;
        flex-wrap: wrap;
        gap: 0 var(--gap-2);
        padding: 0;
        margin-bottom: var(--gap-1);
        font-weight: 600;
      }
      .name small {
        font-weight: 400;
        font-size: var(--size-1);
        color: var(--quiet);
      }
      input:not([type="radio"], [type="checkbox"]),
      textarea {
        ${fieldLook}
        resize: vertical;
      }
      [aria-invalid="true"] {
        border-color: var(--high) !important;
        border-width: 2px !important;
      }
      .line {
        display: flex;
        align-items: center;
        gap: var(--gap-2);
        color: var(--quiet);
      }
      .ends {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: var(--gap-3);
      }
      .ends p {
        flex: 1 1 14rem;
        align-self: center;
      }
    `,
  ];

  declare app: App;
  declare resident: string;
  declare gesture: GestureView;
  /** The act whose gesture it is; what it and those before it said stands in the form already. */
  declare act: ActView;
  /** Field that the hub refused; empty for none. */
  declare refused: string;
  declare complaint: string;
  declare sending: boolean;
  private draft: Draft | null = null;
  private taken: ReadonlySet<string> = new Set();
  private reason = "";
  private tried = false;
  private pictures: readonly Offered[] | null = null;
  private asking: Asking | null = null;
  private readonly aborter = new AbortController();

  constructor() {
    super();
    this.refused = "";
    this.complaint = "";
    this.sending = false;
    new Follow(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.gesture.fields.some(({ name }) => name === "pictures")) void this.readPictures();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.aborter.abort();
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>("h3")?.focus();
  }

  private async readPictures(): Promise<void> {
    this.asking = new Asking(this.app, this.resident, this.gesture);
    await this.readAsking(this.asking);
    const api = new ConsultApi(this.app.session.api);
    const found: Offered[] = [];
    const running = this.call();
    try {
      const calls = [...(running === null ? [] : [running]), ...(await api.past(this.resident, this.aborter.signal))];
      for (const { id } of calls.slice(0, CALLS)) {
        found.push(...this.picturesOf(await api.encounter(id, this.aborter.signal)));
      }
    } catch (error) {
      if (!this.aborter.signal.aborted) this.complaint = errorSentence(error, this.app.words);
    }
    this.pictures = [...found, ...this.asking.pictures()];
    // A question about what was just seen is shown by what was just kept, unless somebody chose already.
    const mine = found.filter(({ name, hand }) => hand && name.startsWith(`${this.act.call ?? ""}/`)).map(({ name }) => name);
    if (this.chosen("pictures", this.present()).length === 0 && mine.length > 0) this.type("pictures", mine);
    const draft = this.present();
    if (draft["topic"] === "wound") this.draft = this.asking.onlyOne(draft);
    this.requestUpdate();
  }

  private picturesOf(encounter: EncounterView): readonly Offered[] {
    const { words, now, language } = this.app.speech;
    const { call } = encounter;
    return encounter.snapshots.map((one) => ({
      name: `${call.id}/${one.id}`,
      address: ConsultApi.snapshot(call.id, one.id),
      what: words.acts.picture(moment(one.time, now, language), one.author_name),
      hand: one.source === "hand",
    }));
  }

  private async readAsking(asking: Asking): Promise<void> {
    try {
      await asking.read(this.aborter.signal);
    } catch (error) {
      if (!this.aborter.signal.aborted) this.complaint = errorSentence(error, this.app.words);
    }
    const draft = this.present();
    if (typeof draft["to"] === "string") this.draft = { ...draft, to: asking.called(draft["to"]) };
  }

  private call(): { readonly id: string; readonly who: string } | null {
    const found = feedOf(this.app).callFor(this.resident);
    return found === undefined ? null : { id: found.id, who: found.caller_name };
  }

  private present(): Draft {
    if (this.draft === null) {
      this.draft = begun(this.gesture, known(this.act, this.around()), this.call()?.id ?? null, this.app.speech.language);
      const before = { ...this.act.known, ...this.act.fields };
      this.taken = new Set(Object.keys(this.draft).filter((name) => Object.hasOwn(before, name)));
    }
    return this.draft;
  }

  private around(): Around {
    const { me, session } = this.app;
    const person = session.state.residents.get(this.resident);
    return { resident: person === undefined ? "" : fullName(person.family_name, person.given_name), me: me?.display_name ?? "", nurse: me?.role === "nurse" };
  }

  private type(name: string, value: string | boolean | readonly string[]): void {
    const draft = this.present();
    const consent = name === "consent" ? { consent_by: consentBy(value, draft["consent_by"], this.around()) } : {};
    this.draft = { ...draft, ...consent, [name]: value };
    if (name === "topic" && value === "wound") this.draft = this.asking?.onlyOne(this.draft) ?? this.draft;
    this.requestUpdate();
  }

  private save(event: Event): void {
    event.preventDefault();
    this.tried = true;
    const { fields, faults } = filled(this.gesture, this.present(), this.reason);
    this.requestUpdate();
    if (Object.keys(faults).length === 0) this.dispatchEvent(new CustomEvent<Done>("done", { detail: { reason: this.reason.trim(), fields: this.asking?.named(fields) ?? fields } }));
    else void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("[aria-invalid='true'], .wrong input")?.focus());
  }

  override render(): TemplateResult {
    const { words } = this.app;
    const said = words.acts;
    const draft = this.present();
    const faults = this.tried ? filled(this.gesture, draft, this.reason).faults : {};
    return html`<form novalidate @submit=${(event: Event) => this.save(event)}>
      <h3 tabindex="-1">${lookUp(said.verb, this.gesture.event)}</h3>
      <div class="fields">
        ${asked(this.gesture, draft).map((field) => this.field(field, draft, field.name === this.refused ? "refused" : faults[field.name]))}
        ${this.gesture.reason ? this.why(faults["reason"]) : nothing}
      </div>
      <div class="ends">
        <p role="alert">${this.complaint}</p>
        <button type="button" @click=${() => this.dispatchEvent(new Event("stop"))}>${said.cancel}</button>
        <button class="main" type="submit" ?disabled=${this.sending || !this.app.online}>${icon("check")}${said.send}</button>
      </div>
    </form>`;
  }

  private why(fault: Fault | undefined): TemplateResult {
    const said = this.app.words.acts;
    return html`<label class="wide">
      <span class="name">${said.reason}<small>${said.required}</small></span>
      <textarea
        rows="2"
        maxlength="600"
        aria-invalid=${fault === undefined ? "false" : "true"}
        .value=${this.reason}
        @input=${(event: Event) => {
          this.reason = (event.target as HTMLTextAreaElement).value;
          this.requestUpdate();
        }}
      ></textarea>
      ${this.fault(fault)}
    </label>`;
  }

  private field(field: FieldView, draft: Draft, fault: Fault | undefined): TemplateResult {
    if (field.name === "call") return this.inCall();
    if (field.name === "to") return this.whom(field, draft, fault);
    if (field.name === "topic") return html`${this.choice(field, draft, fault)}${this.asking?.choice(draft["topic"], (key) => this.mean(key)) ?? nothing}`;
    if (field.name === "pictures") return this.photos(field, draft, fault);
    if (field.type === "choice") return this.choice(field, draft, fault);
    if (field.type === "items") return this.items(field, draft, fault);
    if (field.type === "flag") return this.flag(field, draft, fault);
    return this.written(field, draft, fault);
  }

  private name(field: FieldView): TemplateResult {
    const { words, speech } = { words: this.app.words, speech: this.app.speech };
    const hint = this.taken.has(field.name) ? words.acts.taken : field.required ? "" : words.acts.optional;
    return html`${fieldName(field.name, speech)}${hint === "" ? nothing : html`<small>${hint}</small>`}`;
  }

  private fault(fault: Fault | undefined, field?: FieldView): TemplateResult | typeof nothing {
    if (fault === undefined) return nothing;
    const { words, language } = this.app.speech;
    const range = field === undefined ? "" : words.acts.fault.range(formatNumber(field.low, 0, language), formatNumber(field.high, 0, language));
    return html`<span class="fault">${icon("warning")}${fault === "range" ? range : words.acts.fault[fault]}</span>`;
  }

  private written(field: FieldView, draft: Draft, fault: Fault | undefined, list?: string): TemplateResult {
    const value = draft[field.name];
    const set = (event: Event): void => this.type(field.name, (event.target as HTMLInputElement).value);
    const invalid = fault === undefined ? "false" : "true";
    const long = LONG.has(field.name);
    const number = field.type === "number" || field.type === "whole";
    const kind = field.type === "future" || field.type === "past" ? (field.name === "until" ? "date" : "datetime-local") : "text";
    return html`<label class=${long ? "wide" : ""}>
      <span class="name">${this.name(field)}</span>
      ${long
        ? html`<textarea name=${field.name} rows="3" maxlength="2000" aria-invalid=${invalid} .value=${typeof value === "string" ? value : ""} @input=${set}></textarea>`
        : html`<input
            name=${field.name}
            type=${kind}
            inputmode=${number ? "decimal" : "text"}
            autocomplete="off"
            list=${list ?? nothing}
            aria-invalid=${invalid}
            .value=${typeof value === "string" ? value : ""}
            @input=${set}
          />`}
      ${this.fault(fault, field)}
    </label>`;
  }

  /** The question is about this wound of the resident's; what is known of it stands in the form. */
  private mean(wound: string): void {
    this.draft = this.asking?.about(wound, this.present()) ?? this.present();
    this.requestUpdate();
  }

  private whom(field: FieldView, draft: Draft, fault: Fault | undefined): TemplateResult {
    return html`<div class="wide whom">
      ${this.written(field, draft, fault, "experts")} ${this.asking?.whom(draft["to"], (name) => this.type("to", name)) ?? nothing}
    </div>`;
  }

  private choice(field: FieldView, draft: Draft, fault: Fault | undefined): TemplateResult {
    const said = this.app.words.acts;
    return html`<fieldset class=${`wide ${fault === undefined ? "" : "wrong"}`}>
      <legend class="name">${this.name(field)}</legend>
      <div class="options">
        ${field.options.map(
          (option) =>
            html`<label
              ><input type="radio" name=${field.name} value=${option} .checked=${draft[field.name] === option} @change=${() => this.type(field.name, option)} />${lookUp(
                said.option,
                option,
              )}</label
            >`,
        )}
      </div>
      ${this.fault(fault)}
    </fieldset>`;
  }

  private flag(field: FieldView, draft: Draft, fault: Fault | undefined): TemplateResult {
    const said = this.app.words.acts;
    const option = (value: boolean, word: string): TemplateResult =>
      html`<label><input type="radio" name=${field.name} value=${String(value)} .checked=${draft[field.name] === value} @change=${() => this.type(field.name, value)} />${word}</label>`;
    return html`<fieldset class=${fault === undefined ? "" : "wrong"}>
      <legend class="name">${this.name(field)}</legend>
      <div class="options">${option(true, said.yes)} ${option(false, said.no)}</div>
      ${this.fault(fault)}
    </fieldset>`;
  }

  private toggle(name: string, item: string, chosen: readonly string[]): void {
    this.type(name, chosen.includes(item) ? chosen.filter((each) => each !== item) : [...chosen, item]);
  }

  private chosen(name: string, draft: Draft): readonly string[] {
    const value = draft[name];
    return typeof value === "object" ? value : [];
  }

  private items(field: FieldView, draft: Draft, fault: Fault | undefined): TemplateResult {
    const chosen = this.chosen(field.name, draft);
    return html`<fieldset class=${`wide ${fault === undefined ? "" : "wrong"}`}>
      <legend class="name">${this.name(field)}</legend>
      <div class="options">
        ${field.options.map(
          (option) =>
            html`<label
              ><input type="checkbox" name=${field.name} value=${option} .checked=${chosen.includes(option)} @change=${() => this.toggle(field.name, option, chosen)} />${metricName(
                option,
                this.app.speech,
              )}</label
            >`,
        )}
      </div>
      ${this.fault(fault)}
    </fieldset>`;
  }

  private photos(field: FieldView, draft: Draft, fault: Fault | undefined): TemplateResult {
    const { words } = this.app;
    const chosen = this.chosen(field.name, draft);
    return html`<fieldset class=${`wide ${fault === undefined ? "" : "wrong"}`}>
      <legend class="name">${this.name(field)}</legend>
      ${this.pictures === null
        ? html`<p class="quiet" role="status">${words.acts.reading}</p>`
        : this.pictures.length === 0
          ? html`<p class="quiet">${words.acts.noPictures}</p>`
          : html`<div class="options">
              ${this.pictures.map(
                ({ name, address, what }) =>
                  html`<label class="photo"
                    ><input type="checkbox" name=${field.name} value=${name} .checked=${chosen.includes(name)} @change=${() => this.toggle(field.name, name, chosen)} /><img
                      src=${address}
                      alt=${what}
                      loading="lazy"
                  /></label>`,
              )}
            </div>`}
      ${this.fault(fault)}
    </fieldset>`;
  }

  private inCall(): TemplateResult {
    const said = this.app.words.acts;
    const call = this.call();
    return html`<p class="wide line">${icon("video")}${call === null ? said.noCall : said.inCall(call.who)}</p>`;
  }
}

customElements.define("vv-act-form", ActForm);
