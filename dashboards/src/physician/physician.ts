/** The physician's page: who is waiting and why, the resident's last hours, the call. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { ApiError } from "../lib/api";
import type { CallOrder } from "../lib/call";
import { arrivals, ConsultApi, isWaiting, reasonOf, requestSpoken, ruleNow, type ConsentView } from "../lib/consult";
import { worstFirst } from "../lib/rank";
import { takeNote } from "../lib/reload";
import "../resident/resident";
import { App } from "../ui/app";
import { bar, barStyles } from "../ui/bar";
import { Chime } from "../ui/chime";
import { feedOf, Follow } from "../ui/consult";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import { failed, forbidden } from "../ui/states";
import { base, desk, marks, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import { callKeys } from "../call/keys";
import "./call-view";
import "./glance";
import { listStyles, people, type ListHost } from "./list";

const PLACE = /^\/medecin\/resident\/([^/]+)$/;

function residentIn(path: string): string | null {
  const found = PLACE.exec(path)?.[1];
  return found === undefined ? null : decodeURIComponent(found);
}

export class Physician extends LitElement implements ListHost {
  static override styles = [
    base,
    marks,
    pageState,
    barStyles,
    truthStyles,
    helpStyles,
    listStyles,
    css`
      ${desk}
      .desk {
        display: grid;
        grid-template-columns: 340px minmax(0, 1fr);
        min-height: 0;
      }
      .desk.calling {
        grid-template-columns: minmax(0, 1fr);
      }
      .left {
        overflow-y: auto;
        background: var(--surface);
        border-inline-end: 1px solid var(--line);
        padding-bottom: var(--gap-4);
      }
      main {
        overflow-y: auto;
        min-width: 0;
      }
      .desk.calling main {
        overflow: hidden;
      }
      .call-button {
        min-height: 64px;
        padding-inline: var(--gap-5);
        color: var(--text);
        font-size: var(--size-3);
      }
      .call-button.main {
        color: var(--on-action);
      }
      .call-button:disabled {
        color: var(--quiet);
      }
      .call-buttons {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: var(--gap-3);
      }
      .call-note {
        display: grid;
        max-width: 27rem;
        justify-items: end;
        gap: var(--gap-1);
        font-size: var(--size-1);
        color: var(--quiet);
        text-align: end;
      }
      @media (max-width: 900px) {
        :host {
          height: auto;
        }
        .desk {
          grid-template-columns: minmax(0, 1fr);
        }
        .left {
          max-height: 40vh;
        }
      }
    `,
  ];

  query = "";
  private resident = residentIn(location.pathname);
  /** The call in which this page was when it was loaded again. */
  private left = this.resident === null ? null : takeNote(sessionStorage, this.resident, Date.now());
  private calling = this.left !== null;
  /** An act's page leads here to call: it rings once, and not again when the page is loaded again. */
  private wanted = new URLSearchParams(location.search).has("visio");
  /** What the call that was opened last is about. */
  private order: CallOrder = {};
  /** How the room of the resident who is shown may be opened. */
  private consent: ConsentView | null = null;
  /** Of whom it was asked. */
  private asked: string | null = null;
  readonly app = new App(this, ["physician", "coordinator"], { sound: false });
  /** The whole record instead of what is read first. */
  private full = false;
  private readonly chime = new Chime();
  /** Requests that were told; `null` before the first reading, of which nothing is new. */
  private told: ReadonlySet<string> | null = null;
  private news = "";

  constructor() {
    super();
    new Follow(this, () => this.listen());
    this.chime.addEventListener("change", () => this.requestUpdate());
  }

  get heard(): boolean {
    return this.chime.ready;
  }

  hear(): void {
    void this.chime.unlock().then(() => this.chime.play());
  }

  /** A new request announces itself: two notes, the title, a spoken sentence. */
  private listen(): void {
    const feed = feedOf(this.app);
    if (!feed.known) return;
    const arrived = arrivals(this.told, feed.requests);
    this.told = new Set([...(this.told ?? []), ...feed.requests.map(({ id }) => id)]);
    if (arrived.length > 0) {
      this.chime.play();
      this.news = arrived.map((request) => requestSpoken(request, this.app.session.state.residents, this.app.speech)).join(" ");
    }
    const count = feed.requests.filter(isWaiting).length;
    const { words } = this.app;
    document.title = `${count === 0 ? "" : `(${count}) ${words.consult.list.arrived(count)} · `}${words.physician.title} · Veilleuse`;
  }

  get current(): string | null {
    return this.resident;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("popstate", this.moved);
    addEventListener("keydown", this.key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("popstate", this.moved);
    removeEventListener("keydown", this.key);
  }

  search(query: string): void {
    this.query = query;
    this.requestUpdate();
  }

  open(resident: string): void {
    if (resident === this.resident) return;
    history.pushState(null, "", `/medecin/resident/${encodeURIComponent(resident)}`);
    this.show(resident);
  }

  private readonly moved = (): void => {
    this.show(residentIn(location.pathname));
  };

  private show(resident: string | null): void {
    this.resident = resident;
    this.calling = false;
    this.left = null;
    this.full = false;
    this.consent = null;
    this.requestUpdate();
    this.renderRoot.querySelector("main")?.scrollTo(0, 0);
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (isTyping(event)) return;
    if (event.key === "?") this.help();
    // The call has keys of its own.
    else if (this.calling) return;
    else if (event.key === "t") this.app.preferences.nextTheme();
    else if (event.key === "/") this.focusSearch(event);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") this.neighbour(event);
  };

  private focusSearch(event: KeyboardEvent): void {
    event.preventDefault();
    this.renderRoot.querySelector<HTMLInputElement>("#search")?.focus();
  }

  /** Arrows walk the list while the focus is in it. */
  private neighbour(event: KeyboardEvent): void {
    const rows = [...this.renderRoot.querySelectorAll<HTMLElement>(".person")];
    const here = rows.indexOf(event.composedPath()[0] as HTMLElement);
    if (here < 0) return;
    event.preventDefault();
    rows[here + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  }

  override willUpdate(): void {
    const id = this.resident;
    if (this.wanted && id !== null && feedOf(this.app).known && this.app.session.state.residents.has(id)) {
      this.wanted = false;
      history.replaceState(null, "", location.pathname);
      if (!this.calling) this.call(id, false);
    }
    if (id === null || this.asked === id || !this.app.session.state.loaded) return;
    this.asked = id;
    void this.readConsent(id);
  }

  override updated(): void {
    this.toggleAttribute("doubtful", doubts(this.app) !== nothing);
  }

  private help(): void {
    this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal();
  }

  override render(): TemplateResult {
    const { app } = this;
    const { words } = app;
    return html`<div class="top">${doubts(app)} ${bar(app, () => this.help())} ${complaint(app)}</div>
      ${this.content()} ${spoken(app)}
      <div class="only-spoken" aria-live="assertive">${this.news}</div>
      ${helpDialog(app, [
        ["?", words.help.show],
        ...(this.calling
          ? callKeys(words)
          : ([
              ["/", words.help.search],
              ["↑ ↓", words.help.arrows],
              ["T", words.help.theme],
            ] as const)),
      ])}`;
  }

  private content(): TemplateResult {
    const { app } = this;
    if (app.phase === "forbidden") return forbidden(app);
    if (app.phase === "failed") return failed(app);
    return html`<div class="desk ${this.calling ? "calling" : ""}">
      ${this.calling ? nothing : html`<div class="left">${app.session.state.loaded ? people(app, this) : this.skeleton()}</div>`}
      <main>${this.centre()}</main>
    </div>`;
  }

  private centre(): TemplateResult {
    const { app } = this;
    if (!app.session.state.loaded) return html`<div class="state" role="status">${app.words.ward.loading}</div>`;
    if (this.resident === null) return html`<h1 class="only-spoken">${app.words.physician.title}</h1>${this.choose()}`;
    const id = this.resident;
    const { state } = app.session;
    if (this.calling && state.residents.has(id)) {
      return html`${keyed(
        id,
        html`<vv-call .app=${app} .resident=${id} .order=${this.orderNow(id)} .left=${this.left} .stamp=${state} .now=${app.session.now()} @back=${() => this.endCall()}></vv-call>`,
      )}`;
    }
    // Another resident is another element: nothing of the one before can stay on the screen.
    const body = this.full
      ? html`<vv-resident .app=${app} .resident=${id} .stamp=${state} .now=${app.session.now()} embedded @back=${() => this.back()}>${this.tools(id)}</vv-resident>`
      : html`<vv-glance .app=${app} .resident=${id} .stamp=${state} .now=${app.session.now()}>${this.tools(id)}</vv-glance>`;
    return html`${keyed(`${id}/${String(this.full)}`, body)}`;
  }

  private showFull(full: boolean): void {
    this.full = full;
    this.requestUpdate();
  }

  private back(): void {
    history.pushState(null, "", "/medecin");
    this.show(null);
  }

  /** Rings in the room; `urgent` opens by itself where somebody has signed that it may. */
  private call(id: string, urgent: boolean): void {
    this.order = { ...this.about(id), urgent };
    this.calling = true;
    this.requestUpdate();
  }

  /** A call that is made again no longer answers a request that was answered or withdrawn. */
  private orderNow(id: string): CallOrder {
    const { request, ...rest } = this.order;
    return request !== undefined && feedOf(this.app).openFor(id)?.id === request ? this.order : rest;
  }

  private endCall(): void {
    this.calling = false;
    this.left = null;
    this.requestUpdate();
  }

  private async readConsent(id: string): Promise<void> {
    try {
      const consent = await new ConsultApi(this.app.session.api).consent(id);
      if (this.resident === id && consent.resident === id) this.consent = consent;
    } catch (error) {
      // Without the rule there is no second button: the room is asked.
      if (!(error instanceof ApiError)) throw error;
    }
    this.requestUpdate();
  }

  private tools(id: string): TemplateResult {
    const { words } = this.app;
    const said = words.consult.glance;
    return html`<button @click=${() => this.showFull(!this.full)}>${icon(this.full ? "back" : "activity")}${this.full ? said.brief : said.full}</button> ${this.callButton(id)}`;
  }

  /** Whether somebody has signed that an urgent call opens in this room without being accepted there. */
  private get opensAlone(): boolean {
    return this.consent !== null && ruleNow(this.consent, this.app.session.now()) === "emergency";
  }

  private callButton(id: string): TemplateResult {
    const { words, session } = this.app;
    const view = session.state.residents.get(id);
    const edge = view?.edge == null ? undefined : session.state.edges.get(view.edge);
    const possible = view?.edge != null && edge?.online !== false;
    return html`<div class="call-note">
      <div class="call-buttons">
        ${this.opensAlone ? html`<button class="call-button" ?disabled=${!possible} @click=${() => this.call(id, true)}>${icon("warning")}${words.consult.glance.callUrgent}</button>` : nothing}
        <button class="main call-button" ?disabled=${!possible} @click=${() => this.call(id, false)}>${icon("video")}${words.physician.call}</button>
      </div>
      ${possible ? words.physician.callNote : words.physician.callUnavailable}
    </div>`;
  }

  /** What the call is about: the request it answers, or the alarm that is open. */
  private about(id: string): CallOrder {
    const { app } = this;
    const request = feedOf(app).openFor(id);
    if (request !== undefined) {
      const { reason, alert } = request;
      return { request: request.id, reason, ...(alert === null ? {} : { alert }) };
    }
    const alarm = worstFirst(app.alerts()).find((alert) => alert.resident === id && alert.category === "physiological");
    return alarm === undefined ? {} : { alert: alarm.id, reason: reasonOf(alarm, app.speech) };
  }

  private choose(): TemplateResult {
    const { words } = this.app;
    return html`<section class="state">
      ${icon("heart")}
      <h2>${words.physician.choose}</h2>
      <p>${words.physician.chooseMore}</p>
    </section>`;
  }

  private skeleton(): TemplateResult {
    return html`${Array.from({ length: 10 }, () => html`<div class="skeleton row"></div>`)}`;
  }
}

customElements.define("vv-physician", Physician);
