/**
 * One page's connection to the hub: who is signed in, the live stream, the state made of it, the hub's clock.
 *
 * Pages read `state` and listen for `change`; they never see the wire.
 */
import type { Api } from "./api";
import { LiveStream, type Link, type Surroundings } from "./live";
import { orderAt, type Gesture } from "./outbox";
import { EMPTY, reduce, type WardState } from "./state";
import type { LiveMessage, Me, Micros, SuppressionOrder, SuppressionView, TabletState } from "./types";

/** Difference between the tablet's clock and the hub's from which on it is worth a word, microseconds. */
const CLOCK_TOLERANCE = 60_000_000;

export class Session extends EventTarget {
  state: WardState = EMPTY;
  me: Me | null = null;
  link: Link = "connecting";
  private readonly stream: LiveStream;
  private streaming = false;
  private heardAt = 0;
  private hubTime: Micros = 0;

  constructor(
    readonly api: Api,
    url: string,
    private readonly world: Surroundings,
    private readonly tabletTime: () => Micros,
    report: () => TabletState | null = () => null,
  ) {
    super();
    const listener = { message: (message: LiveMessage) => this.take(message), link: (link: Link) => this.turn(link) };
    this.stream = new LiveStream(url, world, listener, report);
  }

  /**
   * Learns who is signed in, then opens the stream.
   *
   * @throws ApiError when nobody is signed in or the hub does not answer.
   */
  async start(): Promise<Me> {
    this.me = await this.api.whoAmI();
    // A second start (a person's retry beside our own) must not open a second stream.
    if (!this.streaming) this.stream.start();
    this.streaming = true;
    return this.me;
  }

  stop(): void {
    this.streaming = false;
    this.stream.stop();
  }

  retryNow(): void {
    this.stream.retryNow();
  }

  reportNow(): void {
    this.stream.sendReport();
  }

  /** Microseconds of the hub's clock now; the tablet's own until the hub has spoken. */
  now(): Micros {
    if (this.hubTime === 0) return this.tabletTime();
    return this.hubTime + (this.world.now() - this.heardAt) * 1000;
  }

  /** Milliseconds since the hub last spoke. */
  silentFor(): number {
    return this.stream.silentFor();
  }

  /** Microseconds that the tablet's clock is ahead of the hub's, or 0 when it is near enough. */
  clockError(): Micros {
    if (this.hubTime === 0) return 0;
    const ahead = this.tabletTime() - this.now();
    return Math.abs(ahead) > CLOCK_TOLERANCE ? ahead : 0;
  }

  /**
   * Tells the hub what a person did; what it changes is shown at once and comes again on the stream.
   *
   * @param queued whether it waited for the network: then it takes nothing out of somebody's hands.
   */
  async deliver(gesture: Gesture, queued: boolean): Promise<void> {
    const { key } = gesture;
    if (gesture.kind === "lift") return this.lift(gesture.order);
    if (gesture.kind === "suppress") return this.suppress({ ...orderAt(gesture, this.now()), key });
    const action = { action: gesture.action, reason: "", key, ...(queued ? { asked: Math.round(gesture.at) } : {}) };
    const changed = await this.api.act(gesture.alert, action);
    this.take({ type: "alert", seq: this.state.seq, time: this.state.time, alert: changed }, false);
  }

  /** Orders that something does not sound; what it changes comes on the stream too. */
  async suppress(order: SuppressionOrder): Promise<void> {
    this.order(await this.api.suppress(order));
  }

  private async lift(id: string): Promise<void> {
    this.order(await this.api.endSuppression(id));
  }

  private order(suppression: SuppressionView): void {
    this.take({ type: "suppression", seq: this.state.seq, time: this.state.time, suppression }, false);
  }

  private take(message: LiveMessage, fromHub = true): void {
    if (fromHub) {
      this.heardAt = this.world.now();
      this.hubTime = message.time;
    }
    const state = reduce(this.state, message);
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent<LiveMessage>("change", { detail: message }));
  }

  private turn(link: Link): void {
    this.link = link;
    this.dispatchEvent(new Event("link"));
  }
}
