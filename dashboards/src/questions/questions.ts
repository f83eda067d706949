/** What is asked of an expert (`/avis`): what waits, what they took, what they answered. One gesture opens the act. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { personOf } from "../agenda/list";
import { agendaStyles } from "../agenda/styles";
import { coordinationStyles } from "../coordination/styles";
import { actAddress } from "../lib/acts";
import { ApiError } from "../lib/api";
import { surroundings } from "../lib/browser";
import { moment } from "../lib/format";
import { aboutText, arrived, byText, isLate, leftText, QuestionsFeed, sorted, toldOf, waitingCount, type QuestionList, type QuestionView, type Told } from "../lib/questions";
import { errorSentence } from "../lib/say";
import { App } from "../ui/app";
import { bar, barStyles } from "../ui/bar";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import "../ui/push";
import { failed, forbidden, reading, unreadable } from "../ui/states";
import { base, marks, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";

const ANSWERED: ReadonlySet<string> = new Set(["answered", "closed"]);

export class Questions extends LitElement {
  static override styles = [
    base,
    marks,
    pageState,
    barStyles,
    truthStyles,
    helpStyles,
    coordinationStyles,
    agendaStyles,
    css`
      .row {
        grid-template-columns: 1.5rem minmax(0, 1fr);
        align-items: start;
      }
      .row > .icon {
        margin-top: 0.2em;
      }
      .row .first {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 var(--gap-2);
      }
      .row .due {
        display: inline-flex;
        align-items: center;
        margin-inline-start: auto;
      }
      .row .asks {
        display: -webkit-box;
        margin-block: 2px;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
        font-weight: 600;
        overflow-wrap: anywhere;
        text-wrap: pretty;
      }
      .news {
        display: inline-flex;
        align-items: center;
        gap: var(--gap-1);
        padding: 0 var(--gap-2);
        border: 1px solid currentColor;
        border-radius: 999px;
        font-size: var(--size-1);
        font-weight: 600;
      }
      .none {
        display: grid;
        gap: var(--gap-1);
        justify-items: start;
      }
      .none b {
        font-size: var(--size-3);
      }
      details.rows > summary {
        padding: var(--gap-3) var(--gap-4);
        /* The frame cuts what lies outside of it. */
        outline-offset: -3px;
      }
      details.rows ul {
        border-top: 1px solid var(--line);
      }
      .told {
        margin-top: var(--gap-5);
      }
      .told vv-push {
        padding: var(--gap-4);
        border-top: 1px solid var(--line);
      }
    `,
  ];

  private readonly app = new App(this, ["physician"], { sound: false });
  private readonly feed = new QuestionsFeed(this.app.session, surroundings);
  /** What was told of the questions that are known; `null` before the first reading, of which nothing is new. */
  private told: Told | null = null;
  private news = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.feed.addEventListener("change", this.read);
    addEventListener("keydown", this.key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.feed.removeEventListener("change", this.read);
    removeEventListener("keydown", this.key);
  }

  private readonly read = (): void => {
    const { list, failure } = this.feed;
    if (failure instanceof ApiError && failure.failure === "signed_out") this.app.goToSignIn();
    if (list !== null && failure === null) {
      const fresh = arrived(this.told, list);
      if (fresh.length > 0) this.news = this.app.words.questions.arrived(fresh.length);
      this.told = toldOf(list);
    }
    this.requestUpdate();
  };

  private readonly key = (event: KeyboardEvent): void => {
    if (isTyping(event) || this.renderRoot.querySelector("dialog[open]") !== null) return;
    if (event.key === "?") this.help();
    else if (event.key.toLowerCase() === "t") this.app.preferences.nextTheme();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") this.neighbour(event);
  };

  /** Arrows walk the questions while the focus is on one; the first press finds the first. */
  private neighbour(event: KeyboardEvent): void {
    const rows = [...this.renderRoot.querySelectorAll<HTMLElement>("a.row")].filter((row) => row.checkVisibility());
    const here = rows.indexOf(event.composedPath()[0] as HTMLElement);
    const next = here < 0 ? rows[0] : rows[here + (event.key === "ArrowDown" ? 1 : -1)];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  }

  private help(): void {
    this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal();
  }

  override updated(): void {
    this.toggleAttribute("doubtful", doubts(this.app) !== nothing);
    const count = waitingCount(this.feed.list);
    document.title = `${count === 0 ? "" : `(${String(count)}) `}${this.app.words.questions.title} · Veilleuse`;
  }

  override render(): TemplateResult {
    const { app } = this;
    const { words } = app;
    return html`<div class="top">${doubts(app)} ${bar(app, () => this.help())} ${complaint(app)}</div>
      ${this.places()}
      <main tabindex="-1">${this.content()}</main>
      <div class="only-spoken" role="status">${this.news}</div>
      ${spoken(app)}
      ${helpDialog(app, [
        ["?", words.help.show],
        ["↑ ↓", words.questions.arrows],
        ["T", words.help.theme],
      ])}`;
  }

  private places(): TemplateResult {
    const words = this.app.words.questions;
    const count = waitingCount(this.feed.list);
    return html`<nav class="tabs" aria-label=${words.places}>
      <a href="/avis" aria-current="page">${icon("search")}${words.title}${count === 0 ? nothing : html` <span class="number">${count}</span>`}</a>
      <a class="away" href="/agenda">${icon("duty")}${words.agenda}</a>
      <a href="/medecin">${icon("grid")}${words.console}</a>
    </nav>`;
  }

  private content(): TemplateResult {
    const { app, feed } = this;
    if (app.phase === "forbidden") return forbidden(app);
    if (app.phase === "failed") return failed(app);
    if (feed.list === null || !app.session.state.loaded) return feed.failure === null ? this.skeleton() : this.unreadable();
    const stale = feed.failure === null ? nothing : html`<p class="stale" role="alert">${icon("warning")}${errorSentence(feed.failure, app.words)}</p>`;
    return html`<div class="page">${stale} ${this.head(feed.list)} ${this.lists(feed.list)} ${this.telling()}</div>`;
  }

  private head(list: QuestionList): TemplateResult {
    const words = this.app.words.questions;
    const late = list.items.filter((each) => isLate(each, this.app.speech.now)).length;
    return html`<header class="page-head">
      <h1>${words.title}</h1>
      ${late > 0 ? html`<p class="late-count">${icon("warning")}${words.late(late)}</p>` : nothing}
    </header>`;
  }

  private lists(list: QuestionList): TemplateResult {
    const words = this.app.words.questions;
    const { waiting, mine, back } = sorted(list);
    return html`<div class="agenda-columns even">
      <div>
        ${this.section(
          "waiting",
          words.waiting,
          waiting,
          html`<div class="panel none"><b>${words.waitingNone}</b><span class="quiet">${words.waitingNoneMore}</span></div>`,
        )}
        ${list.taken.length === 0
          ? nothing
          : html`<details class="rows">
              <summary>${words.taken} (${list.taken.length})</summary>
              <ul>${this.rows(list.taken)}</ul>
            </details>`}
      </div>
      <div>
        ${this.section("mine", words.mine, mine, html`<p class="panel quiet">${words.mineNone}</p>`)}
        ${back.length === 0 ? nothing : this.section("back", words.back, back, nothing, words.backMore)}
        ${this.section("answered", words.answered, list.answered, html`<p class="panel quiet">${words.answeredNone}</p>`, list.answered.length === 0 ? "" : words.answeredMore)}
      </div>
    </div>`;
  }

  /** The way to be told of the next question while this page is closed. */
  private telling(): TemplateResult {
    const { app } = this;
    return html`<details class="rows told">
      <summary>${app.words.questions.telling}</summary>
      <vv-push .app=${app} .moment=${app.session.now()}></vv-push>
    </details>`;
  }

  private section(name: string, title: string, questions: readonly QuestionView[], none: TemplateResult | typeof nothing, more = ""): TemplateResult {
    return html`<section class="list" data-list=${name} aria-labelledby=${`${name}-title`}>
      <h2 id=${`${name}-title`}>${title}</h2>
      ${questions.length === 0 ? none : html`<ul class="rows">${this.rows(questions)}</ul>`} ${more === "" ? nothing : html`<p class="quiet">${more}</p>`}
    </section>`;
  }

  private rows(questions: readonly QuestionView[]): unknown {
    return repeat(
      questions,
      ({ act }) => act,
      (question) => html`<li>${this.row(question)}</li>`,
    );
  }

  private row(question: QuestionView): TemplateResult {
    const { app } = this;
    const { name, room } = personOf(question.resident, app);
    const born = app.session.state.residents.get(question.resident)?.birth_year;
    const late = isLate(question, app.speech.now);
    return html`<a class="row ${late ? "late" : ""}" href=${actAddress(question.resident, question.act)} data-act=${question.act}>
      ${icon(question.pictures === 0 ? "chat" : "photo")}
      <span class="what">
        <span class="first">
          <b>${name}</b><span class="quiet">${room}${born === undefined ? nothing : html` · ${app.words.resident.born(born)}`}</span>
          <span class="due">${late ? icon("warning") : nothing}${this.when(question)}</span>
        </span>
        <span class="asks">${question.question}</span>
        <small>${aboutText(question, app.speech)}</small>
        <small>${byText(question, app.me?.display_name ?? "", app.speech)}</small>
        ${this.standing(question)}
      </span>
    </a>`;
  }

  /** By when an answer is due, or when it was given. */
  private when(question: QuestionView): string {
    const { speech } = this.app;
    if (question.answered === null || !ANSWERED.has(question.state)) return leftText(question, speech);
    return speech.words.questions.answeredOn(moment(question.answered, speech.now, speech.language));
  }

  /** What became of it since: who has it, what came back, whether the answer was read. */
  private standing(question: QuestionView): TemplateResult | typeof nothing {
    const { words, me } = this.app;
    const said = words.questions;
    if (ANSWERED.has(question.state)) return html`<small>${question.state === "closed" ? said.read : said.unread}</small>`;
    if (question.informed) return html`<span class="news">${icon("chat")}${said.informed}</span>`;
    return question.holder === "" || question.holder === me?.username ? nothing : html`<small>${said.takenBy(question.holder_name)}</small>`;
  }

  private skeleton(): TemplateResult {
    return reading(this.app.words.questions.loading);
  }

  private unreadable(): TemplateResult {
    const { words } = this.app;
    return unreadable(this.app, words.questions.failed, errorSentence(this.feed.failure, words), () => void this.feed.read());
  }
}

customElements.define("vv-questions", Questions);
