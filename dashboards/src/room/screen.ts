/** The room's screen: the hour at rest, who calls, the physician, and a lamp whenever something is open. */
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { formatWithUnit } from "../lib/format";
import { french } from "../lib/typography";
import { Loudspeaker } from "../ui/loudspeaker";
import { RoomLink } from "./link";
import { Picture, Sound } from "./media";
import { initials, toSound, type Frame, type RoomAlarm, type RoomState } from "./state";
import { roomStyles } from "./styles";
import { farewell, roomWords, type RoomWords } from "./words";

/** Milliseconds between two looks at what has to sound. */
const STEP = 250;
/** Alarms shown at a time: one thing at a time, and not more than fit. */
const SHOWN = 2;
const MARKS = { high: "!!!", medium: "!!", low: "!" } as const;
const TALKING: ReadonlySet<string> = new Set(["connecting", "connected", "reconnecting"]);

export class RoomScreen extends LitElement {
  static override readonly styles = roomStyles;
  static override readonly properties = { state: { state: true }, alive: { state: true }, theme: { reflect: true } };

  declare state: RoomState | null;
  declare alive: boolean;
  declare theme: string;

  private readonly words: RoomWords = roomWords(location.search);
  private readonly sound = new Sound();
  /** Alarms have their own way to the loudspeaker, which proves that it can be heard. */
  private readonly siren = new Loudspeaker();
  private picture: Picture | null = null;
  private readonly link: RoomLink;

  constructor() {
    super();
    this.state = null;
    this.alive = true;
    this.theme = "night";
    this.link = new RoomLink(`ws://${location.host}/ecran`, {
      state: (state) => this.take(state),
      frame: (frame) => this.frame(frame),
      alive: (alive) => (this.alive = alive),
      open: () => this.tellSound(),
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Works where the kiosk is started with sound allowed; elsewhere the first touch does it.
    void this.sound.unlock();
    void this.siren.unlock();
    addEventListener("pointerdown", () => void Promise.all([this.sound.unlock(), this.siren.unlock()]).then(() => this.requestUpdate()));
    document.addEventListener("visibilitychange", () => {
      this.tellVisibility();
      this.tellSound();
    });
    this.siren.addEventListener("change", () => {
      this.tellSound();
      this.requestUpdate();
    });
    // What rang last rings on when the device falls silent: nobody has said that it is over.
    setInterval(() => this.siren.step(toSound(this.state?.alarms ?? [])), STEP);
    this.link.start();
  }

  private take(state: RoomState): void {
    const hour = new Date(state.time / 1000).getHours();
    this.theme = hour >= 7 && hour < 21 ? "day" : "night";
    if (state.phase === "ringing") this.sound.ring();
    else this.sound.stopRinging();
    if (!TALKING.has(state.phase)) {
      this.sound.silence();
      this.picture?.close();
      if (state.phase === "ringing") this.sound.ring();
    }
    this.state = state;
  }

  /** The device may only go on once the ring is really on the glass. */
  override updated(changed: PropertyValues): void {
    if (changed.has("state")) this.tellVisibility();
  }

  private tellVisibility(): void {
    const { state } = this;
    if (state === null) return;
    if (document.visibilityState === "hidden") this.link.say("hidden", state.call);
    else if (state.phase === "ringing") requestAnimationFrame(() => this.link.say("shown", state.call));
  }

  /** The device must not count on a screen that cannot be heard. */
  private tellSound(): void {
    if (document.visibilityState === "visible") this.link.say("sound", this.siren.state === "ready" ? "ready" : "locked");
  }

  private frame(frame: Frame): void {
    if (this.state === null || !TALKING.has(this.state.phase)) return;
    if (frame.kind === "voice") {
      this.sound.play(frame);
      return;
    }
    const canvas = this.renderRoot.querySelector("canvas");
    if (canvas === null) return;
    this.picture ??= new Picture(canvas, () => this.link.again());
    this.picture.show(frame);
  }

  private press(type: "accept" | "refuse" | "hang_up"): void {
    if (this.state !== null) this.link.say(type, this.state.call);
  }

  override render(): TemplateResult {
    const { state } = this;
    const talking = state !== null && TALKING.has(state.phase) && this.alive;
    return html`
      <header>${talking ? this.banner(state) : nothing} ${this.lamp()}</header>
      <canvas ?hidden=${!talking} aria-hidden="true"></canvas>
      <main aria-live="assertive">${this.centre()}</main>
      <footer>${talking ? this.controls(state) : nothing}</footer>
    `;
  }

  /** During a call the picture stays; the alarm is said above it. */
  private banner(state: RoomState): TemplateResult | typeof nothing {
    const [worst] = state.alarms;
    if (worst === undefined) return nothing;
    const what = french(this.words.what(worst.kind, worst.side));
    return html`
      <p class="alarm ${worst.priority}" role="alert">
        <span class="mark" aria-hidden="true">${MARKS[worst.priority]}</span> ${what}
        ${worst.seen ? nothing : html`<button class="seen" @click=${() => this.link.say("seen", worst.key)}>${this.words.seen}</button>`}
      </p>
    `;
  }

  private lamp(): TemplateResult | typeof nothing {
    const { state, words } = this;
    if (!this.alive) return html`<p class="doubt" role="alert">${french(words.unknown)}</p>`;
    if (state === null || !(state.camera || state.microphone)) return nothing;
    const text = state.camera && state.microphone ? words.both : state.camera ? words.camera : words.microphone;
    return html`<p class="lamp" role="status">${text}</p>`;
  }

  private centre(): TemplateResult | typeof nothing {
    const { state, words } = this;
    if (!this.alive) return html`<h1>${french(words.noDevice)}</h1>`;
    if (state === null) return nothing;
    if (state.alarms.length > 0 && !TALKING.has(state.phase)) return this.alarms(state);
    switch (state.phase) {
      case "idle":
        return this.rest(state);
      case "ringing":
        return this.ring(state);
      case "connecting":
        return html`<h1 class="over">${french(words.connecting(state.caller))}</h1>`;
      case "connected":
        return Picture.possible ? nothing : html`<p class="over">${french(words.noPicture)}</p>`;
      case "reconnecting":
        return html`<h1 class="over">${french(words.reconnecting)}</h1>`;
      case "ended":
        return html`
          <h1>${french(farewell(words, state))}</h1>
          ${state.camera ? nothing : html`<p>${french(words.off)}</p>`}
        `;
    }
  }

  private alarms(state: RoomState): TemplateResult {
    const { words } = this;
    return html`
      ${state.alarms.slice(0, SHOWN).map((alarm) => this.alarm(alarm))}
      <p id="alone">${french(state.hub ? words.linkBack : words.alone)}</p>
      ${this.siren.state === "ready" ? nothing : html`<p class="doubt">${french(words.muted)}</p>`}
    `;
  }

  private alarm(alarm: RoomAlarm): TemplateResult {
    const { words } = this;
    const language = words.locale.startsWith("fr") ? "fr" : "en";
    const value = alarm.value === null ? "" : `${formatWithUnit(alarm.kind, alarm.value, language)}, `;
    return html`
      <section class="alarm ${alarm.priority}" ?data-quiet=${!alarm.ringing}>
        <p><span class="mark" aria-hidden="true">${MARKS[alarm.priority]}</span> ${words.priority[alarm.priority]}</p>
        <h1>${french(words.what(alarm.kind, alarm.side))}</h1>
        <p>${french(value + words.since(alarm.since))}</p>
        ${alarm.over ? html`<p>${french(words.over)}</p>` : nothing}
        ${alarm.seen
          ? html`<p>${words.wasSeen}</p>`
          : html`<button class="main seen" @click=${() => this.link.say("seen", alarm.key)}>${words.seen}</button>`}
      </section>
    `;
  }

  private rest(state: RoomState): TemplateResult {
    const now = new Date(state.time / 1000);
    const hour = now.toLocaleTimeString(this.words.locale, { hour: "2-digit", minute: "2-digit" });
    const day = now.toLocaleDateString(this.words.locale, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
    return html`
      <time class="hour">${hour}</time>
      <p class="day">${day}</p>
      ${state.hub ? nothing : html`<p class="doubt">${french(this.words.noHub)}</p>`}
    `;
  }

  private ring(state: RoomState): TemplateResult {
    const { words } = this;
    const opens = state.opensIn;
    return html`
      <span class="face" aria-hidden="true">${initials(state.caller)}</span>
      <h1>${french(words.wishes(state.caller))}</h1>
      <p>${french(opens === null ? words.nothingYet : words.opensIn(Math.ceil(opens)))}</p>
      <div class="buttons">
        <button class="main" id="accept" @click=${() => this.press("accept")}>${opens === null ? words.accept : words.acceptNow}</button>
        <button id="refuse" @click=${() => this.press("refuse")}>${words.refuse}</button>
      </div>
    `;
  }

  private controls(state: RoomState): TemplateResult {
    const { words } = this;
    return html`
      <p class="over">${state.caller}</p>
      ${state.loudspeaker === "none" ? html`<p class="over">${french(words.noLoudspeaker)}</p>` : nothing}
      ${state.loudspeaker === "page" && !this.sound.unlocked
        ? html`<button @click=${() => void this.sound.unlock().then(() => this.requestUpdate())}>${words.unlockSound}</button>`
        : nothing}
      <button class="main" id="hang-up" @click=${() => this.press("hang_up")}>${words.hangUp}</button>
    `;
  }
}

customElements.define("veilleuse-room", RoomScreen);
