/** A resident's wounds (`/plaies/R`, one of them after `#`): photographs, measures, stages over time. The page is one resident's for its whole life. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { fullName, initials, moment } from "../lib/format";
import { roomName } from "../lib/say";
import type { ResidentView } from "../lib/types";
import {
  causeName,
  CAUSES,
  changeText,
  comparable,
  lastOf,
  measureOf,
  OUTCOMES,
  refusal,
  regionName,
  sizeText,
  stageOf,
  stageText,
  VIEWS,
  WoundsApi,
  type Cause,
  type FindingView,
  type Outcome,
  type PictureView,
  type View,
  type WoundView,
} from "../lib/wounds";
import { newName } from "../round/keep";
import { App } from "../ui/app";
import { bar, barStyles } from "../ui/bar";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import { failed, forbidden, unreadable } from "../ui/states";
import { base, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import "./ask";
import "./assess";
import "./body";
import { areaCurve } from "./curve";
import "./measure";
import { drawn } from "./outline";
import "./shoot";
import { formStyles, woundsStyles } from "./styles";

const PLACE = /^\/plaies\/([^/]+)$/;

type Mode =
  | { readonly kind: "see" | "new" | "shoot" | "assess" | "ask" | "end" }
  | { readonly kind: "measure"; readonly picture: PictureView }
  | { readonly kind: "withdraw"; readonly what: string };

const SEE: Mode = { kind: "see" };

export class Wounds extends LitElement {
  static override styles = [base, pageState, barStyles, truthStyles, helpStyles, formStyles, woundsStyles];

  private readonly resident = decodeURIComponent(PLACE.exec(location.pathname)?.[1] ?? "");
  private wounds: readonly WoundView[] | null = null;
  private chosen = decodeURIComponent(location.hash.slice(1));
  private mode: Mode = SEE;
  private failure: unknown = null;
  private reading = false;
  private sending = false;
  private refused = "";
  private said = "";
  private view: View = "close";
  private sides: readonly [string, string] = ["", ""];
  private outlined = true;
  /** What is typed of a wound that is new. */
  private fresh: { id: string; region: string; cause: Cause | ""; begun: string; tried: boolean } = { id: "", region: "", cause: "", begun: "", tried: false };
  private reason = "";
  private readonly app = new App(this, ["nurse", "physician", "coordinator"], { sound: false });
  private readonly api = new WoundsApi(this.app.session.api, this.resident);

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("keydown", this.pressed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("keydown", this.pressed);
  }

  private readonly pressed = (event: KeyboardEvent): void => {
    if (event.key === "Escape") this.go(SEE);
    if (isTyping(event)) return;
    if (event.key === "?") this.help();
    if (event.key.toLowerCase() === "t") this.app.preferences.nextTheme();
  };

  private help(): void {
    this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal();
  }

  override updated(): void {
    this.toggleAttribute("doubtful", doubts(this.app) !== nothing);
    if (this.app.phase === "ready" && this.wounds === null && this.failure === null) void this.read();
  }

  private async read(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    this.failure = null;
    try {
      this.wounds = await this.api.list();
    } catch (error) {
      this.failure = error;
    }
    this.reading = false;
    this.requestUpdate();
  }

  private get wound(): WoundView | undefined {
    return this.wounds?.find(({ id }) => id === this.chosen) ?? this.wounds?.[0];
  }

  private choose(wound: string): void {
    this.chosen = wound;
    this.sides = ["", ""];
    history.replaceState(null, "", `#${encodeURIComponent(wound)}`);
    this.go(SEE);
  }

  private go(mode: Mode): void {
    this.mode = mode;
    this.refused = "";
    this.reason = "";
    if (mode.kind === "new") this.fresh = { id: newName(), region: "", cause: "", begun: "", tried: false };
    this.requestUpdate();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("[data-focus]")?.focus());
  }

  /** Takes what the hub said of a wound now. */
  private take(wound: WoundView): void {
    const known = this.wounds ?? [];
    this.wounds = known.some(({ id }) => id === wound.id) ? known.map((each) => (each.id === wound.id ? wound : each)) : [wound, ...known];
    this.chosen = wound.id;
    this.said = this.app.words.wounds.saved;
    this.requestUpdate();
  }

  private async tell(work: () => Promise<WoundView>, next: Mode): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    this.refused = "";
    this.requestUpdate();
    try {
      this.take(await work());
      this.sending = false;
      this.go(next);
    } catch (error) {
      this.refused = refusal(error, this.app.speech);
    }
    this.sending = false;
    this.requestUpdate();
  }

  // ---- drawing ----

  override render(): TemplateResult {
    const { app } = this;
    const { words } = app;
    return html`${doubts(app)}
      <div class="top">${bar(app, () => this.help())} ${complaint(app)}</div>
      <main>${this.content()}</main>
      <div class="only-spoken" role="status">${this.said}</div>
      ${spoken(app)}
      ${helpDialog(app, [
        ["?", words.help.show],
        ["T", words.help.theme],
      ])}`;
  }

  private content(): TemplateResult {
    const { app } = this;
    const said = app.words.wounds;
    if (app.phase === "forbidden") return forbidden(app);
    if (app.phase === "failed") return failed(app);
    if (this.failure !== null) {
      return unreadable(this.app, said.failed, refusal(this.failure, app.speech), () => void this.read());
    }
    const person = app.session.state.residents.get(this.resident);
    if (!app.session.state.loaded || this.wounds === null) {
      return html`<div class="page" aria-busy="true" aria-label=${said.loading}>${[1, 2, 3].map(() => html`<div class="skeleton"></div>`)}</div>`;
    }
    if (person === undefined) return html`<section class="state" role="alert">${icon("slash")}<h2>${app.words.error.unknown}</h2></section>`;
    return html`<div class="page">${this.head(person)} ${this.body(this.wounds)}</div>`;
  }

  private head(person: ResidentView): TemplateResult {
    const { words, me } = this.app;
    const home = `/${me?.role === "physician" ? "medecin" : "service"}/resident/${encodeURIComponent(this.resident)}`;
    return html`<header class="head">
      <a class="way" href=${home}>${icon("back")}${words.wounds.back}</a>
      <span class="initials" aria-hidden="true">${initials(person.family_name, person.given_name)}</span>
      <div class="person">
        <h1>${fullName(person.family_name, person.given_name)}</h1>
        <p><b>${roomName(person.room, words)}</b> · ${words.resident.born(person.birth_year)} · ${words.wounds.title}</p>
      </div>
      <a class="way" href=${`/actes/${encodeURIComponent(this.resident)}`}>${icon("round")}${words.acts.link}</a>
    </header>`;
  }

  private body(wounds: readonly WoundView[]): TemplateResult {
    const said = this.app.words.wounds;
    const { wound, mode } = this;
    if (mode.kind === "new") return this.placing();
    if (wound === undefined) {
      return html`<section class="state">
        ${icon("photo")}
        <h2>${said.empty}</h2>
        <p>${said.emptyMore}</p>
        <button class="main" @click=${() => this.go({ kind: "new" })}>${icon("plus")}${said.add}</button>
      </section>`;
    }
    const leave = (): void => this.go(SEE);
    const taken = (event: CustomEvent<WoundView>): void => this.take(event.detail);
    if (mode.kind === "measure") {
      return html`<section class="panel">
        <vv-wound-measure .app=${this.app} .api=${this.api} .wound=${wound} .picture=${mode.picture} @leave=${leave} @wound=${taken}></vv-wound-measure>
      </section>`;
    }
    if (mode.kind === "shoot") {
      return html`<section class="panel"><vv-wound-shoot .app=${this.app} .api=${this.api} .wound=${wound} @leave=${leave} @wound=${taken}></vv-wound-shoot></section>`;
    }
    const [open, ended] = [wounds.filter(({ closed }) => closed === null), wounds.filter(({ closed }) => closed !== null)];
    return html`<div class="split">
      <nav class="list" aria-label=${said.list}>
        ${open.map((each) => this.card(each, wound))} ${ended.length === 0 ? nothing : html`<h2>${said.closed}</h2>${ended.map((each) => this.card(each, wound))}`}
        <button @click=${() => this.go({ kind: "new" })}>${icon("plus")}${said.add}</button>
      </nav>
      <div class="detail">${this.detail(wound)}</div>
    </div>`;
  }

  private card(each: WoundView, chosen: WoundView): TemplateResult {
    const { speech } = this.app;
    const said = speech.words.wounds;
    const last = lastOf(each);
    const changed = changeText(each, speech);
    return html`<button class="card" aria-pressed=${each.id === chosen.id ? "true" : "false"} @click=${() => this.choose(each.id)}>
      <b>${regionName(each.region, speech)}</b>
      <span>${causeName(each.cause, speech)}, ${last === null ? said.never : sizeText(last, speech.language)}</span>
      <small>${changed === "" ? said.since(each.begun) : changed}</small>
    </button>`;
  }

  private detail(wound: WoundView): TemplateResult {
    const { mode } = this;
    const leave = (): void => this.go(SEE);
    return html`${this.standing(wound)}
      ${mode.kind === "assess"
        ? html`<section class="panel"><vv-wound-assess .app=${this.app} .api=${this.api} .wound=${wound} @leave=${leave} @wound=${(event: CustomEvent<WoundView>) => this.take(event.detail)}></vv-wound-assess></section>`
        : nothing}
      ${mode.kind === "ask" ? html`<section class="panel"><vv-wound-ask .app=${this.app} .wound=${wound} @leave=${leave}></vv-wound-ask></section>` : nothing}
      ${mode.kind === "end" ? this.ending(wound) : nothing} ${mode.kind === "withdraw" ? this.withdrawing(wound, mode.what) : nothing} ${this.compare(wound)} ${this.course(wound)} ${this.history(wound)}`;
  }

  private standing(wound: WoundView): TemplateResult {
    const { speech, words } = this.app;
    const said = words.wounds;
    const [last, stage] = [lastOf(wound), stageOf(wound)];
    return html`<section class="panel standing">
      <div>
        <h2>${regionName(wound.region, speech)}</h2>
        <p>${causeName(wound.cause, speech)} · ${said.since(wound.begun)} · ${said.pictures(wound.pictures.length)}</p>
        ${wound.note === "" ? nothing : html`<p class="quiet">${wound.note}</p>`}
        ${wound.outcome === null || wound.closed === null ? nothing : html`<p><b>${said.ended(said.outcome[wound.outcome], moment(wound.closed, speech.now, speech.language), wound.closed_by_name)}</b></p>`}
      </div>
      <dl>
        ${stage === null ? nothing : html`<div><dt>${said.stageTitle}</dt><dd>${stageText(stage, speech)}</dd></div>`}
        ${last === null ? nothing : html`<div><dt>${moment(last.time, speech.now, speech.language)}</dt><dd>${sizeText(last, speech.language)}<small>${changeText(wound, speech)}</small></dd></div>`}
      </dl>
      ${wound.closed === null ? this.gestures() : nothing}
    </section>`;
  }

  private gestures(): TemplateResult {
    const said = this.app.words.wounds;
    return html`<div class="gestures">
      <button class="main" @click=${() => this.go({ kind: "shoot" })}>${icon("photo")}${said.shoot}</button>
      <button @click=${() => this.go({ kind: "assess" })}>${icon("edit")}${said.assess}</button>
      <button @click=${() => this.go({ kind: "ask" })}>${icon("physician")}${said.ask}</button>
      <button @click=${() => this.go({ kind: "end" })}>${icon("check")}${said.end}</button>
    </div>`;
  }

  private placing(): TemplateResult {
    const { speech, words } = this.app;
    const said = words.wounds;
    const { fresh } = this;
    const missing = (empty: boolean): TemplateResult | typeof nothing => (fresh.tried && empty ? html`<span class="fault">${icon("warning")}${said.missing}</span>` : nothing);
    const set = (change: Partial<Wounds["fresh"]>): void => {
      this.fresh = { ...this.fresh, ...change };
      this.requestUpdate();
    };
    return html`<form
      class="panel"
      @submit=${(event: Event) => {
        event.preventDefault();
        this.place();
      }}
    >
      <div>
        <h2 tabindex="-1" data-focus>${said.where}</h2>
        <p class="quiet">${said.whereMore}</p>
      </div>
      <div class="placing">
        <div>
          <vv-body-map .app=${this.app} .value=${fresh.region} @choose=${(event: CustomEvent<string>) => set({ region: event.detail })}></vv-body-map>
          ${missing(fresh.region === "")}
        </div>
        <div>
          <fieldset>
            <legend>${said.what}</legend>
            <div class="options">
              ${CAUSES.map((cause) => html`<label><input type="radio" name="cause" value=${cause} .checked=${fresh.cause === cause} @change=${() => set({ cause })} />${causeName(cause, speech)}</label>`)}
            </div>
            ${missing(fresh.cause === "")}
          </fieldset>
          <label class="field"
            ><span>${said.begun} <small>${said.begunHint}</small></span>
            <input name="begun" maxlength="120" .value=${fresh.begun} @input=${(event: Event) => set({ begun: (event.target as HTMLInputElement).value })} />
            ${missing(fresh.begun.trim() === "")}
          </label>
          ${this.no()}
          <div class="ends">
            <button type="button" @click=${() => this.go(SEE)}>${said.cancel}</button>
            <button class="main" ?disabled=${this.sending}>${icon("photo")}${said.save}</button>
          </div>
        </div>
      </div>
    </form>`;
  }

  private place(): void {
    const { id, region, cause, begun } = this.fresh;
    if (region === "" || cause === "" || begun.trim() === "") {
      this.fresh = { ...this.fresh, tried: true };
      this.requestUpdate();
      return;
    }
    // Who opens a wound stands beside it: the photographs come next.
    void this.tell(() => this.api.open({ id, region, cause, begun: begun.trim() }), { kind: "shoot" });
  }

  private no(): TemplateResult | typeof nothing {
    return this.refused === "" ? nothing : html`<p class="no" role="alert">${icon("warning")}${this.refused}</p>`;
  }

  private ending(wound: WoundView): TemplateResult {
    const said = this.app.words.wounds;
    const end = (outcome: Outcome): void => void this.tell(() => this.api.end(wound.id, outcome), SEE);
    return html`<section class="panel">
      <h2 tabindex="-1" data-focus>${said.endTitle}</h2>
      <div class="gestures">
        ${OUTCOMES.map((outcome) => html`<button ?disabled=${this.sending} @click=${() => end(outcome)}>${said.outcome[outcome]}</button>`)}
        <button class="plain" @click=${() => this.go(SEE)}>${said.cancel}</button>
      </div>
      ${this.no()}
    </section>`;
  }

  private withdrawing(wound: WoundView, what: string): TemplateResult {
    const said = this.app.words.wounds;
    return html`<form
      class="panel"
      @submit=${(event: Event) => {
        event.preventDefault();
        if (this.reason.trim() !== "") void this.tell(() => this.api.withdraw(wound.id, what, this.reason.trim()), SEE);
      }}
    >
      <label class="field"
        >${said.withdrawWhy}<input
          data-focus
          name="reason"
          maxlength="600"
          .value=${this.reason}
          @input=${(event: Event) => {
            this.reason = (event.target as HTMLInputElement).value;
            this.requestUpdate();
          }}
      /></label>
      <p class="quiet">${said.withdrawMore}</p>
      ${this.no()}
      <div class="ends">
        <button type="button" @click=${() => this.go(SEE)}>${said.cancel}</button>
        <button class="main" ?disabled=${this.sending || this.reason.trim() === ""}>${said.withdraw}</button>
      </div>
    </form>`;
  }

  // ---- over time ----

  private compare(wound: WoundView): TemplateResult {
    const said = this.app.words.wounds;
    const pictures = comparable(wound, this.view);
    const find = (id: string, fallback: PictureView | undefined): PictureView | undefined => pictures.find((picture) => picture.id === id) ?? fallback;
    const left = find(this.sides[0], pictures[0]);
    const right = find(this.sides[1], pictures.at(-1));
    return html`<section class="panel">
      <div class="between">
        <h2>${said.compare}</h2>
        <div class="options" role="group" aria-label=${said.compareWith}>
          ${VIEWS.map((view) => html`<label><input type="radio" name="view" .checked=${this.view === view} @change=${() => this.show(view)} />${said.view[view]}</label>`)}
        </div>
      </div>
      ${left === undefined || right === undefined
        ? html`<p class="quiet">${said.noPictures}</p>`
        : html`<div class="two ${pictures.length === 1 ? "alone" : ""}">${pictures.length === 1 ? nothing : this.side(wound, pictures, left, 0)} ${this.side(wound, pictures, right, 1)}</div>
            <label class="tick"
              ><input
                type="checkbox"
                .checked=${this.outlined}
                @change=${(event: Event) => {
                  this.outlined = (event.target as HTMLInputElement).checked;
                  this.requestUpdate();
                }}
              />${said.showOutline}</label
            >`}
    </section>`;
  }

  private show(view: View): void {
    this.view = view;
    this.sides = ["", ""];
    this.requestUpdate();
  }

  private side(wound: WoundView, pictures: readonly PictureView[], picture: PictureView, at: 0 | 1): TemplateResult {
    const { speech, words } = this.app;
    const said = words.wounds;
    const when = (each: PictureView): string => moment(each.time, speech.now, speech.language);
    const finding = measureOf(wound, picture.id);
    const alt = `${said.view[picture.view]}, ${when(picture)}`;
    return html`<figure>
      ${pictures.length === 1
        ? nothing
        : html`<select
            aria-label=${at === 0 ? said.leftPicture : said.rightPicture}
            @change=${(event: Event) => {
              const { value } = event.target as HTMLSelectElement;
              this.sides = at === 0 ? [value, this.sides[1]] : [this.sides[0], value];
              this.requestUpdate();
            }}
          >
            ${pictures.map((each) => html`<option value=${each.id} ?selected=${each.id === picture.id}>${when(each)}</option>`)}
          </select>`}
      ${drawn(wound, picture, this.outlined ? finding : null, alt)}
      <figcaption>
        <b>${finding === null ? said.unmeasured : sizeText(finding, speech.language)}</b>
        <span class="quiet">${when(picture)} · ${said.by(picture.author_name)}${picture.note === "" ? "" : ` · ${picture.note}`}</span>
      </figcaption>
      ${wound.closed === null
        ? html`<div class="row">
            ${picture.view === "close" ? html`<button class=${finding === null ? "main" : ""} @click=${() => this.go({ kind: "measure", picture })}>${icon("ruler")}${finding === null ? said.measure : said.measureAgain}</button>` : nothing}
            <button class="plain" @click=${() => this.go({ kind: "withdraw", what: picture.id })}>${said.withdrawPicture}</button>
          </div>`
        : nothing}
    </figure>`;
  }

  private course(wound: WoundView): TemplateResult | typeof nothing {
    const said = this.app.words.wounds;
    if (lastOf(wound)?.area_mm2 == null) return nothing;
    return html`<section class="panel"><h2>${said.curve}</h2>${areaCurve(wound, this.app.speech)}</section>`;
  }

  private history(wound: WoundView): TemplateResult | typeof nothing {
    const { speech, words } = this.app;
    const said = words.wounds;
    if (wound.findings.length === 0 && wound.withdrawn.length === 0) return nothing;
    const when = (time: number): string => moment(time, speech.now, speech.language);
    return html`<section class="panel">
      <h2>${said.history}</h2>
      <ul class="history">
        ${[...wound.findings].reverse().map(
          (finding) =>
            html`<li>
              <div>${when(finding.time)}<small>${finding.author_name}</small></div>
              <div>${this.told(finding)}</div>
              ${wound.closed === null ? html`<button class="plain" @click=${() => this.go({ kind: "withdraw", what: finding.id })}>${said.withdraw}</button>` : nothing}
            </li>`,
        )}
        ${wound.withdrawn.map((gone) => html`<li><div>${when(gone.time)}</div><div class="quiet">${said.withdrawn(when(gone.withdrawn), gone.author_name, gone.reason)}</div></li>`)}
      </ul>
    </section>`;
  }

  /** One finding, in a line. */
  private told(finding: FindingView): string {
    const { speech, words } = this.app;
    const said = words.wounds;
    const { tissue, pain, exudate, odour, infection, depth_mm: depth, note } = finding;
    const parts = [
      sizeText(finding, speech.language),
      stageText(finding, speech),
      depth === null ? "" : `${said.depth} ${depth.toLocaleString(speech.language)}`,
      pain === null ? "" : `${said.pain} ${String(pain)}`,
      tissue === null ? "" : Object.entries(tissue).filter(([, share]) => share > 0).map(([name, share]) => `${said.tissues[name as keyof typeof said.tissues]} ${String(share)}\u00a0%`).join(", "),
      exudate === null ? "" : `${said.exudateTitle} ${said.exudate[exudate].toLocaleLowerCase(speech.language)}`,
      odour === true ? said.odour : "",
      infection === true ? said.infection : "",
      note,
    ];
    return parts.filter((part) => part !== "").join(" · ");
  }
}

customElements.define("vv-wounds", Wounds);
