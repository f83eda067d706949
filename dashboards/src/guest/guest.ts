/**
 * The page of a one-time link: who invites, what will be asked, then the call with vital signs that one may only read.
 *
 * The token leaves the address at once: it is in no history, and who looks over the shoulder does not see it.
 */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { browserApi, tabletTime } from "../lib/browser";
import { Call, type Bring, type CallValue } from "../lib/call";
import { CallRequests, type GuestView } from "../lib/call-api";
import { fullName, initials } from "../lib/format";
import { heard, problemOf, residentOf, tokenOf, type GuestProblem } from "../lib/guest";
import { wordsOf, type Words } from "../lib/i18n";
import { roomName, type Speech } from "../lib/say";
import { OVER } from "../lib/standing";
import { mergeValues } from "../lib/state";
import type { Value } from "../lib/types";
import "../call/chat";
import { controlStyles, leaveButton, ownTools, toolButton } from "../call/controls";
import { keyOf } from "../call/keys";
import { Doorman, peopleList, peopleStyles } from "../call/person";
import { reasonSentence, roomNotes, stateSentence } from "../call/sentences";
import "../call/stage";
import "../call/traces";
import { valueCards, valueStyles } from "../resident/values";
import { isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import { Preferences } from "../ui/preferences";
import { base, pageState } from "../ui/styles";
import { callStyles } from "../physician/call-styles";
import { guestStyles } from "./styles";

/** Milliseconds between two redraws: ages grow without any message. */
const TICK = 1_000;
/** Nothing ends a guest's way in but these: their page may not come back. */
const FINAL: ReadonlySet<string> = new Set(["you_left", "left", "declined", "revoked", "expired", "full"]);

export class GuestPage extends LitElement {
  static override styles = [base, pageState, valueStyles, controlStyles, peopleStyles, callStyles, guestStyles];

  private readonly preferences = new Preferences();
  private readonly requests = new CallRequests(browserApi());
  private guest: GuestView | null = null;
  private problem: GuestProblem | null = null;
  private call: Call | null = null;
  private measured: readonly Value[] = [];
  private chatting = false;
  private unread = 0;
  private spoken = "";
  private door = new Doorman();
  private timer: ReturnType<typeof setInterval> | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.preferences.addEventListener("change", this.draw);
    this.timer = setInterval(this.draw, TICK);
    addEventListener("pagehide", this.leave);
    addEventListener("keydown", this.key);
    void this.open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.preferences.removeEventListener("change", this.draw);
    if (this.timer !== null) clearInterval(this.timer);
    removeEventListener("pagehide", this.leave);
    removeEventListener("keydown", this.key);
    this.leave();
  }

  private readonly draw = (): void => this.requestUpdate();
  /** A page that is loaded again comes back to its seat; only the button leaves it. */
  private readonly leave = (): void => this.call?.close();

  private get words(): Words {
    return wordsOf(this.preferences.language);
  }

  private get speech(): Speech {
    return { words: this.words, language: this.preferences.language, now: tabletTime() };
  }

  private async open(): Promise<void> {
    const token = tokenOf(location.hash);
    if (location.hash !== "") history.replaceState(null, "", location.pathname);
    try {
      // Without a link the browser may still be in a call that one of before has opened.
      this.guest = token === null ? await this.requests.guest() : await this.requests.enter(token);
    } catch (error) {
      this.problem = this.why(error, token !== null);
    }
    this.requestUpdate();
  }

  private why(error: unknown, linked: boolean): GuestProblem {
    if (!(error instanceof ApiError)) return "failed";
    if (!linked && error.failure === "credentials") return "missing";
    return problemOf(error.code, this.words);
  }

  private enter(bring: Bring): void {
    const { guest } = this;
    if (guest === null) return;
    const call = new Call(this.requests, guest.call.resident);
    this.call = call;
    this.measured = [];
    this.unread = 0;
    this.door = new Doorman();
    const mine = (run: (event: Event) => void) => (event: Event) => {
      if (this.call !== call) return;
      run(event);
      this.requestUpdate();
    };
    for (const kind of ["state", "remote", "quality", "extras", "room"]) call.addEventListener(kind, mine(() => undefined));
    call.addEventListener("people", mine(() => (this.spoken = this.door.news(call, this.words) || this.spoken)));
    call.addEventListener("chat", mine(() => (this.unread += this.chatting ? 0 : 1)));
    call.addEventListener("vitals", mine((event) => (this.measured = mergeValues(this.measured, (event as CustomEvent<readonly CallValue[]>).detail.map(heard)))));
    void call.joinAsGuest(guest.call, bring);
    this.requestUpdate();
  }

  private readonly key = (event: KeyboardEvent): void => {
    const { call } = this;
    if (isTyping(event) || call?.running !== true) return;
    const key = keyOf(event);
    if (key === "m") call.setMicrophone(!call.microphone);
    else if (key === "v") call.setCamera(!call.camera);
    else if (key === "c") this.chat(!this.chatting);
    else if (key === "escape") this.chat(false);
    else return;
    event.preventDefault();
    this.requestUpdate();
  };

  private chat(open: boolean): void {
    this.chatting = open;
    if (open) this.unread = 0;
    this.requestUpdate();
  }

  override render(): TemplateResult {
    this.preferences.apply(new Date().getHours());
    const { words, guest, call, problem } = this;
    document.title = `${words.call.guest.title} · Veilleuse`;
    if (problem !== null) return this.refused(problem);
    if (guest === null) return this.frame(html`<p role="status">${words.call.guest.opening}</p>`);
    if (call === null) return this.welcome(guest, "");
    if (OVER.has(call.state)) return this.ended(call, guest);
    return this.talk(call, guest);
  }

  private frame(content: TemplateResult): TemplateResult {
    const { words, preferences } = this;
    const { language } = preferences;
    return html`<main class="gate">
      <div class="sheet">
        <header><img src="/icons/veilleuse.svg" alt="" /><span>Veilleuse</span>
          <button class="plain" lang=${language === "fr" ? "en" : "fr"} @click=${() => preferences.switchLanguage()}>${icon("language")}${words.otherLanguage}</button>
        </header>
        ${content}
      </div>
    </main>`;
  }

  private refused(problem: GuestProblem): TemplateResult {
    const { words } = this;
    const { title, more } = words.call.guest.problem[problem];
    const again = problem === "offline" || problem === "failed";
    return this.frame(html`<section class="state" role="alert">
      ${icon("slash")}
      <h1>${title}</h1>
      <p>${more}</p>
      ${again ? html`<button class="main" @click=${() => location.reload()}>${icon("retry")}${words.ward.retry}</button>` : html`<p class="do">${words.call.guest.call}</p>`}
    </section>`);
  }

  private welcome(guest: GuestView, wrong: string): TemplateResult {
    const { words } = this;
    const { resident } = guest;
    const said = words.call.guest;
    return this.frame(html`<h1>${said.invited(guest.call.caller_name, guest.home)}</h1>
      <div class="about">
        <span class="initials" aria-hidden="true">${initials(resident.family_name, resident.given_name)}</span>
        <p><b>${said.about(fullName(resident.family_name, resident.given_name), resident.birth_year)}</b><br />${roomName(resident.room, words)}</p>
      </div>
      <p>${said.as(guest.name, words.call.person.role[guest.role])}</p>
      <h2>${said.asks}</h2>
      <ol>
        <li>${icon("video")}<span>${said.asked.browser}</span></li>
        <li>${icon("bell")}<span>${said.asked.room}</span></li>
        <li>${icon("activity")}<span>${said.asked.see}</span></li>
        <li>${icon("eyeOff")}<span>${said.asked.kept}</span></li>
      </ol>
      ${wrong === "" ? nothing : html`<p class="wrong" role="alert">${icon("warning")}${wrong}</p>`}
      <div class="ways">
        <button class="main" @click=${() => this.enter("both")}>${icon("video")}${said.enter}</button>
        <button @click=${() => this.enter("sound")}>${icon("mic")}${said.enterSound}</button>
        <button @click=${() => this.enter("nothing")}>${icon("volume")}${said.enterNothing}</button>
      </div>
      <p class="quiet">${said.once} ${said.reload}</p>`);
  }

  private ended(call: Call, guest: GuestView): TemplateResult {
    const { words } = this;
    // The browser's "no" is not the end: one may enter with less.
    if (call.state === "failed" && call.view === null) return this.welcome(guest, call.reason === "permission_denied" ? words.call.guest.denied : reasonSentence(call, words));
    const left = FINAL.has(call.reason);
    const why = call.reason === "you_left" || call.reason === "left" ? "" : reasonSentence(call, words);
    return this.frame(html`<section class="state" role="alert">
      ${icon("phoneOff")}
      <h1>${call.reason === "you_left" ? words.call.guest.left : words.call.guest.over}</h1>
      ${why === "" ? nothing : html`<p>${why}</p>`}
      <p class="do">${left ? words.call.guest.leftMore : words.call.guest.overMore}</p>
    </section>`);
  }

  private talk(call: Call, guest: GuestView): TemplateResult {
    const { words, preferences, resident } = { words: this.words, preferences: this.preferences, resident: guest.resident };
    const { language } = preferences;
    const waiting = call.remote === null || call.state !== "connected" || call.quality?.height === 0;
    const notes = roomNotes(call, words);
    return html`<main class="call" aria-label=${words.call.title(fullName(resident.family_name, resident.given_name))}>
        <div class="stage">
          <div class="picture">
            <vv-call-stage .call=${call} .words=${words} .language=${language} large="hand" .still=${null} .pointing=${false} .stamp=${{}} .silent=${false}></vv-call-stage>
            <p class="status ${waiting ? "waiting" : ""} ${call.state}" role="status">${stateSentence(call, words)}</p>
            ${notes.length === 0 ? nothing : html`<ul class="notes" role="status">${notes.map((note) => html`<li>${icon("warning")}${note}</li>`)}</ul>`}
          </div>
          ${peopleList(call, words)}
        </div>
        <div class="controls" role="toolbar" aria-label=${words.call.controls}>
          ${ownTools(call, words, this.draw)}
          <span class="apart"></span>
          ${toolButton({ icon: "chat", label: words.call.tool.chat, name: this.unread === 0 ? words.call.tool.chatOn : words.call.tool.unread(this.unread), key: "C", expanded: this.chatting, badge: this.unread, click: () => this.chat(!this.chatting) })}
          ${leaveButton(call, words)}
        </div>
        <vv-call-traces class="trace" .call=${call} .speech=${this.speech} .stamp=${{}}></vv-call-traces>
        <aside>
          <div class="side" tabindex="0" role="region" aria-label=${words.call.guest.readOnly}>
            ${guest.home === "" ? nothing : html`<p class="home">${guest.home}</p>`}
            <header>
              <span class="initials" aria-hidden="true">${initials(resident.family_name, resident.given_name)}</span>
              <div>
                <h1>${fullName(resident.family_name, resident.given_name)}</h1>
                <p>${roomName(resident.room, words)} · ${words.resident.born(resident.birth_year)}</p>
              </div>
            </header>
            <h2>${words.call.guest.readOnly}${this.measured.length === 0 ? html`<small>${words.call.noVitals}</small>` : nothing}</h2>
            ${this.measured.length === 0 ? nothing : valueCards(residentOf(guest, this.measured), [], this.speech)}
          </div>
          ${this.chatting ? html`<vv-call-chat class="panel" .call=${call} .words=${words} .language=${language} .stamp=${call.chat} .screen=${false} @close=${() => this.chat(false)}></vv-call-chat>` : nothing}
        </aside>
      </main>
      <div class="only-spoken" aria-live="polite">${this.spoken}</div>`;
  }
}

customElements.define("vv-guest", GuestPage);
