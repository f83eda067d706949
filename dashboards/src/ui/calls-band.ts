/** On the nurses' page: calls that go on and can be joined, and requests of this account that wait. Nothing when there is neither. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { byUrgency, isToday, mayAsk, urgencyText, waitText, type CallRequestView } from "../lib/consult";
import { duration, fullName } from "../lib/format";
import { roomName } from "../lib/say";
import { callIsOver } from "../lib/state";
import type { CallView, Micros } from "../lib/types";
import type { App } from "./app";
import { callAddress, waitingAddress } from "./ask";
import { feedOf, Follow } from "./consult";
import { icon } from "./icon";
import { base } from "./styles";

const RINGING: ReadonlySet<CallView["state"]> = new Set(["requested", "ringing"]);

export class CallsBand extends LitElement {
  static override properties = {
    app: { attribute: false },
    stamp: { attribute: false },
    now: { attribute: false },
  };
  static override styles = [
    base,
    css`
      ul {
        display: grid;
        gap: var(--gap-2);
        padding: var(--gap-3) var(--gap-4) 0;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-1) var(--gap-3);
        padding: var(--gap-1) var(--gap-1) var(--gap-1) var(--gap-4);
        border: 1px solid var(--edge);
        border-inline-start: 8px solid var(--action);
        border-radius: var(--radius);
        background: var(--surface);
      }
      li.waits {
        border-inline-start-color: var(--edge);
      }
      p {
        flex: 1 1 18rem;
        min-width: 0;
      }
      b {
        overflow-wrap: anywhere;
      }
      a {
        display: inline-flex;
        align-items: center;
        justify-content: center;
        gap: var(--gap-2);
        min-width: 11rem;
        min-height: var(--touch);
        padding: var(--gap-2) var(--gap-4);
        border: 1px solid var(--edge);
        border-radius: var(--radius);
        color: inherit;
        font-weight: 600;
        text-decoration: none;
      }
      a.main {
        background: var(--action);
        color: var(--on-action);
        border-color: var(--action);
      }
    `,
  ];

  declare app: App;
  declare stamp: unknown;
  declare now: Micros;

  constructor() {
    super();
    new Follow(this);
  }

  override render(): TemplateResult | typeof nothing {
    const { app } = this;
    const { words } = app;
    if (!mayAsk(app.me?.role)) return nothing;
    const { residents } = app.session.state;
    const feed = feedOf(app);
    // A call about somebody who is not on this page has no name here, and is not shown.
    const calls = feed.calls.filter((call) => !callIsOver(call) && residents.has(call.resident));
    const mine = feed.requests.filter((request) => request.asked_by === app.me?.username && residents.has(request.resident) && isToday(request, app.session.now()));
    if (calls.length === 0 && mine.length === 0) return nothing;
    return html`<section aria-label=${words.consult.band.label}>
      <ul>
        ${repeat(calls, ({ id }) => id, (call) => this.call(call))}
        ${repeat(byUrgency(mine, app.session.now()), ({ id }) => id, (request) => this.waits(request))}
      </ul>
    </section>`;
  }

  private call(call: CallView): TemplateResult {
    const { words, language, now } = this.app.speech;
    const said = words.consult.band;
    const view = this.app.session.state.residents.get(call.resident);
    const room = roomName(view?.room ?? call.room, words);
    const sentence = RINGING.has(call.state) ? said.ringing(call.caller_name, room.toLocaleLowerCase()) : said.talking(call.caller_name, room.toLocaleLowerCase());
    return html`<li data-call=${call.id}>
      ${icon("video")}
      <p>
        <b>${sentence}</b><br />
        <span class="quiet">${view === undefined ? "" : `${fullName(view.family_name, view.given_name)} · `}${words.alert.since(duration(now - call.requested, language))}</span>
      </p>
      <a class="main" href=${callAddress(call.id)} aria-label=${said.joinOf(room)}>${icon("video")}${said.join}</a>
    </li>`;
  }

  private waits(request: CallRequestView): TemplateResult {
    const { speech } = this.app;
    const said = speech.words.consult.band;
    const view = this.app.session.state.residents.get(request.resident);
    const who = view === undefined ? "" : fullName(view.family_name, view.given_name);
    return html`<li class="waits" data-request=${request.id}>
      ${icon("physician")}
      <p>
        <b>${said.waiting(who)}</b><br />
        <span class="quiet">${urgencyText(request, speech)} · ${waitText(request, speech)}</span>
      </p>
      <a href=${waitingAddress(request.id)} aria-label=${said.seeOf(who)}>${said.see}</a>
    </li>`;
  }
}

customElements.define("vv-calls-band", CallsBand);
