/**
 * The call on the nurse's tablet: what the physician sees of the room, and the physician, both large; below them what a nurse does with
 * one hand. A tablet beside the bed says nothing and hears nothing of its own accord, because the room's loudspeaker and microphone are
 * there already and two of each would howl; a nurse who is elsewhere says so by one press.
 *
 * The element lives as long as one call; leaving it leaves the call, which goes on for the others.
 */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { Call, type CallValue, type ChatLine, type Facing, type Person, type PictureOf } from "../lib/call";
import { CallRequests } from "../lib/call-api";
import { fullName, initials } from "../lib/format";
import { concerns, worstFirst } from "../lib/rank";
import { alertHeadline, alertSince, roomName } from "../lib/say";
import { CALLER } from "../lib/signal";
import { OVER } from "../lib/standing";
import { mergeValues } from "../lib/state";
import type { Micros, ResidentView, Value } from "../lib/types";
import "../acts/beside";
import "../call/chat";
import { controlStyles, leaveButton, ownTools, roomTools, spokenName, toolButton } from "../call/controls";
import { keyOf } from "../call/keys";
import { Doorman } from "../call/person";
import { reasonSentence, roomNotes, stateSentence } from "../call/sentences";
import "../call/stage";
import type { StageElement } from "../call/stage";
import { valueCards, valueStyles } from "../resident/values";
import type { App } from "../ui/app";
import { feedOf, Follow } from "../ui/consult";
import { isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import { mark } from "../ui/mark";
import { base, marks } from "../ui/styles";
import { keep, kept, type Kept } from "./kept";
import { nurseStyles } from "./nurse-styles";

/** Milliseconds after which a picture that came and does not move was refused by the browser. */
const PATIENCE = 1_500;

export class NurseCall extends LitElement {
  static override properties = {
    app: { attribute: false },
    callId: { attribute: false },
    stamp: { attribute: false },
    now: { attribute: false },
  };
  static override styles = [base, marks, valueStyles, controlStyles, nurseStyles];

  declare app: App;
  /** Which call; never changes during the life of the element. */
  declare callId: string;
  declare stamp: unknown;
  declare now: Micros;
  private call: Call | null = null;
  private resident: string | null = null;
  private measured: readonly Value[] = [];
  private facing: Facing = "user";
  private turning = false;
  /** Which of the room's pictures fills the stage. */
  private large: PictureOf = "room";
  /** The physician fills the stage instead of the room. */
  private physicianLarge = false;
  private chatting = false;
  /** The act stands beside the call. */
  private acting = false;
  private unread = 0;
  private spoken = "";
  private refused = false;
  private door = new Doorman();

  constructor() {
    super();
    new Follow(this, () => this.begin());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.begin();
    addEventListener("pagehide", this.leave);
    addEventListener("keydown", this.key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("pagehide", this.leave);
    removeEventListener("keydown", this.key);
    this.leave();
  }

  private readonly leave = (): void => void this.call?.hangUp();

  /** Joins as soon as the hub has said whose call it is; once. */
  private begin(again = false): void {
    if (this.call !== null && !again) return;
    const view = feedOf(this.app).calls.find(({ id }) => id === this.callId);
    const resident = this.resident ?? view?.resident ?? null;
    if (resident === null) return;
    this.resident = resident;
    const call = new Call(new CallRequests(this.app.session.api), resident);
    this.call = call;
    this.measured = [];
    this.unread = 0;
    this.door = new Doorman();
    this.restore(call, kept(this.callId));
    const mine = (run: (event: Event) => void) => (event: Event) => {
      if (this.call !== call) return;
      run(event);
      this.requestUpdate();
    };
    for (const kind of ["state", "quality", "room"]) call.addEventListener(kind, mine(() => undefined));
    call.addEventListener("extras", mine(() => this.follow(call)));
    call.addEventListener("remote", mine(() => this.listenSoon()));
    call.addEventListener("people", mine(() => this.say(this.door.news(call, this.app.words))));
    call.addEventListener("chat", mine((event) => this.chatted((event as CustomEvent<ChatLine>).detail)));
    call.addEventListener("vitals", mine((event) => this.measure((event as CustomEvent<readonly CallValue[]>).detail)));
    void call.join(this.callId);
    this.requestUpdate();
  }

  /** A page that was loaded again is as its owner left it; a new one is silent beside the bed. */
  private restore(call: Call, state: Kept | null): void {
    call.setInRoom(state?.inRoom ?? true);
    call.setCamera(state?.camera ?? true);
    if (state !== null) call.setMicrophone(state.microphone);
  }

  private remember(): void {
    const { call } = this;
    if (call !== null) keep(this.callId, { microphone: call.microphone, camera: call.camera, inRoom: call.inRoom });
    this.requestUpdate();
  }

  /** The hand camera that opens is looked at first. */
  private follow(call: Call): void {
    this.large = call.extras.active.includes("hand") ? "hand" : "room";
    if (this.large === "hand") this.physicianLarge = false;
  }

  private say(sentence: string): void {
    if (sentence !== "") this.spoken = sentence;
  }

  private chatted({ seat, text, onScreen }: ChatLine): void {
    const { call } = this;
    if (call === null || seat === call.seat) return;
    const { chat } = this.app.words.call;
    const who = call.people.find((one) => one.seat === seat)?.name ?? chat.gone;
    this.say(onScreen ? chat.spokenOnScreen(who, text) : chat.spoken(who, text));
    if (!this.chatting) this.unread += 1;
  }

  private measure(values: readonly CallValue[]): void {
    const { metrics } = this.app.session.state;
    const news = values.map((value): Value => ({ ...value, sensor: "", stale_after: metrics.get(value.metric)?.stale_after ?? 15 }));
    this.measured = mergeValues(this.measured, news);
  }

  // ---- sound ----

  private get videos(): readonly HTMLVideoElement[] {
    const people = [...this.renderRoot.querySelectorAll("vv-person")].map((one) => one.shadowRoot?.querySelector("video"));
    const room = this.renderRoot.querySelector<StageElement>("vv-call-stage")?.video("room");
    return [room, ...people].filter((one) => one != null && one.srcObject !== null) as HTMLVideoElement[];
  }

  private listenSoon(): void {
    setTimeout(() => {
      this.refused = this.videos.some((video) => video.paused);
      this.requestUpdate();
    }, PATIENCE);
  }

  /** From a person's press: what the browser did not let play plays now. */
  private async hear(): Promise<void> {
    await Promise.all(this.videos.map((video) => video.play().catch(() => undefined)));
    this.refused = this.videos.some((video) => video.paused);
    this.requestUpdate();
  }

  // ---- gestures ----

  private readonly key = (event: KeyboardEvent): void => {
    const { call } = this;
    if (isTyping(event) || call?.running !== true) return;
    const key = keyOf(event);
    if (key === "m") call.setMicrophone(!call.microphone);
    else if (key === "v") call.setCamera(!call.camera);
    else if (key === "c") this.chat(!this.chatting);
    else if (key === "a") this.actOn(!this.acting);
    else if (key === "escape") this.close();
    else return;
    event.preventDefault();
    this.remember();
  };

  private chat(open: boolean): void {
    this.chatting = open;
    if (open) {
      this.unread = 0;
      this.acting = false;
    }
    this.requestUpdate();
  }

  private actOn(open: boolean): void {
    this.acting = open;
    if (open) this.chatting = false;
    this.requestUpdate();
  }

  private close(): void {
    this.chat(false);
    this.actOn(false);
  }

  private async flip(call: Call): Promise<void> {
    if (this.turning) return;
    this.turning = true;
    this.facing = this.facing === "user" ? "environment" : "user";
    this.requestUpdate();
    await call.turnCamera(this.facing);
    this.turning = false;
    this.requestUpdate();
  }

  private stand(call: Call, inRoom: boolean): void {
    call.setInRoom(inRoom);
    if (!inRoom) {
      call.setMicrophone(true);
      this.listenSoon();
    }
    this.remember();
  }

  // ---- drawing ----

  override render(): TemplateResult {
    const { app, call } = this;
    const { words } = app;
    const view = this.resident === null ? undefined : app.session.state.residents.get(this.resident);
    if (call === null || view === undefined) return this.gone();
    if (OVER.has(call.state)) return this.over(call);
    const name = fullName(view.family_name, view.given_name);
    return html`<section class="call ${this.physicianLarge ? "swapped" : ""} ${this.acting ? "acting" : ""}" aria-label=${words.call.title(name)}>
        <div class="room">${this.room(call)}</div>
        <div class="physician">${this.physician(call)}</div>
        <aside>
          ${this.head(view, name)}
          ${this.chatting
            ? html`<vv-call-chat .call=${call} .words=${words} .language=${app.preferences.language} .stamp=${{}} .screen=${true} @close=${() => this.chat(false)}></vv-call-chat>`
            : this.acting
              ? html`<vv-act-beside .app=${app} .resident=${view.id} .stamp=${{}} @close=${() => this.actOn(false)}></vv-act-beside>`
              : html`<div class="scroll" tabindex="0">${this.where(call)} ${this.others(call)} ${this.values(call, view)}</div>`}
        </aside>
        ${this.controls(call)}
      </section>
      <div class="only-spoken" aria-live="polite">${this.spoken}</div>`;
  }

  private room(call: Call): TemplateResult {
    const { app } = this;
    const { words } = app;
    const waiting = call.remote === null || call.state !== "connected" || call.quality?.height === 0;
    const notes = roomNotes(call, words);
    const hand = call.extras.active.includes("hand");
    return html`<vv-call-stage
        .call=${call}
        .words=${words}
        .language=${app.preferences.language}
        .large=${this.large}
        .still=${null}
        .pointing=${false}
        .stamp=${{}}
        .silent=${call.inRoom}
        @swap=${() => {
          this.large = this.large === "hand" ? "room" : "hand";
          this.requestUpdate();
        }}
      ></vv-call-stage>
      <p class="status ${waiting ? "waiting" : ""}" role="status">${stateSentence(call, words)}</p>
      ${notes.length === 0 ? nothing : html`<ul class="notes" role="status">${notes.map((note) => html`<li>${icon("warning")}${note}</li>`)}</ul>`}
      ${hand ? html`<p class="how">${words.consult.nurse.handHow}</p>` : nothing}
      ${this.refused
        ? html`<div class="hear"><button class="main" @click=${() => void this.hear()}>${icon("volume")}${words.consult.nurse.sound}</button><p>${words.consult.nurse.soundMore}</p></div>`
        : nothing}`;
  }

  private caller(call: Call): Person | undefined {
    return call.people.find(({ seat }) => seat === CALLER);
  }

  private physician(call: Call): TemplateResult {
    const { words } = this.app;
    const person = this.caller(call);
    const said = words.consult.nurse;
    const name = person?.name ?? call.view?.caller_name ?? "";
    return html`${person === undefined ? html`<p class="missing">${name}</p>` : html`<vv-person .person=${person} .words=${words} .silent=${call.inRoom}></vv-person>`}
      <button
        class="larger"
        aria-pressed=${this.physicianLarge ? "true" : "false"}
        aria-label=${spokenName(this.physicianLarge ? said.smaller : said.larger, said.large(this.physicianLarge ? said.room : name))}
        @click=${() => {
          this.physicianLarge = !this.physicianLarge;
          this.requestUpdate();
        }}
      >
        ${icon("retry")}${this.physicianLarge ? said.smaller : said.larger}
      </button>`;
  }

  private head(view: ResidentView, name: string): TemplateResult {
    const { app } = this;
    const { words, speech } = app;
    const open = worstFirst(app.alerts()).filter((alert) => concerns(alert, view));
    return html`<header>
        <span class="initials" aria-hidden="true">${initials(view.family_name, view.given_name)}</span>
        <div>
          <h1>${name}</h1>
          <p>${roomName(view.room, words)} · ${words.resident.born(view.birth_year)}</p>
        </div>
      </header>
      ${open.length === 0
        ? nothing
        : html`<ul class="alarms" aria-label=${words.call.alarms}>
            ${open.slice(0, 2).map((alert) => html`<li>${mark(alert, words)}<span><b>${alertHeadline(alert, speech)}</b> ${alertSince(alert, speech)}</span></li>`)}
          </ul>`}`;
  }

  /** Where the tablet is decides who speaks and who is heard. */
  private where(call: Call): TemplateResult {
    const said = this.app.words.consult.nurse;
    const choice = (inRoom: boolean, label: string): TemplateResult =>
      html`<button role="radio" aria-checked=${call.inRoom === inRoom ? "true" : "false"} @click=${() => this.stand(call, inRoom)}>${label}</button>`;
    return html`<div class="where">
      <div role="radiogroup" aria-label=${said.where}>${choice(true, said.beside)} ${choice(false, said.elsewhere)}</div>
      <p class="quiet">${call.inRoom ? said.besideMore : said.elsewhereMore}</p>
    </div>`;
  }

  private others(call: Call): TemplateResult {
    const { words } = this.app;
    const people = call.people.filter(({ seat }) => seat !== CALLER);
    return html`<ul class="others" aria-label=${words.consult.nurse.people}>
      ${repeat(
        people,
        ({ seat }) => seat,
        (person) => html`<li><vv-person .person=${person} .words=${words} .silent=${call.inRoom}></vv-person></li>`,
      )}
    </ul>`;
  }

  private values(call: Call, view: ResidentView): TemplateResult {
    const { app } = this;
    const { words } = app;
    const open = worstFirst(app.alerts()).filter((alert) => concerns(alert, view));
    const live: ResidentView = { ...view, values: mergeValues(view.values, this.measured) };
    return html`<h2>${words.call.vitals}${call.state === "connected" && this.measured.length === 0 ? html`<small>${words.call.noVitals}</small>` : nothing}</h2>
      ${valueCards(live, open, app.speech)}
      <p class="quiet small">${words.call.noRecording}</p>`;
  }

  private controls(call: Call): TemplateResult {
    const { words } = this.app;
    const said = words.consult.nurse;
    const camera = call.local?.getVideoTracks().length !== 0;
    return html`<div class="controls" role="toolbar" aria-label=${words.call.controls}>
      ${ownTools(call, words, () => this.remember())}
      ${toolButton({ icon: "flip", label: said.flip, name: said.flipTo[this.facing], disabled: this.turning || !camera, click: () => void this.flip(call) })}
      <span class="apart"></span>
      ${roomTools(call, words)}
      <span class="apart"></span>
      ${toolButton({ icon: "round", label: words.acts.tool, name: words.acts.toolOn, key: "A", expanded: this.acting, click: () => this.actOn(!this.acting) })}
      ${toolButton({ icon: "chat", label: words.call.tool.chat, name: this.unread === 0 ? words.call.tool.chatOn : words.call.tool.unread(this.unread), key: "C", expanded: this.chatting, badge: this.unread, click: () => this.chat(!this.chatting) })}
      ${leaveButton(call, words)}
    </div>`;
  }

  private over(call: Call): TemplateResult {
    const { words } = this.app;
    const left = call.reason === "you_left";
    const again = left || call.state === "failed";
    return html`<section class="over">
      <div role="alert">
        <h2>${stateSentence(call, words)}</h2>
        <p>${reasonSentence(call, words)}</p>
      </div>
      <div class="row">
        <a href="/service">${icon("grid")}${words.consult.room.ward}</a>
        ${again ? html`<button class="main" @click=${() => this.begin(true)}>${icon("video")}${words.call.rejoin}</button>` : nothing}
      </div>
      ${this.resident === null ? nothing : html`<vv-act-beside over .since=${call.view?.requested ?? 0} .app=${this.app} .resident=${this.resident} .stamp=${{}}></vv-act-beside>`}
    </section>`;
  }

  private gone(): TemplateResult {
    const { words } = this.app;
    return html`<section class="over">
      <h2>${words.consult.nurse.over}</h2>
      <p>${words.consult.nurse.overMore}</p>
      <div class="row"><a href="/service">${icon("grid")}${words.consult.room.ward}</a></div>
    </section>`;
  }
}

customElements.define("vv-nurse-call", NurseCall);
