/**
 * What every page of the hub needs at once: the session, the preferences, the loudspeaker and the tablet's own state.
 * It is a controller of the page's root element, which it asks to draw again when something changed and once a second,
 * because ages grow without any message.
 */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { ApiError } from "../lib/api";
import { browserApi, liveAddress, surroundings, tabletTime } from "../lib/browser";
import { wordsOf, type Words } from "../lib/i18n";
import { asksToBeHeard, loudest } from "../lib/rank";
import { alertSpoken, errorSentence, type Speech } from "../lib/say";
import { Session } from "../lib/session";
import type { AlertAction, AlertView, LiveMessage, Me, SuppressionOrder, TabletState } from "../lib/types";
import { Tablet } from "./device";
import { Loudspeaker } from "./loudspeaker";
import { Preferences, rememberSignedIn } from "./preferences";

export type Phase = "loading" | "ready" | "forbidden" | "failed";

const TICK = 1000;
const SOUND_STEP = 200;
const RETRY = 5000;

export class App implements ReactiveController {
  readonly preferences = new Preferences();
  readonly tablet = new Tablet();
  readonly loudspeaker: Loudspeaker | null;
  readonly session: Session;
  phase: Phase = "loading";
  failure: unknown = null;
  /** Sentence about the last action that did not succeed. */
  complaint = "";
  /** What a screen reader says: at once, and when it has time. */
  spokenNow = "";
  spokenSoon = "";
  /** The person has heard the signal of the lost link and wants it quiet. */
  linkQuiet = false;
  private timers: ReturnType<typeof setInterval>[] = [];
  private told = new Set<string>();

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly roles: readonly Me["role"][],
    options: { readonly sound: boolean },
  ) {
    this.loudspeaker = options.sound ? new Loudspeaker() : null;
    this.session = new Session(browserApi(), liveAddress(location), surroundings, tabletTime, () => this.report());
    host.addController(this);
  }

  get words(): Words {
    return wordsOf(this.preferences.language);
  }

  get speech(): Speech {
    return { words: this.words, language: this.preferences.language, now: this.session.now() };
  }

  get me(): Me | null {
    return this.session.me;
  }

  hostConnected(): void {
    this.preferences.addEventListener("change", () => this.draw());
    this.session.addEventListener("change", (event) => this.changed((event as CustomEvent<LiveMessage>).detail));
    this.session.addEventListener("link", () => this.linkChanged());
    this.tablet.addEventListener("change", () => {
      // A tablet that wakes up does not wait for the next attempt.
      if (this.tablet.visible && this.session.link === "lost") this.session.retryNow();
      this.draw();
    });
    this.loudspeaker?.addEventListener("change", () => {
      this.session.reportNow();
      this.draw();
    });
    this.tablet.start();
    this.timers = [setInterval(() => this.draw(), TICK), setInterval(() => this.ring(), SOUND_STEP)];
    // Any gesture unlocks the sound: the large button is for those who made none.
    for (const gesture of ["pointerup", "keydown"]) {
      addEventListener(gesture, () => void this.loudspeaker?.unlock(), { passive: true });
    }
    this.ring();
    this.draw();
    void this.start();
  }

  hostDisconnected(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.session.stop();
  }

  /** Signs in to the stream; also what "retry" does. */
  async start(again = false): Promise<void> {
    if (!again) this.phase = "loading";
    this.draw();
    try {
      const me = await this.session.start();
      this.phase = this.roles.includes(me.role) ? "ready" : "forbidden";
      if (this.phase === "forbidden") this.session.stop();
    } catch (error) {
      if (error instanceof ApiError && error.failure === "signed_out") {
        this.goToSignIn();
        return;
      }
      this.failure = error;
      this.phase = "failed";
      // Nobody may be standing in front of it: it tries again by itself.
      setTimeout(() => void (this.phase === "failed" && this.start(true)), RETRY);
    }
    this.draw();
  }

  goToSignIn(): void {
    rememberSignedIn(false);
    const back = encodeURIComponent(location.pathname);
    location.assign(`/connexion?retour=${back}`);
  }

  async signOut(): Promise<void> {
    this.session.stop();
    await this.session.api.signOut().catch(() => undefined);
    rememberSignedIn(false);
    location.assign("/connexion");
  }

  /** Acts on an alert; a refusal becomes a sentence on the page. */
  async act(alert: AlertView, action: AlertAction["action"]): Promise<void> {
    await this.gesture(this.session.act(alert, { action, reason: "" }));
  }

  /** Only nurses may order that something does not sound; the hub refuses it to others all the same. */
  get maySuppress(): boolean {
    return this.me?.role === "nurse";
  }

  /** Orders that something does not sound; a refusal becomes a sentence on the page. */
  async suppress(order: SuppressionOrder): Promise<void> {
    await this.gesture(this.session.suppress(order));
  }

  /** Ends such an order: what it covered sounds again if it is still there. */
  async lift(id: string): Promise<void> {
    await this.gesture(this.session.lift(id));
  }

  private async gesture(asked: Promise<void>): Promise<void> {
    this.complaint = "";
    try {
      await asked;
    } catch (error) {
      this.complaint = `${this.words.alert.failed} ${errorSentence(error, this.words)}`;
    }
    this.draw();
  }

  dismissComplaint(): void {
    this.complaint = "";
    this.draw();
  }

  quietLink(): void {
    this.linkQuiet = true;
    this.ring();
    this.draw();
  }

  private report(): TabletState | null {
    return {
      type: "tablet",
      audio: this.loudspeaker?.state ?? "locked",
      visible: this.tablet.visible,
      battery: this.tablet.battery,
    };
  }

  private ring(): void {
    if (this.loudspeaker === null) return;
    // A lost link is an alarm of its own: while it lasts nobody is watched from here.
    const lost = this.session.link === "lost" || this.session.link === "refused";
    const wanted = lost && this.session.state.loaded ? (this.linkQuiet ? null : "medium") : loudest(this.session.state.alerts.values(), this.session.now());
    this.loudspeaker.step(wanted);
  }

  private changed(message: LiveMessage): void {
    if (message.type === "alert" || message.type === "snapshot") {
      this.speak();
      this.ring();
    }
    // Heartbeats change no pixel that the tick does not draw.
    if (message.type !== "heartbeat") this.draw();
  }

  /** Says each unanswered alert once: high at once, the others when the reader has time. */
  private speak(): void {
    for (const alert of this.session.state.alerts.values()) {
      const key = `${alert.id}/${alert.response}/${asksToBeHeard(alert, this.session.now()) ? "heard" : alert.suppression}`;
      if (this.told.has(key)) continue;
      this.told.add(key);
      if (!asksToBeHeard(alert, this.session.now()) || alert.condition !== "active") continue;
      const resident = alert.resident === null ? undefined : this.session.state.residents.get(alert.resident);
      const sentence = alertSpoken(alert, resident, this.speech);
      if (alert.priority === "high" && alert.category === "physiological") this.spokenNow = sentence;
      else this.spokenSoon = sentence;
    }
  }

  private linkChanged(): void {
    if (this.session.link === "live") this.linkQuiet = false;
    this.ring();
    this.draw();
  }

  private draw(): void {
    this.preferences.apply(new Date(this.session.now() / 1000).getHours());
    this.host.requestUpdate();
  }
}
