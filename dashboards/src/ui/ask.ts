/**
 * Asking for a physician: one button. An urgent alarm needs nothing more; anything else asks why and for when, each at one tap.
 * Where a request waits already, the button leads to it.
 */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import {
  defaultUrgency,
  LONGEST_REASON,
  mayAsk,
  plannable,
  plannedText,
  REASONS,
  reasonOf,
  URGENCIES,
  withReason,
  type Urgency,
} from "../lib/consult";
import { fullName } from "../lib/format";
import { errorSentence, roomName } from "../lib/say";
import type { AlertView, Micros, ResidentView } from "../lib/types";
import type { App } from "./app";
import { feedOf, Follow } from "./consult";
import { icon } from "./icon";
import { base, dialogs, linkLook } from "./styles";

/** Half hours that are offered for an appointment. */
const HOURS = 12;

/** Where a request waits. */
export function waitingAddress(request: string): string {
  return `/appel/demande/${encodeURIComponent(request)}`;
}

export function callAddress(call: string): string {
  return `/appel/${encodeURIComponent(call)}`;
}

export class AskElement extends LitElement {
  static override properties = {
    app: { attribute: false },
    resident: { attribute: false },
    alert: { attribute: false },
    stamp: { attribute: false },
  };
  static override styles = [
    base,
    dialogs,
    css`
      :host {
        display: inline-flex;
        min-height: var(--touch);
      }
      :host > button,
      :host > a {
        flex: 1;
        min-height: inherit;
        padding-inline: var(--gap-3);
        font-size: inherit;
        white-space: nowrap;
      }
      a {
        ${linkLook}
        border: 2px solid var(--action);
      }
      .head h2 {
        flex: 1;
        font-size: var(--size-4);
        line-height: 1.15;
      }
      .head h2 small {
        display: block;
        font-size: var(--size-2);
        font-weight: 400;
        color: var(--quiet);
      }
      label,
      h3 {
        font-size: var(--size-1);
        font-weight: 600;
        color: var(--quiet);
      }
      textarea {
        font: inherit;
        color: inherit;
        width: 100%;
        min-height: 72px;
        padding: var(--gap-3);
        border: 1px solid var(--edge);
        border-radius: var(--radius);
        background: var(--ground);
        resize: vertical;
      }
      .chips {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-3);
      }
      .chips button {
        flex: 1 1 9rem;
        font-weight: 500;
      }
      .urgencies {
        display: grid;
        grid-template-columns: repeat(3, minmax(0, 1fr));
        gap: var(--gap-3);
      }
      .urgencies button {
        flex-direction: column;
        gap: 2px;
        min-height: 96px;
        font-size: var(--size-3);
      }
      .urgencies small {
        font-size: var(--size-1);
        font-weight: 400;
      }
      .hours {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr));
        gap: var(--gap-3);
      }
      .failed {
        display: flex;
        align-items: center;
        gap: var(--gap-3);
        padding: var(--gap-2) var(--gap-3);
        border-inline-start: 8px solid var(--medium-mark);
        background: var(--medium-ground);
      }
      .emergency {
        font-weight: 600;
      }
      @media (max-width: 560px) {
        .urgencies {
          grid-template-columns: minmax(0, 1fr);
        }
        .urgencies button {
          min-height: 64px;
        }
      }
    `,
  ];

  declare app: App;
  /** For whom; never changes during the life of the element. */
  declare resident: string;
  /** The alarm that makes somebody ask, if one does. */
  declare alert: AlertView | null;
  /** Anything that changes when the ward's state did. */
  declare stamp: unknown;
  private reason = "";
  private urgency: Urgency = "today";
  private asking = false;
  private sending = false;
  private trouble: unknown = null;

  constructor() {
    super();
    this.alert = null;
    new Follow(this);
  }

  private view(): ResidentView | undefined {
    return this.app.session.state.residents.get(this.resident);
  }

  private press(): void {
    this.reason = reasonOf(this.alert, this.app.speech);
    this.urgency = defaultUrgency(this.alert);
    // An urgent alarm says why and for when: nothing is asked any more, and what was done is undone on the next page.
    if (this.urgency === "now") void this.send("now");
    else this.open();
  }

  private open(): void {
    this.asking = true;
    this.trouble = null;
    this.requestUpdate();
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector("dialog")?.showModal();
      const first = this.reason === "" ? "textarea" : ".urgencies button";
      this.renderRoot.querySelector<HTMLElement>(first)?.focus();
    });
  }

  private close(event?: Event): void {
    event?.preventDefault();
    this.asking = false;
    this.renderRoot.querySelector("dialog")?.close();
    this.requestUpdate();
    this.renderRoot.querySelector<HTMLElement>("button")?.focus();
  }

  private choose(urgency: Urgency): void {
    if (urgency === "planned") {
      this.urgency = urgency;
      this.requestUpdate();
      void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(".hours button")?.focus());
    } else void this.send(urgency);
  }

  private async send(urgency: Urgency, planned?: Micros): Promise<void> {
    const { app } = this;
    if (this.sending) return;
    if (this.reason.trim() === "") {
      this.trouble = "missing";
      this.requestUpdate();
      this.renderRoot.querySelector<HTMLElement>("textarea")?.focus();
      return;
    }
    this.sending = true;
    this.trouble = null;
    this.requestUpdate();
    try {
      const feed = feedOf(app);
      const request = await feed.api.ask(this.resident, {
        reason: this.reason.trim().slice(0, LONGEST_REASON),
        urgency,
        act: urgency === "planned" ? "consultation" : "assistance",
        ...(this.alert === null ? {} : { alert: this.alert.id }),
        ...(planned === undefined ? {} : { planned }),
      });
      feed.take(request);
      location.assign(waitingAddress(request.id));
    } catch (error) {
      this.trouble = error;
      if (!this.asking) this.open();
      this.trouble = error;
    } finally {
      this.sending = false;
      this.requestUpdate();
    }
  }

  override render(): TemplateResult | typeof nothing {
    const { app } = this;
    const { words } = app;
    const view = this.view();
    if (view === undefined || !mayAsk(app.me?.role)) return nothing;
    const name = fullName(view.family_name, view.given_name);
    const feed = feedOf(app);
    const call = feed.callFor(this.resident);
    if (call !== undefined) return html`<a href=${callAddress(call.id)} aria-label=${words.consult.band.joinOf(roomName(view.room, words))}>${icon("video")}${words.consult.band.join}</a>`;
    const open = feed.openFor(this.resident);
    if (open !== undefined) return html`<a href=${waitingAddress(open.id)} aria-label=${words.consult.waitingOf(name)}>${icon("check")}${words.consult.waiting}</a>`;
    return html`<button aria-label=${words.consult.askTitle(name)} ?disabled=${this.sending} @click=${() => this.press()}>
        ${icon("physician")}${words.consult.ask}
      </button>
      ${this.asking ? this.panel(view, name) : nothing}`;
  }

  private panel(view: ResidentView, name: string): TemplateResult {
    const { words } = this.app;
    const said = words.consult;
    const outside = (event: MouseEvent): void => {
      if (event.target instanceof HTMLDialogElement) this.close();
    };
    return html`<dialog aria-labelledby="ask-title" @cancel=${(event: Event) => this.close(event)} @click=${outside}>
      <form @submit=${(event: Event) => event.preventDefault()}>
        <div class="head">
          <h2 id="ask-title">${said.ask}<small>${name} · ${roomName(view.room, words)}</small></h2>
          <button type="button" class="plain" aria-label=${said.cancel} @click=${() => this.close()}>${icon("close")}</button>
        </div>
        ${this.failure()}
        <label for="why">${said.why} · ${said.whyHint}</label>
        <textarea id="why" maxlength=${LONGEST_REASON} .value=${this.reason} @input=${(event: InputEvent) => this.write((event.target as HTMLTextAreaElement).value)}></textarea>
        <div class="chips">
          ${REASONS.map((each) => html`<button type="button" @click=${() => this.write(withReason(this.reason, said.reason[each]))}>${said.reason[each]}</button>`)}
        </div>
        <h3 id="ask-when">${this.urgency === "planned" ? said.plannedTitle : said.when}</h3>
        ${this.urgency === "planned" ? this.hours() : this.urgencies()}
        <p class="emergency">${said.emergency}</p>
      </form>
    </dialog>`;
  }

  private write(reason: string): void {
    this.reason = reason.slice(0, LONGEST_REASON);
    if (this.trouble === "missing") this.trouble = null;
    this.requestUpdate();
  }

  private failure(): TemplateResult | typeof nothing {
    const { words } = this.app;
    if (this.trouble === null) return nothing;
    const said = words.consult;
    const sentence = this.trouble === "missing" ? said.whyMissing : `${said.failed} ${errorSentence(this.trouble, words)} ${said.failedMore}`;
    return html`<p class="failed" role="alert">${icon("warning")}<span>${sentence}</span></p>`;
  }

  private urgencies(): TemplateResult {
    const said = this.app.words.consult;
    return html`<div class="urgencies" role="group" aria-labelledby="ask-when">
      ${URGENCIES.map(
        (urgency) =>
          html`<button type="button" class=${urgency === "now" ? "main" : ""} ?disabled=${this.sending} @click=${() => this.choose(urgency)}>
            ${said.urgency[urgency]}<small>${said.urgencyMore[urgency]}</small>
          </button>`,
      )}
    </div>`;
  }

  private hours(): TemplateResult {
    const { words, session, preferences } = this.app;
    const now = session.now();
    return html`<div class="hours" role="group" aria-labelledby="ask-when">
        ${plannable(now, HOURS).map(
          (time) =>
            html`<button type="button" ?disabled=${this.sending} @click=${() => void this.send("planned", time)}>
              ${plannedText(time, now, words, preferences.language)}
            </button>`,
        )}
      </div>
      <button type="button" class="plain" @click=${() => this.backToUrgencies()}>${icon("back")}${words.consult.when}</button>`;
  }

  private backToUrgencies(): void {
    this.urgency = "today";
    this.requestUpdate();
  }
}

customElements.define("vv-ask", AskElement);
