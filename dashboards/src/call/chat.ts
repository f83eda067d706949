/** Messages between the professionals of a call. The room does not see them, and nothing keeps them. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { LONGEST_LINE, type Call, type ChatLine } from "../lib/call";
import { clock } from "../lib/format";
import type { Language, Words } from "../lib/i18n";
import { base } from "../ui/styles";
import { panelHead, panelStyles } from "./panel";

export class ChatElement extends LitElement {
  static override properties = { call: { attribute: false }, words: { attribute: false }, language: { attribute: false }, stamp: { attribute: false } };
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
      form .wrong {
        grid-column: 1 / -1;
      }
    `,
  ];

  declare call: Call;
  declare words: Words;
  declare language: Language;
  declare stamp: unknown;
  private failed = false;
  /** Names of those who wrote and may have left since. */
  private readonly names = new Map<string, string>();

  override firstUpdated(): void {
    this.renderRoot.querySelector("input")?.focus();
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
        <label><span class="only-spoken">${words.call.chat.write}</span>
          <input maxlength=${LONGEST_LINE} autocomplete="off" placeholder=${words.call.chat.write} @input=${() => this.fail(false)} />
        </label>
        <button class="main">${words.call.chat.send}</button>
        ${this.failed ? html`<p class="wrong" role="alert">${words.call.chat.failed}</p>` : nothing}
      </form>`;
  }

  private line({ seat, text, time }: ChatLine): TemplateResult {
    const { words } = this;
    const own = seat === this.call.seat;
    const who = own ? words.call.self : (this.names.get(seat) ?? words.call.chat.gone);
    return html`<li class=${own ? "own" : ""}><small>${who} · ${clock(time, this.language)}</small>${text}</li>`;
  }

  private fail(failed: boolean): void {
    if (this.failed === failed) return;
    this.failed = failed;
    this.requestUpdate();
  }

  private readonly send = (event: Event): void => {
    event.preventDefault();
    const field = this.renderRoot.querySelector("input");
    if (field === null || field.value.trim() === "") return;
    // What did not leave stays in the field.
    if (this.call.write(field.value)) field.value = "";
    else this.fail(true);
  };
}

customElements.define("vv-call-chat", ChatElement);
