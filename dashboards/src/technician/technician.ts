/** The technician's page: rooms, their devices, their sensors, and what to do about them. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { ApiError } from "../lib/api";
import { errorSentence, roomName } from "../lib/say";
import { agree, occupantName, ofTheRoom, kindOfProtocol, roomRow, secretOrder, type RoomRow, type SensorRow } from "../lib/technician";
import type { CandidateView, LinkedSensor, RoomCard } from "../lib/types";
import { sensorName } from "../lib/why";
import { App } from "../ui/app";
import { bar, barStyles } from "../ui/bar";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import { failed, forbidden, unreadable } from "../ui/states";
import { base, marks, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import { searchPanel, secretField, secretMissing, type CandidatesHost } from "./candidates";
import { Enrolment, enrolDialog, type EnrolHost } from "./enrol";
import { nameOf, roomPage, type RoomHost } from "./room";
import { roomsList, type RoomsHost } from "./rooms";
import { Search } from "./search";
import { technicianStyles } from "./styles";

const PLACE = /^\/technicien\/chambre\/([^/]+)$/;
/** Milliseconds between two looks at whose the sensors are; devices themselves speak on the stream. */
const LOOK = 5_000;
/** Milliseconds for which an act can be undone from the page's edge. */
const UNDO = 20_000;
const BLUETOOTH = /^[0-9A-F]{2}(:[0-9A-F]{2}){5}$/;

/** A question that is asked once, in words that say the consequence. */
interface Question {
  readonly title: string;
  readonly means: readonly string[];
  readonly confirm: string;
  /** What has to be typed as well. */
  readonly field?: () => TemplateResult | typeof nothing;
  /** Whether what was typed stands in the way. */
  readonly blocked?: () => boolean;
  readonly act: () => Promise<void>;
}

interface Notice {
  readonly text: string;
  readonly undo: (() => Promise<void>) | null;
}

function roomIn(path: string): string | null {
  const found = PLACE.exec(path)?.[1];
  return found === undefined ? null : decodeURIComponent(found);
}

export class Technician extends LitElement implements RoomsHost, RoomHost, CandidatesHost, EnrolHost {
  static override styles = [base, marks, pageState, barStyles, truthStyles, helpStyles, technicianStyles];

  query = "";
  private room = roomIn(location.pathname);
  private cards: readonly RoomCard[] | null = null;
  private failure: unknown = null;
  private looking: Search | null = null;
  private enrolment: Enrolment | null = null;
  private question: Question | null = null;
  private busy = false;
  private refusal = "";
  private notice: Notice | null = null;
  private noticeEnds: ReturnType<typeof setTimeout> | null = null;
  private timer: ReturnType<typeof setInterval> | null = null;
  private readonly app = new App(this, ["technician"], { sound: false });

  get current(): string | null {
    return this.room;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("popstate", this.moved);
    addEventListener("keydown", this.key);
    addEventListener("pagehide", this.leave);
    this.app.session.addEventListener("change", this.changed);
    this.timer = setInterval(() => void this.load(), LOOK);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("popstate", this.moved);
    removeEventListener("keydown", this.key);
    removeEventListener("pagehide", this.leave);
    this.app.session.removeEventListener("change", this.changed);
    if (this.timer !== null) clearInterval(this.timer);
    this.leave();
  }

  search(query: string): void {
    this.query = query;
    this.requestUpdate();
  }

  open(room: string): void {
    if (room === this.room) return;
    history.pushState(null, "", `/technicien/chambre/${encodeURIComponent(room)}`);
    this.show(room);
  }

  back(): void {
    history.pushState(null, "", "/technicien");
    this.show(null);
  }

  enrol(room: string | null): void {
    this.enrolment = new Enrolment(this.app, room, () => this.requestUpdate());
    this.requestUpdate();
    void this.updateComplete.then(() => this.dialog("enrol")?.showModal());
  }

  closeEnrolment(): void {
    this.enrolment?.close();
    this.enrolment = null;
    void this.load();
  }

  goOn(room: string): void {
    this.dialog("enrol")?.close();
    this.open(room);
    this.startSearch();
  }

  startSearch(): void {
    const edge = this.rows().find((row) => row.card.room === this.room)?.card.edge ?? null;
    if (edge === null) return;
    if (this.looking?.edge !== edge) {
      this.looking?.close();
      this.looking = new Search(this.app, edge, () => this.requestUpdate());
    }
    void this.looking.start();
  }

  link(row: RoomRow, candidate: CandidateView, protocol: string): void {
    const words = this.app.words.technician.link;
    const { card } = row;
    const room = roomName(card.name, this.app.words);
    const name = this.sensor(protocol, candidate.name, false);
    const search = this.looking;
    const shared = ofTheRoom(protocol);
    const means = candidate.elsewhere === null ? [] : [words.meansMove(roomName(candidate.elsewhere, this.app.words))];
    if (!shared && card.occupant === null) {
      this.tell(words.vacant);
      return;
    }
    const who = card.occupant === null || shared ? null : card.occupant;
    const person = who === null ? room : occupantName(who);
    this.ask({
      title: who === null ? words.askRoom(name, room) : words.ask(name, person),
      means: [who === null ? words.meansRoom : words.means(room), ...means],
      confirm: who === null ? words.confirmRoom : words.confirm(person),
      field: () => (search === null ? nothing : secretField(candidate, search, this.app, "secret-question")),
      blocked: () => search !== null && secretMissing(candidate, search),
      act: async () => {
        const { address, link } = candidate;
        const secret = search === null ? {} : secretOrder(candidate.needs, search.secretOf(candidate));
        const order = { protocol, address, link, resident: who?.resident ?? null, move: candidate.elsewhere !== null, ...secret };
        const made = await this.app.session.api.linkSensor(card.edge ?? "", order);
        // The room's device gave the trial up by itself: the sensor that is linked goes first.
        void this.looking?.stopTrial();
        this.replace(made.room);
        this.tell(agree(words.done(this.sensor(protocol, candidate.name, true), person), kindOfProtocol(protocol)));
      },
    });
  }

  unlink(row: RoomRow, sensor: SensorRow): void {
    const words = this.app.words.technician.unlink;
    const name = nameOf(sensor, this.app, false);
    const { linked } = sensor;
    this.ask({
      title: linked.resident === null ? words.askRoom(name) : words.ask(name, occupantName(linked.resident)),
      means: [words.means],
      confirm: words.confirm,
      act: async () => {
        this.replace(await this.app.session.api.unlinkSensor(row.card.edge ?? "", linked.sensor));
        const start = nameOf(sensor, this.app, true);
        this.tell(agree(words.done(start), sensor.kind), async () => {
          await this.relink(row, linked);
          this.tell(agree(words.undone(start), sensor.kind));
        });
      },
    });
  }

  assign(row: RoomRow, sensor: SensorRow): void {
    const words = this.app.words.technician.link;
    const { occupant } = row.card;
    if (occupant === null) return;
    const person = occupantName(occupant);
    this.ask({
      title: words.ask(nameOf(sensor, this.app, false), person),
      means: [words.means(roomName(row.card.name, this.app.words))],
      confirm: words.confirm(person),
      act: async () => {
        this.replace(await this.app.session.api.assignSensor(row.card.edge ?? "", sensor.linked.sensor, occupant.resident));
        this.tell(agree(words.done(nameOf(sensor, this.app, true), person), sensor.kind));
      },
    });
  }

  /** Puts back what an unlinking took away: the sensor to its device, and to whom it belonged. */
  private async relink(row: RoomRow, linked: LinkedSensor): Promise<void> {
    const { api } = this.app.session;
    const edge = row.card.edge ?? "";
    if (linked.given) {
      const place = BLUETOOTH.test(linked.address) ? { address: linked.address } : { link: linked.address };
      const order = { protocol: linked.protocol, ...place, resident: linked.resident?.resident ?? null };
      this.replace((await api.linkSensor(edge, order)).room);
    } else if (linked.resident !== null) {
      this.replace(await api.assignSensor(edge, linked.sensor, linked.resident.resident));
    }
  }

  private sensor(protocol: string, name: string, start: boolean): string {
    return sensorName(kindOfProtocol(protocol), name, this.app.preferences.language, start);
  }

  private readonly changed = (): void => {
    if (this.cards === null) void this.load();
  };

  private readonly leave = (): void => {
    this.looking?.close();
    this.looking = null;
    this.enrolment?.close();
  };

  private readonly moved = (): void => this.show(roomIn(location.pathname));

  private show(room: string | null): void {
    const before = this.room;
    if (room !== before) {
      this.looking?.close();
      this.looking = null;
    }
    this.room = room;
    this.requestUpdate();
    this.renderRoot.querySelector("main")?.scrollTo(0, 0);
    if (room !== null || before === null) return;
    // Back where the person was, for those who move by keyboard.
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector<HTMLElement>(`[data-room="${CSS.escape(before)}"]`)?.focus();
    });
  }

  private async load(): Promise<void> {
    if (this.app.phase !== "ready" || !this.app.tablet.visible) return;
    try {
      this.cards = await this.app.session.api.rooms();
      this.failure = null;
    } catch (error) {
      if (error instanceof ApiError && error.failure === "signed_out") this.app.goToSignIn();
      this.failure = error;
    }
    this.requestUpdate();
  }

  private replace(card: RoomCard): void {
    this.cards = (this.cards ?? []).map((each) => (each.room === card.room ? card : each));
    void this.load();
  }

  private rows(): readonly RoomRow[] {
    return (this.cards ?? []).map((card) => roomRow(card, this.app.session.state.edges));
  }

  private dialog(id: string): HTMLDialogElement | null {
    return this.renderRoot.querySelector<HTMLDialogElement>(`#${id}`);
  }

  private ask(question: Question): void {
    this.question = question;
    this.refusal = "";
    this.requestUpdate();
    void this.updateComplete.then(() => this.dialog("question")?.showModal());
  }

  private async answer(question: Question): Promise<void> {
    this.busy = true;
    this.requestUpdate();
    try {
      await question.act();
      this.dialog("question")?.close();
    } catch (error) {
      this.refusal = this.refused(error);
    }
    this.busy = false;
    this.requestUpdate();
  }

  private refused(error: unknown): string {
    const words = this.app.words.technician.link;
    if (error instanceof ApiError) {
      const room = typeof error.params["room"] === "string" ? roomName(error.params["room"], this.app.words) : "";
      if (error.code === "sensor_elsewhere") return words[error.params["movable"] === 1 ? "justLinked" : "elsewhere"](room);
      if (error.code === "not_the_occupant") return words.notTheOccupant;
      if (error.code === "too_many_sensors") return words.many;
    }
    return errorSentence(error, this.app.words);
  }

  private tell(text: string, undo: Notice["undo"] = null): void {
    if (this.noticeEnds !== null) clearTimeout(this.noticeEnds);
    this.notice = { text, undo };
    this.noticeEnds = setTimeout(() => {
      this.notice = null;
      this.requestUpdate();
    }, UNDO);
    this.requestUpdate();
  }

  private async undo(act: () => Promise<void>): Promise<void> {
    this.notice = null;
    this.requestUpdate();
    try {
      await act();
    } catch (error) {
      this.tell(this.refused(error));
    }
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (isTyping(event) || this.renderRoot.querySelector("dialog[open]") !== null) return;
    if (event.key === "?") this.dialog("help")?.showModal();
    else if (event.key === "t") this.app.preferences.nextTheme();
    else if (event.key === "/") this.focusSearch(event);
    else if (event.key === "Escape" && this.room !== null) this.back();
  };

  private focusSearch(event: KeyboardEvent): void {
    event.preventDefault();
    this.renderRoot.querySelector<HTMLInputElement>("#search")?.focus();
  }

  override updated(): void {
    this.toggleAttribute("doubtful", doubts(this.app) !== nothing);
    document.title = `${this.app.words.technician.title} · Veilleuse`;
  }

  override render(): TemplateResult {
    const { app } = this;
    const { words } = app;
    return html`<div class="top">${doubts(app)} ${bar(app, () => this.dialog("help")?.showModal())} ${complaint(app)}</div>
      ${this.content()} ${this.said()} ${spoken(app)} ${this.asked()} ${enrolDialog(this.enrolment, this.rows(), app, this)}
      ${helpDialog(app, [
        ["?", words.help.show],
        ["/", words.technician.search],
        ["Esc", words.technician.back],
        ["T", words.help.theme],
      ])}`;
  }

  private content(): TemplateResult {
    const { app } = this;
    if (app.phase === "forbidden") return forbidden(app);
    if (app.phase === "failed") return failed(app);
    if (this.cards === null) return this.failure === null ? this.skeleton() : this.unreadable();
    if (this.cards.length === 0) return this.empty();
    const rows = this.rows();
    return html`<div class="desk ${this.room === null ? "" : "detail"}">
      <section class="left" aria-label=${app.words.technician.heading}>${roomsList(rows, app, this)}</section>
      <main>${this.centre(rows)}</main>
    </div>`;
  }

  private centre(rows: readonly RoomRow[]): TemplateResult {
    const row = rows.find((each) => each.card.room === this.room);
    const words = this.app.words.technician;
    if (row === undefined) {
      return html`<section class="state">${icon("router")}<h2>${words.choose}</h2><p>${words.chooseMore}</p></section>`;
    }
    const idle = new Search(this.app, row.card.edge ?? "", () => undefined);
    const panel = searchPanel(row, this.looking?.edge === row.card.edge ? this.looking : idle, this.app, this);
    // Another room is another element: nothing of the one before can stay on the screen.
    return html`${keyed(row.card.room, roomPage(row, this.app, this, panel))}`;
  }

  private skeleton(): TemplateResult {
    return html`<div class="desk" role="status" aria-label=${this.app.words.technician.loading}>
      <div class="left">${Array.from({ length: 8 }, () => html`<div class="skeleton row"></div>`)}</div>
      <main></main>
    </div>`;
  }

  private unreadable(): TemplateResult {
    const words = this.app.words.technician;
    return unreadable(this.app, words.failed, errorSentence(this.failure, this.app.words), () => void this.load(), words.failedMore);
  }

  private empty(): TemplateResult {
    const words = this.app.words.technician;
    return html`<section class="state">${icon("router")}<h2>${words.empty}</h2><p>${words.emptyMore}</p></section>`;
  }

  private said(): TemplateResult {
    const { notice } = this;
    const undo = notice?.undo ?? null;
    return html`<div class="notice ${notice === null ? "" : "open"}" role="status" aria-live="polite">
      ${notice === null ? nothing : html`<span>${notice.text}</span>`}
      ${undo === null ? nothing : html`<button @click=${() => void this.undo(undo)}>${this.app.words.technician.unlink.undo}</button>`}
    </div>`;
  }

  private asked(): TemplateResult {
    const { question } = this;
    return html`<dialog id="question" aria-labelledby="question-title">
      <h2 id="question-title">${question?.title ?? ""}</h2>
      <div class="body">
        ${(question?.means ?? []).map((sentence) => html`<p>${sentence}</p>`)}
        ${question?.field?.() ?? nothing}
        ${this.refusal === "" ? nothing : html`<p role="alert"><b>${this.refusal}</b></p>`}
      </div>
      <footer>
        <form method="dialog"><button>${this.app.words.technician.link.cancel}</button></form>
        ${question === null
          ? nothing
          : html`<button class="main" ?disabled=${this.busy || question.blocked?.() === true} @click=${() => void this.answer(question)}>${question.confirm}</button>`}
      </footer>
    </dialog>`;
  }
}

customElements.define("vv-technician", Technician);
