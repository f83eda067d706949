/** A resident's acts: the timeline (`/actes/R`) and one act (`/actes/R/A`). The page is one resident's for its whole life. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { actAddress, byDay, goingOn, groupOf, groups, itemText, KINDS, refusal, type ActHead, type ActView, type TimelineItem } from "../lib/acts";
import { clock, fullName, initials, longDate } from "../lib/format";
import { lookUp } from "../lib/i18n";
import { alertHeadline, errorSentence, roomName } from "../lib/say";
import type { LiveMessage, ResidentView } from "../lib/types";
import { woundsAddress } from "../lib/wounds";
import { App } from "../ui/app";
import "../ui/ask";
import { bar, barStyles } from "../ui/bar";
import { Follow } from "../ui/consult";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { icon, type IconName } from "../ui/icon";
import { failed, forbidden, unreadable } from "../ui/states";
import { base, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import { ActDesk, gestureButtons, gestureForm, openingNote, type DeskHost } from "./desk";
import { actLink, beforehand, columns, standing, warning } from "./one";
import { openPanel } from "./open";
import { actsStyles } from "./styles";

const PLACE = /^\/actes\/([^/]+)(?:\/([^/]+))?$/;
/** Milliseconds between two looks at what others did, beside those that the hub's word gives rise to: a word may be lost. */
const LOOK = 30_000;
const ALL = "all";
const ICONS: Readonly<Record<string, IconName>> = {
  alert: "bell",
  act: "round",
  call: "video",
  landmark: "activity",
  note: "handover",
  triage: "help",
  paper: "copy",
  dossier: "edit",
  limit: "sign",
  picture: "photo",
  wound: "ruler",
  invite: "invite",
};

export class Acts extends LitElement implements DeskHost {
  static override styles = [base, pageState, barStyles, truthStyles, helpStyles, actsStyles];

  private readonly resident: string;
  private readonly key: string;
  private items: readonly TimelineItem[] | null = null;
  private more = false;
  private heads: readonly ActHead[] = [];
  private failure: unknown = null;
  private group = ALL;
  private reading = false;
  private timer: ReturnType<typeof setInterval> | null = null;
  /** Something was said while an answer was under way. */
  private missed = false;
  readonly app = new App(this, ["nurse", "physician", "coordinator"], { sound: false });
  private readonly desk: ActDesk;

  constructor() {
    super();
    const place = PLACE.exec(location.pathname);
    this.resident = decodeURIComponent(place?.[1] ?? "");
    this.key = decodeURIComponent(place?.[2] ?? "");
    this.desk = new ActDesk(this, this.resident);
    new Follow(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("keydown", this.pressed);
    this.app.session.addEventListener("change", this.heard);
    this.timer = setInterval(() => void this.read(), LOOK);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("keydown", this.pressed);
    this.app.session.removeEventListener("change", this.heard);
    if (this.timer !== null) clearInterval(this.timer);
  }

  /** The hub says that something happened to an act of this resident, or tells everything anew. */
  private readonly heard = (event: Event): void => {
    const { detail } = event as CustomEvent<LiveMessage>;
    if (detail.type === "snapshot" || (detail.type === "act" && detail.resident === this.resident)) void this.read();
  };

  private readonly pressed = (event: KeyboardEvent): void => {
    if (event.key === "Escape") this.desk.stop();
    if (isTyping(event)) return;
    if (event.key === "?") this.help();
    if (event.key.toLowerCase() === "t") this.app.preferences.nextTheme();
  };

  private help(): void {
    this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal();
  }

  override updated(): void {
    this.toggleAttribute("doubtful", doubts(this.app) !== nothing);
    if (this.app.phase === "ready" && this.items === null && this.desk.act === null && this.failure === null) void this.read();
  }

  // ---- what is known ----

  private async read(): Promise<void> {
    if (this.app.phase !== "ready") return;
    // What is said while one answer is under way is not in it.
    const busy = this.reading || this.desk.sending;
    this.missed = busy;
    if (busy) return;
    this.reading = true;
    try {
      if (this.key === "") await this.readTimeline();
      else await this.desk.look(this.key);
      this.failure = null;
    } catch (error) {
      // What is on the screen stays; without anything the page says why.
      if (this.items === null && this.desk.act === null) this.failure = error;
    }
    this.reading = false;
    this.requestUpdate();
    if (this.missed) void this.read();
  }

  again(): Promise<void> {
    return this.read();
  }

  opened(act: ActView): void {
    location.assign(actAddress(this.resident, act.head.id));
  }

  private async readTimeline(): Promise<void> {
    const [line, heads] = await Promise.all([this.desk.api.timeline(this.resident, null), this.desk.api.list(this.resident)]);
    const oldest = line.items.at(-1)?.time ?? 0;
    // What was asked for before and is older than this answer stays.
    const older = line.more ? (this.items ?? []).filter(({ time }) => time < oldest) : [];
    this.items = [...line.items, ...older];
    this.more = line.more && (older.length === 0 || this.more);
    this.heads = heads;
  }

  private async older(): Promise<void> {
    const last = this.items?.at(-1)?.time;
    if (last === undefined || this.reading) return;
    this.reading = true;
    try {
      // Of the same instant some may be there already: it is asked for again, and nothing is shown twice.
      const line = await this.desk.api.timeline(this.resident, last + 1);
      const known = new Set((this.items ?? []).map(identity));
      this.items = [...(this.items ?? []), ...line.items.filter((item) => !known.has(identity(item)))];
      this.more = line.more;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.desk.complaint = refusal(error, this.app.speech);
    }
    this.reading = false;
    this.requestUpdate();
  }

  private person(): ResidentView | undefined {
    return this.app.session.state.residents.get(this.resident);
  }

  // ---- drawing ----

  override render(): TemplateResult {
    const { app } = this;
    const { words } = app;
    return html`${doubts(app)}
      <div class="top">${bar(app, () => this.help())} ${complaint(app)}</div>
      <main>${this.content()}</main>
      ${spoken(app)}
      ${helpDialog(app, [
        ["?", words.help.show],
        ["T", words.help.theme],
      ])}`;
  }

  private content(): TemplateResult {
    const { app } = this;
    const said = app.words.acts;
    if (app.phase === "forbidden") return forbidden(app);
    if (app.phase === "failed") return failed(app);
    if (this.failure !== null) return this.broken();
    const person = this.person();
    if (!app.session.state.loaded || (this.items === null && this.desk.act === null)) {
      return html`<div class="page" aria-busy="true" aria-label=${said.loading}>${[1, 2, 3].map(() => html`<div class="skeleton"></div>`)}</div>`;
    }
    if (person === undefined) return html`<section class="state" role="alert">${icon("slash")}<h2>${app.words.error.unknown}</h2></section>`;
    return html`<div class="page">${this.head(person)} ${this.desk.act === null ? this.timeline(this.items ?? []) : this.one(this.desk.act)}</div>`;
  }

  private broken(): TemplateResult {
    const { words } = this.app;
    return unreadable(this.app, this.key === "" ? words.acts.failed : words.acts.actFailed, errorSentence(this.failure, words), () => void this.read());
  }

  private head(person: ResidentView): TemplateResult {
    const { words, me } = this.app;
    const said = words.acts;
    const home = `/${me?.role === "physician" ? "medecin" : "service"}/resident/${encodeURIComponent(this.resident)}`;
    return html`<header class="head">
      ${this.key === "" ? html`<a class="way" href=${home}>${icon("back")}${said.back}</a>` : html`<a class="way" href=${actAddress(this.resident)}>${icon("back")}${said.backToTimeline}</a>`}
      <span class="initials" aria-hidden="true">${initials(person.family_name, person.given_name)}</span>
      <div class="person">
        <h1>${fullName(person.family_name, person.given_name)}</h1>
        <p><b>${roomName(person.room, words)}</b> · ${words.resident.born(person.birth_year)} · ${this.key === "" ? said.timeline : said.title}</p>
      </div>
      ${me?.role === "physician" ? html`<a class="way" href=${`${home}?visio`}>${icon("video")}${this.desk.call() === undefined ? said.toCall : said.joinCall}</a>` : html`<vv-ask .app=${this.app} .resident=${this.resident} .alert=${this.desk.alarm() ?? null} .stamp=${{}}></vv-ask>`}
    </header>`;
  }

  private timeline(items: readonly TimelineItem[]): TemplateResult {
    const { speech } = this.app;
    const said = speech.words.acts;
    const going = goingOn(this.heads);
    const shown = items.filter((item) => this.group === ALL || groupOf(item) === this.group);
    return html`${going.length === 0 ? nothing : html`<section class="going"><h2>${said.running}</h2>${going.map((head) => actLink(head, speech))}</section>`}
      ${openPanel(this.app, this.desk, { kinds: KINDS, title: said.open, more: said.openMore, inner: this.about() })}
      <section>
        <h2>${said.timeline}</h2>
        ${items.length === 0 ? html`<div class="state">${icon("round")}<h2>${said.empty}</h2><p>${said.emptyMore}</p></div>` : this.filters(items)}
        ${byDay(shown).map((day) => this.day(day))}
        ${this.more ? html`<p class="more"><button @click=${() => void this.older()}>${icon("back")}${said.older}</button></p>` : nothing}
      </section>`;
  }

  private about(): TemplateResult | typeof nothing {
    const { opening } = this.desk;
    const alert = this.desk.alarm();
    if (opening === null || alert === undefined) return nothing;
    const { speech } = this.app;
    return html`<label class="tick"
      ><input
        type="checkbox"
        .checked=${opening.alert !== ""}
        @change=${(event: Event) => {
          opening.alert = (event.target as HTMLInputElement).checked ? alert.id : "";
          this.requestUpdate();
        }}
      />${speech.words.acts.aboutAlert} : <b>${alertHeadline(alert, speech)}</b></label
    >`;
  }

  private filters(items: readonly TimelineItem[]): TemplateResult {
    const { speech } = this.app;
    const said = speech.words.acts;
    const chip = (group: string, count: number): TemplateResult =>
      html`<button
        data-group=${group}
        aria-pressed=${this.group === group ? "true" : "false"}
        @click=${() => {
          this.group = group;
          this.requestUpdate();
        }}
      >
        ${lookUp(said.group, group)} <small>${count}</small>
      </button>`;
    return html`<div class="filters" role="group" aria-label=${said.timeline}>${chip(ALL, items.length)} ${groups(items, speech).map(([group, count]) => chip(group, count))}</div>`;
  }

  private day(items: readonly TimelineItem[]): TemplateResult {
    const { language } = this.app.speech;
    return html`<section class="day">
      <h3>${longDate(items[0]?.time ?? 0, language)}</h3>
      <ol>
        ${items.map((item) => this.item(item))}
      </ol>
    </section>`;
  }

  private item(item: TimelineItem): TemplateResult {
    const { speech } = this.app;
    const { title, more } = itemText(item, speech);
    const group = groupOf(item);
    const priority = typeof item.params["priority"] === "string" ? item.params["priority"] : "";
    const inner = html`<time>${clock(item.time, speech.language)}</time>${icon(ICONS[group] ?? "more")}
      <div><b>${title}</b>${more === "" ? nothing : html`<small>${more}</small>`}</div>
      <span class="who">${item.author_name}</span>`;
    const address = group === "act" ? actAddress(this.resident, item.link) : group === "wound" ? woundsAddress(this.resident, item.link) : "";
    return html`<li data-kind=${item.kind}>
      ${address === "" ? html`<div class="item ${priority}">${inner}</div>` : html`<a class="item" href=${address}>${inner}</a>`}
    </li>`;
  }

  private one(act: ActView): TemplateResult {
    const { speech } = this.app;
    const said = speech.words.acts;
    return html`${warning(act, speech)} ${standing(act, speech)} ${gestureButtons(this.app, this.desk)} ${gestureForm(this.app, this.desk)}
      ${beforehand(this.app, act)} ${openPanel(this.app, this.desk, { kinds: act.next, title: said.follow, more: "", inner: openingNote(this.app, this.desk) })} ${columns(act, this.app)}
      <p class="quiet">${said.secondary}</p>`;
  }
}

function identity(item: TimelineItem): string {
  return `${item.kind}/${item.link}/${String(item.time)}/${item.title_key}`;
}

customElements.define("vv-acts", Acts);
