/** Who may open a video call in a resident's room: everybody sees the rule that holds; who signs may change it, with a reason and, for an exception, an end. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { CONSENT_DAYS, ConsultApi, LONGEST_REASON, maySign, ruleNow, RULES, type ConsentRule, type ConsentView } from "../lib/consult";
import { fullName, longDate, moment } from "../lib/format";
import { errorSentence } from "../lib/say";
import { DAY, MINUTE, type Micros } from "../lib/types";
import type { App } from "./app";
import { icon } from "./icon";
import { base, dialogs } from "./styles";

export class ConsentElement extends LitElement {
  static override properties = {
    app: { attribute: false },
    resident: { attribute: false },
    now: { attribute: false },
  };
  static override styles = [
    base,
    dialogs,
    css`
      :host {
        margin-bottom: var(--gap-5);
      }
      h2 {
        font-size: var(--size-2);
        margin: 0 0 var(--gap-2);
      }
      .rule {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-2) var(--gap-3);
        padding: var(--gap-2) var(--gap-3);
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--surface);
      }
      .rule.emergency {
        border-inline-start: 8px solid var(--medium-mark);
      }
      .rule p {
        flex: 1 1 14rem;
      }
      small {
        display: block;
        font-size: var(--size-1);
        color: var(--quiet);
      }
      h3 {
        font-size: var(--size-3);
      }
      .rules {
        display: grid;
        gap: var(--gap-3);
      }
      .rules button {
        justify-content: start;
        text-align: start;
      }
      .rules span {
        flex: 1;
      }
      .rules small {
        font-weight: 400;
      }
      .rules i {
        flex: none;
        width: 24px;
        height: 24px;
        border: 2px solid var(--edge);
        border-radius: 50%;
      }
      button[aria-checked="true"] {
        border-width: 3px;
        border-color: var(--action);
      }
      .rules button[aria-checked="true"] i {
        border: 8px solid var(--action);
      }
      label,
      .label {
        font-size: var(--size-1);
        font-weight: 600;
        color: var(--quiet);
      }
      textarea {
        font: inherit;
        color: inherit;
        width: 100%;
        min-height: 64px;
        padding: var(--gap-3);
        border: 1px solid var(--edge);
        border-radius: var(--radius);
        background: var(--ground);
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-3);
      }
      .row.end {
        justify-content: flex-end;
      }
      .row button {
        flex: 1 1 7rem;
      }
      .row.end button {
        flex: 0 1 12rem;
      }
      .failed {
        padding: var(--gap-2) var(--gap-3);
        border-inline-start: 8px solid var(--medium-mark);
        background: var(--medium-ground);
      }
    `,
  ];

  declare app: App;
  /** Whose room; never changes during the life of the element. */
  declare resident: string;
  declare now: Micros;
  private consent: ConsentView | null = null;
  private unread = false;
  private changing = false;
  private sending = false;
  private trouble: unknown = null;
  private rule: ConsentRule = "ask";
  private reason = "";
  private days: number | null = null;
  private readonly aborter = new AbortController();

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.aborter.abort();
  }

  private api(): ConsultApi {
    return new ConsultApi(this.app.session.api);
  }

  private async read(): Promise<void> {
    try {
      const consent = await this.api().consent(this.resident, this.aborter.signal);
      this.unread = consent.resident !== this.resident;
      this.consent = this.unread ? null : consent;
    } catch {
      if (this.aborter.signal.aborted) return;
      this.unread = true;
    }
    this.requestUpdate();
  }

  private open(): void {
    this.rule = this.consent === null ? "ask" : ruleNow(this.consent, this.app.session.now());
    this.reason = "";
    this.days = null;
    this.trouble = null;
    this.changing = true;
    this.requestUpdate();
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector("dialog")?.showModal();
      this.renderRoot.querySelector<HTMLElement>("[aria-checked=true]")?.focus();
    });
  }

  private close(event?: Event): void {
    event?.preventDefault();
    this.changing = false;
    this.renderRoot.querySelector("dialog")?.close();
    this.requestUpdate();
    this.renderRoot.querySelector<HTMLElement>(".rule button")?.focus();
  }

  private choose(rule: ConsentRule): void {
    this.rule = rule;
    // An exception always has an end; a strict rule may hold without one.
    if (rule === "emergency") this.days ??= CONSENT_DAYS[1];
    this.requestUpdate();
  }

  private get complete(): boolean {
    return this.reason.trim() !== "" && (this.rule !== "emergency" || this.days !== null);
  }

  private async save(): Promise<void> {
    if (!this.complete || this.sending) return;
    this.sending = true;
    this.requestUpdate();
    // A minute less than the whole, so that the tablet's clock never asks for more than a year.
    const until = this.days === null ? null : Math.floor(this.app.session.now() + this.days * DAY - MINUTE);
    try {
      this.consent = await this.api().setConsent(this.resident, { rule: this.rule, reason: this.reason.trim(), ...(until === null ? {} : { until }) });
      this.unread = false;
      this.sending = false;
      this.close();
    } catch (error) {
      this.trouble = error;
    } finally {
      this.sending = false;
      this.requestUpdate();
    }
  }

  override render(): TemplateResult | typeof nothing {
    const { app, consent } = this;
    const { words } = app;
    const said = words.consult.consent;
    if (consent === null && !this.unread) return nothing;
    return html`<section aria-label=${said.title}>
      <h2>${said.title}</h2>
      ${consent === null ? html`<p class="rule">${said.unread}</p>` : this.shown(consent)} ${this.changing ? this.panel() : nothing}
    </section>`;
  }

  private shown(consent: ConsentView): TemplateResult {
    const { app } = this;
    const { words, language } = app.speech;
    const said = words.consult.consent;
    const now = app.session.now();
    const rule = ruleNow(consent, now);
    const holds = rule === consent.rule && consent.since !== null;
    const by = holds ? said.by(consent.author_name, moment(consent.since, now, language)) : said.byDefault;
    const until = holds && consent.until !== null ? `, ${said.until(longDate(consent.until, language))}` : "";
    const reason = holds && consent.reason !== "" ? ` · ${consent.reason}` : "";
    return html`<div class="rule ${rule}" data-rule=${rule}>
      ${icon("consent")}
      <p><b>${said.rule[rule]}</b> : ${said.ruleMore[rule]}.<small>${by}${until}${reason}. ${said.stricter}</small></p>
      ${maySign(app.me?.role) ? html`<button @click=${() => this.open()}>${said.change}</button>` : nothing}
    </div>`;
  }

  private panel(): TemplateResult {
    const { app } = this;
    const { words } = app;
    const said = words.consult.consent;
    const view = app.session.state.residents.get(this.resident);
    const who = view === undefined ? "" : fullName(view.family_name, view.given_name);
    return html`<dialog aria-labelledby="consent-title" @cancel=${(event: Event) => this.close(event)}>
      <form
        @submit=${(event: Event) => {
          event.preventDefault();
          void this.save();
        }}
      >
        <h3 id="consent-title">${said.changeTitle(who)}</h3>
        ${this.trouble === null ? nothing : html`<p class="failed" role="alert">${said.failed} ${errorSentence(this.trouble, words)}</p>`}
        <div class="rules" role="radiogroup" aria-labelledby="consent-title">
          ${RULES.map(
            (rule) =>
              html`<button type="button" role="radio" aria-checked=${rule === this.rule ? "true" : "false"} @click=${() => this.choose(rule)}>
                <i aria-hidden="true"></i><span>${said.rule[rule]}<small>${said.ruleMore[rule]}</small></span>
              </button>`,
          )}
        </div>
        <label for="consent-why">${said.why} · ${said.whyHint}</label>
        <textarea
          id="consent-why"
          required
          maxlength=${LONGEST_REASON}
          .value=${this.reason}
          @input=${(event: InputEvent) => {
            this.reason = (event.target as HTMLTextAreaElement).value;
            this.requestUpdate();
          }}
        ></textarea>
        <p class="label" id="consent-end">${said.end}</p>
        <div class="row" role="radiogroup" aria-labelledby="consent-end">${this.ends()}</div>
        <div class="row end">
          <button type="button" @click=${() => this.close()}>${said.cancel}</button>
          <button class="main" ?disabled=${!this.complete || this.sending}>${said.save}</button>
        </div>
      </form>
    </dialog>`;
  }

  private ends(): TemplateResult[] {
    const said = this.app.words.consult.consent;
    const choices: (number | null)[] = this.rule === "emergency" ? [...CONSENT_DAYS] : [null, ...CONSENT_DAYS];
    return choices.map(
      (days) =>
        html`<button
          type="button"
          role="radio"
          aria-checked=${days === this.days ? "true" : "false"}
          @click=${() => {
            this.days = days;
            this.requestUpdate();
          }}
        >
          ${days === null ? said.noEnd : said.days(days)}
        </button>`,
    );
  }
}

customElements.define("vv-consent", ConsentElement);
