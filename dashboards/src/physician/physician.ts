/** The physician's page: who is waiting and why, the resident's last hours, the call. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import "../resident/resident";
import { App } from "../ui/app";
import { bar, barStyles } from "../ui/bar";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import { failed, forbidden } from "../ui/states";
import { base, marks, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import "./call-view";
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
      :host {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr);
        height: 100vh;
        background: var(--ground);
      }
      :host([doubtful]) {
        padding: 0 12px 12px;
      }
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
        font-size: var(--size-3);
      }
      .call-note {
        display: grid;
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
  private calling = false;
  private readonly app = new App(this, ["physician"], { sound: false });

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
    this.requestUpdate();
    this.renderRoot.querySelector("main")?.scrollTo(0, 0);
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (isTyping(event) || this.calling) return;
    if (event.key === "?") this.help();
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
      ${helpDialog(app, [
        ["?", words.help.show],
        ["/", words.help.search],
        ["↑ ↓", words.help.arrows],
        ["T", words.help.theme],
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
    if (this.resident === null) return this.choose();
    const id = this.resident;
    const { state } = app.session;
    if (this.calling && state.residents.has(id)) {
      return html`${keyed(
        id,
        html`<vv-call .app=${app} .resident=${id} .stamp=${state} .now=${app.session.now()} @back=${() => this.call(false)}></vv-call>`,
      )}`;
    }
    // Another resident is another element: nothing of the one before can stay on the screen.
    return html`${keyed(
      id,
      html`<vv-resident .app=${app} .resident=${id} .stamp=${state} .now=${app.session.now()} embedded @back=${() => this.back()}>
        ${this.callButton(id)}
      </vv-resident>`,
    )}`;
  }

  private back(): void {
    history.pushState(null, "", "/medecin");
    this.show(null);
  }

  private call(calling: boolean): void {
    this.calling = calling;
    this.requestUpdate();
  }

  private callButton(id: string): TemplateResult {
    const { words, session } = this.app;
    const view = session.state.residents.get(id);
    const edge = view?.edge == null ? undefined : session.state.edges.get(view.edge);
    const possible = view?.edge != null && edge?.online !== false;
    return html`<div class="call-note">
      <button class="main call-button" ?disabled=${!possible} @click=${() => this.call(true)}>
        ${icon("video")}${words.physician.call}
      </button>
      ${possible ? words.physician.callNote : words.physician.callUnavailable}
    </div>`;
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
