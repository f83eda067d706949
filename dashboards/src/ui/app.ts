/**
 * What every page of the hub needs at once: the session, the preferences, the loudspeaker and the tablet's own state.
 * It is a controller of the page's root element, which it asks to draw again when something changed and once a second,
 * because ages grow without any message.
 */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { ApiError } from "../lib/api";
import { browserApi, liveAddress, surroundings, tabletTime } from "../lib/browser";
import { wordsOf, type Words } from "../lib/i18n";
import { onDuty } from "../lib/onduty";
import { asksToBeHeard, loudest, worstFirst } from "../lib/rank";
import { alertSpoken, errorSentence, type Speech } from "../lib/say";
import { alertOf, Outbox, overlaid, type Gesture } from "../lib/outbox";
import { Session } from "../lib/session";
import type { AlertAction, AlertView, LiveMessage, Me, SuppressionOrder, TabletState } from "../lib/types";
import { Tablet } from "./device";
import { Loudspeaker } from "./loudspeaker";
import { gestures, Preferences, rememberSignedIn } from "./preferences";

export type Phase = "loading" | "ready" | "forbidden" | "failed";

const TICK = 1000;
const SOUND_STEP = 200;
const RETRY = 5000;
const DUTY = 60_000;
/** Values of a whole ward come in dozens of messages a second; this many milliseconds of them are drawn together. */
const TOGETHER = 250;

/** Alerts that a report names at most. */
const MOST_TOLD = 100;

/** A name for a gesture that no other has. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export class App implements ReactiveController {
  readonly preferences = new Preferences();
  readonly tablet = new Tablet();
  readonly loudspeaker: Loudspeaker | null;
  readonly session: Session;
  /** What was done here and the hub has not confirmed. */
  readonly outbox: Outbox;
  phase: Phase = "loading";
  failure: unknown = null;
  /** Sentence about the last action that did not succeed. */
  complaint = "";
  /** What a screen reader says: at once, and when it has time. */
  spokenNow = "";
  spokenSoon = "";
  /** Names of who is on duty; empty where nobody said. */
  duty: readonly string[] = [];
  /** The person has heard the signal of the lost link and wants it quiet. */
  linkQuiet = false;
  /** The last of the hub's probes that passed this tablet's loudspeaker. */
  private probed = "";
  private timers: ReturnType<typeof setInterval>[] = [];
  private told = new Set<string>();
  private touched = new Set<string>();
  private drawing: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly roles: readonly Me["role"][],
    options: { readonly sound: boolean },
  ) {
    this.loudspeaker = options.sound ? new Loudspeaker() : null;
    this.session = new Session(browserApi(), liveAddress(location), surroundings, tabletTime, () => this.report());
    this.outbox = new Outbox(gestures, (gesture, queued) => this.session.deliver(gesture, queued));
    host.addController(this);
  }

  /** Whether the hub is heard now. */
  get online(): boolean {
    return this.session.link === "live";
  }

  /** Open alerts, with what was done about them here though the hub does not know it yet. */
  alerts(): readonly AlertView[] {
    const { waiting } = this.outbox;
    const known = [...this.session.state.alerts.values()];
    return waiting.length === 0 ? known : known.map((alert) => overlaid(alert, waiting, this.session.now()));
  }

  /** Somebody has looked at an alert here: the hub is told. */
  touch(alert: AlertView): void {
    if (this.touched.has(alert.id)) return;
    this.touched.add(alert.id);
    this.session.reportNow();
  }

  /** The alerts that ask for somebody, worst first. */
  private asking(): readonly AlertView[] {
    return worstFirst(this.alerts()).filter((alert) => asksToBeHeard(alert, this.session.now()));
  }

  /** Whether something was done about an alert here that the hub does not know yet. */
  unsent(alert: AlertView): boolean {
    return this.outbox.waiting.some((gesture) => alertOf(gesture) === alert.id);
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
    this.outbox.addEventListener("change", () => {
      this.ring();
      this.draw();
    });
    this.tablet.start();
    this.timers = [setInterval(() => this.tick(), TICK), setInterval(() => this.ring(), SOUND_STEP), setInterval(() => void this.readDuty(), DUTY)];
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
    if (this.drawing !== null) clearTimeout(this.drawing);
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

  /** Acts on an alert; a refusal becomes a sentence on the page, and what cannot be sent now is sent later. */
  async act(alert: AlertView, action: AlertAction["action"]): Promise<void> {
    await this.post({ kind: "act", alert: alert.id, action });
  }

  /** Only nurses may order that something does not sound; the hub refuses it to others all the same. */
  get maySuppress(): boolean {
    return this.me?.role === "nurse";
  }

  /** Orders that something does not sound. What somebody wrote is kept nowhere: it is sent now or not at all. */
  async suppress(order: SuppressionOrder): Promise<void> {
    if (Object.hasOwn(this.words.quiet.reason, order.reason)) await this.post({ kind: "suppress", order });
    else await this.gesture(this.session.suppress({ ...order, key: newKey() }));
  }

  /** Ends such an order: what it covered sounds again if it is still there. */
  async lift(id: string): Promise<void> {
    await this.post({ kind: "lift", order: id });
  }

  private async post(what: DistributiveOmit<Gesture, "key" | "by" | "at">): Promise<void> {
    if (this.me === null) return;
    if (what.kind === "act") this.touched.add(what.alert);
    const gesture = { ...what, key: newKey(), by: this.me.username, at: this.session.now() };
    await this.gesture(this.outbox.post(gesture, this.online));
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
      probed: this.probed,
      showing: this.tablet.visible ? this.asking().slice(0, MOST_TOLD).map(({ id }) => id) : [],
      sounding: this.loudspeaker?.ringing ?? false,
      seen: [...this.session.state.alerts.keys()].filter((id) => this.touched.has(id)).slice(0, MOST_TOLD),
    };
  }

  private ring(): void {
    if (this.loudspeaker === null) return;
    const rings = loudest(this.alerts(), this.session.now());
    // A lost link is an alarm of its own, beside those that rang before: while it lasts nobody new is heard of here.
    const lost = this.session.link === "lost" || this.session.link === "refused";
    const link = lost && this.session.state.loaded && !this.linkQuiet ? "medium" : null;
    const wanted = link !== null && rings !== "high" && rings !== "insistent" ? link : rings;
    this.loudspeaker.step(wanted);
  }

  /** The hub's test alarm has come this far: it is true only when the sound itself passed. */
  private async prove(probe: string): Promise<void> {
    if (!(await this.loudspeaker?.prove())) return;
    this.probed = probe;
    this.session.reportNow();
  }

  private changed(message: LiveMessage): void {
    if (message.type === "probe") void this.prove(message.id);
    if (message.type === "alert" || message.type === "snapshot") {
      this.speak();
      this.ring();
      // What this tablet shows and sounds counts as told: the hub need not wait for the next report.
      if (message.type === "alert") this.session.reportNow();
    }
    // Heartbeats change no pixel that the tick does not draw.
    if (message.type === "values" || message.type === "edge") this.drawSoon();
    else if (message.type !== "heartbeat" && message.type !== "probe") this.draw();
  }

  /** Who is on duty changes rarely; a home without a rota says so by an error, and nothing is shown. */
  private async readDuty(): Promise<void> {
    if (this.loudspeaker === null || !this.online) return;
    try {
      this.duty = onDuty(await this.session.api.duty(), this.session.now());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    this.draw();
  }

  private tick(): void {
    const { me } = this;
    if (me !== null && this.online && this.outbox.waiting.length > 0) void this.outbox.flush(me.username, this.session.now());
    this.draw();
  }

  /** Says each unanswered alert once: high at once, the others when the reader has time. */
  private speak(): void {
    for (const alert of this.alerts()) {
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
    if (this.session.link === "live") {
      this.linkQuiet = false;
      void this.readDuty();
    }
    this.ring();
    this.tick();
  }

  private drawSoon(): void {
    this.drawing ??= setTimeout(() => this.draw(), TOGETHER);
  }

  private draw(): void {
    if (this.drawing !== null) clearTimeout(this.drawing);
    this.drawing = null;
    this.preferences.apply(new Date(this.session.now() / 1000).getHours());
    this.host.requestUpdate();
  }
}
