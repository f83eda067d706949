/**
 * A resident's act beside a call, and after it: what was asked and why, the gestures of the moment, and the next act at one press.
 * Nobody leaves the call for it; what the other side does shows at once. Made for one resident for its whole life.
 */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { actAddress, fieldName, goingOn, goneOn, kindName, KINDS, ownFindings, stateName, type ActHead, type ActKind, type ActView } from "../lib/acts";
import { fileOf, PapersApi, type PaperView } from "../lib/papers";
import { errorSentence } from "../lib/say";
import type { LiveMessage } from "../lib/types";
import { panelHead, panelStyles } from "../call/panel";
import type { App } from "../ui/app";
import { Follow } from "../ui/consult";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";
import "./asked";
import { ActDesk, gestureButtons, gestureForm, openingNote, type DeskHost } from "./desk";
import { warning } from "./one";
import { KIND_ICONS, openPanel } from "./open";
import "./regulation";
import { actsStyles } from "./styles";

/** Findings of the acts before that stand beside a call; all of them are on the act's page. */
const MOST = 4;
/** Milliseconds between two looks, beside those that the hub's word gives rise to: a reading may fail, and a word be lost. */
const LOOK = 30_000;

export class BesideElement extends LitElement implements DeskHost {
  static override properties = { app: { attribute: false }, resident: { attribute: false }, over: { type: Boolean }, since: { attribute: false }, stamp: { attribute: false } };
  static override styles = [
    base,
    actsStyles,
    panelStyles,
    css`
      :host {
        min-height: 0;
        background: var(--surface);
        color: var(--text);
        text-align: start;
      }
      :host([over]) {
        display: block;
        min-height: auto;
        padding: var(--gap-4);
        border: 0;
        border-radius: var(--radius);
      }
      .body {
        gap: var(--gap-4);
        padding-top: var(--gap-1);
      }
      :host([over]) .body {
        padding: 0;
        overflow: visible;
      }
      .standing {
        padding: 0 0 0 var(--gap-3);
        border: 0;
        border-inline-start: 6px solid var(--text);
        border-radius: 0;
      }
      .standing h3 {
        font-size: var(--size-3);
      }
      .panel {
        padding: var(--gap-3) 0 0;
        border: 0;
        border-top: 1px solid var(--line);
        border-radius: 0;
      }
      .panel h2,
      .before h4 {
        margin: 0 0 var(--gap-2);
        font-size: var(--size-2);
      }
      .gestures button {
        flex: 1 1 9rem;
      }
      .which {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-2);
      }
      .which button[aria-pressed="true"] {
        box-shadow: inset 0 0 0 2px var(--text);
        background: var(--raised);
      }
      .before small {
        display: block;
        font-size: var(--size-1);
        color: var(--quiet);
      }
    `,
  ];

  declare app: App;
  declare resident: string;
  /** The call is over: everything may be opened in its place, and the report is there. */
  declare over: boolean;
  /** When the call began, hub time: what ended in it is there when it is over. */
  declare since: number;
  declare stamp: unknown;
  private desk!: ActDesk;
  private heads: readonly ActHead[] | null = null;
  private chosen: string | null = null;
  /** The chosen act had ended when somebody chose it: nothing that goes on takes its place. */
  private past = false;
  private report: PaperView | null = null;
  private making = false;
  private failure = "";
  private timer: ReturnType<typeof setInterval> | null = null;
  private reading = false;
  private missed = false;

  constructor() {
    super();
    this.over = false;
    this.since = 0;
    new Follow(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.desk = new ActDesk(this, this.resident);
    this.app.session.addEventListener("change", this.heard);
    this.timer = setInterval(() => void this.again(), LOOK);
    void this.again();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.app.session.removeEventListener("change", this.heard);
    if (this.timer !== null) clearInterval(this.timer);
  }

  override firstUpdated(): void {
    if (!this.over) this.renderRoot.querySelector<HTMLElement>("#title")?.focus();
  }

  private readonly heard = (event: Event): void => {
    const { detail } = event as CustomEvent<LiveMessage>;
    if (detail.type === "snapshot" || (detail.type === "act" && detail.resident === this.resident)) void this.again();
  };

  // ---- what is known ----

  /** Reads which acts go on, and the one that is shown; what is said meanwhile is read after it. */
  async again(): Promise<void> {
    this.missed = this.reading;
    if (this.reading) return;
    this.reading = true;
    try {
      const heads = await this.desk.api.list(this.resident);
      const shown = this.shown(heads);
      if (shown === undefined) this.desk.act = null;
      else await this.desk.look(shown);
      // Only with its act: a list alone would look as if none went on, and offer to open a second one.
      this.heads = heads;
      this.failure = "";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.failure = errorSentence(error, this.app.words);
    }
    this.reading = false;
    this.requestUpdate();
    if (this.missed) void this.again();
  }

  /** Which act is shown: the chosen one, else what goes on; the one that ended here stays until another is there. */
  private shown(heads: readonly ActHead[]): string | undefined {
    const going = goingOn(heads);
    const chosen = heads.find(({ id }) => id === this.chosen);
    // The other side opened the next act from it: this page goes along.
    const next = chosen?.final === true && !this.past ? going.find(({ opened }) => opened >= (chosen.closed ?? 0)) : undefined;
    const own = chosen !== undefined && next === undefined ? chosen : (next ?? this.about(heads).find(({ kind }) => kind !== "surveillance"));
    this.chosen = own?.id ?? null;
    return own?.id;
  }

  /** What may be shown: what goes on, and after the call also what ended in it. */
  private about(heads: readonly ActHead[]): readonly ActHead[] {
    return this.over ? goneOn(heads, this.since) : goingOn(heads);
  }

  opened(act: ActView): void {
    this.choose(act.head.id);
  }

  private choose(id: string): void {
    this.chosen = id;
    this.past = this.heads?.some((head) => head.id === id && head.final) ?? false;
    this.report = null;
    this.desk.stop();
    void this.again();
  }

  /** The report of the act, from what is known and was noted; signing it is on its page. */
  private async write(act: ActView): Promise<void> {
    if (this.making) return;
    this.making = true;
    this.requestUpdate();
    try {
      this.report = await new PapersApi(this.app.session.api, this.resident).make("report", {}, act.head.id);
      this.failure = "";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const refusals: Readonly<Record<string, string>> = this.app.words.papers.refusal;
      this.failure = refusals[error.code] ?? errorSentence(error, this.app.words);
    }
    this.making = false;
    this.requestUpdate();
  }

  // ---- drawing ----

  override render(): TemplateResult {
    const { words } = this.app;
    const body = this.heads === null ? html`<p class="quiet" role="status">${this.failure === "" ? words.acts.loading : this.failure}</p>` : this.content(this.heads);
    return html`${this.over ? nothing : panelHead(words, words.acts.beside, () => this.dispatchEvent(new Event("close")))}
      <div class="body">${body}</div>`;
  }

  private content(heads: readonly ActHead[]): TemplateResult {
    const { app, desk } = this;
    const said = app.words.acts;
    const { act } = desk;
    const open = (kinds: readonly ActKind[]): TemplateResult => openPanel(app, desk, { kinds, title: act === null ? said.open : said.follow, more: "", inner: act === null ? nothing : openingNote(app, desk) });
    if (act === null) return html`${open(KINDS.filter((kind) => kind !== "surveillance"))}${this.trouble()}`;
    // Long forms have the place for themselves.
    if (desk.gesture !== null) return html`${this.which(heads)} ${this.standing(act)} ${gestureForm(app, desk)}`;
    const kinds = act.next.filter((kind) => kind !== "surveillance" || this.over);
    return html`${this.which(heads)} ${act.head.kind === "regulation" ? warning(act, app.speech) : nothing} ${this.standing(act)} ${gestureButtons(app, desk)}
      ${act.head.kind === "regulation" ? html`<vv-act-regulation aside .app=${app} .act=${act} .stamp=${{}}></vv-act-regulation>` : nothing}
      ${open(kinds)} ${this.papers(act)} ${this.trouble()} ${this.findings(act)}
      ${act.head.kind === "consultation" && (act.triage !== null || !act.head.final)
        ? html`<vv-act-asked aside .app=${app} .resident=${this.resident} .triage=${act.triage}></vv-act-asked>`
        : nothing}
      <a class="way" href=${actAddress(this.resident, act.head.id)} target=${this.over ? nothing : "_blank"} rel=${this.over ? nothing : "noopener"}>${icon("round")}${said.whole}</a>`;
  }

  private trouble(): TemplateResult | typeof nothing {
    return this.failure === "" ? nothing : html`<p class="notice" role="alert">${icon("warning")}${this.failure}</p>`;
  }

  /** Where there are several acts, which one this is about. */
  private which(heads: readonly ActHead[]): TemplateResult | typeof nothing {
    const { speech, words } = this.app;
    const going = this.about(heads).filter(({ kind, id }) => kind !== "surveillance" || id === this.chosen);
    if (going.every(({ id }) => id === this.chosen)) return nothing;
    return html`<div class="which" role="group" aria-label=${this.over ? words.acts.ofCall : words.acts.running}>
      ${going.map(
        (head) => html`<button aria-pressed=${head.id === this.chosen ? "true" : "false"} @click=${() => this.choose(head.id)}>${icon(KIND_ICONS[head.kind])}${kindName(head.kind, speech)}</button>`,
      )}
    </div>`;
  }

  private standing(act: ActView): TemplateResult {
    const { speech } = this.app;
    const { head } = act;
    return html`<div class="standing ${head.final ? "final" : ""}">
      <h3>${kindName(head.kind, speech)}</h3>
      <span class="state-word" role="status" data-state=${head.state}>${stateName(head.kind, head.state, speech)}</span>
      <p>${head.reason}</p>
    </div>`;
  }

  private findings(act: ActView): TemplateResult | typeof nothing {
    const { speech, words } = this.app;
    const found = [...act.findings, ...ownFindings(act)].slice(-MOST);
    if (found.length === 0) return nothing;
    return html`<div class="before">
      <h4>${words.acts.found}</h4>
      <ul class="list">
        ${found.map((one) => html`<li><b>${fieldName(one.field, speech)}</b> ${one.text}<small>${one.author_name}</small></li>`)}
      </ul>
    </div>`;
  }

  private papers(act: ActView): TemplateResult | typeof nothing {
    const { words, me } = this.app;
    const { report } = this;
    if (act.head.kind !== "consultation" || me?.role !== "physician" || !["seen", "in_charge", "reoriented", "emergency"].includes(act.head.state)) return nothing;
    if (report === null) return html`<button ?disabled=${this.making} @click=${() => void this.write(act)}>${icon("file")}${words.acts.report}</button>`;
    return html`<div class="ways">
      <a class="way" href=${fileOf(report)} target="_blank" rel="noopener">${icon("file")}${words.papers.show}</a>
      <a class="way" href=${`/documents/${encodeURIComponent(this.resident)}`}>${icon("sign")}${words.acts.reportSign}</a>
    </div>`;
  }
}

customElements.define("vv-act-beside", BesideElement);
