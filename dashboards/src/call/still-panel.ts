/** Beside a held frame: what gives the scale, the lengths that were measured, and the photo that goes into the record. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { LONGEST_NOTE, type CallRequests } from "../lib/call-api";
import { clock, formatNumber } from "../lib/format";
import type { Language, Words } from "../lib/i18n";
import { KNOWN, lengths, NOTHING, readLength, type Known } from "../lib/measure";
import { errorSentence } from "../lib/say";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";
import { panelHead, panelStyles } from "./panel";
import { drawingWords } from "./stage";
import type { Still } from "./still";

const OBJECTS: readonly Known[] = [...(Object.keys(KNOWN) as (keyof typeof KNOWN)[]), "other"];

export class StillElement extends LitElement {
  static override properties = {
    still: { attribute: false },
    requests: { attribute: false },
    callId: { attribute: false },
    words: { attribute: false },
    language: { attribute: false },
    photo: { attribute: false },
  };
  static override styles = [
    base,
    panelStyles,
    css`
      .lines {
        display: grid;
        gap: var(--gap-1);
      }
      .lines li {
        font-size: var(--size-3);
        font-weight: 650;
      }
      .step {
        font-weight: 600;
      }
      .estimate {
        display: flex;
        gap: var(--gap-2);
        padding: var(--gap-2) var(--gap-3);
        border-radius: var(--radius);
        background: var(--medium-ground);
        color: var(--text);
        font-size: var(--size-1);
      }
      .estimate .icon {
        color: var(--medium);
      }
      canvas {
        width: 100%;
        border-radius: var(--radius);
        border: 1px solid var(--line);
      }
      textarea {
        min-height: 72px;
        resize: vertical;
      }
    `,
  ];

  declare still: Still;
  declare requests: CallRequests;
  declare callId: string;
  declare words: Words;
  declare language: Language;
  /** It is about the photo; otherwise about measuring. */
  declare photo: boolean;
  private sending = false;
  private kept = false;
  private failure = "";
  private lengthWrong = false;
  private held: Still | null = null;
  private readonly changed = (): void => this.requestUpdate();

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.held?.removeEventListener("change", this.changed);
    this.held = null;
  }

  override willUpdate(): void {
    if (this.held === this.still) return;
    this.held?.removeEventListener("change", this.changed);
    this.held = this.still;
    this.held.addEventListener("change", this.changed);
    this.kept = false;
    this.failure = "";
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>("#title")?.focus();
  }

  override updated(): void {
    const canvas = this.renderRoot.querySelector("canvas");
    if (canvas === null || canvas.dataset["time"] === String(this.still.time)) return;
    canvas.width = this.still.picture.width;
    canvas.height = this.still.picture.height;
    canvas.getContext("2d")?.drawImage(this.still.picture, 0, 0);
    canvas.dataset["time"] = String(this.still.time);
  }

  override render(): TemplateResult {
    const { words, photo } = this;
    return html`${panelHead(words, photo ? words.call.snap.title : words.call.measure.title, () => this.dispatchEvent(new Event("close")))}
      <div class="body">${photo ? this.keeping() : this.measuring()}</div>`;
  }

  // ---- measuring ----

  private measuring(): TemplateResult {
    const { words, still } = this;
    const { measuring } = still;
    const found = lengths(measuring);
    const say = drawingWords(words, this.language).millimetres;
    return html`<p class="step" role="status">${measuring.scale === null ? words.call.measure.drawScale : words.call.measure.drawLine}</p>
      ${found.length === 0
        ? nothing
        : html`<ol class="lines" aria-label=${words.call.measure.lines} aria-live="polite">
            ${found.map(({ millimetres, give }) => html`<li>${say(millimetres, give)}</li>`)}
          </ol>`}
      ${measuring.scale === null
        ? nothing
        : html`<div class="row">
            <button @click=${() => still.undo()}>${icon("undo")}${words.call.measure.undo}</button>
            <button @click=${() => still.change({ ...NOTHING, known: measuring.known, length: measuring.length })}>${icon("ruler")}${words.call.measure.restart}</button>
          </div>`}
      <fieldset>
        <legend>${words.call.measure.known}</legend>
        ${OBJECTS.map(
          (known) =>
            html`<label class="choice">
              <input type="radio" name="known" .checked=${measuring.known === known} @change=${() => still.change({ ...measuring, known })} />
              ${words.call.measure.object[known]}
            </label>`,
        )}
      </fieldset>
      ${measuring.known === "other" ? this.length() : nothing}
      <p class="estimate">${icon("warning")}<span>${words.call.measure.estimate}</span></p>
      <button class="main" @click=${() => this.dispatchEvent(new Event("photo"))}>${icon("photo")}${words.call.snap.keep}</button>`;
  }

  private length(): TemplateResult {
    const { words, still } = this;
    return html`<label>
      ${words.call.measure.length}
      <input
        inputmode="decimal"
        maxlength="7"
        aria-invalid=${this.lengthWrong}
        .value=${formatNumber(still.measuring.length, still.measuring.length % 1 === 0 ? 0 : 1, this.language)}
        @change=${(event: Event) => this.typed((event.target as HTMLInputElement).value)}
      />
      ${this.lengthWrong ? html`<span class="wrong" role="alert">${words.call.measure.lengthWrong}</span>` : nothing}
    </label>`;
  }

  private typed(text: string): void {
    const length = readLength(text);
    this.lengthWrong = length === null;
    if (length !== null) this.still.change({ ...this.still.measuring, length });
    this.requestUpdate();
  }

  // ---- the photo ----

  private keeping(): TemplateResult {
    const { words, still } = this;
    const source = words.call.picture[still.source];
    const picture = html`<canvas role="img" aria-label=${words.call.snap.preview(source)}></canvas>
      <p class="hint">${source} · ${clock(still.time, this.language)}</p>`;
    if (this.kept) {
      return html`<p class="done" role="status">${icon("check")}${words.call.snap.kept}</p>
        ${picture}
        <div class="row">
          <button @click=${() => this.dispatchEvent(new Event("another"))}>${icon("photo")}${words.call.snap.another}</button>
          <button class="main" @click=${() => this.dispatchEvent(new Event("close"))}>${words.call.tool.close}</button>
        </div>`;
    }
    return html`${picture}
      <label>
        ${words.call.snap.note}
        <textarea maxlength=${LONGEST_NOTE} placeholder=${words.call.snap.noteHint}></textarea>
      </label>
      ${still.hasLines ? html`<label class="choice"><input id="lines" type="checkbox" />${words.call.snap.withLines}</label>` : nothing}
      ${this.failure === "" ? nothing : html`<p class="wrong" role="alert">${this.failure}</p>`}
      <button class="main" ?disabled=${this.sending} @click=${() => void this.keep()}>${icon("photo")}${this.sending ? words.call.snap.keeping : words.call.snap.keep}</button>
      <p class="hint">${words.call.snap.more}</p>`;
  }

  private async keep(): Promise<void> {
    const { still, words } = this;
    const note = this.renderRoot.querySelector("textarea")?.value.trim() ?? "";
    const lines = this.renderRoot.querySelector<HTMLInputElement>("#lines")?.checked ?? false;
    this.sending = true;
    this.failure = "";
    this.requestUpdate();
    try {
      const photo = await still.photo(lines ? drawingWords(words, this.language) : null);
      if (photo === null) throw new Error("the picture is too large");
      await this.requests.snapshot(this.callId, still.source, note, photo);
      this.kept = true;
    } catch (error) {
      this.failure = `${words.call.snap.failed} ${errorSentence(error, words)}`;
    }
    this.sending = false;
    this.requestUpdate();
  }
}

customElements.define("vv-call-still", StillElement);
