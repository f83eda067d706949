/** The page of who is on duty: the night ahead, now, the next seven days, and who takes whose turn. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { ApiError } from "../lib/api";
import { givable, holesOf, nameOf, notReady, plainRole, rolesNow, rolesOf, takers, trialSentence, turnsOf } from "../lib/duty";
import { ago, clock, longDate } from "../lib/format";
import { asksToBeHeard } from "../lib/rank";
import { errorSentence } from "../lib/say";
import { DAY, MINUTE, type DutyView, type ExchangeView, type Micros, type PersonView, type TurnView, type DutyWay } from "../lib/types";
import { App } from "../ui/app";
import { bar, barStyles } from "../ui/bar";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import { nav, navStyles } from "../ui/nav";
import { failed, forbidden } from "../ui/states";
import { base, marks, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import { WatchFeed } from "../ui/watch";
import "./contacts";
import { dutyStyles } from "./styles";

const READ = 15_000;
const SAID = 8_000;

/** An exchange that somebody is about to enter. */
interface Draft {
  readonly turn: TurnView;
  readonly leaves: string;
  readonly comes: string;
  readonly reason: string;
  /** Somebody writes the reason. */
  readonly writing: boolean;
  readonly sending: boolean;
  readonly refused: string;
}

export class Duty extends LitElement {
  static override styles = [base, marks, pageState, barStyles, truthStyles, helpStyles, navStyles, dutyStyles];

  private readonly app = new App(this, ["nurse", "physician", "coordinator"], { sound: true });
  private readonly feed = new WatchFeed(this, this.app);
  private view: DutyView | null = null;
  private readAt: Micros = 0;
  private failure: unknown = null;
  private draft: Draft | null = null;
  /** Id of the exchange whose undoing waits for a yes. */
  private undoing = "";
  private said = "";
  private timer: ReturnType<typeof setInterval> | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("keydown", this.key);
    this.timer = setInterval(() => void this.read(), READ);
    void this.read();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("keydown", this.key);
    if (this.timer !== null) clearInterval(this.timer);
  }

  override updated(): void {
    this.toggleAttribute("doubtful", doubts(this.app) !== nothing);
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (isTyping(event)) return;
    if (event.key === "?") this.help();
    else if (event.key === "t") this.app.preferences.nextTheme();
  };

  private help(): void {
    this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal();
  }

  private async read(): Promise<void> {
    try {
      this.take(await this.app.session.api.duty());
      this.failure = null;
    } catch (error) {
      this.failure = error;
    }
    this.requestUpdate();
  }

  private take(view: DutyView): void {
    this.view = view;
    this.readAt = this.app.session.now();
  }

  private tell(text: string): void {
    this.said = text;
    this.requestUpdate();
    setTimeout(() => {
      if (this.said === text) this.said = "";
      this.requestUpdate();
    }, SAID);
  }

  override render(): TemplateResult {
    const { app } = this;
    return html`${doubts(app)} ${bar(app, () => this.help())} ${complaint(app)} ${this.alarms()}
      <main><h1 class="only-spoken">${app.words.tablet.nav.duty}</h1>${this.content()}</main>
      ${this.said === "" ? nothing : html`<p class="said" role="status">${this.said}</p>`} ${spoken(app)} ${nav(app, "duty")}
      ${this.swapDialog()}
      ${helpDialog(app, [
        ["?", app.words.help.show],
        ["T", app.words.help.theme],
      ])}`;
  }

  /** What rings is not answered here, and nobody may overlook it here either. */
  private alarms(): TemplateResult | typeof nothing {
    const { app } = this;
    const now = app.session.now();
    const ringing = [...app.session.state.alerts.values()].filter((alert) => asksToBeHeard(alert, now));
    if (ringing.length === 0) return nothing;
    const high = ringing.some((alert) => alert.priority === "high");
    return html`<section class="alarms ${high ? "high" : ""}" aria-label=${app.words.duty.alarms(ringing.length)}>
      <span>${icon("bell")} ${app.words.duty.alarms(ringing.length)}</span><a href="/service">${app.words.duty.toWard}</a>
    </section>`;
  }

  private content(): TemplateResult {
    const { app } = this;
    const { duty } = app.words;
    if (app.phase === "forbidden") return forbidden(app);
    if (app.phase === "failed") return failed(app);
    const { view } = this;
    if (view === null) {
      return html`<section class="state" role="status">
        <p>${this.failure === null ? duty.loading : errorSentence(this.failure, app.words)}</p>
      </section>`;
    }
    const old = app.session.now() - this.readAt > MINUTE;
    return html`<div class="column side">
        ${old ? html`<p class="verdict">${icon("warning")}${duty.unread}</p>` : nothing} ${this.night(view)} ${this.trial()} ${this.exchanges(view)}
      </div>
      <div class="column">${this.now(view)} ${this.week(view)} ${this.contacts(view)}</div>`;
  }

  // ---- now ----

  private roleName(role: string): string {
    return this.app.words.duty.roles[role] ?? plainRole(role);
  }

  private channel(channel: string): string {
    return this.app.words.duty.channels[channel] ?? plainRole(channel);
  }

  /** `à 20 h 00`, `demain à 07 h 00`, `mercredi 25 novembre à 07 h 00`. */
  private when(time: Micros): string {
    const { language } = this.app.preferences;
    const at = language === "fr" ? `à ${clock(time, language)}` : `at ${clock(time, language)}`;
    const day = this.day(time);
    return day === this.app.words.duty.week.today ? at : `${day} ${at}`;
  }

  private day(time: Micros): string {
    const { language } = this.app.preferences;
    const date = longDate(time, language);
    return date === longDate(this.app.session.now(), language) ? this.app.words.duty.week.today : date;
  }

  private now(view: DutyView): TemplateResult {
    const { duty } = this.app.words;
    const found = rolesNow(view, this.app.session.now());
    if (found.length === 0) {
      return html`<section class="card now todo"><h2>${duty.now.title}</h2><p class="verdict">${icon("warning")}${duty.now.empty}</p><p>${duty.now.emptyMore}</p></section>`;
    }
    return html`<section class="card now">
      <h2>${duty.now.title}</h2>
      ${found.map(({ role, now, next }) => {
        const until = next === null ? duty.now.stays : duty.now.until(this.when(now.end));
        return html`<div class="role">
          <h3>${this.roleName(role)}</h3>
          <div>
            ${now.who.length === 0
              ? html`<p class="who"><span class="nobody">${icon("warning")}${duty.now.nobody}</span> <span class="until">${until}</span></p>
                  <p>${duty.now.nobodyMore}</p>`
              : now.who.map((who, index) => {
                  const person = view.people.find((one) => one.person === who);
                  return html`<p class="who">${nameOf(view, who)} ${index === 0 ? html`<span class="until">${until}</span>` : nothing}</p>
                    ${person === undefined ? nothing : this.ways(person)}`;
                })}
            ${next === null
              ? nothing
              : html`<p class="quiet">
                  ${next.who.length === 0
                    ? duty.now.nextNobody(this.when(next.start))
                    : duty.now.next(next.who.map((who) => nameOf(view, who)).join(", "), this.when(next.start))}
                </p>`}
          </div>
        </div>`;
      })}
    </section>`;
  }

  private ways(person: PersonView): TemplateResult {
    const { now } = this.app.words.duty;
    if (person.ways.length === 0) return html`<ul class="ways"><li class="bad">${icon("warning")}${now.noWay}</li></ul>`;
    const state = (way: DutyWay): string => (way.problem === "" ? now.works : now.problem[way.problem]);
    return html`<ul class="ways">
      ${person.ways.map((way) => html`<li class=${way.works ? "" : "bad"}>${icon(way.works ? "check" : "warning")}${this.channel(way.channel)} : ${state(way)}</li>`)}
    </ul>`;
  }

  // ---- the night ----

  private night(view: DutyView): TemplateResult {
    const { duty } = this.app.words;
    const { night } = view;
    const { language } = this.app.preferences;
    const missing = notReady(view);
    const span = duty.night.span(clock(night.start, language), clock(night.end, language));
    const title = html`<h2>${duty.night.title}</h2><p class="under">${span}, ${this.day(night.start)}</p>`;
    if (night.people.length === 0) return html`<section class="card night todo">${title}<p class="verdict">${icon("warning")}${duty.night.nobody}</p></section>`;
    if (missing.length === 0) return html`<section class="card night">${title}<p class="verdict">${icon("check")}${duty.night.ready(night.people.length)}</p></section>`;
    return html`<section class="card night todo">
      ${title}
      <p class="verdict">${icon("warning")}${duty.night.missing(missing.length)}</p>
      <p>${duty.night.soon}</p>
      ${missing.map((one) => {
        const person = view.people.find((known) => known.person === one.person);
        return html`<div class="person">
          <p><span class="name">${nameOf(view, one.person)}</span>, ${one.roles.map((role) => this.roleName(role)).join(", ")} : ${duty.night.working(one.working)}</p>
          ${person === undefined ? nothing : html`<ul class="what">${this.todo(person).map((line) => html`<li>${line}</li>`)}</ul>`}
        </div>`;
      })}
    </section>`;
  }

  private todo(person: PersonView): string[] {
    const { todo } = this.app.words.duty;
    if (person.ways.length === 0) return [todo.none(person.name)];
    const lines = person.ways
      .filter((way) => !way.works)
      .map((way) => {
        if (way.channel === "tablet" && way.problem !== "missing") return todo.tablet(person.name);
        if (way.problem === "missing") return todo.missing(this.channel(way.channel));
        return way.problem === "device" ? todo.device(this.channel(way.channel), person.name) : todo.down(this.channel(way.channel));
      });
    return person.ways.length === 1 ? [todo.few(person.name), ...lines] : lines;
  }

  private trial(): TemplateResult | typeof nothing {
    const view = this.feed.now;
    if (view === null) return nothing;
    const { trial } = this.app.words.duty;
    const { trial: last, arrived } = view;
    const bad = last !== null && last.place !== "screen";
    return html`<section class="card">
      <h2>${trial.title}</h2>
      <p class=${bad ? "nobody" : ""}>${bad ? icon("warning") : nothing}${trialSentence(last, this.app.speech)}</p>
      ${bad && arrived !== null ? html`<p class="quiet">${trial.through(this.ago(arrived.ended))}</p>` : nothing}
    </section>`;
  }

  private ago(time: Micros): string {
    return ago(time, this.app.session.now(), this.app.preferences.language);
  }

  // ---- seven days ----

  private week(view: DutyView): TemplateResult | typeof nothing {
    const { week } = this.app.words.duty;
    const roles = rolesOf(view);
    if (roles.length === 0) return nothing;
    const holes = holesOf(view, this.app.session.now());
    return html`<section class="card week">
      <h2>${week.title}</h2>
      <p class=${holes.length === 0 ? "quiet" : "nobody"}>${holes.length === 0 ? nothing : icon("warning")}${week.holes(holes.length)}</p>
      ${roles.map(
        (role) => html`<table>
          <caption>${this.roleName(role)}</caption>
          <tbody>${turnsOf(view, role).map((turn) => this.turn(view, turn))}</tbody>
        </table>`,
      )}
    </section>`;
  }

  private span(turn: TurnView): string {
    const { language } = this.app.preferences;
    const { week } = this.app.words.duty;
    // A night ends on the next day: everybody knows.
    const last = turn.end - turn.start <= DAY ? "" : `${this.day(turn.end)} `;
    const end = `${last}${clock(turn.end, language)}`;
    return turn.start <= this.app.session.now() ? week.until(end) : week.span(clock(turn.start, language), end);
  }

  private contacts(view: DutyView): TemplateResult | typeof nothing {
    if (view.may !== "all") return nothing;
    return html`<vv-contacts .app=${this.app} @said=${(event: CustomEvent<string>) => this.tell(event.detail)}></vv-contacts>`;
  }

  private turn(view: DutyView, turn: TurnView): TemplateResult {
    const { week } = this.app.words.duty;
    const mine = givable(view, turn);
    const when = `${this.day(turn.start)}, ${this.span(turn)}`;
    const who =
      turn.who.length === 0
        ? html`<span class="nobody">${icon("warning")}${week.hole}</span>`
        : html`<span class="who">${turn.who.map((one) => nameOf(view, one)).join(", ")}</span>`;
    return html`<tr class=${turn.who.length === 0 ? "hole" : ""}>
      <th scope="row"><span class="day">${this.day(turn.start)}</span><span class="only-spoken">, </span> <span class="hours quiet">${this.span(turn)}</span></th>
      <td>${who}</td>
      <td>
        ${mine.length === 0 || takers(view, turn).length === 0
          ? nothing
          : html`<button aria-label=${week.changeFor(this.roleName(turn.role), when)} @click=${() => this.begin(turn, mine)}>${icon("retry")}${week.change}</button>`}
      </td>
    </tr>`;
  }

  // ---- exchanges ----

  private begin(turn: TurnView, mine: readonly string[]): void {
    this.draft = { turn, leaves: mine.length === 1 ? (mine[0] ?? "") : "", comes: "", reason: "", writing: false, sending: false, refused: "" };
    this.requestUpdate();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLDialogElement>("dialog.swap")?.showModal());
  }

  private change(change: Partial<Draft>): void {
    if (this.draft !== null) this.draft = { ...this.draft, refused: "", ...change };
    this.requestUpdate();
  }

  private closed(): void {
    this.draft = null;
    this.requestUpdate();
  }

  private swapDialog(): TemplateResult | typeof nothing {
    const { view, draft } = this;
    if (view === null || draft === null) return nothing;
    const { duty } = this.app.words;
    const { swap } = duty;
    const { turn } = draft;
    const comes = view.people.find((one) => one.person === draft.comes);
    const choice = (name: string, chosen: boolean, pick: () => void): TemplateResult =>
      html`<button type="button" aria-pressed=${chosen ? "true" : "false"} @click=${pick}>${chosen ? icon("check") : nothing}${name}</button>`;
    const ready = draft.leaves !== "" && draft.comes !== "" && draft.reason.trim() !== "" && !draft.sending;
    return html`${keyed(
      turn,
      html`<dialog class="swap" aria-labelledby="swap-title" @close=${() => this.closed()}>
        <h2 id="swap-title">${swap.title}</h2>
        <p class="turn">${this.roleName(turn.role)}, ${this.day(turn.start)}, ${this.span(turn)}</p>
        <fieldset>
          <legend>${swap.leaves}</legend>
          <div class="choices">${givable(view, turn).map((who) => choice(nameOf(view, who), who === draft.leaves, () => this.change({ leaves: who })))}</div>
        </fieldset>
        <fieldset>
          <legend>${swap.comes}</legend>
          <div class="choices">${takers(view, turn).map((one) => choice(one.name, one.person === draft.comes, () => this.change({ comes: one.person })))}</div>
        </fieldset>
        <fieldset>
          <legend>${swap.reason}</legend>
          <div class="choices">
            ${Object.values(swap.reasons).map((reason) => choice(reason, !draft.writing && reason === draft.reason, () => this.change({ reason, writing: false })))}
            ${choice(swap.other, draft.writing, () => this.change({ reason: "", writing: true }))}
          </div>
          ${draft.writing
            ? html`<input class="free" maxlength="200" aria-label=${swap.reason} .value=${draft.reason} @input=${(event: Event) => this.change({ reason: (event.target as HTMLInputElement).value })} />`
            : nothing}
        </fieldset>
        ${comes === undefined || draft.leaves === "" ? nothing : html`<p>${swap.consequence(comes.name, nameOf(view, draft.leaves))}</p>`}
        ${comes !== undefined && comes.ways.filter((way) => way.works).length < 2 ? html`<p class="careful">${swap.unreachable(comes.name)}</p>` : nothing}
        ${draft.refused === "" ? nothing : html`<p class="refused" role="alert">${swap.failed} ${draft.refused}</p>`}
        <footer>
          <form method="dialog"><button>${swap.cancel}</button></form>
          <button class="main" ?disabled=${!ready} @click=${() => void this.save(draft)}>${draft.sending ? swap.sending : swap.confirm}</button>
        </footer>
      </dialog>`,
    )}`;
  }

  private async save(draft: Draft): Promise<void> {
    this.change({ sending: true });
    const { turn, leaves, comes, reason } = draft;
    try {
      this.take(await this.app.session.api.addExchange({ role: turn.role, leaves, comes, start: turn.start, end: turn.end, reason: reason.trim() }));
      this.renderRoot.querySelector<HTMLDialogElement>("dialog.swap")?.close();
      this.tell(this.app.words.duty.swap.done);
    } catch (error) {
      this.change({ sending: false, refused: this.refusal(error) });
    }
  }

  private refusal(error: unknown): string {
    const known = error instanceof ApiError ? this.app.words.duty.swap.refused[error.code] : undefined;
    return known ?? errorSentence(error, this.app.words);
  }

  private exchanges(view: DutyView): TemplateResult {
    const { exchanges } = this.app.words.duty;
    return html`<section class="card">
      <h2>${exchanges.title}</h2>
      ${view.exchanges.length === 0 ? html`<p class="quiet">${exchanges.none}</p>` : view.exchanges.map((one) => this.exchange(view, one))}
    </section>`;
  }

  private exchange(view: DutyView, one: ExchangeView): TemplateResult {
    const { exchanges } = this.app.words.duty;
    const who = exchanges.one(nameOf(view, one.comes), nameOf(view, one.leaves));
    return html`<div class="exchange ${one.undone === null ? "" : "undone"}">
      <p class="name">${who}</p>
      <p>${this.roleName(one.role)}, ${this.day(one.start)}, ${this.span({ ...one, who: [] })}</p>
      <p class="quiet">${one.reason} · ${exchanges.by(one.author, this.ago(one.made))}</p>
      ${one.undone === null ? nothing : html`<p class="quiet">${exchanges.undone(one.undone_by, this.ago(one.undone))}</p>`}
      ${one.may_undo ? this.undo(one) : nothing}
    </div>`;
  }

  private undo(one: ExchangeView): TemplateResult {
    const { exchanges } = this.app.words.duty;
    const ask = (id: string) => () => {
      this.undoing = id;
      this.requestUpdate();
    };
    if (this.undoing !== one.id) return html`<button @click=${ask(one.id)}>${icon("back")}${exchanges.undo}</button>`;
    return html`<div class="ask" role="group" aria-label=${exchanges.ask}>
      <span>${exchanges.ask}</span>
      <button class="main" @click=${() => void this.takeBack(one)}>${exchanges.yes}</button>
      <button @click=${ask("")}>${exchanges.no}</button>
    </div>`;
  }

  private async takeBack(one: ExchangeView): Promise<void> {
    this.undoing = "";
    try {
      this.take(await this.app.session.api.undoExchange(one.id));
      this.requestUpdate();
    } catch (error) {
      this.tell(this.refusal(error));
    }
  }
}

customElements.define("vv-duty", Duty);
