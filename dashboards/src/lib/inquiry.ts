/**
 * A survey or a trial under way, as its WebSocket tells it. No DOM.
 *
 * The hub closes the socket when the inquiry is over. A link that breaks is opened again a few times, since the inquiry
 * goes on in the room meanwhile; then it is `lost`, and the page says so instead of showing old values as live.
 */
import type { Socket, Surroundings } from "./live";
import type { InquiryReport } from "./types";

export type InquiryState = "opening" | "running" | "over" | "replaced" | "lost";

const RETRIES = 3;
const RETRY = 800;
/** Milliseconds without a report after which what is shown is no longer now; reports come once a second. */
const SILENCE = 6_000;
const GONE = new Set([4401, 4403, 4404]);

function parse(data: unknown): InquiryReport | null {
  if (typeof data !== "string") return null;
  try {
    const body: unknown = JSON.parse(data);
    const sound = typeof body === "object" && body !== null && "kind" in body && "running" in body && "candidates" in body;
    return sound ? (body as InquiryReport) : null;
  } catch {
    return null;
  }
}

export class Inquiry {
  state: InquiryState = "opening";
  report: InquiryReport | null = null;
  private socket: Socket | null = null;
  private attempts = 0;
  private heard = 0;
  private stops: (() => void)[] = [];

  constructor(
    private readonly url: string,
    private readonly world: Surroundings,
    private readonly changed: () => void,
  ) {}

  start(): void {
    this.heard = this.world.now();
    this.stops.push(this.world.every(500, () => this.watch()));
    this.open();
  }

  /** The person has seen enough: what was found stays, nothing more comes. */
  finish(): void {
    if (!this.ended) this.become("over");
  }

  private stop(): void {
    for (const stop of this.stops) stop();
    this.stops = [];
    this.drop();
  }

  get ended(): boolean {
    return this.state === "over" || this.state === "replaced" || this.state === "lost";
  }

  private open(): void {
    const socket = this.world.open(this.url);
    this.socket = socket;
    socket.onmessage = (event) => this.take(event.data);
    socket.onclose = (event) => this.closed(socket, event.code);
  }

  private take(data: unknown): void {
    const report = parse(data);
    if (report === null) return;
    this.heard = this.world.now();
    this.attempts = 0;
    this.report = report;
    this.become(report.replaced ? "replaced" : report.running ? "running" : "over");
  }

  private closed(socket: Socket, code: number): void {
    if (this.socket !== socket) return;
    this.drop();
    if (this.ended) return;
    if (GONE.has(code) || this.attempts >= RETRIES) {
      this.become("lost");
      return;
    }
    this.attempts += 1;
    this.stops.push(this.world.after(RETRY, () => this.open()));
  }

  private watch(): void {
    if (!this.ended && this.world.now() - this.heard > SILENCE) this.become("lost");
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  private become(state: InquiryState): void {
    this.state = state;
    if (this.ended) this.stop();
    this.changed();
  }
}
