/**
 * Beside the call to the 15: what is read out, filled in from what is known and from what the acts before found; the liaison file
 * in one gesture; a link that opens once for the regulator, while a video call goes on. Nothing here dials.
 */
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { toldOnPhone, type ActView } from "../lib/acts";
import { CallRequests, type InviteView } from "../lib/call-api";
import { clock, moment } from "../lib/format";
import { fileOf, PapersApi, type PaperKind, type PaperView, type SaedView } from "../lib/papers";
import { errorSentence } from "../lib/say";
import type { App } from "../ui/app";
import { feedOf, Follow } from "../ui/consult";
import { icon } from "../ui/icon";
import { base, fieldLook } from "../ui/styles";

/** Minutes for which the link may be opened: as long as a regulator takes to come to it. */
const MINUTES = 30;
/** Letters of a name in a call. */
const LONGEST_NAME = 80;

export class RegulationElement extends LitElement {
  static override properties = { app: { attribute: false }, act: { attribute: false }, stamp: { attribute: false }, aside: { type: Boolean } };
  static override styles = [
    base,
    css`
      section {
        display: grid;
        gap: var(--gap-3);
        padding: var(--gap-4);
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--surface);
      }
      :host([aside]) section {
        padding: 0;
        border: 0;
      }
      h2 {
        font-size: var(--size-3);
      }
      :host([aside]) h2 {
        font-size: var(--size-2);
      }
      .read {
        display: grid;
        grid-template-columns: 2.4rem minmax(0, 1fr);
        gap: var(--gap-2) var(--gap-3);
      }
      .read dt {
        font-size: var(--size-4);
        font-weight: 700;
        line-height: 1.1;
      }
      .read dd {
        overflow-wrap: anywhere;
      }
      .do {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-3);
      }
      .do button {
        flex: 1 1 14rem;
      }
      .made {
        display: grid;
        gap: var(--gap-2);
      }
      .made li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 var(--gap-3);
      }
      .made span {
        flex: 1 1 12rem;
      }
      small {
        display: block;
        font-size: var(--size-1);
        color: var(--quiet);
      }
      .link {
        display: grid;
        gap: var(--gap-2);
        padding: var(--gap-3);
        border: 2px solid var(--action);
        border-radius: var(--radius);
      }
      .link p::first-letter {
        text-transform: uppercase;
      }
      .link input {
        ${fieldLook}
        font: var(--size-1) ui-monospace, monospace;
      }
      .failed {
        font-weight: 600;
        color: var(--high);
      }
    `,
  ];

  declare app: App;
  declare act: ActView;
  declare stamp: unknown;
  /** Beside a call: the narrow form of it. */
  declare aside: boolean;
  private sheet: SaedView | null = null;
  private papers: readonly PaperView[] = [];
  private invite: InviteView | null = null;
  private told = "";
  private failure = "";
  private busy = false;

  constructor() {
    super();
    this.aside = false;
    new Follow(this);
  }

  private get paper(): PapersApi {
    return new PapersApi(this.app.session.api, this.act.head.resident);
  }

  override willUpdate(changed: PropertyValues<RegulationElement>): void {
    const before = changed.get("act");
    if (changed.has("act") && (before?.head.id !== this.act.head.id || before.version !== this.act.version)) void this.read();
  }

  private async read(): Promise<void> {
    const { act } = this;
    try {
      const [sheet, papers] = await Promise.all([this.paper.saed(toldOnPhone(act)), this.madeFor(act)]);
      if (act.head.id !== this.act.head.id) return;
      this.sheet = sheet;
      this.papers = papers;
      this.failure = "";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.failure = errorSentence(error, this.app.words);
    }
    this.requestUpdate();
  }

  private async madeFor(act: ActView): Promise<readonly PaperView[]> {
    return (await this.paper.list()).items.filter((each) => each.act === act.head.id);
  }

  /** Does one thing at a time, and says that it is at it and what became of it. */
  private async once(work: () => Promise<void>, begun = ""): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.failure = "";
    this.told = begun;
    this.requestUpdate();
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const refusals: Readonly<Record<string, string>> = this.app.words.papers.refusal;
      this.failure = refusals[error.code] ?? errorSentence(error, this.app.words);
      this.told = "";
      // It may have been made although the answer was lost.
      this.papers = await this.madeFor(this.act).catch(() => this.papers);
    }
    this.busy = false;
    this.requestUpdate();
  }

  private async make(kind: PaperKind): Promise<void> {
    const { act } = this;
    await this.once(async () => {
      const made = await this.paper.make(kind, kind === "saed" ? toldOnPhone(act) : {}, act.head.id);
      this.papers = [made, ...this.papers];
      this.told = this.app.words.papers.made;
    }, this.app.words.papers.making);
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(".made a")?.focus();
  }

  private async link(call: string): Promise<void> {
    const { reached } = this.act.fields;
    const guest = typeof reached === "string" && reached !== "" ? reached : this.app.words.acts.regulator;
    await this.once(async () => {
      this.invite = await new CallRequests(this.app.session.api).invite(call, { guest: guest.slice(0, LONGEST_NAME), role: "regulator", minutes: MINUTES }, location.origin);
    });
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLInputElement>("#once")?.focus();
  }

  private async copy(link: string): Promise<void> {
    const said = this.app.words.call.invite;
    try {
      await navigator.clipboard.writeText(link);
      this.told = said.copied;
    } catch {
      this.told = said.notCopied;
      this.renderRoot.querySelector<HTMLInputElement>("#once")?.select();
    }
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const { words } = this.app;
    const said = words.acts;
    const call = feedOf(this.app).callFor(this.act.head.resident);
    const { final } = this.act.head;
    return html`<section aria-labelledby="aloud">
      <h2 id="aloud">${said.aloud}</h2>
      ${this.sheet === null
        ? html`<p class="quiet" role="status">${this.failure === "" ? said.reading : ""}</p>`
        : html`<dl class="read">${this.sheet.script.map((part) => html`<dt>${part.letter}</dt><dd>${part.text}</dd>`)}</dl>`}
      ${final
        ? nothing
        : html`<div class="do">
            <button class="main" ?disabled=${this.busy} @click=${() => void this.make("liaison")}>${icon("file")}${said.liaison}</button>
            <button ?disabled=${this.busy} @click=${() => void this.make("saed")}>${icon("file")}${words.papers.make.saed}</button>
            ${call === undefined ? nothing : html`<button ?disabled=${this.busy} @click=${() => void this.link(call.id)}>${icon("invite")}${said.regulatorLink}</button>`}
          </div>`}
      ${call === undefined && !final ? html`<p class="quiet">${said.regulatorNoCall}</p>` : nothing} ${this.handed()}
      <p role="status">${this.told}</p>
      ${this.failure === "" ? nothing : html`<p class="failed" role="alert">${this.failure}</p>`} ${this.made()}
    </section>`;
  }

  private handed(): TemplateResult | typeof nothing {
    const { invite } = this;
    if (invite === null) return nothing;
    const { words, preferences } = this.app;
    const said = words.call.invite;
    return html`<div class="link">
      <label for="once"><b>${said.made(invite.name)}</b></label>
      <p class="quiet">${said.once}</p>
      <p>${said.until(clock(invite.expires, preferences.language))}</p>
      <input id="once" readonly .value=${invite.link} @focus=${(event: Event) => (event.target as HTMLInputElement).select()} />
      <button class="main" @click=${() => void this.copy(invite.link)}>${icon("copy")}${said.copy}</button>
    </div>`;
  }

  private made(): TemplateResult | typeof nothing {
    const { words, speech } = this.app;
    if (this.papers.length === 0) return nothing;
    return html`<ul class="made" aria-label=${words.papers.list}>
      ${this.papers.map((each) => {
        const name = words.papers.kind[each.kind];
        return html`<li>
          <span><b>${name}</b><small>${words.papers.version(each.version, moment(each.time, speech.now, speech.language), each.author_name)}</small></span>
          <a class="way" href=${fileOf(each)} target="_blank" rel="noopener" aria-label=${`${words.papers.show} : ${name}`}>${icon("file")}${words.papers.show}</a>
        </li>`;
      })}
    </ul>`;
  }
}

customElements.define("vv-act-regulation", RegulationElement);
