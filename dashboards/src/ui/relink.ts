/**
 * Saying whose a waiting sensor is: the button where a notice stands, and one sheet per page that asks, sends and undoes.
 * The sheet lies at the bottom, so that the alarms above stay in sight while it is open.
 */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { ago, fullName } from "../lib/format";
import { offerOf, Relink, type Offer, type Problem, type Waiting } from "../lib/relink";
import { roomName } from "../lib/say";
import { agree } from "../lib/technician";
import type { AlertView, SensorView } from "../lib/types";
import { sensorName } from "../lib/why";
import type { App } from "./app";
import { icon } from "./icon";
import { base } from "./styles";

/** For the page that shows a button. */
export const relinkStyles = css`
  .relink {
    grid-column: 1 / -1;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: flex-end;
    gap: var(--gap-2) var(--gap-3);
  }
  .relink p {
    flex: 1 1 14rem;
  }
  .relink button {
    min-height: 60px;
  }
  .alarm .relink {
    padding-top: var(--gap-2);
  }
  .strip.short .relink {
    display: none;
  }
  .list .relink {
    justify-content: flex-start;
    padding-top: var(--gap-2);
  }
  .relink.panel {
    margin-bottom: var(--gap-3);
    padding: var(--gap-3) var(--gap-4);
    border: 1px solid var(--technical);
    border-inline-start-width: 8px;
    border-radius: var(--radius);
    background: var(--technical-ground);
    font-weight: 600;
  }
`;

const asking = new WeakMap<App, Relink>();

/** The question of a page; there is one, however many buttons there are. */
export function relinkOf(app: App): Relink {
  let found = asking.get(app);
  if (found === undefined) {
    const after = (milliseconds: number, act: () => void): (() => void) => {
      const timer = setTimeout(act, milliseconds);
      return () => clearTimeout(timer);
    };
    found = new Relink(app.session.api, () => app.session.state, after);
    asking.set(app, found);
  }
  return found;
}

function nameOf(offer: Offer): string {
  return fullName(offer.resident.family_name, offer.resident.given_name);
}

function roomOf(offer: Offer, app: App): string {
  const room = roomName(offer.resident.room, app.words);
  return room.charAt(0).toLocaleLowerCase("fr") + room.slice(1);
}

function sensorsOf(offer: Offer, app: App, start: boolean): string {
  const { language } = app.preferences;
  return offer.sensors.map(({ kind, sensor }, index) => sensorName(kind, sensor, language, start && index === 0)).join(", ");
}

/** Below a notice: the gesture for all that waits in the room. Nothing for any other alert, or who may not. */
export function relinkRow(app: App, alert: AlertView): TemplateResult | typeof nothing {
  if (alert.code !== "sensor_unassigned" || alert.condition !== "active") return nothing;
  return gesture(app, offerOf(app.session.state, alert.edge, app.me), "");
}

/** On the page of the resident who lives there now. */
export function relinkPanel(app: App, edge: string | null): TemplateResult | typeof nothing {
  const offer = offerOf(app.session.state, edge, app.me);
  return gesture(app, offer, offer === null ? "" : app.words.relink.waiting(offer.sensors.length));
}

function gesture(app: App, offer: Offer | null, sentence: string): TemplateResult | typeof nothing {
  if (offer === null) return nothing;
  const { relink } = app.words;
  const label = offer.sensors.length === 1 ? relink.one(nameOf(offer)) : relink.several(nameOf(offer));
  return html`<div class="relink ${sentence === "" ? "" : "panel"}">
    ${sentence === "" ? nothing : html`<p>${sentence}</p>`}
    <button class="main" data-relink=${offer.edge} aria-haspopup="dialog" aria-label="${label}. ${sensorsOf(offer, app, true)}" @click=${() => relinkOf(app).ask(offer)}>
      ${icon("link")}${label}
    </button>
  </div>`;
}

/** In the list of sensors: the gesture for one that waits. */
export function relinkSensor(app: App, edge: string | null, sensor: SensorView): TemplateResult | typeof nothing {
  const offer = offerOf(app.session.state, edge, app.me);
  const sensors = offer?.sensors.filter((each) => each.sensor === sensor.sensor) ?? [];
  if (offer === null || sensors.length === 0) return nothing;
  const { relink } = app.words;
  const one = { ...offer, sensors };
  return html`<div class="relink">
    <button aria-haspopup="dialog" aria-label=${relink.ofThis(sensorsOf(one, app, true), nameOf(offer))} @click=${() => relinkOf(app).ask(one)}>
      ${icon("link")}${relink.one(nameOf(offer))}
    </button>
  </div>`;
}

export class RelinkElement extends LitElement {
  static override properties = { app: { attribute: false }, stamp: { attribute: false }, now: { attribute: false } };
  static override styles = [
    base,
    css`
      dialog {
        inset: auto 0 0 0;
        width: min(46rem, calc(100vw - 24px));
        max-width: none;
        max-height: 80vh;
        margin: 0 auto 12px;
        padding: var(--gap-5);
        overflow-y: auto;
        border: 2px solid var(--technical);
        border-radius: var(--radius);
        background: var(--surface);
        color: var(--text);
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 25%);
      }
      h2 {
        font-size: var(--size-4);
        line-height: 1.2;
        margin-bottom: var(--gap-3);
      }
      ul {
        display: grid;
        gap: var(--gap-3);
        margin-bottom: var(--gap-3);
      }
      label,
      .single {
        display: flex;
        align-items: center;
        gap: var(--gap-4);
        min-height: 60px;
        padding: var(--gap-2) var(--gap-4);
        border: 1px solid var(--edge);
        border-radius: var(--radius);
        font-size: var(--size-3);
      }
      .single {
        border-color: var(--line);
      }
      small {
        display: block;
        font-size: var(--size-2);
        color: var(--quiet);
      }
      input {
        width: 28px;
        height: 28px;
        flex: none;
        accent-color: var(--action);
      }
      .problem {
        display: flex;
        gap: var(--gap-3);
        margin-top: var(--gap-3);
        padding: var(--gap-3) var(--gap-4);
        border: 1px solid var(--technical);
        border-inline-start-width: 8px;
        border-radius: var(--radius);
        background: var(--technical-ground);
        font-weight: 600;
      }
      footer {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: var(--gap-3);
        margin-top: var(--gap-4);
      }
      footer button {
        min-height: 64px;
        min-width: 9rem;
        font-size: var(--size-3);
      }
      .said {
        position: fixed;
        inset: auto 0 12px 0;
        z-index: 20;
        width: min(46rem, calc(100vw - 24px));
        margin: 0 auto;
      }
      .said > div {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-3);
        padding: var(--gap-3) var(--gap-4);
        border: 2px solid var(--edge);
        border-radius: var(--radius);
        background: var(--surface);
        box-shadow: 0 6px 24px rgb(0 0 0 / 25%);
        font-size: var(--size-3);
      }
      .said p {
        flex: 1 1 16rem;
      }
    `,
  ];

  declare app: App;
  /** Anything that changes when the ward's state did. */
  declare stamp: unknown;
  declare now: unknown;
  private from: HTMLElement | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    relinkOf(this.app).addEventListener("change", this.changed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    relinkOf(this.app).removeEventListener("change", this.changed);
  }

  private readonly changed = (): void => this.requestUpdate();

  override updated(): void {
    const dialog = this.renderRoot.querySelector("dialog");
    const wanted = relinkOf(this.app).asked !== null;
    if (dialog === null || dialog.open === wanted) return;
    if (wanted) {
      this.from = focused();
      dialog.showModal();
    } else {
      dialog.close();
      if (this.from?.isConnected === true) this.from.focus();
    }
  }

  override render(): TemplateResult {
    const relink = relinkOf(this.app);
    // A shortcut of the page below is none of the sheet.
    return html`<dialog
        aria-labelledby="relink-title"
        aria-describedby="relink-check"
        aria-busy=${relink.sending ? "true" : "false"}
        @keydown=${(event: Event) => event.stopPropagation()}
        @cancel=${(event: Event) => {
          event.preventDefault();
          relink.cancel();
        }}
      >
        ${relink.asked === null ? nothing : this.question(relink, relink.asked)}
      </dialog>
      <div class="said" role="status" aria-live="polite">${this.said(relink)}</div>`;
  }

  private question(relink: Relink, asked: Offer): TemplateResult {
    const { words } = this.app;
    const chosen = asked.sensors.filter(({ sensor }) => relink.chosen.has(sensor));
    const against = relink.objection();
    const hopeless = against !== null && !["offline", "failing"].includes(against.trouble);
    const verb = against !== null ? words.relink.retry : chosen.length > 1 ? words.relink.all : words.relink.link;
    return html`<h2 id="relink-title">${this.heading(asked, chosen)}</h2>
      <ul>
        ${asked.sensors.map((each) => this.sensor(relink, asked, each))}
      </ul>
      <p id="relink-check">${words.relink.check}</p>
      <div role="alert">${against === null ? nothing : html`<p class="problem">${icon("warning")}${this.sentence(against)}</p>`}</div>
      <p class="only-spoken" role="status">${relink.sending ? words.relink.sending : ""}</p>
      <footer>
        <button @click=${() => relink.cancel()}>${hopeless ? words.relink.close : words.relink.cancel}</button>
        ${hopeless
          ? nothing
          : html`<button class="main" id="relink-yes" ?disabled=${!relink.mayConfirm()} @click=${() => void relink.confirm()}>
              ${icon("link")}${verb}
            </button>`}
      </footer>`;
  }

  private heading(asked: Offer, chosen: readonly Waiting[]): string {
    const { relink } = this.app.words;
    const offer = { ...asked, sensors: chosen };
    if (chosen.length === 0) return relink.askNone(nameOf(asked), roomOf(asked, this.app));
    if (chosen.length > 1) return relink.askSeveral(chosen.length, nameOf(asked), roomOf(asked, this.app));
    return relink.askOne(sensorsOf(offer, this.app, false), nameOf(asked), roomOf(asked, this.app));
  }

  /** What it is called and when it last measured: how a person knows the one in their hand. */
  private sensor(relink: Relink, asked: Offer, each: Waiting): TemplateResult {
    const { relink: words } = this.app.words;
    const { language } = this.app.preferences;
    const when = each.last === null ? words.never : words.last(ago(each.last, this.app.speech.now, language));
    const text = html`<span><b>${sensorName(each.kind, each.sensor, language, true)}</b><small>${when}</small></span>`;
    if (asked.sensors.length === 1) return html`<li class="single">${icon("link")}${text}</li>`;
    return html`<li>
      <label>
        <input
          type="checkbox"
          data-sensor=${each.sensor}
          .checked=${relink.chosen.has(each.sensor)}
          ?disabled=${relink.sending}
          @change=${(event: Event) => relink.choose(each.sensor, (event.target as HTMLInputElement).checked)}
        />${text}
      </label>
    </li>`;
  }

  private sentence({ trouble, who }: Problem): string {
    const { relink } = this.app.words;
    if (trouble === "already") return relink.already(who);
    return trouble === "tooLate" ? relink.gone : relink[trouble];
  }

  private said(relink: Relink): TemplateResult | typeof nothing {
    const { done } = relink;
    if (done === null) return nothing;
    const { words } = this.app;
    const several = done.offer.sensors.length > 1;
    const sensors = sensorsOf(done.offer, this.app, true);
    const kind = done.offer.sensors[0]?.kind ?? "sensor";
    const text =
      done.problem !== null
        ? (done.problem.trouble === "tooLate" ? words.relink.tooLate : words.relink.notUndone)(sensorsOf(done.offer, this.app, false), nameOf(done.offer))
        : done.state === "undone"
          ? agree(words.relink.undone(sensors, several), kind)
          : agree(words.relink.done(sensors, nameOf(done.offer), roomOf(done.offer, this.app), several), kind);
    const mayUndo = done.state !== "undone" && done.problem?.trouble !== "tooLate";
    return html`<div>
      ${icon(done.problem === null ? (done.state === "undone" ? "unlink" : "check") : "warning")}
      <p>${text}</p>
      ${mayUndo
        ? html`<button ?disabled=${done.state === "undoing"} @click=${() => void relink.undo()}>
            ${icon("unlink")}${done.problem === null ? words.relink.undo : words.relink.retry}
          </button>`
        : nothing}
      ${done.problem === null ? nothing : html`<button @click=${() => relink.dismiss()}>${words.relink.close}</button>`}
    </div>`;
  }
}

/** The element that has the focus, through every shadow root. */
function focused(): HTMLElement | null {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement != null) found = found.shadowRoot.activeElement;
  return found instanceof HTMLElement ? found : null;
}

customElements.define("vv-relink", RelinkElement);
