/**
 * A physician's call to a room: signalling with the hub, one peer connection for each epoch, and what the room says.
 *
 * The room offers, this side answers; a new epoch is a new connection over the same camera and microphone, which stay
 * as the physician left them: nothing is un-muted by a reconnection. The page that draws it listens to events:
 * `state`, `remote` (the room's picture and sound, or `null`), `vitals` and `waveform`.
 */
import { parseChannel, type CallValue, type CallWaveform } from "./channel";
import { reconnectDelay, type Socket, type Surroundings } from "./live";
import type { components } from "./api.gen";
import type { CallView } from "./types";

export type { CallValue, CallWaveform } from "./channel";

type Signal = components["schemas"]["CallSignal"];

/** Where the call stands: the hub's word for it, or what comes before the hub knows. */
export type CallState = "idle" | "preparing" | CallView["state"];

/** Why a call could not begin, or ended, beside the hub's own codes (`refused`, `room_offline`, `no_screen` ...). */
export type MediaFailure = "permission_denied" | "device_missing" | "device_busy" | "device_other" | "insecure";

/** Milliseconds between two heartbeats to the room. */
export const BEAT = 1_000;
/** Milliseconds without a word from the room after which the picture counts as interrupted. */
export const SILENCE = 3_000;
/** Milliseconds without a connection after which this side asks for a new one; the room itself acts after 8 s. */
export const ASK_AGAIN = 12_000;

const OVER: ReadonlySet<string> = new Set(["refused", "unanswered", "ended", "failed"]);
const TALKING: ReadonlySet<string> = new Set(["accepted", "connected", "reconnecting"]);
const OPEN = 1;
/** Close codes after which the hub does not take this page back: malformed, signed out, forbidden, over. */
const FINAL = new Set([1008, 4400, 4401, 4403, 4404]);

/** The hub's requests about calls; `Api` has them. */
export interface CallApi {
  startCall(resident: string): Promise<CallView>;
  hangUpCall(call: string): Promise<CallView>;
}

/** What a call needs of the browser. */
export interface CallWorld extends Pick<Surroundings, "now" | "every" | "after" | "random" | "open"> {
  media(): Promise<MediaStream>;
  connect(configuration: RTCConfiguration): RTCPeerConnection;
  address(call: string): string;
  mark(name: string): void;
}

/** The browser's own. */
export const callWorld: CallWorld = {
  now: () => performance.now(),
  every(milliseconds, run) {
    const timer = setInterval(run, milliseconds);
    return () => clearInterval(timer);
  },
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  open: (url) => new WebSocket(url) as Socket,
  media: openMedia,
  connect: (configuration) => new RTCPeerConnection(configuration),
  address: (call) => `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/api/v1/calls/${encodeURIComponent(call)}/signal`,
  mark: (name) => void performance.mark(`call:${name}`),
};

async function openMedia(): Promise<MediaStream> {
  // Absent outside a secure context, whatever the type says.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) throw new DOMException("no camera outside a secure context", "SecurityError");
  return devices.getUserMedia({
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 15, max: 30 } },
  });
}

/** Says in one word why camera or microphone did not open. */
export function mediaFailure(error: unknown): MediaFailure {
  switch (error instanceof Error || error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
      return "permission_denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "device_missing";
    case "NotReadableError":
    case "AbortError":
      return "device_busy";
    case "SecurityError":
    case "TypeError":
      return "insecure";
    default:
      return "device_other";
  }
}

/** Codes of requests that failed (`ApiError`) are passed on; anything else is `failed`. */
function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : "failed";
}

export interface CallEvents {
  state: CustomEvent<CallState>;
  remote: CustomEvent<MediaStream | null>;
  vitals: CustomEvent<readonly CallValue[]>;
  waveform: CustomEvent<CallWaveform>;
}

export class Call extends EventTarget {
  state: CallState = "idle";
  /** Why it ended or failed: a code, which the page puts into words. */
  reason = "";
  /** The hub's view of the call, once there is one. */
  view: CallView | null = null;
  /** The physician's own camera and microphone. */
  local: MediaStream | null = null;
  /** The room's picture and sound. */
  remote: MediaStream | null = null;
  microphone = true;
  camera = true;
  /** Messages that belonged to an older connection, or could not be read. */
  dropped = 0;

  private socket: Socket | null = null;
  private peer: RTCPeerConnection | null = null;
  private channel: RTCDataChannel | null = null;
  private epoch = 0;
  private servers: RTCIceServer[] = [];
  private attempt = 0;
  /** Nothing was heard yet on this socket. */
  private fresh = true;
  private heard = 0;
  private asked = 0;
  private stops: (() => void)[] = [];

  constructor(
    private readonly api: CallApi,
    readonly residentId: string,
    private readonly world: CallWorld = callWorld,
  ) {
    super();
  }

  /** Whether it goes on: nothing has ended it yet. */
  get running(): boolean {
    return this.isRunning();
  }

  private isRunning(): boolean {
    return this.state !== "idle" && !OVER.has(this.state);
  }

  /** Opens the physician's camera and microphone and rings in the room. Never rejects: `state` and `reason` tell. */
  async start(): Promise<void> {
    if (this.isRunning()) return;
    this.world.mark("start");
    this.become("preparing");
    try {
      this.keep(await this.world.media());
    } catch (error) {
      this.finish("failed", mediaFailure(error));
      return;
    }
    if (!this.isRunning()) {
      // Hung up while the browser asked for permission.
      this.release();
      return;
    }
    this.become("requested");
    try {
      this.view = await this.api.startCall(this.residentId);
    } catch (error) {
      this.finish("failed", codeOf(error));
      return;
    }
    await this.begun(this.view);
  }

  private async begun(view: CallView): Promise<void> {
    if (!this.isRunning()) {
      await this.api.hangUpCall(view.id).catch(() => undefined);
      return;
    }
    if (view.resident !== this.residentId) {
      await this.api.hangUpCall(view.id).catch(() => undefined);
      this.finish("failed", "wrong_resident");
      return;
    }
    this.stops = [this.world.every(BEAT, () => this.watch())];
    this.join();
  }

  /** Ends the call from this side. Never rejects. */
  async hangUp(): Promise<void> {
    if (!this.isRunning()) return;
    const view = this.view;
    // Twice, because a page that closes may send one and not the other; should neither arrive, the hub notices that
    // this page left.
    this.say("bye", this.epoch);
    this.finish("ended", "caller_hung_up");
    if (view !== null) await this.api.hangUpCall(view.id).catch(() => undefined);
  }

  setMicrophone(on: boolean): void {
    this.microphone = on;
    this.applyMutes();
  }

  setCamera(on: boolean): void {
    this.camera = on;
    this.applyMutes();
  }

  /** Marks the first picture that this element shows, for the benchmark. */
  watchFirstFrame(video: HTMLVideoElement): void {
    video.requestVideoFrameCallback(() => this.world.mark("first-frame"));
  }

  // ---- signalling ----

  private join(): void {
    if (this.view === null || !this.isRunning()) return;
    const socket = this.world.open(this.world.address(this.view.id));
    this.socket = socket;
    this.fresh = true;
    socket.onmessage = (event) => {
      if (this.socket === socket) this.received(event.data);
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.left(event.code);
    };
  }

  private left(code: number): void {
    this.socket = null;
    if (!this.isRunning()) return;
    if (FINAL.has(code)) {
      this.finish("failed", "hub_refused");
      return;
    }
    // Picture and sound go on without the hub; only a new connection would need it.
    this.stops.push(this.world.after(reconnectDelay(this.attempt, this.world.random()), () => this.join()));
    this.attempt += 1;
  }

  private received(data: unknown): void {
    const signal = parseSignal(data);
    if (signal === null) {
      this.dropped += 1;
      return;
    }
    this.attempt = 0;
    if (signal.kind === "bye") this.finish("ended", signal.reason || "ended");
    else if (signal.kind === "offer") void this.answer(signal);
    else if (signal.kind === "state" && signal.call !== null) this.follow(signal, signal.call);
  }

  private follow(signal: Signal, view: CallView): void {
    if (view.id !== this.view?.id || view.resident !== this.residentId) {
      this.dropped += 1;
      return;
    }
    this.view = view;
    if (signal.ice_servers.length > 0) this.servers = signal.ice_servers.map(iceServer);
    if (OVER.has(view.state)) {
      this.finish(view.state, view.reason);
      return;
    }
    this.become(view.state);
    const first = this.fresh;
    this.fresh = false;
    // This page came late, or lost its connection while the hub was away: the room's offer has passed it by.
    if (first && TALKING.has(view.state) && this.peer === null) this.askAgain();
  }

  private say(kind: Signal["kind"], epoch: number, more: Partial<Signal> = {}): void {
    if (this.socket?.readyState === OPEN) this.socket.send(JSON.stringify({ kind, epoch, ...more }));
  }

  private askAgain(): void {
    this.asked = this.world.now();
    this.say("restart", this.epoch);
  }

  // ---- connection ----

  private async answer(signal: Signal): Promise<void> {
    if (!this.isRunning() || signal.epoch <= this.epoch) {
      this.dropped += 1;
      return;
    }
    this.closePeer();
    this.epoch = signal.epoch;
    this.world.mark("offer");
    const peer = this.world.connect({ iceServers: this.servers, bundlePolicy: "max-bundle" });
    this.peer = peer;
    const candidates: (RTCIceCandidate | null)[] = [];
    let answered = false;
    const trickle = (candidate: RTCIceCandidate | null): void => {
      if (this.peer !== peer) return;
      this.say("candidate", signal.epoch, {
        candidate: candidate?.candidate ?? "",
        sdp_mid: candidate?.sdpMid ?? "",
        sdp_mline_index: candidate?.sdpMLineIndex ?? null,
      });
    };
    peer.onicecandidate = (event) => (answered ? trickle(event.candidate) : void candidates.push(event.candidate));
    peer.ondatachannel = (event) => this.listen(peer, event.channel);
    peer.ontrack = (event) => this.show(peer, event.track);
    peer.onconnectionstatechange = () => this.changed(peer);
    try {
      await peer.setRemoteDescription({ type: "offer", sdp: signal.sdp });
      await this.lend(peer);
      await peer.setLocalDescription();
    } catch {
      // Closed meanwhile by a newer epoch or a hang-up, or an offer this browser does not take.
      this.dropped += 1;
      if (this.peer === peer) this.closePeer();
      return;
    }
    if (this.peer !== peer) return;
    this.say("answer", signal.epoch, { sdp: peer.localDescription?.sdp ?? "" });
    answered = true;
    candidates.forEach(trickle);
  }

  /** Puts the physician's camera and microphone on the offered lines; muted ones stay muted. */
  private async lend(peer: RTCPeerConnection): Promise<void> {
    for (const transceiver of peer.getTransceivers()) {
      const track = this.local?.getTracks().find((one) => one.kind === transceiver.receiver.track.kind);
      if (track !== undefined) {
        await transceiver.sender.replaceTrack(track);
        transceiver.direction = "sendrecv";
      }
    }
  }

  private show(peer: RTCPeerConnection, track: MediaStreamTrack): void {
    if (this.peer !== peer) return;
    const stream = this.remote ?? new MediaStream();
    stream.addTrack(track);
    this.remote = stream;
    this.dispatchEvent(new CustomEvent("remote", { detail: stream }));
  }

  private changed(peer: RTCPeerConnection): void {
    if (this.peer !== peer) return;
    if (peer.connectionState === "connected") this.world.mark("connected");
    if (peer.connectionState === "failed") this.askAgain();
  }

  private listen(peer: RTCPeerConnection, channel: RTCDataChannel): void {
    if (this.peer !== peer) return;
    channel.binaryType = "arraybuffer";
    this.channel = channel;
    this.heard = this.world.now();
    channel.onopen = () => this.beat();
    channel.onmessage = (event) => {
      if (this.peer === peer) this.heardFrom(event.data);
    };
    if (channel.readyState === "open") this.beat();
  }

  private heardFrom(data: unknown): void {
    const message = parseChannel(data);
    if (message === null) {
      this.dropped += 1;
      return;
    }
    this.heard = this.world.now();
    if (message.type === "vitals") this.dispatchEvent(new CustomEvent("vitals", { detail: message.values }));
    if (message.type === "waveform") this.dispatchEvent(new CustomEvent("waveform", { detail: message.waveform }));
    // The hub may be away; what the room says itself is fresher.
    if (this.state === "reconnecting") this.become("connected");
  }

  private beat(): void {
    if (this.channel?.readyState === "open") this.channel.send(JSON.stringify({ type: "beat" }));
  }

  /** Every second: tell the room that we are here, and notice when it is not. */
  private watch(): void {
    this.beat();
    if (this.channel === null) return;
    const now = this.world.now();
    if (this.state === "connected" && now - this.heard >= SILENCE) this.become("reconnecting");
    if (now - Math.max(this.heard, this.asked) >= ASK_AGAIN) this.askAgain();
  }

  // ---- devices and the end ----

  private keep(local: MediaStream): void {
    this.local = local;
    this.applyMutes();
  }

  private applyMutes(): void {
    this.local?.getAudioTracks().forEach((track) => (track.enabled = this.microphone));
    this.local?.getVideoTracks().forEach((track) => (track.enabled = this.camera));
  }

  private closePeer(): void {
    this.peer?.close();
    this.peer = null;
    this.channel = null;
    if (this.remote !== null) {
      this.remote = null;
      this.dispatchEvent(new CustomEvent("remote", { detail: null }));
    }
  }

  private release(): void {
    this.local?.getTracks().forEach((track) => track.stop());
    this.local = null;
  }

  private finish(state: CallState, reason: string): void {
    this.stops.forEach((stop) => stop());
    this.stops = [];
    this.closePeer();
    this.release();
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.reason = reason;
    this.become(state);
  }

  private become(state: CallState): void {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}

const KINDS: ReadonlySet<string> = new Set(["state", "offer", "bye"]);

/** Reads one message of the hub; `null` for anything that is not one. */
export function parseSignal(data: unknown): Signal | null {
  if (typeof data !== "string") return null;
  let body: unknown;
  try {
    body = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof body !== "object" || body === null || !("kind" in body) || !("epoch" in body)) return null;
  if (typeof body.kind !== "string" || !KINDS.has(body.kind) || typeof body.epoch !== "number") return null;
  return { call: null, sdp: "", candidate: "", sdp_mid: "", sdp_mline_index: null, reason: "", ice_servers: [], ...body } as Signal;
}

function iceServer(one: Readonly<Record<string, string>>): RTCIceServer {
  return { urls: one["url"] ?? "", username: one["username"] ?? "", credential: one["credential"] ?? "" };
}
