/** The measurement round: who is to be measured, and one resident's set of observations after the other. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { Entries, type Refusal } from "../lib/entries";
import { ago, fullName, moment } from "../lib/format";
import { lookUp } from "../lib/i18n";
import { following, RoundApi, type RoundView, type SetIn, type SetView } from "../lib/round";
import { errorSentence } from "../lib/say";
import { MINUTE, SECOND, type AlertView } from "../lib/types";
import { strip, stripStyles, type StripHost } from "../ui/alarms";
import { App } from "../ui/app";
import { bar, barStyles } from "../ui/bar";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import { badges, nav, navStyles } from "../ui/nav";
import { outboxNotice, outboxStyles } from "../ui/outbox";
import { failed, forbidden, unreadable } from "../ui/states";
import { base, marks, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import { Drafts, SETS, waitingSets } from "./keep";
import { list, listStyles, skeleton } from "./list";
import "./sheet";
import { roundStyles } from "./styles";

const PLACE = /^\/tournee\/resident\/([^/]+)$/;
const EVERY = 30 * 1000;
/** How often sets that wait are tried again: the link may stand while an answer does not come. */
const AGAIN = 5 * 1000;
const OLD = 2 * MINUTE;

/** Reads an address of this page; one that is none of them is the list. */
export function residentIn(path: string): string | null {
  const found = PLACE.exec(path)?.[1];
  try {
    return found === undefined ? null : decodeURIComponent(found);
  } catch {
    return null; // no address of ours
  }
}

export class Round extends LitElement implements StripHost {
  static override styles = [base, marks, pageState, barStyles, truthStyles, stripStyles, helpStyles, navStyles, outboxStyles, listStyles, roundStyles];

  releasing: string | null = null;
  silencing: string | null = null;
  writing = false;
  /** Residents whose set was recorded since the list was read. */
  readonly finished = new Set<string>();
  readonly drafts = new Drafts();
  view: RoundView | null = null;
  private failure: unknown = null;
  private resident = residentIn(location.pathname);
  private timers: ReturnType<typeof setInterval>[] = [];
  private wasOnline = false;
  private readonly app = new App(this, ["nurse", "physician", "coordinator"], { sound: true });
  private readonly ask = new RoundApi(this.app.session.api);
  readonly entries = new Entries<SetIn, SetView>(waitingSets, (set) => this.ask.enter(set), SETS);

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("popstate", this.moved);
    addEventListener("keydown", this.key);
    this.entries.addEventListener("change", () => this.requestUpdate());
    this.app.session.addEventListener("link", () => this.linkChanged());
    this.timers = [setInterval(() => void this.read(), EVERY), setInterval(() => this.again(), AGAIN)];
    badges.round = () => this.view?.entries.filter(({ state }) => state === "due").length ?? null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("popstate", this.moved);
    removeEventListener("keydown", this.key);
    for (const timer of this.timers) clearInterval(timer);
  }

  private linkChanged(): void {
    const { online } = this.app;
    if (online && !this.wasOnline) {
      this.drafts.load(this.app.me?.username ?? "", this.app.session.now());
      this.again();
    }
    this.wasOnline = online;
  }

  private again(): void {
    if (!this.app.online || this.app.me === null || this.entries.waiting.length === 0) return;
    void this.entries.flush(this.app.me.username, this.app.session.now()).then(() => this.read());
  }

  async read(): Promise<void> {
    if (this.app.phase !== "ready" || !this.app.online) return;
    try {
      this.view = await this.ask.round();
      this.finished.clear();
      this.failure = null;
    } catch (error) {
      this.failure = error;
    }
    this.requestUpdate();
  }

  askRelease(alert: AlertView | null): void {
    this.releasing = alert?.id ?? null;
    this.requestUpdate();
  }

  askSilence(alert: AlertView | null, writing = false): void {
    this.silencing = alert?.id ?? null;
    this.writing = writing;
    this.requestUpdate();
  }

  openResident(resident: string): void {
    location.assign(`/service/resident/${encodeURIComponent(resident)}`);
  }

  openAlert(alert: AlertView): void {
    location.assign(`/service/alarme/${encodeURIComponent(alert.id)}`);
  }

  private go(resident: string | null): void {
    if (resident === this.resident) return;
    history.pushState(null, "", resident === null ? "/tournee" : `/tournee/resident/${encodeURIComponent(resident)}`);
    this.show(resident);
  }

  private readonly moved = (): void => this.show(residentIn(location.pathname));

  private show(resident: string | null): void {
    const before = this.resident;
    this.resident = resident;
    this.requestUpdate();
    scrollTo(0, 0);
    if (resident !== null || before === null) return;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(`[data-resident="${CSS.escape(before)}"]`)?.focus());
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (isTyping(event)) return;
    if (event.key === "?") this.help();
    else if (event.key === "Escape" && this.silencing !== null) this.askSilence(null);
    else if (event.key === "Escape") this.go(null);
    else if (this.resident === null && event.key === "t") this.app.preferences.nextTheme();
  };

  private help(): void {
    this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal();
  }

  override updated(): void {
    this.toggleAttribute("doubtful", doubts(this.app) !== nothing);
  }

  override render(): TemplateResult {
    const { app } = this;
    const { words } = app;
    return html`${doubts(app)}
      <div class="top">
        ${bar(app, () => this.help())} ${complaint(app)} ${outboxNotice(app)} ${this.notices()}
        ${app.session.state.loaded ? strip(app, this, true) : nothing}
      </div>
      <main>${this.content()}</main>
      ${nav(app, "round", (place) => this.place(place))} ${spoken(app)}
      ${helpDialog(app, [
        ["?", words.help.show],
        ["Esc", words.help.back],
        ["T", words.help.theme],
      ])}`;
  }

  private place(place: string): boolean {
    if (place === "round") this.go(null);
    return place === "round";
  }

  /** Sets that wait, and those that were refused until somebody has read why. */
  private notices(): TemplateResult | typeof nothing {
    const { words } = this.app;
    const waiting = this.entries.waiting.length;
    const { refusals } = this.entries;
    if (waiting === 0 && refusals.length === 0) return nothing;
    return html`${waiting === 0 ? nothing : html`<p class="notice" role="status">${icon("unlink")}${words.round.pending(waiting)}</p>`}
    ${refusals.map(
      (refusal) => html`<div class="notice bad" role="alert">
        ${icon("warning")}
        <p>${this.refusal(refusal)}</p>
        <button @click=${() => this.entries.dismiss(refusal.pending.entry.id)}>${icon("check")}${words.round.read}</button>
      </div>`,
    )}`;
  }

  private refusal(refusal: Refusal<SetIn>): string {
    const { words, session, speech } = this.app;
    const { entry: set } = refusal.pending;
    const known = session.state.residents.get(set.resident);
    const who = known === undefined ? set.resident : fullName(known.family_name, known.given_name);
    const why = words.round.refusedWhy;
    const reason = refusal.failure === "forbidden" ? why.forbidden : Object.hasOwn(why, refusal.code) ? lookUp(why, refusal.code) : why.other;
    return words.round.refused(who, moment(set.time, speech.now, speech.language), reason);
  }

  private content(): TemplateResult | typeof nothing {
    const { app, view, resident } = this;
    if (app.phase === "forbidden") return forbidden(app);
    if (app.phase === "failed") return failed(app);
    if (app.phase === "ready" && app.online && view === null && this.failure === null) void this.first();
    if (!app.session.state.loaded || view === null) return this.failure === null ? skeleton(app) : this.broken();
    if (resident !== null) return this.sheet(resident, view);
    return html`${this.stale(view)}
    ${list(app, view, {
      open: (who) => this.go(who),
      waiting: new Set(this.entries.waiting.map(({ entry }) => entry.resident)),
      begun: (who) => this.drafts.begun(who),
      finished: this.finished,
    })}`;
  }

  private reading = false;
  private async first(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    await this.read();
    this.reading = false;
  }

  private stale(view: RoundView): TemplateResult | typeof nothing {
    const { words, speech } = this.app;
    if (speech.now - view.time < OLD) return nothing;
    return html`<p class="notice">${icon("warning")}${words.round.old(ago(view.time, speech.now, speech.language))}</p>`;
  }

  private broken(): TemplateResult {
    const { words } = this.app;
    return unreadable(this.app, words.round.failed, errorSentence(this.failure, words), () => void this.read());
  }

  /** Another resident is another element: nothing of the one before can stay on the screen. */
  private sheet(resident: string, view: RoundView): TemplateResult {
    const { app } = this;
    const next = following(view.entries, resident, this.finished);
    return html`${keyed(
      resident,
      html`<vv-round-sheet
        .app=${app}
        .resident=${resident}
        .fields=${view.fields}
        .drafts=${this.drafts}
        .entries=${this.entries}
        .following=${next}
        .stamp=${app.session.state}
        .now=${Math.floor(app.session.now() / SECOND)}
        @back=${() => this.go(null)}
        @next=${() => this.go(next)}
        @recorded=${() => this.recorded(resident)}
      ></vv-round-sheet>`,
    )}`;
  }

  private recorded(resident: string): void {
    this.finished.add(resident);
    void this.read();
    this.requestUpdate();
  }
}

customElements.define("vv-round", Round);
