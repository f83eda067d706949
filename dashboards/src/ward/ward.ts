/** The nurses' page: every resident in one glance, every alarm within two taps. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { blindRooms, worstFirst } from "../lib/rank";
import type { AlertView } from "../lib/types";
import "../resident/resident";
import { App } from "../ui/app";
import { bar, barStyles } from "../ui/bar";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { failed, forbidden } from "../ui/states";
import { base, marks, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import { icon } from "../ui/icon";
import "../ui/relink";
import { strip, stripStyles, type StripHost } from "../ui/alarms";
import { quietList } from "../ui/quiet";
import { tiles, tileSkeletons, tileStyles } from "./tiles";

const PLACE = /^\/service\/resident\/([^/]+)$/;

/** The resident named in an address, or `null`. */
export function residentIn(path: string): string | null {
  const found = PLACE.exec(path)?.[1];
  return found === undefined ? null : decodeURIComponent(found);
}

export class Ward extends LitElement implements StripHost {
  static override styles = [
    base,
    marks,
    pageState,
    barStyles,
    truthStyles,
    stripStyles,
    tileStyles,
    helpStyles,
    css`
      :host {
        min-height: 100vh;
        background: var(--ground);
      }
      .top {
        position: sticky;
        top: 0;
        z-index: 10;
        background: var(--ground);
      }
      :host([doubtful]) {
        padding: 0 12px 12px;
      }
      @media (max-height: 560px) {
        .top {
          position: static;
        }
      }
    `,
  ];

  releasing: string | null = null;
  silencing: string | null = null;
  writing = false;
  private resident = residentIn(location.pathname);
  private readonly app = new App(this, ["nurse", "physician"], { sound: true });

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

  askRelease(alert: AlertView | null): void {
    this.releasing = alert?.id ?? null;
    this.requestUpdate();
  }

  askSilence(alert: AlertView | null, writing = false): void {
    this.silencing = alert?.id ?? null;
    this.writing = writing;
    this.requestUpdate();
    if (alert === null) return;
    // Where the next tap is, for those who move by keyboard.
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(writing ? ".reasons input" : ".reasons .chip")?.focus());
  }

  openResident(resident: string): void {
    this.go(resident);
  }

  private go(resident: string | null): void {
    if (resident === this.resident) return;
    history.pushState(null, "", resident === null ? "/service" : `/service/resident/${encodeURIComponent(resident)}`);
    this.show(resident);
  }

  private readonly moved = (): void => {
    this.show(residentIn(location.pathname));
  };

  private show(resident: string | null): void {
    const before = this.resident;
    this.resident = resident;
    this.requestUpdate();
    scrollTo(0, 0);
    if (resident !== null || before === null) return;
    // Back where the person was, for those who move by keyboard.
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector<HTMLElement>(`[data-resident="${CSS.escape(before)}"]`)?.focus();
    });
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (isTyping(event)) return;
    const first = worstFirst(this.app.session.state.alerts.values(), blindRooms(this.app.session.state.residents.values()))[0];
    if (event.key === "?") this.help();
    else if (event.key === "t") this.app.preferences.nextTheme();
    else if (event.key === "Escape" && this.silencing !== null) this.askSilence(null);
    else if (event.key === "Escape") this.go(null);
    else if (first === undefined) return;
    else if (event.key === "p") void this.app.act(first, "take");
    else if (event.key === "v") void this.app.act(first, "acknowledge");
    else if (event.key === "s" && this.app.maySuppress && first.response === "unacknowledged" && first.suppression === "none") this.askSilence(first);
    else if (event.key === "o" && first.resident !== null) this.go(first.resident);
  };

  override updated(): void {
    this.toggleAttribute("doubtful", doubts(this.app) !== nothing);
  }

  private help(): void {
    this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal();
  }

  override render(): TemplateResult {
    const { app } = this;
    const { words } = app;
    return html`${doubts(app)}
      <div class="top">${bar(app, () => this.help())} ${complaint(app)} ${app.session.state.loaded ? strip(app, this, this.resident !== null) : nothing}</div>
      ${app.session.state.loaded && this.resident === null ? quietList(app) : nothing}
      <main>${this.content()}</main>
      ${spoken(app)}
      <vv-relink .app=${app} .stamp=${app.session.state} .now=${app.session.now()}></vv-relink>
      ${helpDialog(app, [
        ["?", words.help.show],
        ["P", words.help.take],
        ["V", words.help.see],
        ["S", words.help.silence],
        ["O", words.help.openFirst],
        ["Esc", words.help.back],
        ["T", words.help.theme],
      ])}`;
  }

  private content(): TemplateResult | typeof nothing {
    const { app } = this;
    if (app.phase === "forbidden") return forbidden(app);
    if (app.phase === "failed") return failed(app);
    if (!app.session.state.loaded) return tileSkeletons(app);
    if (this.resident !== null) return this.residentPage(this.resident);
    if (app.session.state.residents.size === 0) return this.empty();
    return tiles(app, (resident) => this.go(resident));
  }

  /** Another resident is another element: nothing of the one before can stay on the screen. */
  private residentPage(id: string): TemplateResult {
    const { app } = this;
    return html`${keyed(
      id,
      html`<vv-resident
        .app=${app}
        .resident=${id}
        .stamp=${app.session.state}
        .now=${app.session.now()}
        @back=${() => this.go(null)}
      ></vv-resident>`,
    )}`;
  }

  private empty(): TemplateResult {
    const { words } = this.app;
    return html`<section class="state">
      ${icon("heart")}
      <h2>${words.ward.empty}</h2>
      <p>${words.ward.emptyMore}</p>
    </section>`;
  }
}

customElements.define("vv-ward", Ward);
