/** The socket between a page and the hub for one call: it comes back by itself as long as the hub takes it back. */
import { reconnectDelay, type Socket, type Surroundings } from "./live";
import { parseSignal, type Signal } from "./signal";

const OPEN = 1;
/** Close codes after which the hub does not take this page back: malformed, signed out, forbidden, over. */
const FINAL = new Set([1008, 4400, 4401, 4403, 4404]);

/** Milliseconds that a new socket is given before another one is tried. */
export const OPENING = 2_500;
/** Milliseconds for which one that was heard is trusted. */
export const HEARD = 5_000;

export type SignallingWorld = Pick<Surroundings, "now" | "after" | "random" | "open">;

export interface SignallingListener {
  message(signal: Signal): void;
  /** Something came that is no message. */
  garbage(): void;
  /** The hub does not take this page back. */
  refused(): void;
}

export class Signalling {
  /** Nothing was heard yet on the socket of now. */
  fresh = true;
  private socket: Socket | null = null;
  private attempt = 0;
  /** When it was opened, or something last came on it, milliseconds. */
  private moved = 0;
  private closed = false;
  private cancel: () => void = () => undefined;

  constructor(
    private readonly address: string,
    private readonly world: SignallingWorld,
    private readonly listener: SignallingListener,
  ) {}

  open(): void {
    if (this.closed) return;
    const socket = this.world.open(this.address);
    this.socket = socket;
    this.fresh = true;
    this.moved = this.world.now();
    socket.onmessage = (event) => {
      if (this.socket === socket) this.received(event.data);
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.left(event.code);
    };
  }

  /**
   * Opens another socket now if nothing came on this one for a while. After a network's outage a socket does not know for up to
   * half a minute that it works again, because TCP waits twice as long after each attempt; a new one knows at once.
   */
  renew(): void {
    if (this.closed || this.world.now() - this.moved < (this.fresh ? OPENING : HEARD)) return;
    this.cancel();
    const { socket } = this;
    this.socket = null;
    socket?.close();
    this.open();
  }

  /** Sends one message; `false` when there is no socket to send it on. */
  say(kind: Signal["kind"], epoch: number, more: Partial<Signal> = {}): boolean {
    if (this.socket?.readyState !== OPEN) return false;
    this.socket.send(JSON.stringify({ kind, epoch, ...more }));
    return true;
  }

  close(): void {
    this.closed = true;
    this.cancel();
    const { socket } = this;
    this.socket = null;
    socket?.close();
  }

  private received(data: unknown): void {
    const signal = parseSignal(data);
    if (signal === null) {
      this.listener.garbage();
      return;
    }
    this.attempt = 0;
    this.moved = this.world.now();
    this.listener.message(signal);
    if (signal.kind === "state") this.fresh = false;
  }

  private left(code: number): void {
    this.socket = null;
    if (FINAL.has(code)) {
      this.listener.refused();
      return;
    }
    // Picture and sound go on without the hub; only a new connection would need it.
    this.cancel = this.world.after(reconnectDelay(this.attempt, this.world.random()), () => this.open());
    this.attempt += 1;
  }
}
