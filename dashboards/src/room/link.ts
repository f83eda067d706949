/** The screen's connection to the room's device: it comes back by itself, and says when it hears nothing. */
import { parseFrame, parseState, SILENCE, type Frame, type RoomState } from "./state";

export interface Listener {
  state(state: RoomState): void;
  frame(frame: Frame): void;
  /** Nothing was heard for 3 s, or again. */
  alive(alive: boolean): void;
  /** A new connection stands: the device knows nothing of this page yet. */
  open(): void;
}

/** What a page may say; the form is in `edge/kiosk/screen.py`. */
export type Said =
  | { readonly type: "shown"; readonly call: string; readonly seat?: string }
  | { readonly type: "hidden" | "refuse" | "hang_up" | "seen" | "sound"; readonly call: string }
  | { readonly type: "accept"; readonly call: string; readonly code?: string }
  | { readonly type: "decline"; readonly call: string; readonly seat: string }
  | { readonly type: "mute"; readonly call: string; readonly on: boolean }
  | { readonly type: "volume"; readonly call: string; readonly value: number };

const RETRY = 1_000;

export class RoomLink {
  private socket: WebSocket | null = null;
  private heard = performance.now();
  private alive = true;

  constructor(
    private readonly url: string,
    private readonly listener: Listener,
  ) {}

  start(): void {
    this.connect();
    setInterval(() => this.watch(), 500);
  }

  /** Says something; tells whether there was somebody to say it to. */
  say(said: Said): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(said));
    return true;
  }

  /** Connects anew, which also brings whole pictures. */
  again(): void {
    this.socket?.close();
  }

  private connect(): void {
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.received(event.data);
    socket.onopen = () => this.listener.open();
    socket.onclose = () => {
      if (this.socket === socket) setTimeout(() => this.connect(), RETRY);
    };
    this.socket = socket;
  }

  private received(data: string | ArrayBuffer): void {
    if (typeof data !== "string") {
      const frame = parseFrame(data);
      if (frame !== null) this.listener.frame(frame);
      return;
    }
    const state = parseState(data);
    if (state === null) return;
    this.heard = performance.now();
    this.become(true);
    this.listener.state(state);
  }

  private watch(): void {
    if (performance.now() - this.heard >= SILENCE) this.become(false);
  }

  private become(alive: boolean): void {
    if (this.alive === alive) return;
    this.alive = alive;
    this.listener.alive(alive);
  }
}
