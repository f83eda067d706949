/** Opening the record of somebody whom one does not care for: who, why, and what is written down of it. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { CareApi, LONGEST_REASON, missing, nameOf, placeOf, unseen, type CareList, type SeenResident } from "../lib/care";
import { errorSentence } from "../lib/say";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { base, dialogs, fieldLook } from "../ui/styles";

/** Told when a record was opened and its resident is in sight; `detail` is the resident. */
export type Opened = CustomEvent<string>;

/** Milliseconds between two looks at whether the stream carries whom one opened. */
const LOOK = 200;

export class EmergencyElement extends LitElement {
  static override properties = { app: { attribute: false } };
  static override styles = [
    base,
    dialogs,
    css`
      :host {
        display: grid;
        gap: var(--gap-2);
        padding: 0 var(--gap-3);
      }
      :host([empty]) {
        display: none;
      }
      h2 {
        padding: var(--gap-4) var(--gap-1) 0;
        font-size: var(--size-2);
      }
      p {
        color: var(--quiet);
        padding-inline: var(--gap-1);
      }
      :host > button {
        width: 100%;
        text-align: start;
        justify-content: flex-start;
      }
      .head h2 {
        flex: 1;
        padding: 0;
        font-size: var(--size-4);
        line-height: 1.15;
      }
      .warned,
      .failed {
        display: flex;
        gap: var(--gap-3);
        padding: var(--gap-3);
        color: var(--text);
        border-inline-start: 8px solid var(--medium-mark);
        background: var(--medium-ground);
      }
      label {
        font-weight: 600;
      }
      label small,
      .short {
        font-weight: 400;
        font-size: var(--size-1);
        color: var(--quiet);
      }
      input[type="search"],
      textarea {
        ${fieldLook}
      }
      textarea {
        min-height: 80px;
        resize: vertical;
      }
      .found {
        display: grid;
        gap: var(--gap-2);
        max-height: 232px;
        overflow-y: auto;
      }
      .found button {
        width: 100%;
        justify-content: space-between;
        text-align: start;
        font-weight: 500;
      }
      .found button[aria-pressed="true"] {
        border-color: var(--action);
        box-shadow: inset 0 0 0 2px var(--action);
        font-weight: 700;
      }
      .end {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: var(--gap-3);
      }
    `,
  ];

  declare app: App;
  private list: CareList | null = null;
  private query = "";
  private chosen: SeenResident | null = null;
  private reason = "";
  private asking = false;
  private sending = false;
  private trouble: unknown = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read();
  }

  private async read(): Promise<void> {
    try {
      this.list = await new CareApi(this.app.session.api).list();
    } catch (error) {
      // Without the list nobody can be chosen; opening the panel asks again and says why.
      if (!(error instanceof ApiError)) throw error;
      if (this.asking) this.trouble = error;
    }
    this.requestUpdate();
  }

  private open(): void {
    this.asking = true;
    this.trouble = null;
    this.chosen = null;
    this.query = "";
    this.reason = "";
    this.requestUpdate();
    void this.read();
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector("dialog")?.showModal();
      this.renderRoot.querySelector<HTMLElement>("#who")?.focus();
    });
  }

  private close(event?: Event): void {
    event?.preventDefault();
    this.renderRoot.querySelector("dialog")?.close();
    this.asking = false;
    this.requestUpdate();
    this.renderRoot.querySelector<HTMLElement>("button")?.focus();
  }

  private async send(): Promise<void> {
    const { chosen, reason } = this;
    if (this.sending || chosen === null || missing(reason) > 0) return;
    this.sending = true;
    this.trouble = null;
    this.requestUpdate();
    try {
      await new CareApi(this.app.session.api).open(chosen.resident, reason);
      await this.inSight(chosen.resident);
      this.close();
      void this.read();
      this.dispatchEvent(new CustomEvent("opened", { detail: chosen.resident }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.trouble = error;
    } finally {
      this.sending = false;
      this.requestUpdate();
    }
  }

  /** Waits until the live stream carries somebody: their page would be empty before. */
  private async inSight(resident: string): Promise<void> {
    while (this.isConnected && !this.app.session.state.residents.has(resident)) {
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
  }

  override updated(): void {
    this.toggleAttribute("empty", this.list === null || !this.list.items.some(({ ground }) => ground === null));
  }

  override render(): TemplateResult {
    const words = this.app.words.care;
    return html`<h2>${words.other}</h2>
      <p>${words.otherMore}</p>
      <button @click=${() => this.open()}>${icon("warning")}${words.open}</button>
      ${this.asking ? this.panel() : nothing}`;
  }

  private panel(): TemplateResult {
    const words = this.app.words.care;
    const lacks = missing(this.reason);
    const ready = this.chosen !== null && lacks === 0 && !this.sending;
    return html`<dialog aria-labelledby="glass-title" @cancel=${(event: Event) => this.close(event)}>
      <form @submit=${(event: Event) => event.preventDefault()}>
        <div class="head">
          <h2 id="glass-title">${words.open}</h2>
          <button type="button" class="plain" aria-label=${words.cancel} @click=${() => this.close()}>${icon("close")}</button>
        </div>
        <p class="warned">${icon("warning")}<span>${words.more}</span></p>
        ${this.trouble === null ? nothing : html`<p class="failed" role="alert">${icon("warning")}<span>${words.failed} ${errorSentence(this.trouble, this.app.words)}</span></p>`}
        <label for="who">${words.which}</label>
        <input id="who" type="search" placeholder=${words.search} .value=${this.query} @input=${(event: InputEvent) => this.look((event.target as HTMLInputElement).value)} />
        ${this.found()}
        <label for="why">${words.reason} <small>${words.reasonHint}</small></label>
        <textarea id="why" maxlength=${LONGEST_REASON} aria-describedby="short" .value=${this.reason} @input=${(event: InputEvent) => this.write((event.target as HTMLTextAreaElement).value)}></textarea>
        <p class="short" id="short">${this.chosen === null ? words.choose : lacks > 0 ? words.reasonShort(lacks) : ""}</p>
        <div class="end">
          <button type="button" @click=${() => this.close()}>${words.cancel}</button>
          <button type="button" class="main" ?disabled=${!ready} @click=${() => void this.send()}>
            ${this.sending ? words.opening : this.chosen === null ? words.confirmNobody : words.confirm(nameOf(this.chosen))}
          </button>
        </div>
      </form>
    </dialog>`;
  }

  private found(): TemplateResult {
    const { speech, words } = this.app;
    const found = this.list === null ? [] : unseen(this.list, this.query);
    if (found.length === 0) return html`<p role="status">${this.list === null ? words.acts.reading : words.care.none}</p>`;
    return html`<ul class="found" aria-label=${words.care.which}>
      ${found.map(
        (one) => html`<li>
          <button type="button" data-resident=${one.resident} aria-pressed=${this.chosen?.resident === one.resident ? "true" : "false"} @click=${() => this.choose(one)}>
            <span>${nameOf(one)}</span><span>${placeOf(one, speech)}</span>
          </button>
        </li>`,
      )}
    </ul>`;
  }

  private look(query: string): void {
    this.query = query;
    this.requestUpdate();
  }

  private choose(one: SeenResident): void {
    this.chosen = one;
    this.requestUpdate();
  }

  private write(reason: string): void {
    this.reason = reason;
    this.requestUpdate();
  }
}

customElements.define("vv-emergency", EmergencyElement);
