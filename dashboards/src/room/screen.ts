/** The room's screen: the hour at rest, who calls, the call, and a lamp whenever something is open. */
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { french } from "../lib/typography";
import { Loudspeaker } from "../ui/loudspeaker";
import { alarmsView, bannerView } from "./alarms";
import { besideView, callView } from "./conversation";
import { RoomLink } from "./link";
import { keyOf, pressed, isWhole, type Key } from "./pad";
import { follow, isOpen, waiting, type Notice } from "./people";
import { RoomPicture } from "./picture";
import { endedView, restView, ringView } from "./rest";
import { Sound, stepped } from "./sound";
import { toSound, type Frame, type RoomState } from "./state";
import { roomStyles } from "./styles";
import { callStyles } from "./styles.call";
import { lamp, roomWords, type RoomWords } from "./words";

/** Milliseconds between two looks at what has to sound and at what has stood long enough. */
const STEP = 250;
/** Milliseconds between two words of a page that can be seen (`LATELY` of `edge/kiosk/screen.py`). */
const LIVES = 2_000;

export class RoomScreen extends LitElement {
  static override readonly styles = [roomStyles, callStyles];
  static override readonly properties = {
    state: { state: true },
    alive: { state: true },
    digits: { state: true },
    notices: { state: true },
    theme: { reflect: true },
  };

  declare state: RoomState | null;
  declare alive: boolean;
  /** Of the caregivers' code; gone with the ring. */
  declare digits: string;
  declare notices: readonly Notice[];
  declare theme: string;

  private readonly words: RoomWords = roomWords(location.search);
  private readonly sound = new Sound();
  /** Alarms have their own way to the loudspeaker, which proves that it can be heard; no volume turns it down. */
  private readonly siren = new Loudspeaker();
  private readonly declined = new Set<string>();
  /** What the device was told to stand on the glass, over this connection. */
  private readonly told = new Set<string>();
  private readonly link: RoomLink;

  constructor() {
    super();
    this.state = null;
    this.alive = true;
    this.digits = "";
    this.notices = [];
    this.theme = "night";
    this.link = new RoomLink(`ws://${location.host}/ecran`, {
      state: (state) => this.take(state),
      frame: (frame) => this.frame(frame),
      alive: (alive) => (this.alive = alive),
      open: () => {
        this.told.clear();
        this.tellSound();
      },
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Works where the kiosk is started with sound allowed; elsewhere the first touch does it.
    void this.unlock();
    addEventListener("pointerdown", () => void this.unlock());
    addEventListener("keydown", (event) => this.typed(event));
    document.addEventListener("visibilitychange", () => {
      this.told.clear();
      this.tellVisibility();
      this.tellSound();
    });
    this.siren.addEventListener("change", () => {
      this.tellSound();
      this.requestUpdate();
    });
    // What rang last rings on when the device falls silent: nobody has said that it is over.
    setInterval(() => this.step(), STEP);
    // Who keeps the kiosk hears by this that the page lives.
    setInterval(() => this.tellSound(), LIVES);
    this.link.start();
  }

  private async unlock(): Promise<void> {
    const before = this.sound.unlocked;
    await Promise.all([this.sound.unlock(), this.siren.unlock()]);
    if (this.sound.unlocked !== before) this.requestUpdate();
    this.ringIfDue();
  }

  private step(): void {
    this.siren.step(toSound(this.state?.alarms ?? []));
    const now = performance.now();
    if (this.notices.some((notice) => notice.until <= now)) this.notices = this.notices.filter((notice) => notice.until > now);
  }

  private take(state: RoomState): void {
    const before = this.state;
    const hour = new Date(state.time / 1000).getHours();
    this.theme = hour >= 7 && hour < 21 ? "day" : "night";
    document.documentElement.dataset["theme"] = this.theme;
    if (before?.call !== state.call) this.declined.clear();
    if (!state.carerCode || state.codeWait > 0 || before?.call !== state.call) this.digits = "";
    const { notices, chime } = follow(this.notices, before, state, this.declined, performance.now());
    this.notices = notices;
    this.sound.setVolume(state.volume);
    this.sound.keepOnly(new Set(isOpen(state.phase) ? state.people.map((person) => person.seat) : []));
    if (chime) this.sound.chime();
    this.state = state;
    this.ringIfDue();
  }

  /** An alarm that sounds is not drowned by a ring. */
  private ringIfDue(): void {
    if (this.state?.phase === "ringing" && toSound(this.state.alarms) === null) this.sound.ring();
    else this.sound.stopRinging();
  }

  /** The device may only go on once the ring, or a name, is really on the glass. */
  override updated(changed: PropertyValues): void {
    if (changed.has("state")) this.tellVisibility();
  }

  private tellVisibility(): void {
    const { state } = this;
    if (state === null) return;
    if (document.visibilityState === "hidden") {
      this.link.say({ type: "hidden", call: state.call });
      return;
    }
    if (state.phase === "idle" || state.phase === "ended") return;
    const seats = isOpen(state.phase) ? waiting(state).map((person) => person.seat) : [];
    const due = ["", ...seats].filter((seat) => !this.told.has(`${state.call}/${seat}`));
    if (due.length > 0) requestAnimationFrame(() => this.tellShown(state.call, due));
  }

  /** Once for each: the device answers every word with a state. */
  private tellShown(call: string, seats: readonly string[]): void {
    for (const seat of seats) {
      const key = `${call}/${seat}`;
      if (!this.told.has(key) && this.link.say({ type: "shown", call, ...(seat === "" ? {} : { seat }) })) this.told.add(key);
    }
  }

  /** The device must not count on a screen that cannot be heard. */
  private tellSound(): void {
    if (document.visibilityState === "visible") this.link.say({ type: "sound", call: this.siren.state === "ready" ? "ready" : "locked" });
  }

  private frame(frame: Frame): void {
    if (this.state === null || !isOpen(this.state.phase)) return;
    if (frame.kind === "voice") this.sound.play(frame);
    else this.pictures().find((picture) => picture.seat === frame.seat)?.show(frame);
  }

  private pictures(): readonly RoomPicture[] {
    return [...this.renderRoot.querySelectorAll("room-picture")].filter((one) => one instanceof RoomPicture);
  }

  /** Seats of which a picture comes. */
  private pictured(): ReadonlySet<string> {
    return new Set(this.pictures().flatMap((picture) => (picture.pictured ? [picture.seat] : [])));
  }

  private press(type: "refuse" | "hang_up"): void {
    if (this.state !== null) this.link.say({ type, call: this.state.call });
  }

  private accept(): void {
    const { state, digits } = this;
    if (state === null) return;
    // Who presses has seen it, though no frame has told so yet: without that word the device would not take the press.
    this.tellShown(state.call, [""]);
    if (!state.carerCode) this.link.say({ type: "accept", call: state.call });
    else if (isWhole(digits) && state.codeWait === 0) this.link.say({ type: "accept", call: state.call, code: digits });
    this.digits = "";
  }

  private decline(seat: string): void {
    if (this.state === null) return;
    this.declined.add(seat);
    this.link.say({ type: "decline", call: this.state.call, seat });
  }

  private louder(by: 1 | -1): void {
    if (this.state === null) return;
    const value = stepped(this.state.volume, by);
    this.link.say({ type: "volume", call: this.state.call, value });
    this.sound.setVolume(value);
    this.sound.sample();
  }

  private key(key: Key): void {
    if (this.state !== null && this.state.codeWait === 0) this.digits = pressed(this.digits, key);
  }

  private typed(event: KeyboardEvent): void {
    if (this.state?.carerCode !== true || event.ctrlKey || event.altKey || event.metaKey) return;
    const key = keyOf(event.key);
    if (key !== null) this.key(key);
    // A button that has the focus takes Enter for itself.
    else if (event.key === "Enter" && this.renderRoot instanceof ShadowRoot && this.renderRoot.activeElement === null) this.accept();
  }

  override render(): TemplateResult {
    const { state } = this;
    const open = state !== null && isOpen(state.phase) && this.alive;
    return html`
      <header ?data-call=${open}>${this.banner()}${open ? besideView(state, this.words, this.pictured()) : nothing}${this.lamp()}</header>
      ${open ? this.conversation(state) : html`<main aria-live="assertive">${this.centre()}</main>`}
    `;
  }

  /** Above a ring and a picture; elsewhere the alarm has the whole screen. */
  private banner(): TemplateResult | typeof nothing {
    const { state } = this;
    if (state === null || !this.alive || !(state.phase === "ringing" || isOpen(state.phase))) return nothing;
    return bannerView(state, this.words, (key) => this.seen(key));
  }

  private lamp(): TemplateResult | typeof nothing {
    const { state, words } = this;
    if (!this.alive) return html`<p class="doubt" role="alert">${french(words.unknown)}</p>`;
    if (state === null || !(state.camera || state.microphone)) return nothing;
    return html`<p class="lamp" role="status">${french(lamp(words, state))}</p>`;
  }

  private centre(): TemplateResult | typeof nothing {
    const { state, words } = this;
    if (!this.alive) return html`<h1>${french(words.noDevice)}</h1>`;
    switch (state?.phase) {
      case "ringing":
        return ringView(state, words, this.digits, {
          accept: () => this.accept(),
          refuse: () => this.press("refuse"),
          key: (key) => this.key(key),
        });
      case "idle":
      case "ended":
        if (state.alarms.length > 0) return alarmsView(state, words, this.siren.state === "ready", (key) => this.seen(key));
        return state.phase === "idle" ? restView(state, words) : endedView(state, words);
      default:
        return nothing;
    }
  }

  private conversation(state: RoomState): TemplateResult {
    return callView({
      state,
      words: this.words,
      notices: this.notices,
      pictured: this.pictured(),
      unlocked: this.sound.unlocked,
      actions: {
        hangUp: () => this.press("hang_up"),
        decline: (seat) => this.decline(seat),
        mute: (on) => this.link.say({ type: "mute", call: state.call, on }),
        louder: (by) => this.louder(by),
        unlock: () => void this.unlock(),
        pictured: () => this.requestUpdate(),
        broken: () => this.link.again(),
      },
    });
  }

  private seen(key: string): void {
    this.link.say({ type: "seen", call: key });
  }
}

customElements.define("veilleuse-room", RoomScreen);
