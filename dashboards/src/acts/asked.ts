/** The questionnaire of an act: where it led and why, so that whoever takes over can read it; or the way to one that is still to be answered. */
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { moment } from "../lib/format";
import { lookUp } from "../lib/i18n";
import { ageText, TriageApi, vitalText, type TriageView } from "../lib/triage";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";

export class AskedElement extends LitElement {
  static override properties = { app: { attribute: false }, resident: { attribute: false }, triage: { attribute: false }, aside: { type: Boolean } };
  static override styles = [
    base,
    css`
      section {
        padding: var(--gap-4);
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--surface);
      }
      h2 {
        margin-bottom: var(--gap-3);
        font-size: var(--size-3);
      }
      ul {
        display: grid;
        gap: var(--gap-2);
        margin-top: var(--gap-2);
      }
      small {
        display: block;
        font-size: var(--size-1);
        color: var(--quiet);
      }
      :host([aside]) section {
        padding: 0;
        border: 0;
      }
      :host([aside]) h2 {
        margin-bottom: var(--gap-1);
        font-size: var(--size-2);
      }
    `,
  ];

  declare app: App;
  declare resident: string;
  /** Which one; `null` where none was answered yet. */
  declare triage: string | null;
  /** Beside a call: short, and its link opens beside too, so that nobody leaves the call by it. */
  declare aside: boolean;
  private view: TriageView | null = null;
  private failed = false;

  constructor() {
    super();
    this.aside = false;
  }

  override updated(changed: PropertyValues<AskedElement>): void {
    if (changed.has("triage") && this.triage !== null) void this.read(this.triage);
  }

  private async read(id: string): Promise<void> {
    try {
      const view = await new TriageApi(this.app.session.api).one(id);
      if (view.resident === this.resident && id === this.triage) this.view = view;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.failed = true;
    }
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const said = this.app.words.acts;
    const place = `/questionnaire/${encodeURIComponent(this.resident)}`;
    if (this.triage !== null) return html`<section><h2>${said.asked}</h2>${this.answered()}</section>`;
    return html`<section>
      <h2>${said.asked}</h2>
      <p class="quiet">${said.askedNone}</p>
      <a class="way" href=${place} target=${this.aside ? "_blank" : nothing} rel=${this.aside ? "noopener" : nothing}>${icon("help")}${said.askedOpen}</a>
    </section>`;
  }

  private answered(): TemplateResult {
    const { words, speech } = this.app;
    const { view } = this;
    if (view === null) return html`<p class="quiet" role="status">${this.failed ? words.acts.askedFailed : words.acts.reading}</p>`;
    const measured = Object.entries(view.measured).map(([name, one]) => `${vitalText(name, one.value, speech)} (${ageText(one.age, speech)})`);
    return html`<p><b>${lookUp(words.acts.outcome, view.decided)}</b>${view.motif_title === "" ? nothing : html` · ${view.motif_title}`}</p>
      <small>${moment(view.time, speech.now, speech.language)} · ${view.author_name}</small>
      ${view.reasons.length === 0 ? html`<p class="quiet">${words.triage.whyNone}</p>` : html`<ul>${view.reasons.map((each) => html`<li>${each.text}</li>`)}</ul>`}
      ${measured.length === 0 || this.aside ? nothing : html`<small>${measured.join(" · ")}</small>`}`;
  }
}

customElements.define("vv-act-asked", AskedElement);
