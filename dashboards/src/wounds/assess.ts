/** What is seen of a wound beside its size: stage, pain, bed, exudate. Nothing is asked twice, and nothing is obligatory. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { newName } from "../round/keep";
import { refusal, stageOf, TISSUES, type FindingIn, type Stage, type WoundsApi, type WoundView } from "../lib/wounds";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";
import { formStyles } from "./styles";

const EXUDATES = ["none", "low", "moderate", "high"] as const;
type Exudate = (typeof EXUDATES)[number];
type Tissue = (typeof TISSUES)[number];

export class Assess extends LitElement {
  static override properties = { app: { attribute: false }, api: { attribute: false }, wound: { attribute: false } };
  static override styles = [
    base,
    formStyles,
    css`
      .stages {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr));
        gap: var(--gap-2) var(--gap-3);
      }
      .stages label {
        align-items: start;
        padding-block: var(--gap-2);
      }
      .stages small {
        display: block;
        font-weight: 400;
        color: var(--quiet);
      }
      .tissues {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr));
        gap: var(--gap-3);
      }
    `,
  ];

  declare app: App;
  declare api: WoundsApi;
  declare wound: WoundView;
  private stage: Stage | null = null;
  private healing = false;
  private pain: number | null = null;
  private depth = "";
  private exudate: Exudate | null = null;
  private odour: boolean | null = null;
  private infection: boolean | null = null;
  private note = "";
  private readonly tissue = new Map<Tissue, string>();
  private gesture = newName();
  private sending = false;
  private complaint = "";

  override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>("h2")?.focus();
  }

  private get sum(): number | null {
    const said = [...this.tissue.values()].filter((text) => text !== "");
    return said.length === 0 ? null : said.reduce((sum, text) => sum + Number(text), 0);
  }

  private get finding(): FindingIn {
    const of = (name: Tissue): number => Number(this.tissue.get(name) ?? "0");
    const depth = Number(this.depth.replace(",", "."));
    return {
      id: this.gesture,
      ...(this.stage === null ? {} : { stage: this.stage, healing: this.healing }),
      ...(this.pain === null ? {} : { pain: this.pain }),
      ...(this.depth.trim() === "" || !Number.isFinite(depth) ? {} : { depth_mm: depth }),
      ...(this.exudate === null ? {} : { exudate: this.exudate }),
      ...(this.odour === null ? {} : { odour: this.odour }),
      ...(this.infection === null ? {} : { infection: this.infection }),
      ...(this.sum === null ? {} : { tissue: { necrosis: of("necrosis"), fibrin: of("fibrin"), granulation: of("granulation"), epithelium: of("epithelium") } }),
      ...(this.note.trim() === "" ? {} : { note: this.note.trim() }),
    };
  }

  /** Takes what was answered. */
  private take(answer: () => void): void {
    answer();
    this.requestUpdate();
  }

  private async save(event: Event): Promise<void> {
    event.preventDefault();
    if (this.sending || (this.sum !== null && this.sum !== 100)) return;
    this.sending = true;
    this.complaint = "";
    this.requestUpdate();
    try {
      const wound = await this.api.note(this.wound.id, this.finding);
      this.dispatchEvent(new CustomEvent("wound", { detail: wound, bubbles: true, composed: true }));
      this.dispatchEvent(new CustomEvent("leave"));
    } catch (error) {
      this.complaint = refusal(error, this.app.speech);
      this.gesture = newName();
    }
    this.sending = false;
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const said = this.app.words.wounds;
    return html`<form @submit=${(event: Event) => void this.save(event)}>
      <h2 tabindex="-1">${said.assessTitle}</h2>
      ${this.wound.stages.length === 0 ? nothing : this.stages()}
      <fieldset>
        <legend>${said.pain}</legend>
        <div class="options">${Array.from({ length: 11 }, (_, value) => this.option("pain", String(value), this.pain === value, () => this.take(() => (this.pain = value))))}</div>
      </fieldset>
      <fieldset>
        <legend>${said.tissue}</legend>
        <div class="tissues">
          ${TISSUES.map(
            (name) =>
              html`<label class="field"
                >${said.tissues[name]}<input
                  inputmode="numeric"
                  pattern="[0-9]{1,3}"
                  maxlength="3"
                  .value=${this.tissue.get(name) ?? ""}
                  @input=${(event: Event) => {
                    this.tissue.set(name, (event.target as HTMLInputElement).value.replaceAll(/\D/g, ""));
                    this.requestUpdate();
                  }}
              /></label>`,
          )}
        </div>
        ${this.sum === null || this.sum === 100 ? nothing : html`<p class="fault" role="status">${icon("warning")}${said.tissueSum(String(this.sum))}</p>`}
      </fieldset>
      <fieldset>
        <legend>${said.exudateTitle}</legend>
        <div class="options">${EXUDATES.map((value) => this.option("exudate", said.exudate[value], this.exudate === value, () => this.take(() => (this.exudate = value))))}</div>
      </fieldset>
      <div class="pair">${this.yesNo("odour", said.odour, this.odour)} ${this.yesNo("infection", said.infection, this.infection)}</div>
      <div class="pair">
        <label class="field">${said.depth}<input inputmode="decimal" maxlength="5" .value=${this.depth} @input=${(event: Event) => this.take(() => (this.depth = (event.target as HTMLInputElement).value))} /></label>
        <label class="field">${said.note}<input maxlength="600" .value=${this.note} @input=${(event: Event) => this.take(() => (this.note = (event.target as HTMLInputElement).value))} /></label>
      </div>
      ${this.complaint === "" ? nothing : html`<p class="no" role="alert">${icon("warning")}${this.complaint}</p>`}
      <div class="ends">
        <button type="button" @click=${() => this.dispatchEvent(new CustomEvent("leave"))}>${said.cancel}</button>
        <button class="main" ?disabled=${this.sending}>${icon("check")}${said.save}</button>
      </div>
    </form>`;
  }

  private option(name: string, word: string, checked: boolean, choose: () => void): TemplateResult {
    return html`<label><input type="radio" name=${name} .checked=${checked} @change=${choose} />${word}</label>`;
  }

  private yesNo(name: "odour" | "infection", title: string, value: boolean | null): TemplateResult {
    const said = this.app.words.wounds;
    return html`<fieldset>
      <legend>${title}</legend>
      <div class="options">
        ${this.option(name, said.yes, value === true, () => this.take(() => (this[name] = true)))} ${this.option(name, said.no, value === false, () => this.take(() => (this[name] = false)))}
      </div>
    </fieldset>`;
  }

  /** Only stages that it may have: those below what it once was are not offered. */
  private stages(): TemplateResult {
    const said = this.app.words.wounds;
    const before = stageOf(this.wound);
    return html`<fieldset>
      <legend>${said.stageTitle} <small>${said.stageNever}</small></legend>
      <div class="options stages">
        ${this.wound.stages.map(
          (stage) =>
            html`<label
              ><input type="radio" name="stage" value=${stage} .checked=${this.stage === stage} @change=${() => this.take(() => (this.stage = stage))} /><span
                >${said.stage[stage]}<small>${said.stageMore[stage]}</small></span
              ></label
            >`,
        )}
      </div>
      ${before === null && this.stage === null
        ? nothing
        : html`<div class="options"><label
            ><input type="checkbox" .checked=${this.healing} ?disabled=${this.stage === null} @change=${(event: Event) => this.take(() => (this.healing = (event.target as HTMLInputElement).checked))} />${said.healing}</label
          ></div>`}
    </fieldset>`;
  }
}

customElements.define("vv-wound-assess", Assess);
