/** The nurse's page about one call: the wait for a physician, then the call itself. The ward's alarms go on sounding. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import type { CallRequestView } from "../lib/consult";
import { App } from "../ui/app";
import { callAddress } from "../ui/ask";
import { bar, barStyles } from "../ui/bar";
import { feedOf, Follow } from "../ui/consult";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import { failed, forbidden } from "../ui/states";
import { base, marks, page, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import "./nurse-call";
import { placeIn, waitOf, type Place } from "./place";
import { urgent, urgentStyles } from "./urgent";
import "./waiting";

export class AppelPage extends LitElement {
  static override styles = [
    base,
    marks,
    pageState,
    barStyles,
    truthStyles,
    helpStyles,
    urgentStyles,
    css`
      ${page}
      :host {
        min-height: 100dvh;
      }
      :host([calling]) {
        height: 100dvh;
      }
      main {
        flex: 1;
        min-height: 0;
      }
      .state a {
        display: inline-flex;
        align-items: center;
        gap: var(--gap-2);
        min-height: var(--touch);
        padding: var(--gap-2) var(--gap-5);
        border-radius: var(--radius);
        background: var(--action);
        color: var(--on-action);
        font-weight: 600;
        text-decoration: none;
      }
    `,
  ];

  readonly app = new App(this, ["nurse", "coordinator"], { sound: true });
  private place: Place = placeIn(location.pathname);
  /** The request as it was last seen open. */
  private last: CallRequestView | null = null;
  private withdrawn = false;

  constructor() {
    super();
    new Follow(this, () => this.follow());
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

  private readonly moved = (): void => {
    this.place = placeIn(location.pathname);
    this.requestUpdate();
  };

  private readonly key = (event: KeyboardEvent): void => {
    if (isTyping(event)) return;
    if (event.key === "?") this.help();
    else if (event.key === "t") this.app.preferences.nextTheme();
  };

  /** Looks what became of the request; a wait that is answered becomes the call by itself. */
  private follow(): void {
    if (this.place?.kind !== "request") return;
    const feed = feedOf(this.app);
    const wait = waitOf(this.place.id, feed.requests, feed.settled, feed.calls, this.last);
    if (wait.kind === "waits") this.last = wait.request;
    if (wait.kind !== "taken") return;
    this.place = { kind: "call", id: wait.call };
    history.replaceState(null, "", callAddress(wait.call));
  }

  override updated(): void {
    this.toggleAttribute("doubtful", doubts(this.app) !== nothing);
    this.toggleAttribute("calling", this.place?.kind === "call");
  }

  private help(): void {
    this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal();
  }

  override render(): TemplateResult {
    const { app } = this;
    const { words } = app;
    const about = this.last?.resident ?? (this.place?.kind === "call" ? (feedOf(app).calls.find(({ id }) => id === this.place?.id)?.resident ?? null) : null);
    return html`${doubts(app)} ${bar(app, () => this.help(), true)} ${complaint(app)} ${app.session.state.loaded ? urgent(app, about) : nothing}
      <main>${this.content()}</main>
      ${spoken(app)}
      ${helpDialog(app, [
        ["?", words.help.show],
        ["T", words.help.theme],
      ])}`;
  }

  private content(): TemplateResult {
    const { app, place } = this;
    if (app.phase === "forbidden") return forbidden(app);
    if (app.phase === "failed") return failed(app);
    const feed = feedOf(app);
    if (!app.session.state.loaded || !feed.known) return html`<div class="state" role="status">${app.words.ward.loading}</div>`;
    if (place?.kind === "call") return this.call(place.id);
    if (this.withdrawn || (place !== null && feed.settled.get(place.id)?.state === "withdrawn")) return this.over(app.words.consult.room.withdrawn, app.words.consult.room.withdrawnMore);
    const request = place === null ? undefined : feed.requests.find(({ id }) => id === place.id);
    if (request === undefined) return this.over(app.words.consult.room.unknown, app.words.consult.room.unknownMore);
    return html`<vv-waiting
      .app=${app}
      .request=${request}
      .stamp=${app.session.state}
      .now=${app.session.now()}
      @withdrawn=${() => {
        this.withdrawn = true;
        this.requestUpdate();
      }}
    ></vv-waiting>`;
  }

  /** Another call is another element. */
  private call(id: string): TemplateResult {
    const { app } = this;
    return html`${keyed(id, html`<vv-nurse-call .app=${app} .callId=${id} .stamp=${app.session.state} .now=${app.session.now()}></vv-nurse-call>`)}`;
  }

  private over(title: string, more: string): TemplateResult {
    return html`<section class="state">
      ${icon("check")}
      <h2>${title}</h2>
      <p>${more}</p>
      <a href="/service">${icon("grid")}${this.app.words.consult.room.ward}</a>
    </section>`;
  }
}

customElements.define("vv-appel", AppelPage);
