/**
 * Connections between the pages of one call, each to each: picture and sound both ways, and what each says of its own
 * microphone and camera.
 *
 * The page that came last offers. When two offer to each other at once, the offer of the higher seat holds. A connection that
 * fails, or of which nothing is heard, is offered anew by the higher seat, and by the lower one when that does not come.
 * An epoch is a number drawn for one connection: messages come in order, so it need only tell one from another, also after a
 * page was loaded again and knows nothing of the ones before.
 */
import { parsePresence, type Presence } from "./channel";
import { candidateFields } from "./room-peer";
import { seatNumber, type Signal } from "./signal";

/** Milliseconds without a word from the other page after which its picture counts as interrupted. */
export const PAGE_SILENCE = 3_000;
/** Milliseconds without a connection after which the higher seat offers anew. */
export const OFFER_AGAIN = 8_000;
/** Milliseconds after which the lower seat does, should the higher one not. */
export const OFFER_INSTEAD = 16_000;
/** Each wait in vain is twice as long as the one before, this often: a slow tablet needs longer than that for one connection. */
export const DOUBLINGS = 2;
/** Bits per second of a picture for another page: it is small there, and the room's picture comes first. */
export const PAGE_PICTURE = 350_000;

/** The hub passes no higher one on. */
const HIGHEST_EPOCH = 1_000_000;
const KINDS = ["audio", "video"] as const;
/** Both sides open it under this number, without asking. */
const CHANNEL = 0;

export type PageState = "connecting" | "connected" | "reconnecting";

/** What the mesh needs of the call. */
export interface MeshHost {
  connect(): RTCPeerConnection;
  /** Sends a message to another page; `false` when the hub cannot be reached. */
  say(kind: Signal["kind"], epoch: number, more: Partial<Signal>): boolean;
  local(): MediaStream | null;
  mutes(): Presence;
  now(): number;
  random(): number;
  /** Something about a page has changed. */
  changed(): void;
  dropped(): void;
}

export class PagePeer {
  /** The other page's picture and sound. */
  stream: MediaStream | null = null;
  state: PageState = "connecting";
  /** What it says of its microphone and camera, once it has. */
  presence: Presence | null = null;
  private connection: RTCPeerConnection | null = null;
  private channel: RTCDataChannel | null = null;
  private epoch = 0;
  /** An offer of ours waits for its answer. */
  private offering = false;
  private described = false;
  private waiting: RTCIceCandidateInit[] = [];
  private heardAt: number;
  private triedAt: number;
  /** Offers made anew since the other page was last heard. */
  private vain = 0;

  constructor(
    readonly seat: string,
    /** Whether this page has the higher seat of the two. */
    private readonly higher: boolean,
    private readonly host: MeshHost,
  ) {
    this.heardAt = host.now();
    this.triedAt = host.now();
  }

  async offer(): Promise<void> {
    // Drawn, not counted: a page that was loaded again must not meet the numbers of its former life.
    const epoch = 1 + Math.floor(this.host.random() * HIGHEST_EPOCH);
    const { connection, send } = this.renew(epoch);
    this.offering = true;
    for (const kind of KINDS) connection.addTransceiver(this.track(kind) ?? kind, { direction: "sendrecv" });
    try {
      await connection.setLocalDescription();
    } catch {
      if (this.connection === connection) this.host.dropped();
      return;
    }
    if (this.connection !== connection) return;
    if (this.host.say("offer", epoch, { peer: this.seat, sdp: connection.localDescription?.sdp ?? "" })) send();
  }

  async take(signal: Signal): Promise<void> {
    if (signal.kind === "offer") await this.answer(signal);
    else if (signal.epoch !== this.epoch || this.connection === null) this.host.dropped();
    else if (signal.kind === "answer") await this.answered(this.connection, signal);
    else if (signal.kind === "candidate") await this.candidate(this.connection, signal);
    else this.host.dropped();
  }

  /** Tells the other page what of this one is muted. It also says that this page is here. */
  tell(): void {
    if (this.channel?.readyState === "open") this.channel.send(JSON.stringify({ type: "self", ...this.host.mutes() }));
  }

  /** Every second: say that we are here, notice when the other is not, and begin anew after a while. */
  watch(): void {
    this.tell();
    const now = this.host.now();
    if (this.state === "connected" && now - this.heardAt >= PAGE_SILENCE) this.become("reconnecting");
    const patience = (this.higher ? OFFER_AGAIN : OFFER_INSTEAD) * 2 ** Math.min(this.vain, DOUBLINGS);
    if (now - Math.max(this.heardAt, this.triedAt) < patience) return;
    this.vain += 1;
    void this.offer();
  }

  /** Sends this page's picture of now, after another camera has taken the place of the one before. */
  async swapPicture(track: MediaStreamTrack): Promise<void> {
    const sender = this.connection?.getSenders().find((one) => one.track?.kind === "video");
    await sender?.replaceTrack(track);
  }

  close(): void {
    const { connection } = this;
    this.connection = null;
    this.channel = null;
    this.offering = false;
    this.described = false;
    this.waiting = [];
    this.stream = null;
    connection?.close();
  }

  private renew(epoch: number): { readonly connection: RTCPeerConnection; readonly send: () => void } {
    this.close();
    this.epoch = epoch;
    this.triedAt = this.host.now();
    const connection = this.host.connect();
    this.connection = connection;
    const early: (RTCIceCandidate | null)[] = [];
    let described = false;
    const trickle = (candidate: RTCIceCandidate | null): void => {
      if (this.connection === connection) this.host.say("candidate", epoch, { peer: this.seat, ...candidateFields(candidate) });
    };
    connection.onicecandidate = (event) => (described ? trickle(event.candidate) : void early.push(event.candidate));
    connection.ontrack = (event) => this.show(connection, event.track);
    connection.onconnectionstatechange = () => this.changed(connection);
    this.listen(connection);
    this.host.changed();
    const send = (): void => {
      described = true;
      early.forEach(trickle);
    };
    return { connection, send };
  }

  private async answer(signal: Signal): Promise<void> {
    // Both offered at once: the lower seat gives way, and its answer to our offer is on its way.
    if (this.offering && this.higher) {
      this.host.dropped();
      return;
    }
    const { connection, send } = this.renew(signal.epoch);
    try {
      await connection.setRemoteDescription({ type: "offer", sdp: signal.sdp });
      await this.lend(connection);
      await connection.setLocalDescription();
      if (this.connection !== connection) return;
      this.host.say("answer", signal.epoch, { peer: this.seat, sdp: connection.localDescription?.sdp ?? "" });
      send();
      await this.ready(connection);
    } catch {
      // Closed meanwhile, or an offer this browser does not take: it is offered anew after a while.
      if (this.connection === connection) this.host.dropped();
    }
  }

  private async answered(connection: RTCPeerConnection, signal: Signal): Promise<void> {
    if (!this.offering) {
      this.host.dropped();
      return;
    }
    this.offering = false;
    try {
      await connection.setRemoteDescription({ type: "answer", sdp: signal.sdp });
      await this.ready(connection);
    } catch {
      if (this.connection === connection) this.host.dropped();
    }
  }

  private async candidate(connection: RTCPeerConnection, signal: Signal): Promise<void> {
    const candidate: RTCIceCandidateInit = { candidate: signal.candidate, sdpMid: signal.sdp_mid, sdpMLineIndex: signal.sdp_mline_index };
    if (!this.described) {
      this.waiting.push(candidate);
      return;
    }
    // One that this browser does not take is no reason to stop: others may pass.
    await connection.addIceCandidate(candidate).catch(() => this.host.dropped());
  }

  /** Both descriptions are known: candidates that came early are taken, and our picture stays small. */
  private async ready(connection: RTCPeerConnection): Promise<void> {
    if (this.connection !== connection) return;
    this.described = true;
    const early = this.waiting;
    this.waiting = [];
    for (const candidate of early) await connection.addIceCandidate(candidate).catch(() => this.host.dropped());
    const sender = connection.getSenders().find(({ track }) => track?.kind === "video");
    const parameters = sender?.getParameters();
    const encoding = parameters?.encodings[0];
    if (sender === undefined || parameters === undefined || encoding === undefined) return;
    encoding.maxBitrate = PAGE_PICTURE;
    await sender.setParameters(parameters);
  }

  private async lend(connection: RTCPeerConnection): Promise<void> {
    for (const transceiver of connection.getTransceivers()) {
      const track = this.track(transceiver.receiver.track.kind);
      if (track !== undefined) await transceiver.sender.replaceTrack(track);
      transceiver.direction = "sendrecv";
    }
  }

  private track(kind: string): MediaStreamTrack | undefined {
    return this.host
      .local()
      ?.getTracks()
      .find((one) => one.kind === kind);
  }

  private show(connection: RTCPeerConnection, track: MediaStreamTrack): void {
    if (this.connection !== connection) return;
    this.stream ??= new MediaStream();
    this.stream.addTrack(track);
    this.host.changed();
  }

  private listen(connection: RTCPeerConnection): void {
    const channel = connection.createDataChannel("page", { negotiated: true, id: CHANNEL, ordered: false, maxRetransmits: 0 });
    this.channel = channel;
    channel.onopen = () => this.tell();
    channel.onmessage = (event) => {
      if (this.connection === connection) this.received(event.data);
    };
  }

  private received(data: unknown): void {
    const presence = parsePresence(data);
    if (presence === null) {
      this.host.dropped();
      return;
    }
    this.heardAt = this.host.now();
    this.vain = 0;
    const news = presence.microphone !== this.presence?.microphone || presence.camera !== this.presence.camera;
    this.presence = presence;
    if (this.state !== "connected") this.become("connected");
    else if (news) this.host.changed();
  }

  private changed(connection: RTCPeerConnection): void {
    if (this.connection !== connection || connection.connectionState !== "failed") return;
    this.become("reconnecting");
    if (this.higher) void this.offer();
  }

  private become(state: PageState): void {
    if (this.state === state) return;
    this.state = state;
    this.host.changed();
  }
}

export class Mesh {
  readonly pages = new Map<string, PagePeer>();
  private settled = false;

  constructor(private readonly host: MeshHost) {}

  /**
   * Takes the list of the pages that are here beside this one. The first time this page is the one that came last, and
   * offers to all; those who come later offer to it.
   */
  present(own: string, seats: readonly string[]): void {
    for (const [seat, page] of this.pages) {
      if (seats.includes(seat)) continue;
      page.close();
      this.pages.delete(seat);
    }
    for (const seat of seats) {
      if (this.pages.has(seat)) continue;
      const page = new PagePeer(seat, (seatNumber(own) ?? 0) > (seatNumber(seat) ?? 0), this.host);
      this.pages.set(seat, page);
      if (!this.settled) void page.offer();
    }
    this.settled = true;
  }

  /** Takes a message of another page; one of a page that the hub has not named yet makes its place. */
  take(own: string, signal: Signal): void {
    const theirs = seatNumber(signal.peer);
    const ours = seatNumber(own);
    if (theirs === null || ours === null || theirs === ours) {
      this.host.dropped();
      return;
    }
    let page = this.pages.get(signal.peer);
    if (page === undefined) {
      page = new PagePeer(signal.peer, ours > theirs, this.host);
      this.pages.set(signal.peer, page);
    }
    void page.take(signal);
  }

  /** Tells every page at once what of this one is muted. */
  tell(): void {
    for (const page of this.pages.values()) page.tell();
  }

  watch(): void {
    for (const page of this.pages.values()) page.watch();
  }

  close(): void {
    for (const page of this.pages.values()) page.close();
    this.pages.clear();
    this.settled = false;
  }
}
