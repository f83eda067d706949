/**
 * A call: the room's picture fills most of the window, the people stand beside it, the vital signs at the right, one waveform
 * sweeps below. The element lives as long as the call of one resident; leaving it hangs up.
 *
 * It rings in the room with `order`; where somebody else's call about the resident goes on, it comes into that one.
 */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { Call, type CallOrder, type CallValue, type ChatLine, type ExtraRole, type PictureOf, type Spot } from "../lib/call";
import { CallRequests } from "../lib/call-api";
import { digitalClock, fullName, initials } from "../lib/format";
import { concerns, worstFirst } from "../lib/rank";
import { alertHeadline, alertSince, roomName } from "../lib/say";
import { leaveNote, type Left } from "../lib/reload";
import { OVER } from "../lib/standing";
import { mergeValues } from "../lib/state";
import type { Micros, ResidentView, Value } from "../lib/types";
import "../acts/beside";
import "../call/chat";
import { controlStyles, leaveButton, ownTools, roomTools, toolButton } from "../call/controls";
import "../call/invite";
import { keyOf } from "../call/keys";
import { Doorman, peopleList, peopleStyles } from "../call/person";
import { reasonSentence, roomNotes, stateSentence } from "../call/sentences";
import "../call/stage";
import type { StageElement } from "../call/stage";
import { Still } from "../call/still";
import "../call/still-panel";
import { TracesElement } from "../call/traces";
import { valueCards, valueStyles } from "../resident/values";
import type { App } from "../ui/app";
import { feedOf } from "../ui/consult";
import { isTyping } from "../ui/help";
import { icon } from "../ui/icon";
import { mark } from "../ui/mark";
import { base, marks } from "../ui/styles";
import { callStyles } from "./call-styles";

type Panel = "act" | "chat" | "invite" | "measure" | "photo";

export class CallElement extends LitElement {
  static override properties = {
    app: { attribute: false },
    resident: { attribute: false },
    order: { attribute: false },
    left: { attribute: false },
    stamp: { attribute: false },
    now: { attribute: false },
  };
  static override styles = [base, marks, valueStyles, controlStyles, peopleStyles, callStyles];

  declare app: App;
  /** Identity; never changes during the life of the element. */
  declare resident: string;
  /** How the call begins. */
  declare order: CallOrder | undefined;
  /** The call in which this page was when it was loaded again; taken up once. */
  declare left: Left | null | undefined;
  declare stamp: unknown;
  declare now: Micros;
  private call: Call | null = null;
  private measured: readonly Value[] = [];
  /** The hand camera fills the stage; otherwise the room does. */
  private large: PictureOf = "hand";
  private panel: Panel | null = null;
  private still: Still | null = null;
  private pointing = false;
  private unread = 0;
  /** What a screen reader says when it has time. */
  private spoken = "";
  private door = new Doorman();
  /** Where the focus goes back to when a panel closes. */
  private opener: HTMLElement | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.begin();
    addEventListener("pagehide", this.unload);
    addEventListener("keydown", this.key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("pagehide", this.unload);
    removeEventListener("keydown", this.key);
    this.leave();
  }

  private readonly leave = (): void => void this.call?.hangUp();

  /** The page goes: perhaps it is only loaded again, so nobody hangs up. One that stays away has left; the hub notices. */
  private readonly unload = (): void => {
    const { call } = this;
    if (call?.running !== true || call.view === null) return;
    const { microphone, camera } = call;
    leaveNote(sessionStorage, { call: call.view.id, resident: this.resident, microphone, camera, at: Date.now() });
  };

  private get requests(): CallRequests {
    return new CallRequests(this.app.session.api);
  }

  private begin(): void {
    const call = new Call(this.requests, this.resident);
    this.call = call;
    this.measured = [];
    this.panel = null;
    this.still = null;
    this.pointing = false;
    this.unread = 0;
    this.door = new Doorman();
    const mine = (run: (event: Event) => void) => (event: Event) => {
      if (this.call !== call) return;
      run(event);
      this.requestUpdate();
    };
    for (const kind of ["state", "remote", "quality", "extras", "room"]) call.addEventListener(kind, mine(() => undefined));
    call.addEventListener("people", mine(() => this.say(this.door.news(call, this.app.words))));
    call.addEventListener("chat", mine((event) => this.chatted((event as CustomEvent<ChatLine>).detail)));
    call.addEventListener("vitals", mine((event) => this.measure((event as CustomEvent<readonly CallValue[]>).detail)));
    const { left } = this;
    this.left = null;
    if (left) {
      call.setMicrophone(left.microphone);
      call.setCamera(left.camera);
    }
    const theirs = left?.call ?? this.goingOn();
    if (theirs === null) void call.start(this.order);
    else void call.join(theirs);
  }

  /** Somebody else's call about this resident that goes on, which this one comes into. */
  private goingOn(): string | null {
    const view = feedOf(this.app).callFor(this.resident);
    return view === undefined || view.caller === this.app.me?.username ? null : view.id;
  }

  private say(sentence: string): void {
    if (sentence !== "") this.spoken = sentence;
  }

  private chatted({ seat, text, onScreen }: ChatLine): void {
    const { call } = this;
    if (call === null || seat === call.seat) return;
    const who = call.people.find((one) => one.seat === seat)?.name ?? this.app.words.call.chat.gone;
    const { chat } = this.app.words.call;
    this.say(onScreen ? chat.spokenOnScreen(who, text) : chat.spoken(who, text));
    if (this.panel !== "chat") this.unread += 1;
  }

  private measure(values: readonly CallValue[]): void {
    const { metrics } = this.app.session.state;
    const news = values.map((value): Value => {
      return { ...value, sensor: "", stale_after: metrics.get(value.metric)?.stale_after ?? 15 };
    });
    this.measured = mergeValues(this.measured, news);
  }

  /** Whether a second device of the room is open in a call that goes on. */
  private open(role: ExtraRole): boolean {
    const { call } = this;
    return call?.running === true && call.extras.active.includes(role);
  }

  // ---- tools ----

  private get stage(): StageElement | null {
    return this.renderRoot.querySelector("vv-call-stage");
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (isTyping(event) || this.call?.running !== true) return;
    const key = keyOf(event);
    const { call } = this;
    if (key === "m") call.setMicrophone(!call.microphone);
    else if (key === "v") call.setCamera(!call.camera);
    else if (key === "p") this.point(!this.pointing);
    else if (key === "f") this.freeze(this.still === null);
    else if (key === "s") this.photo();
    else if (key === "a") this.show(this.panel === "act" ? null : "act");
    else if (key === "c") this.show(this.panel === "chat" ? null : "chat");
    else if (key === "escape") this.show(null);
    else return;
    event.preventDefault();
    this.requestUpdate();
  };

  private show(panel: Panel | null): void {
    if (panel !== null && this.panel === null) this.opener = (this.renderRoot as ShadowRoot).activeElement as HTMLElement | null;
    if (panel !== "measure" && panel !== "photo") this.still = null;
    if (panel === "chat") this.unread = 0;
    const closing = panel === null && this.panel !== null;
    this.panel = panel;
    this.requestUpdate();
    if (closing) void this.updateComplete.then(() => this.opener?.focus());
  }

  private point(on: boolean): void {
    this.pointing = on;
    if (on && this.still !== null) this.show(null);
    if (!on) this.call?.point(null);
    this.requestUpdate();
  }

  private hold(): boolean {
    const { stage } = this;
    const held = stage === null ? null : Still.of(stage.video(stage.shown), stage.shown, this.app.session.now());
    if (held === null) {
      this.say(this.app.words.call.snap.none);
      return false;
    }
    this.still = held;
    this.pointing = false;
    return true;
  }

  private freeze(on: boolean): void {
    if (!on) this.show(null);
    else if (this.hold()) this.show("measure");
  }

  private photo(): void {
    if (this.still !== null || this.hold()) this.show("photo");
  }

  // ---- drawing ----

  override render(): TemplateResult {
    const { call } = this;
    const view = this.app.session.state.residents.get(this.resident);
    if (call === null || view === undefined) return html``;
    const over = OVER.has(call.state);
    return html`<section class="call" aria-label=${this.app.words.call.title(fullName(view.family_name, view.given_name))}>
        <div class="stage">${this.pictures(call)} ${over ? this.over(call) : peopleList(call, this.app.words)}</div>
        ${over ? nothing : this.controls(call)}
        <vv-call-traces class="trace" .call=${call} .speech=${this.app.speech} .stamp=${{}}></vv-call-traces>
        <aside>
          <div class="side" tabindex="0" role="region" aria-label=${this.app.words.call.vitals}>${this.side(call, view)}</div>
          ${over ? nothing : this.beside(call)}
        </aside>
      </section>
      <div class="only-spoken" aria-live="polite">${this.spoken}</div>`;
  }

  private pictures(call: Call): TemplateResult {
    const { app } = this;
    const { words } = app;
    const blind = call.quality?.height === 0;
    // Over the picture only where there is none.
    const waiting = this.still === null && (call.remote === null || call.state !== "connected" || (blind && !(this.open("hand") && this.large === "hand")));
    const notes = roomNotes(call, words);
    return html`<div class="picture">
      <vv-call-stage
        .call=${call}
        .words=${words}
        .language=${app.preferences.language}
        .large=${this.large}
        .still=${this.still}
        .pointing=${this.pointing && call.state === "connected"}
        .stamp=${{}}
        .silent=${TracesElement.listening(call) !== null}
        @spot=${(event: CustomEvent<Spot>) => call.point(event.detail)}
        @swap=${() => this.toggle(() => (this.large = this.large === "hand" ? "room" : "hand"))}
      ></vv-call-stage>
      <p class="status ${waiting ? "waiting" : ""} ${call.state}" role="status">${OVER.has(call.state) ? nothing : stateSentence(call, words)}</p>
      ${notes.length === 0 || OVER.has(call.state) ? nothing : html`<ul class="notes" role="status">${notes.map((note) => html`<li>${icon("warning")}${note}</li>`)}</ul>`}
      ${this.pointing && this.still === null ? html`<p class="hint">${words.call.tool.pointHint}</p>` : nothing}
      ${this.still === null
        ? nothing
        : html`<p class="frozen">
            <span>${icon("freeze")}${words.call.picture.frozen(digitalClock(this.still.time))}</span>
            <button @click=${() => this.show(null)}>${words.call.picture.live}</button>
          </p>`}
    </div>`;
  }

  private controls(call: Call): TemplateResult {
    const { words } = this.app;
    const talking = call.state === "connected" && call.remote !== null;
    return html`<div class="controls" role="toolbar" aria-label=${words.call.controls}>
      ${ownTools(call, words, () => this.requestUpdate())}
      <span class="apart"></span>
      ${roomTools(call, words)}
      <span class="apart"></span>
      ${toolButton({ icon: "pointer", label: words.call.tool.point, name: this.pointing ? words.call.tool.pointOff : words.call.tool.pointOn, key: "P", pressed: this.pointing, disabled: !talking, click: () => this.point(!this.pointing) })}
      ${toolButton({ icon: "freeze", label: words.call.tool.freeze, name: this.still === null ? words.call.tool.freezeOn : words.call.tool.freezeOff, key: "F", pressed: this.still !== null, disabled: !talking && this.still === null, click: () => this.freeze(this.still === null) })}
      ${toolButton({ icon: "photo", label: words.call.tool.photo, name: words.call.tool.photoOn, key: "S", expanded: this.panel === "photo", disabled: !talking && this.still === null, click: () => this.photo() })}
      <span class="apart"></span>
      ${toolButton({ icon: "round", label: words.acts.tool, name: words.acts.toolOn, key: "A", expanded: this.panel === "act", click: () => this.show(this.panel === "act" ? null : "act") })}
      ${toolButton({ icon: "chat", label: words.call.tool.chat, name: this.unread === 0 ? words.call.tool.chatOn : words.call.tool.unread(this.unread), key: "C", expanded: this.panel === "chat", badge: this.unread, click: () => this.show(this.panel === "chat" ? null : "chat") })}
      ${toolButton({ icon: "invite", label: words.call.tool.invite, name: words.call.tool.inviteOn, expanded: this.panel === "invite", disabled: call.view === null, click: () => this.show(this.panel === "invite" ? null : "invite") })}
      ${leaveButton(call, words)}
    </div>`;
  }

  private toggle(change: () => void): void {
    change();
    this.requestUpdate();
  }

  private over(call: Call): TemplateResult {
    const { words } = this.app;
    const left = call.reason === "you_left";
    return html`<div class="over">
      <div role="alert">
        <h2>${stateSentence(call, words)}</h2>
        <p>${reasonSentence(call, words)}</p>
      </div>
      <div class="row">
        <button @click=${() => this.dispatchEvent(new Event("back"))}>${icon("back")}${words.call.back}</button>
        <button class="main" @click=${() => this.begin()}>${icon("video")}${left ? words.call.rejoin : words.call.again}</button>
      </div>
      <vv-act-beside over .since=${call.view?.requested ?? 0} .app=${this.app} .resident=${this.resident} .stamp=${{}}></vv-act-beside>
    </div>`;
  }

  private side(call: Call, view: ResidentView): TemplateResult {
    const { app } = this;
    const { words } = app;
    const open = worstFirst(app.alerts()).filter((alert) => concerns(alert, view));
    const live: ResidentView = { ...view, values: mergeValues(view.values, this.measured) };
    return html`<header>
        <span class="initials" aria-hidden="true">${initials(view.family_name, view.given_name)}</span>
        <div>
          <h1>${fullName(view.family_name, view.given_name)}</h1>
          <p>${roomName(view.room, words)} · ${words.resident.born(view.birth_year)}</p>
        </div>
      </header>
      ${open.length === 0
        ? nothing
        : html`<ul class="alarms" aria-label=${words.call.alarms}>
            ${open.map(
              (alert) =>
                html`<li>${mark(alert, words)}<span><b>${alertHeadline(alert, app.speech)}</b> ${alertSince(alert, app.speech)}</span></li>`,
            )}
          </ul>`}
      <h2>${words.call.vitals}${call.state === "connected" && this.measured.length === 0 ? html`<small>${words.call.noVitals}</small>` : nothing}</h2>
      ${valueCards(live, open, app.speech)}`;
  }

  /** The panel that is open, below the vital signs: those are never hidden by it. */
  private beside(call: Call): TemplateResult | typeof nothing {
    const { app, panel, still } = this;
    const { words } = app;
    const { language } = app.preferences;
    const close = (): void => this.show(null);
    const id = call.view?.id;
    if (panel === "act") return html`<vv-act-beside class="panel" .app=${app} .resident=${this.resident} .stamp=${{}} @close=${close}></vv-act-beside>`;
    if (panel === "chat") return html`<vv-call-chat class="panel" .call=${call} .words=${words} .language=${language} .stamp=${[call.chat, call.onScreen]} .screen=${true} @close=${close}></vv-call-chat>`;
    if (panel === "invite" && id !== undefined) {
      return html`<vv-call-invite class="panel" .requests=${this.requests} .callId=${id} .words=${words} .language=${language} .people=${call.people.length} @close=${close}></vv-call-invite>`;
    }
    if ((panel !== "measure" && panel !== "photo") || still === null || id === undefined) return nothing;
    return html`<vv-call-still
      class="panel"
      .still=${still}
      .requests=${this.requests}
      .callId=${id}
      .words=${words}
      .language=${language}
      .photo=${panel === "photo"}
      @close=${close}
      @photo=${() => this.show("photo")}
      @another=${() => {
        this.still = null;
        void this.updateComplete.then(() => this.photo());
        this.requestUpdate();
      }}
    ></vv-call-still>`;
  }
}

customElements.define("vv-call", CallElement);
