/** Who opened a resident's record in an emergency, and why: shown to everybody who sees that record. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { CareApi, type GlassView } from "../lib/care";
import { clock, moment } from "../lib/format";
import type { App } from "./app";
import { icon } from "./icon";
import { base } from "./styles";

export class AccessesElement extends LitElement {
  static override properties = { app: { attribute: false }, resident: { attribute: false } };
  static override styles = [
    base,
    css`
      :host {
        display: block;
      }
      h2 {
        margin: 0 0 var(--gap-2);
        font-size: var(--size-2);
      }
      ul {
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--surface);
      }
      li {
        padding: var(--gap-3) var(--gap-4);
      }
      li + li {
        border-top: 1px solid var(--line);
      }
      small {
        display: block;
        font-size: var(--size-1);
        color: var(--quiet);
      }
      .mine {
        display: flex;
        gap: var(--gap-3);
        margin-bottom: var(--gap-3);
        padding: var(--gap-3);
        border-inline-start: 8px solid var(--medium-mark);
        background: var(--medium-ground);
      }
    `,
  ];

  declare app: App;
  /** Whose record; never changes during the life of the element. */
  declare resident: string;
  private found: readonly GlassView[] = [];
  private readonly aborter = new AbortController();

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.aborter.abort();
  }

  private async read(): Promise<void> {
    try {
      this.found = await new CareApi(this.app.session.api).openedOf(this.resident, this.aborter.signal);
    } catch (error) {
      if (this.aborter.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
    }
    this.requestUpdate();
  }

  override render(): TemplateResult | typeof nothing {
    const { app } = this;
    const { words, language, now } = app.speech;
    if (this.found.length === 0) return nothing;
    const mine = this.found.find((one) => one.username === app.me?.username && one.until > now);
    return html`<section>
      <h2>${words.care.accesses}</h2>
      ${mine === undefined ? nothing : html`<p class="mine" role="status">${icon("warning")}<span>${words.care.until(clock(mine.until, language))}</span></p>`}
      <ul>
        ${this.found.map((one) => html`<li data-glass=${one.id}><b>${words.care.access(one.name, moment(one.since, now, language))}</b><small>${one.reason}</small></li>`)}
      </ul>
    </section>`;
  }
}

customElements.define("vv-accesses", AccessesElement);
