/** Messages between the professionals of a call, and lines on the room's screen for who hears badly. Nothing keeps them. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { LONGEST_LINE, type Call, type ChatLine } from "../lib/call";
import { LONGEST_WRITTEN } from "../lib/channel";
import { clock } from "../lib/format";
import type { Language, Words } from "../lib/i18n";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";
import { panelHead, panelStyles } from "./panel";

export class ChatElement extends LitElement {
  static override properties = { call: { attribute: false }, words: { attribute: false }, language: { attribute: false }, stamp: { attribute: false }, screen: { attribute: false } };
  static override styles = [
    base,
    panelStyles,
    css`
      :host {
        grid-template-rows: auto minmax(0, 1fr) auto;
      }
      ol {
        display: grid;
        gap: var(--gap-2);
      }
      li {
        display: grid;
        gap: 2px;
        justify-self: start;
        max-width: 92%;
        padding: var(--gap-2) var(--gap-3);
        border-radius: var(--radius);
        background: var(--raised);
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }
      li.own {
        justify-self: end;
        background: var(--ground);
        border: 1px solid var(--line);
      }
      li.on-screen {
        border: 2px solid var(--action);
        font-weight: 600;
      }
      li small {
        font-size: 0.8rem;
        color: var(--quiet);
      }
      form {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        align-items: end;
        gap: var(--gap-2);
        padding: var(--gap-2) var(--gap-4) var(--gap-4);
      }
      form .wrong,
      form .hint,
      fieldset {
        grid-column: 1 / -1;
      }
      fieldset {
        grid-template-columns: 1fr 1fr;
      }
      fieldset .choice {
        gap: var(--gap-2);
        font-size: var(--size-1);
      }
      .standing {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        align-items: center;
        gap: var(--gap-2);
        grid-column: 1 / -1;
        overflow-wrap: anywhere;
      }
    `,
  ];

  declare call: Call;
  declare words: Words;
  declare language: Language;
  declare stamp: unknown;
  /** This page may write on the room's screen. */
  declare screen: boolean;
  private failed = false;
  private onScreen = false;
  /** Names of those who wrote and may have left since. */
  private readonly names = new Map<string, string>();

  override firstUpdated(): void {
    this.field?.focus();
  }

  override willUpdate(): void {
    for (const { seat, name } of this.call.people) this.names.set(seat, name);
  }

  override updated(): void {
    const list = this.renderRoot.querySelector(".body");
    list?.scrollTo(0, list.scrollHeight);
  }

  override render(): TemplateResult {
    const { words } = this;
    const { chat } = this.call;
    return html`${panelHead(words, words.call.chat.title, () => this.dispatchEvent(new Event("close")))}
      <div class="body" tabindex="0" role="log" aria-label=${words.call.chat.title}>
        <p class="hint">${words.call.chat.more}</p>
        ${chat.length === 0 ? html`<p class="quiet">${words.call.chat.empty}</p>` : html`<ol>${chat.map((line) => this.line(line))}</ol>`}
      </div>
      <form @submit=${this.send}>
        ${this.screen ? this.whom() : nothing}
        ${this.onScreen ? this.standing() : nothing}
        <label><span class="only-spoken">${this.onScreen ? words.call.chat.screenWrite : words.call.chat.write}</span>
          <input
            name="text"
            maxlength=${this.onScreen ? LONGEST_WRITTEN : LONGEST_LINE}
            autocomplete="off"
            placeholder=${this.onScreen ? words.call.chat.screenWrite : words.call.chat.write}
            @input=${() => this.fail(false)}
          />
        </label>
        <button class="main">${this.onScreen ? words.call.chat.screenSend : words.call.chat.send}</button>
        ${this.failed ? html`<p class="wrong" role="alert">${this.onScreen ? words.call.chat.screenFailed : words.call.chat.failed}</p>` : nothing}
      </form>`;
  }

  /** To whom the next line goes. */
  private whom(): TemplateResult {
    const { chat } = this.words.call;
    const choice = (onScreen: boolean, name: string): TemplateResult =>
      html`<label class="choice"><input type="radio" name="whom" .checked=${this.onScreen === onScreen} @change=${() => this.turn(onScreen)} />${name}</label>`;
    return html`<fieldset>
      <legend>${chat.whom}</legend>
      ${choice(false, chat.toPeople)}${choice(true, chat.toScreen)}
    </fieldset>`;
  }

  private turn(onScreen: boolean): void {
    this.onScreen = onScreen;
    this.failed = false;
    this.requestUpdate();
    // What is too long for two lines is not cut unseen: the field keeps it, and sending says so.
    this.field?.focus();
  }

  /** What stands on the room's screen, and how it goes. */
  private standing(): TemplateResult {
    const { chat } = this.words.call;
    const { onScreen } = this.call;
    if (onScreen === "") return html`<p class="hint">${chat.screenMore}</p>`;
    return html`<p class="standing"><span>${icon("eye")} ${chat.standing(onScreen)}</span><button type="button" @click=${this.erase}>${chat.erase}</button></p>`;
  }

  private readonly erase = (): void => {
    if (!this.call.writeOnScreen("")) this.fail(true);
  };

  private get field(): HTMLInputElement | null {
    return this.renderRoot.querySelector<HTMLInputElement>("input[name=text]");
  }

  private line({ seat, text, time, onScreen }: ChatLine): TemplateResult {
    const { words } = this;
    const own = seat === this.call.seat;
    const who = own ? words.call.self : (this.names.get(seat) ?? words.call.chat.gone);
    const where = onScreen ? ` · ${words.call.chat.onScreen}` : "";
    return html`<li class="${own ? "own" : ""} ${onScreen ? "on-screen" : ""}"><small>${who} · ${clock(time, this.language)}${where}</small>${text}</li>`;
  }

  private fail(failed: boolean): void {
    if (this.failed === failed) return;
    this.failed = failed;
    this.requestUpdate();
  }

  private readonly send = (event: Event): void => {
    event.preventDefault();
    const { field } = this;
    if (field === null || field.value.trim() === "") return;
    // What did not leave stays in the field.
    const left = this.onScreen ? field.value.trim().length <= LONGEST_WRITTEN && this.call.writeOnScreen(field.value) : this.call.write(field.value);
    if (left) field.value = "";
    else this.fail(true);
  };
}

customElements.define("vv-call-chat", ChatElement);
