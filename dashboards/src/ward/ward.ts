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
import { barsOnTop, base, marks, page, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import "../ui/calls-band";
import { icon } from "../ui/icon";
import { badges, nav, navStyles, type Place } from "../ui/nav";
import "../ui/relink";
import { strip, stripStyles, type StripHost } from "../ui/alarms";
import { quietList } from "../ui/quiet";
import { outboxNotice, outboxStyles } from "../ui/outbox";
import { morePlace, moreStyles } from "./more";
import "./sheet";
import type { AlertSheet } from "./sheet";
import { ScoreFeed } from "./scores";
import { tiles, tileSkeletons, tileStyles } from "./tiles";

/** What an address shows over or instead of the ward. */
export interface Shown {
  readonly resident: string | null;
  readonly alert: string | null;
  readonly more: boolean;
}

const PLACE = /^\/service\/(resident|alarme)\/([^/]+)$/;

/** What an address means; `null` for what no page of ours ever wrote. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Reads an address of this page; one that is none of them is the ward. */
export function shownIn(path: string): Shown {
  const [, kind, id] = PLACE.exec(path) ?? [];
  const name = id === undefined ? null : decoded(id);
  return { resident: kind === "resident" ? name : null, alert: kind === "alarme" ? name : null, more: path === "/plus" };
}

function addressOf(shown: Shown): string {
  if (shown.more) return "/plus";
  if (shown.alert !== null) return `/service/alarme/${encodeURIComponent(shown.alert)}`;
  return shown.resident === null ? "/service" : `/service/resident/${encodeURIComponent(shown.resident)}`;
}

const WARD: Shown = { resident: null, alert: null, more: false };

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
    navStyles,
    outboxStyles,
    moreStyles,
    css`
      ${page}
      ${barsOnTop}
    `,
  ];

  releasing: string | null = null;
  silencing: string | null = null;
  writing = false;
  private shown = shownIn(location.pathname);
  private search = "";
  private only = false;
  private readonly app = new App(this, ["nurse", "physician", "coordinator"], { sound: true });
  private readonly scores = new ScoreFeed(this, this.app);

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("popstate", this.moved);
    badges.round = () => this.scores.due;
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
    this.go({ ...WARD, resident });
  }

  openAlert(alert: AlertView): void {
    this.app.touch(alert);
    this.go({ ...this.shown, alert: alert.id });
  }

  private go(shown: Shown): void {
    const address = addressOf(shown);
    if (address === addressOf(this.shown)) return;
    history.pushState(null, "", address);
    this.show(shown);
  }

  /** Leaves the sheet, and stays on what lies below it. */
  private closeSheet(): void {
    this.go({ ...this.shown, alert: null });
  }

  private readonly moved = (): void => {
    this.show(shownIn(location.pathname));
  };

  private place(place: Place): boolean {
    if (place === "ward") this.go(WARD);
    if (place === "more") this.go({ ...WARD, more: true });
    return place === "ward" || place === "more";
  }

  private show(shown: Shown): void {
    const before = this.shown;
    this.shown = shown;
    this.requestUpdate();
    const below = shown.resident === before.resident && shown.more === before.more;
    if (!below) scrollTo(0, 0);
    if (shown.alert !== null) return;
    const back = before.alert !== null ? `[data-sheet="${CSS.escape(before.alert)}"]` : before.resident !== null && shown.resident === null ? `[data-resident="${CSS.escape(before.resident)}"]` : null;
    if (back === null) return;
    // Back where the person was, for those who move by keyboard.
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(back)?.focus());
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (isTyping(event)) return;
    const { app } = this;
    if (event.key === "?") this.help();
    else if (event.key === "t") app.preferences.nextTheme();
    else if (event.key === "Escape") this.back();
    else this.keyOfAlert(event.key);
  };

  /** The sheet closes by itself: it is a dialog. */
  private back(): void {
    if (this.shown.alert !== null) return;
    if (this.silencing !== null) this.askSilence(null);
    else this.go(WARD);
  }

  /** Keys act on the alert whose sheet is open, or on the first of the strip. */
  private keyOfAlert(key: string): void {
    const { app, shown } = this;
    const alerts = worstFirst(app.alerts(), blindRooms(app.session.state.residents.values()));
    const alert = shown.alert === null ? alerts[0] : alerts.find(({ id }) => id === shown.alert);
    if (alert === undefined) return;
    if (key === "p") void app.act(alert, "take");
    else if (key === "v") void app.act(alert, "acknowledge");
    else if (key === "s" && app.maySuppress && alert.response === "unacknowledged" && alert.suppression === "none") this.silenceHost().askSilence(alert);
    else if (key === "d") this.openAlert(alert);
    else if (key === "o" && alert.resident !== null) this.openResident(alert.resident);
  }

  private silenceHost(): StripHost {
    return this.renderRoot.querySelector<AlertSheet>("vv-alert-sheet") ?? this;
  }

  override updated(): void {
    this.toggleAttribute("doubtful", doubts(this.app) !== nothing);
  }

  private help(): void {
    this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal();
  }

  override render(): TemplateResult {
    const { app, shown } = this;
    const { words } = app;
    const { loaded } = app.session.state;
    const calm = shown.resident === null && !shown.more;
    return html`${doubts(app)}
      <div class="top">
        ${bar(app, () => this.help(), true)} ${complaint(app)} ${outboxNotice(app)}
        ${loaded ? strip(app, this, !calm) : nothing}
      </div>
      ${loaded ? html`<vv-calls-band .app=${app} .stamp=${app.session.state} .now=${app.session.now()}></vv-calls-band>` : nothing}
      ${loaded && calm ? quietList(app) : nothing}
      <main>
        ${shown.resident === null && !shown.more ? html`<h1 class="only-spoken">${words.ward.title}</h1>` : nothing} ${this.content()}
      </main>
      ${nav(app, shown.more ? "more" : "ward", (place) => this.place(place))} ${shown.alert === null ? spoken(app) : nothing}
      ${loaded && shown.alert !== null ? this.sheet(shown.alert) : nothing}
      <vv-relink .app=${app} .stamp=${app.session.state} .now=${app.session.now()}></vv-relink>
      ${helpDialog(app, [
        ["?", words.help.show],
        ["P", words.help.take],
        ["V", words.help.see],
        ["S", words.help.silence],
        ["D", words.tablet.help.details],
        ["O", words.help.openFirst],
        ["Esc", words.help.back],
        ["T", words.help.theme],
      ])}`;
  }

  /** Another alert is another element, as with residents. */
  private sheet(id: string): TemplateResult {
    const { app } = this;
    return html`${keyed(
      id,
      html`<vv-alert-sheet
        .app=${app}
        .alert=${id}
        .stamp=${app.session.state}
        .now=${app.session.now()}
        @close=${() => this.closeSheet()}
        @resident=${(event: CustomEvent<string>) => this.openResident(event.detail)}
      ></vv-alert-sheet>`,
    )}`;
  }

  private content(): TemplateResult | typeof nothing {
    const { app, shown } = this;
    if (app.phase === "forbidden") return forbidden(app);
    if (app.phase === "failed") return failed(app);
    if (shown.more) return morePlace(app);
    if (!app.session.state.loaded) return tileSkeletons(app);
    if (shown.resident !== null) return this.residentPage(shown.resident);
    if (app.session.state.residents.size === 0) return this.empty();
    return tiles(app, (resident) => this.openResident(resident), {
      query: this.search,
      only: this.only,
      change: (query, only) => {
        this.search = query;
        this.only = only;
        this.requestUpdate();
      },
    }, this.scores);
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
        @back=${() => this.go(WARD)}
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
