/** The agenda: who waits for what, physicians' slots, what is looked at again, and the review of a télésurveillance. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { AgendaApi, type AgendaView, type ReorientedList } from "../lib/agenda";
import { ApiError } from "../lib/api";
import { coordinationStyles } from "../coordination/styles";
import { errorSentence } from "../lib/say";
import { App } from "../ui/app";
import { bar, barStyles } from "../ui/bar";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { icon, type IconName } from "../ui/icon";
import { failed, forbidden, reading, unreadable } from "../ui/states";
import { base, dialogs, marks, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import { FollowUp, followPage } from "./follow";
import { listPage, type Filter } from "./list";
import { Looking, lookedPage } from "./looked";
import { Slots, slotsPage } from "./slots";
import { agendaStyles } from "./styles";

/** Milliseconds between two looks at what others did. */
const READ = 20_000;
const NOTICE = 10_000;

type Part = "list" | "slots" | "looked";

const ADDRESSES: Readonly<Record<Part, string>> = { list: "/agenda", slots: "/agenda/creneaux", looked: "/agenda/reorientees" };
const ICONS: Readonly<Record<Part, IconName>> = { list: "people", slots: "round", looked: "eye" };
const PARTS = ["list", "slots", "looked"] as const;
const FOLLOW = /^\/agenda\/suivi\/([^/]+)$/;

function partOf(path: string): Part {
  return PARTS.findLast((part) => path.startsWith(ADDRESSES[part])) ?? "list";
}

/** Another tab or window is the browser's affair. */
function elsewhere(event: MouseEvent): boolean {
  return event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
}

export class Agenda extends LitElement {
  static override styles = [base, marks, pageState, barStyles, truthStyles, helpStyles, dialogs, coordinationStyles, agendaStyles];

  filter: Filter = "all";
  private place = partOf(location.pathname);
  private readonly followed = decodeURIComponent(FOLLOW.exec(location.pathname)?.[1] ?? "");
  private view: AgendaView | null = null;
  private looked: ReorientedList | null = null;
  private failure: unknown = null;
  private reading = false;
  private notice = "";
  private timer: ReturnType<typeof setInterval> | null = null;
  private readonly app = new App(this, ["nurse", "physician", "coordinator"], { sound: false });
  private readonly api = new AgendaApi(this.app.session.api);
  private readonly slots = new Slots(this.app, this.api, this);
  private readonly looking = new Looking(this.app, this.api, this);
  private readonly follow = new FollowUp(this.app, this.api, this.followed, this);

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("popstate", this.moved);
    addEventListener("keydown", this.key);
    this.timer = setInterval(() => void this.read(), READ);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("popstate", this.moved);
    removeEventListener("keydown", this.key);
    if (this.timer !== null) clearInterval(this.timer);
    this.follow.close();
  }

  tell(text: string): void {
    this.notice = text;
    setTimeout(() => {
      if (this.notice === text) this.notice = "";
      this.requestUpdate();
    }, NOTICE);
    this.requestUpdate();
  }

  choose(filter: Filter): void {
    this.filter = filter;
    this.requestUpdate();
  }

  reread(): void {
    void this.read();
  }

  took(looked: ReorientedList): void {
    this.looked = looked;
    this.requestUpdate();
  }

  async focusOn(selector: string): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(selector)?.focus();
  }

  dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector<HTMLDialogElement>("#book");
  }

  private readonly moved = (): void => this.turn(partOf(location.pathname));

  private go(part: Part, event: MouseEvent): void {
    if (elsewhere(event) || this.followed !== "") return;
    event.preventDefault();
    if (part === this.place) return;
    history.pushState(null, "", ADDRESSES[part]);
    this.turn(part);
  }

  private turn(part: Part): void {
    this.place = part;
    void this.read();
    this.requestUpdate();
    this.renderRoot.querySelector("main")?.scrollTo(0, 0);
    void this.focusOn("main");
  }

  private async read(): Promise<void> {
    if (this.app.phase !== "ready" || !this.app.tablet.visible || this.reading) return;
    this.reading = true;
    try {
      if (this.followed !== "") await this.follow.read();
      else if (this.place === "slots") {
        // Who is booked are acts that wait: one look shows both.
        this.view = await this.api.agenda();
        await this.slots.read();
      } else if (this.place === "looked" && this.app.me?.role !== "nurse") this.looked = await this.api.reoriented();
      else this.view = await this.api.agenda();
      this.failure = null;
    } catch (error) {
      if (error instanceof ApiError && error.failure === "signed_out") this.app.goToSignIn();
      this.failure = error;
    }
    this.reading = false;
    this.requestUpdate();
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (isTyping(event) || this.renderRoot.querySelector("dialog[open]") !== null) return;
    if (event.key === "?") this.help();
    else if (event.key.toLowerCase() === "t") this.app.preferences.nextTheme();
  };

  private help(): void {
    this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal();
  }

  override updated(): void {
    this.toggleAttribute("doubtful", doubts(this.app) !== nothing);
    document.title = `${this.followed === "" ? this.app.words.agenda.title : this.app.words.agenda.follow.title} · Veilleuse`;
    this.follow.recolour(this.renderRoot);
    if (this.app.phase === "ready" && this.known() === null && this.failure === null) void this.read();
  }

  override render(): TemplateResult {
    const { app } = this;
    const { words } = app;
    return html`<div class="top">${doubts(app)} ${bar(app, () => this.help())} ${complaint(app)}</div>
      ${this.tabs()}
      <main tabindex="-1">${this.content()}</main>
      <div class="notice" role="status" aria-live="polite">${this.notice}</div>
      ${spoken(app)}
      ${helpDialog(app, [
        ["?", words.help.show],
        ["T", words.help.theme],
      ])}`;
  }

  private tabs(): TemplateResult {
    const words = this.app.words.agenda;
    const late = this.view?.items.filter((item) => item.late).length ?? 0;
    const counts: Readonly<Record<Part, number>> = { list: late, slots: 0, looked: this.looked?.open ?? 0 };
    const here = (part: Part): "page" | "false" => (this.followed === "" && part === this.place ? "page" : "false");
    const tab = (part: Part): TemplateResult =>
      html`<a href=${ADDRESSES[part]} aria-current=${here(part)} @click=${(event: MouseEvent) => this.go(part, event)}>
        ${icon(ICONS[part])}${words.tab[part]}${counts[part] > 0 ? html` <span class="number">${counts[part]}</span>` : nothing}
      </a>`;
    const role = this.app.me?.role;
    // Which consultations were not the right way is for those who plan and decide.
    const parts = role === "nurse" ? PARTS.filter((part) => part !== "looked") : PARTS;
    return html`<nav class="tabs" aria-label=${words.places}>
      ${parts.map(tab)}
      ${role === "nurse" ? nothing : html`<a class="away" href="/coordination">${icon("chart")}${words.coordination}</a>`}
      <a class=${role === "nurse" ? "away" : ""} href=${role === "physician" ? "/medecin" : "/service"}>${icon("grid")}${words.away}</a>
    </nav>`;
  }

  /** What the shown part needs; `null` until it was read. */
  private known(): unknown {
    if (this.followed !== "") return this.follow.view;
    if (this.place === "slots") return this.slots.known;
    return this.place === "looked" ? this.looked : this.view;
  }

  private content(): TemplateResult {
    const { app } = this;
    if (app.phase === "forbidden" || (app.phase === "ready" && this.place === "looked" && app.me?.role === "nurse")) return forbidden(app);
    if (app.phase === "failed") return failed(app);
    if (this.known() === null || !app.session.state.loaded) return this.failure === null ? this.skeleton() : this.unreadable();
    const stale = this.failure === null ? nothing : html`<p class="stale" role="alert">${icon("warning")}${errorSentence(this.failure, app.words)}</p>`;
    return html`<div class="page">${stale}${this.shown()}</div>`;
  }

  private shown(): TemplateResult | typeof nothing {
    if (this.followed !== "") return followPage(this.follow, this.app);
    if (this.place === "slots") return slotsPage(this.slots, this.view, this.app);
    if (this.place === "looked") return this.looked === null ? nothing : lookedPage(this.looked, this.looking, this.app);
    return this.view === null ? nothing : listPage(this.view, this.filter, this.app, this);
  }

  private skeleton(): TemplateResult {
    return reading(this.app.words.agenda.loading);
  }

  private unreadable(): TemplateResult {
    const { words } = this.app;
    return unreadable(this.app, words.agenda.failed, errorSentence(this.failure, words), () => void this.read());
  }
}

customElements.define("vv-agenda", Agenda);
