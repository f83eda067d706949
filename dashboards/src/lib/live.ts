/**
 * The live stream: one WebSocket for each tab, watched.
 *
 * The hub speaks every second. Four seconds without a word mean that the link is dead, whatever the socket says of
 * itself: a Wi-Fi that went away closes nothing. Reconnection waits longer each time, with jitter, so that forty tablets
 * do not come back in the same instant.
 */
import type { LiveMessage, TabletState } from "./types";

/** Milliseconds without a message after which the link counts as lost; with the watch's own step it shows within 5 s. */
export const SILENCE = 4_000;
/** Milliseconds between two looks at the link. */
export const WATCH = 500;
/** Milliseconds between two reports of the tablet's state. */
export const REPORT = 5_000;
/** Close codes by which the hub says that this session is over or may not listen. */
const REFUSED = new Set([1008, 3000, 3003, 4401, 4403]);

export type Link = "connecting" | "live" | "lost" | "refused";

/** What is needed of a WebSocket. */
export interface Socket {
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: { readonly data: unknown }) => unknown) | null;
  onclose: ((event: { readonly code: number }) => unknown) | null;
  readonly readyState: number;
  send(data: string): void;
  close(): void;
}

/** Time and chance, handed in so that a night can be tested in a second. */
export interface Surroundings {
  /** Milliseconds of a clock that never jumps. */
  now(): number;
  every(milliseconds: number, run: () => void): () => void;
  after(milliseconds: number, run: () => void): () => void;
  /** From 0 to below 1. */
  random(): number;
  open(url: string): Socket;
}

/** Milliseconds before attempt `attempt` (0, 1, 2...): doubled up to 10 s, then halved at most by chance. */
export function reconnectDelay(attempt: number, random: number): number {
  const ceiling = Math.min(10_000, 500 * 2 ** Math.min(attempt, 10));
  return ceiling * (0.5 + random / 2);
}

const KINDS: ReadonlySet<string> = new Set(["snapshot", "values", "alert", "edge", "call", "call_request", "act", "suppression", "probe", "heartbeat"]);

/** Reads one message; `null` for anything that is not one. */
export function parseMessage(data: unknown): LiveMessage | null {
  if (typeof data !== "string") return null;
  let body: unknown;
  try {
    body = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof body !== "object" || body === null || !("type" in body) || !("seq" in body) || !("time" in body)) return null;
  return typeof body.type === "string" && KINDS.has(body.type) ? (body as LiveMessage) : null;
}

export interface Listener {
  message(message: LiveMessage): void;
  link(link: Link): void;
}

const OPEN = 1;

export class LiveStream {
  private socket: Socket | null = null;
  private attempt = 0;
  private lastHeard: number;
  private state: Link = "connecting";
  private stops: (() => void)[] = [];
  private cancelRetry: (() => void) | null = null;
  /** Messages that could not be read. */
  malformed = 0;

  constructor(
    private readonly url: string,
    private readonly world: Surroundings,
    private readonly listener: Listener,
    private readonly report: () => TabletState | null = () => null,
  ) {
    this.lastHeard = world.now();
  }

  get link(): Link {
    return this.state;
  }

  /** Milliseconds since the hub last spoke, or since the start. */
  silentFor(): number {
    return this.world.now() - this.lastHeard;
  }

  start(): void {
    this.lastHeard = this.world.now();
    this.stops = [this.world.every(WATCH, () => this.watch()), this.world.every(REPORT, () => this.sendReport())];
    this.connect();
  }

  stop(): void {
    for (const stop of this.stops) stop();
    this.stops = [];
    this.cancelRetry?.();
    this.drop();
  }

  /** Tells the hub about this tablet now, if it listens. */
  sendReport(): void {
    const state = this.report();
    if (state !== null && this.socket?.readyState === OPEN) this.socket.send(JSON.stringify(state));
  }

  /** Tries at once, for a person who presses "retry" or a tablet that wakes up. */
  retryNow(): void {
    if (this.state === "live" || this.state === "refused") return;
    this.cancelRetry?.();
    this.attempt = 0;
    this.drop();
    this.connect();
  }

  private connect(): void {
    this.cancelRetry = null;
    const socket = this.world.open(this.url);
    this.socket = socket;
    const opened = this.world.now();
    socket.onmessage = (event) => this.heard(socket, event.data);
    socket.onclose = (event) => this.closed(socket, event.code);
    socket.onopen = () => this.sendReport();
    // A connection that neither opens nor fails (a captive portal, a sleeping router) must not hold us for ever.
    this.cancelOpening = this.world.after(SILENCE, () => {
      if (this.socket === socket && this.lastHeard < opened) this.closed(socket, 1006);
    });
  }

  private cancelOpening: () => void = () => undefined;

  private heard(socket: Socket, data: unknown): void {
    if (this.socket !== socket) return;
    const message = parseMessage(data);
    if (message === null) {
      this.malformed += 1;
      return;
    }
    this.lastHeard = this.world.now();
    this.attempt = 0;
    // The first word of a connection is a snapshot; until it came, what is on the screen is old.
    if (this.state === "live" || message.type === "snapshot") {
      this.listener.message(message);
      this.become("live");
    }
  }

  private closed(socket: Socket, code: number): void {
    if (this.socket !== socket) return;
    this.drop();
    if (REFUSED.has(code)) {
      this.become("refused");
      return;
    }
    this.cancelRetry = this.world.after(reconnectDelay(this.attempt, this.world.random()), () => this.connect());
    this.attempt += 1;
  }

  private watch(): void {
    if (this.state === "refused" || this.silentFor() < SILENCE) return;
    const wasLive = this.state === "live";
    this.become("lost");
    const socket = this.socket;
    if (wasLive && socket !== null) this.closed(socket, 1006);
  }

  private drop(): void {
    this.cancelOpening();
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.onopen = null;
    socket.close();
  }

  private become(state: Link): void {
    if (this.state === state) return;
    this.state = state;
    this.listener.link(state);
  }
}
