/**
 * The connection between this page and the room: the room offers, this side answers. A new epoch is a new connection over
 * the same camera and microphone. What the room sends beside picture and sound comes over its data channel.
 */
import { isRole, parseChannel, type CallExtras, type CallQuality, type ChannelMessage, type ExtraRole, type Spot } from "./channel";
import type { Signal } from "./signal";

export const NO_EXTRAS: CallExtras = { available: [], active: [], failed: null };

/** What it needs of the call. */
export interface RoomHost {
  connect(): RTCPeerConnection;
  say(kind: Signal["kind"], epoch: number, more?: Partial<Signal>): void;
  /** This page's camera and microphone. */
  local(): MediaStream | null;
  now(): number;
  mark(name: string): void;
  /** The room's picture and sound have come or gone. */
  shown(remote: MediaStream | null): void;
  heard(message: ChannelMessage): void;
  /** The connection failed: a new one is needed. */
  failed(): void;
  dropped(): void;
}

export class RoomPeer {
  epoch = 0;
  /** The room's picture and sound. */
  remote: MediaStream | null = null;
  /** Of the connection of now, once the room has said so. */
  quality: CallQuality | null = null;
  extras: CallExtras = NO_EXTRAS;
  /** Pictures and sounds of second devices, of the connection of now. */
  readonly second = new Map<ExtraRole, MediaStream>();
  /** When the room was last heard on the data channel, milliseconds; `null` before there is one. */
  heardAt: number | null = null;
  private peer: RTCPeerConnection | null = null;
  private channel: RTCDataChannel | null = null;

  constructor(private readonly host: RoomHost) {}

  /** Whether there is a connection, however well it does. */
  get present(): boolean {
    return this.peer !== null;
  }

  /** The browser's own figures, or `null` without a connection. */
  stats(): Promise<RTCStatsReport> | null {
    return this.peer?.getStats() ?? null;
  }

  /** Answers an offer of the room; one of an epoch that has passed is dropped. */
  async answer(signal: Signal): Promise<void> {
    if (signal.epoch <= this.epoch) {
      this.host.dropped();
      return;
    }
    this.close();
    this.epoch = signal.epoch;
    this.host.mark("offer");
    const peer = this.host.connect();
    this.peer = peer;
    const roles = new Map(Object.entries(signal.roles));
    const send = this.follow(peer, signal.epoch, roles);
    try {
      await peer.setRemoteDescription({ type: "offer", sdp: signal.sdp });
      await this.lend(peer, roles);
      await peer.setLocalDescription();
    } catch {
      // Closed meanwhile by a newer epoch or a hang-up, or an offer this browser does not take.
      this.host.dropped();
      if (this.peer === peer) this.close();
      return;
    }
    if (this.peer !== peer) return;
    this.host.say("answer", signal.epoch, { sdp: peer.localDescription?.sdp ?? "" });
    send();
  }

  /** Sends a text to the room, if it can be heard; returns whether it left. */
  send(message: Readonly<Record<string, unknown>>): boolean {
    if (this.channel?.readyState !== "open") return false;
    this.channel.send(JSON.stringify(message));
    return true;
  }

  point(spot: Spot | null, on: Spot["on"]): void {
    this.send(spot === null ? { type: "point", on, x: null } : { type: "point", on: spot.on, x: spot.x, y: spot.y });
  }

  beat(): void {
    this.send({ type: "beat" });
  }

  close(): void {
    this.peer?.close();
    this.peer = null;
    this.channel = null;
    this.heardAt = null;
    this.quality = null;
    this.extras = NO_EXTRAS;
    this.second.clear();
    if (this.remote !== null) {
      this.remote = null;
      this.host.shown(null);
    }
  }

  /** Listens to a connection; returns what sends the candidates, which have to come after the answer. */
  private follow(peer: RTCPeerConnection, epoch: number, roles: ReadonlyMap<string, string>): () => void {
    const waiting: (RTCIceCandidate | null)[] = [];
    let answered = false;
    const trickle = (candidate: RTCIceCandidate | null): void => {
      if (this.peer === peer) this.host.say("candidate", epoch, candidateFields(candidate));
    };
    peer.onicecandidate = (event) => (answered ? trickle(event.candidate) : void waiting.push(event.candidate));
    peer.ondatachannel = (event) => this.listen(peer, event.channel);
    peer.ontrack = (event) => this.show(peer, event.track, roles.get(event.transceiver.mid ?? ""));
    peer.onconnectionstatechange = () => this.changed(peer);
    return () => {
      answered = true;
      waiting.forEach(trickle);
    };
  }

  /** Sends this page's picture of now, after another camera has taken the place of the one before. */
  async swapPicture(track: MediaStreamTrack): Promise<void> {
    const sender = this.peer?.getSenders().find((one) => one.track?.kind === "video");
    await sender?.replaceTrack(track);
  }

  /** Puts this page's camera and microphone on the offered lines; muted ones stay muted. */
  private async lend(peer: RTCPeerConnection, roles: ReadonlyMap<string, string>): Promise<void> {
    for (const transceiver of peer.getTransceivers()) {
      // Lines of the room's second devices go one way.
      if (roles.has(transceiver.mid ?? "")) continue;
      const track = this.host
        .local()
        ?.getTracks()
        .find((one) => one.kind === transceiver.receiver.track.kind);
      if (track !== undefined) {
        await transceiver.sender.replaceTrack(track);
        transceiver.direction = "sendrecv";
      }
    }
  }

  private show(peer: RTCPeerConnection, track: MediaStreamTrack, role: string | undefined): void {
    if (this.peer !== peer) return;
    if (role !== undefined) {
      if (isRole(role)) this.second.set(role, new MediaStream([track]));
      return;
    }
    this.remote ??= new MediaStream();
    this.remote.addTrack(track);
    this.host.shown(this.remote);
  }

  private changed(peer: RTCPeerConnection): void {
    if (this.peer !== peer) return;
    if (peer.connectionState === "connected") this.host.mark("connected");
    if (peer.connectionState === "failed") this.host.failed();
  }

  private listen(peer: RTCPeerConnection, channel: RTCDataChannel): void {
    if (this.peer !== peer) return;
    channel.binaryType = "arraybuffer";
    this.channel = channel;
    this.heardAt = this.host.now();
    channel.onopen = () => this.beat();
    channel.onmessage = (event) => {
      if (this.peer === peer) this.received(event.data);
    };
    if (channel.readyState === "open") this.beat();
  }

  private received(data: unknown): void {
    const message = parseChannel(data);
    if (message === null) {
      this.host.dropped();
      return;
    }
    this.heardAt = this.host.now();
    if (message.type === "quality") this.quality = message.quality;
    if (message.type === "extras") this.extras = message.extras;
    this.host.heard(message);
  }
}

/** A candidate as it crosses the socket; `null` is the end of them. */
export function candidateFields(candidate: RTCIceCandidate | null): Pick<Signal, "candidate" | "sdp_mid" | "sdp_mline_index"> {
  return {
    candidate: candidate?.candidate ?? "",
    sdp_mid: candidate?.sdpMid ?? "",
    sdp_mline_index: candidate?.sdpMLineIndex ?? null,
  };
}
