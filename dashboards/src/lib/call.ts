/**
 * A page's part in a call: what the hub says of it, the connection with the room, and those with the other pages.
 *
 * The room offers, this side answers; a new epoch is a new connection over the same camera and microphone, which stay
 * as their owner left them: nothing is un-muted by a reconnection. The page that draws it listens to events:
 * `state`, `remote` (the room's picture and sound, or `null`), `quality`, `extras` (second devices of the room, their pictures
 * and sounds in `second`), `vitals`, `waveform`, `people` (who is here, with their pictures), `room` (the room's microphone and
 * shutter), `point` (somebody points in a picture) and `chat`.
 *
 * Who calls has seat `p1`, and the call ends for everybody when they leave; everybody else only leaves.
 */
import { LONGEST_WRITTEN, type CallExtras, type CallQuality, type CallValue, type CallWaveform, type ChannelMessage, type ExtraRole, type Pointing, type RoomState, type Spot, type Written } from "./channel";
import type { Socket, Surroundings } from "./live";
import { mediaFailure, openCamera, openMedia, type Bring, type Facing } from "./media";
import { Mesh, type PageState } from "./mesh";
import { RoomPeer } from "./room-peer";
import { CALLER, iceServer, isCallView, ROOM, type Participant, type Signal } from "./signal";
import { Signalling } from "./signalling";
import { HERE, OVER, standing, TALKING, type CallState } from "./standing";
import type { CallView, Micros } from "./types";

export type { CallExtras, CallQuality, CallValue, CallWaveform, ExtraRole, PictureOf, Pointing, RoomState, Spot } from "./channel";
export { mediaFailure, type Bring, type Facing, type MediaFailure } from "./media";
export { parseSignal } from "./signal";
export type { CallState } from "./standing";

/** Milliseconds between two heartbeats to the room. */
export const BEAT = 1_000;
/** Milliseconds without a word from the room after which the picture counts as interrupted. */
export const SILENCE = 3_000;
/** Milliseconds without a connection after which this side asks for a new one; the room itself acts after 8 s. */
export const ASK_AGAIN = 12_000;
/** Milliseconds after which a page that the room has admitted, and has no offer, asks for one. */
export const NO_OFFER = 5_000;
/** Lines of the chat that are kept on the page. */
export const LONGEST_CHAT = 200;
/** Characters of one line; the hub takes no more. */
export const LONGEST_LINE = 1_000;

/** How a call begins. */
export interface CallOrder {
  readonly reason?: string;
  /** The alert that it is about: its evidence is kept with the call. */
  readonly alert?: string;
  /** An emergency by prescription; the room decides what it makes of it. */
  readonly urgent?: boolean;
  /** The nurse's request that it answers. */
  readonly request?: string;
}

/** The hub's requests about calls; `Api` has them. */
export interface CallApi {
  startCall(resident: string, order?: CallOrder): Promise<CallView>;
  hangUpCall(call: string): Promise<CallView>;
  joinCall(call: string): Promise<CallView>;
  leaveCall(call: string): Promise<CallView>;
}

/** What a call needs of the browser. */
export interface CallWorld extends Pick<Surroundings, "now" | "every" | "after" | "random" | "open"> {
  media(bring: Bring): Promise<MediaStream>;
  camera(facing: Facing): Promise<MediaStreamTrack | null>;
  connect(configuration: RTCConfiguration): RTCPeerConnection;
  address(call: string): string;
  mark(name: string): void;
  /** The time of day. */
  today(): Micros;
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
  media: (bring) => openMedia(bring),
  camera: openCamera,
  connect: (configuration) => new RTCPeerConnection(configuration),
  address: (call) => `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/api/v1/calls/${encodeURIComponent(call)}/signal`,
  mark: (name) => void performance.mark(`call:${name}`),
  today: () => Date.now() * 1000,
};

/** Codes of requests that failed (`ApiError`) are passed on; anything else is `failed`. */
function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : "failed";
}

/** Somebody in the call beside the resident. */
export interface Person {
  readonly seat: string;
  readonly name: string;
  readonly role: Participant["role"];
  /** What the hub knows of them: admitted by the room, connected, gone. */
  readonly state: Participant["state"];
  readonly guest: boolean;
  /** It is this page's own person. */
  readonly self: boolean;
  /** Their picture and sound on this page; `null` before there are any. */
  readonly stream: MediaStream | null;
  /** How the connection with their page does; `null` for one's own. */
  readonly line: PageState | null;
  /** Whether their microphone and camera are on; `null` when they have not said. */
  readonly microphone: boolean | null;
  readonly camera: boolean | null;
}

export interface ChatLine {
  readonly seat: string;
  readonly text: string;
  readonly time: Micros;
  /** It stands on the room's screen, as the room itself has said; otherwise only the other pages have it. */
  readonly onScreen: boolean;
}

export interface CallEvents {
  state: CustomEvent<CallState>;
  remote: CustomEvent<MediaStream | null>;
  quality: CustomEvent<CallQuality>;
  extras: CustomEvent<CallExtras>;
  vitals: CustomEvent<readonly CallValue[]>;
  waveform: CustomEvent<CallWaveform>;
  people: CustomEvent<readonly Person[]>;
  room: CustomEvent<RoomState>;
  point: CustomEvent<Pointing>;
  chat: CustomEvent<ChatLine>;
}

export class Call extends EventTarget {
  state: CallState = "idle";
  /** Why it ended or failed: a code, which the page puts into words. */
  reason = "";
  /** The hub's view of the call, once there is one. */
  view: CallView | null = null;
  /** This page's seat. */
  seat = CALLER;
  /** This page's own camera and microphone. */
  local: MediaStream | null = null;
  /** What the room says of its microphone and shutter. */
  room: RoomState | null = null;
  microphone = true;
  camera = true;
  /**
   * This page stands in the room, in a nurse's hand: the room's loudspeaker speaks for everybody, so this page plays no
   * sound, and of the two microphones only one is open. Two would howl.
   */
  inRoom = false;
  /** What was written in the chat since this page came. */
  chat: readonly ChatLine[] = [];
  /** What was written on the room's screen last, and not taken away; by itself it goes after a minute. */
  onScreen = "";
  /** Messages that belonged to an older connection, or could not be read. */
  dropped = 0;
  /** This page is a guest's: it has no session, and tells the hub everything over the socket. */
  private guest = false;
  private readonly peer: RoomPeer;
  private readonly mesh: Mesh;
  private signalling: Signalling | null = null;
  private servers: RTCIceServer[] = [];
  private asked = 0;
  /** Since when the room is owed to this page. */
  private admitted = 0;
  private stops: (() => void)[] = [];

  constructor(
    private readonly api: CallApi,
    readonly residentId: string,
    private readonly world: CallWorld = callWorld,
  ) {
    super();
    const connect = (): RTCPeerConnection => world.connect({ iceServers: this.servers, bundlePolicy: "max-bundle" });
    const shared = { connect, local: () => this.local, now: () => world.now(), dropped: () => void (this.dropped += 1) };
    this.peer = new RoomPeer({
      ...shared,
      say: (kind, epoch, more) => void this.signalling?.say(kind, epoch, more),
      mark: (name) => world.mark(name),
      shown: (remote) => this.tell("remote", remote),
      heard: (message) => this.heard(message),
      failed: () => this.askAgain(),
    });
    this.mesh = new Mesh({
      ...shared,
      say: (kind, epoch, more) => this.signalling?.say(kind, epoch, more) ?? false,
      mutes: () => ({ microphone: this.sends("audio"), camera: this.sends("video") }),
      random: () => world.random(),
      changed: () => this.tell("people", this.people),
    });
  }

  /** Whether it goes on: nothing has ended it yet. */
  get running(): boolean {
    return this.isRunning();
  }

  private isRunning(): boolean {
    return this.state !== "idle" && !OVER.has(this.state);
  }

  /** The room's picture and sound. */
  get remote(): MediaStream | null {
    return this.peer.remote;
  }

  /** How good a picture the room sends over the connection of now, once it has said so. */
  get quality(): CallQuality | null {
    return this.peer.quality;
  }

  /** The room's second devices, once it has said so over the connection of now. */
  get extras(): CallExtras {
    return this.peer.extras;
  }

  /** Pictures and sounds of second devices, of the connection of now. */
  get second(): ReadonlyMap<ExtraRole, MediaStream> {
    return this.peer.second;
  }

  /** Whether this page called, and its leaving ends the call for everybody. */
  get isCaller(): boolean {
    return this.seat === CALLER;
  }

  /** Everybody who is in the call or about to be, this page's own person too. */
  get people(): readonly Person[] {
    return (this.view?.participants ?? []).filter(({ state }) => state !== "left" && state !== "declined").map((one) => this.person(one));
  }

  private person({ seat, name, role, state, guest }: Participant): Person {
    const about = { seat, name, role, state, guest };
    if (seat === this.seat) return { ...about, self: true, stream: this.local, line: null, microphone: this.sends("audio"), camera: this.sends("video") };
    const page = this.mesh.pages.get(seat);
    const { presence = null } = page ?? {};
    return {
      ...about,
      self: false,
      stream: page?.stream ?? null,
      line: page?.state ?? "connecting",
      microphone: presence?.microphone ?? null,
      camera: presence?.camera ?? null,
    };
  }

  /** Opens the physician's camera and microphone and rings in the room. Never rejects: `state` and `reason` tell. */
  async start(order: CallOrder = {}): Promise<void> {
    this.seat = CALLER;
    await this.begin("both", () => this.api.startCall(this.residentId, order));
  }

  /**
   * Comes into a call that goes on, as one of the home's staff or as somebody invited by name. Never rejects.
   *
   * @param call its id.
   * @param bring what this page opens; without a camera of one's own one still sees and hears.
   */
  async join(call: string, bring: Bring = "both"): Promise<void> {
    this.seat = "";
    await this.begin(bring, () => this.api.joinCall(call));
  }

  /** Comes into the call of a one-time link, which the hub has already taken. Never rejects. */
  async joinAsGuest(view: CallView, bring: Bring = "both"): Promise<void> {
    this.seat = "";
    this.guest = true;
    await this.begin(bring, () => Promise.resolve(view));
  }

  private async begin(bring: Bring, ask: () => Promise<CallView>): Promise<void> {
    if (this.isRunning()) return;
    this.world.mark("start");
    this.become("preparing");
    try {
      this.keep(await this.world.media(bring));
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
      this.view = await ask();
    } catch (error) {
      this.finish("failed", codeOf(error));
      return;
    }
    await this.begun(this.view);
  }

  private async begun(view: CallView): Promise<void> {
    if (!this.isRunning()) {
      await this.tellGone(view.id);
      return;
    }
    if (!isCallView(view) || view.resident !== this.residentId) {
      await this.tellGone(view.id);
      this.finish("failed", "wrong_resident");
      return;
    }
    this.stops = [this.world.every(BEAT, () => this.watch())];
    const listener = {
      message: (signal: Signal) => this.received(signal),
      garbage: () => void (this.dropped += 1),
      refused: () => this.finish("failed", "hub_refused"),
    };
    this.signalling = new Signalling(this.world.address(view.id), this.world, listener);
    this.signalling.open();
  }

  /** Ends the call, for everybody when this page called, or leaves it. Never rejects. */
  async hangUp(): Promise<void> {
    if (!this.isRunning()) return;
    const view = this.view;
    // Twice, because a page that closes may send one and not the other; should neither arrive, the hub notices that
    // this page left.
    this.signalling?.say("bye", this.peer.epoch);
    this.finish("ended", this.isCaller ? "caller_hung_up" : "you_left");
    if (view !== null) await this.tellGone(view.id);
  }

  /** Lets go of everything here without a word to the hub: a page that is loaded again finds its seat kept for a while. */
  close(): void {
    if (this.isRunning()) this.finish("ended", "page_closed");
  }

  private async tellGone(call: string): Promise<void> {
    if (this.guest) return;
    const asked = this.isCaller ? this.api.hangUpCall(call) : this.api.leaveCall(call);
    await asked.catch(() => undefined);
  }

  /** Switches this page's microphone; in the room, its own against the room's. */
  setMicrophone(on: boolean): void {
    if (this.inRoom && on !== this.microphone) this.muteRoom(on);
    this.microphone = on;
    this.applyMutes();
  }

  /** Says whether this page stands in the room. Coming in, it is silent; nobody is un-muted by going out. */
  setInRoom(inRoom: boolean): void {
    if (this.inRoom && !inRoom && this.microphone) this.muteRoom(false);
    this.inRoom = inRoom;
    if (inRoom) this.microphone = false;
    this.applyMutes();
  }

  setCamera(on: boolean): void {
    this.camera = on;
    this.applyMutes();
  }

  /**
   * Takes the tablet's other camera for everybody who watches; one that is switched off stays so. Returns whether there is
   * another picture now: a camera that does not open leaves this page without one, and `camera` says so.
   */
  async turnCamera(facing: Facing): Promise<boolean> {
    const { local } = this;
    const old = local?.getVideoTracks()[0];
    if (local === null || old === undefined) return false;
    // Many a tablet opens one camera at a time: the old one goes first.
    old.stop();
    local.removeTrack(old);
    let track: MediaStreamTrack | null = null;
    try {
      track = await this.world.camera(facing);
    } catch {
      this.camera = false;
    }
    if (this.local !== local || track === null) {
      // Hung up meanwhile, or no camera: nothing stays open.
      track?.stop();
      this.applyMutes();
      return false;
    }
    local.addTrack(track);
    this.applyMutes();
    await Promise.all([this.peer.swapPicture(track), ...[...this.mesh.pages.values()].map((page) => page.swapPicture(track))]);
    return true;
  }

  /** Asks the room to open or close one of its second devices; `extras` tells what came of it. */
  want(role: ExtraRole, on: boolean): void {
    this.peer.send({ type: "want", role, on });
  }

  /** Asks the room to switch its microphone off or on; `room` tells what came of it. */
  muteRoom(on: boolean): void {
    this.peer.send({ type: "mute", on });
  }

  /** Points in a picture of the room, for everybody to see; `null` points no more. */
  point(spot: Spot | null, on: Spot["on"] = spot?.on ?? "room"): void {
    this.peer.point(spot, on);
  }

  /** Writes to the other pages; the resident does not see it. Returns whether it left. */
  write(text: string): boolean {
    const line = text.trim().slice(0, LONGEST_LINE);
    if (line === "" || this.signalling?.say("chat", this.peer.epoch, { text: line }) !== true) return false;
    this.note({ seat: this.seat, text: line, time: this.world.today(), onScreen: false });
    return true;
  }

  /** Writes on the room's screen, for who hears badly; nothing takes away what stands there. Returns whether it left: the room says itself that it stands there. */
  writeOnScreen(text: string): boolean {
    return this.peer.send({ type: "write", text: text.trim().slice(0, LONGEST_WRITTEN) });
  }

  /** The browser's own figures of the connection with the room. */
  stats(): Promise<RTCStatsReport> | null {
    return this.peer.stats();
  }

  /** Marks the first picture that this element shows, for the benchmark. */
  watchFirstFrame(video: HTMLVideoElement): void {
    video.requestVideoFrameCallback(() => this.world.mark("first-frame"));
  }

  // ---- what the hub says ----

  private received(signal: Signal): void {
    if (signal.kind === "bye") this.finish("ended", signal.reason || "ended");
    else if (signal.kind === "state" && signal.call !== null) this.follow(signal, signal.call);
    else if (signal.kind === "chat") this.note({ seat: signal.peer, text: signal.text.slice(0, LONGEST_LINE), time: this.world.today(), onScreen: false });
    else if (signal.peer !== ROOM) this.mesh.take(this.seat, signal);
    else if (signal.kind === "offer") void this.peer.answer(signal);
    else this.dropped += 1;
  }

  private follow(signal: Signal, view: CallView): void {
    if (view.id !== this.view?.id || view.resident !== this.residentId) {
      this.dropped += 1;
      return;
    }
    this.view = view;
    if (signal.seat !== "") this.seat = signal.seat;
    if (signal.ice_servers.length > 0) this.servers = signal.ice_servers.map(iceServer);
    const { state, reason } = standing(view, this.seat);
    if (OVER.has(state)) {
      this.finish(state, reason);
      return;
    }
    if (!TALKING.has(this.state) && TALKING.has(state)) this.admitted = this.world.now();
    this.become(state);
    this.meet(view);
    // This page came late, or lost its connection while hub or network were away: the room's offer has passed it by.
    // Somebody who has only just been admitted gets theirs in a moment.
    const late = this.isCaller ? TALKING.has(state) : state === "connected" || state === "reconnecting";
    if (this.signalling?.fresh === true && late && (!this.peer.present || this.unheard())) this.askAgain();
  }

  /** Connects with the pages of the others, once this one is in. */
  private meet(view: CallView): void {
    const own = view.participants.find(({ seat }) => seat === this.seat);
    if (own !== undefined && HERE.has(own.state)) {
      const others = view.participants.filter(({ seat, state }) => seat !== this.seat && HERE.has(state));
      this.mesh.present(
        this.seat,
        others.map(({ seat }) => seat),
      );
    }
    this.tell("people", this.people);
  }

  private askAgain(): void {
    this.asked = this.world.now();
    this.signalling?.say("restart", this.peer.epoch);
  }

  // ---- what the room says ----

  private heard(message: ChannelMessage): void {
    if (message.type === "vitals") this.tell("vitals", message.values);
    if (message.type === "quality") this.tell("quality", message.quality);
    if (message.type === "extras") this.tell("extras", message.extras);
    if (message.type === "waveform") this.tell("waveform", message.waveform);
    if (message.type === "point") this.tell("point", message.pointing);
    if (message.type === "written") this.wrote(message.written);
    if (message.type === "room") {
      this.room = message.room;
      this.tell("room", message.room);
    }
    // The hub may be away; what the room says itself is fresher.
    if (this.state === "reconnecting") this.become("connected");
  }

  /** Whether the room was heard before, and is not now. */
  private unheard(): boolean {
    const { heardAt } = this.peer;
    return heardAt !== null && this.world.now() - heardAt >= SILENCE;
  }

  /** Every second: tell room and pages that we are here, and notice when they are not. */
  private watch(): void {
    this.mesh.watch();
    this.peer.beat();
    const now = this.world.now();
    const { heardAt } = this.peer;
    const had = this.state === "connected" || this.state === "reconnecting";
    if (had && (heardAt === null || this.unheard())) this.signalling?.renew();
    if (heardAt !== null) {
      if (this.state === "connected" && now - heardAt >= SILENCE) this.become("reconnecting");
      if (now - Math.max(heardAt, this.asked) >= ASK_AGAIN) this.askAgain();
    } else if (TALKING.has(this.state) && !this.isCaller && now - Math.max(this.admitted, this.asked) >= NO_OFFER) this.askAgain();
  }

  // ---- devices and the end ----

  private keep(local: MediaStream): void {
    this.local = local;
    this.applyMutes();
  }

  /** Whether this page sends sound or picture now. */
  private sends(kind: "audio" | "video"): boolean {
    return this.local?.getTracks().some((track) => track.kind === kind && track.enabled) ?? false;
  }

  private applyMutes(): void {
    this.local?.getAudioTracks().forEach((track) => (track.enabled = this.microphone));
    this.local?.getVideoTracks().forEach((track) => (track.enabled = this.camera));
    this.mesh.tell();
    this.tell("people", this.people);
  }

  private release(): void {
    this.local?.getTracks().forEach((track) => track.stop());
    this.local = null;
  }

  private wrote({ from, text }: Written): void {
    this.onScreen = text;
    if (text === "") this.tell("people", this.people);
    else this.note({ seat: from, text, time: this.world.today(), onScreen: true });
  }

  private note(line: ChatLine): void {
    this.chat = [...this.chat, line].slice(-LONGEST_CHAT);
    this.tell("chat", line);
  }

  private finish(state: CallState, reason: string): void {
    this.stops.forEach((stop) => stop());
    this.stops = [];
    this.mesh.close();
    this.peer.close();
    this.release();
    this.signalling?.close();
    this.signalling = null;
    this.room = null;
    this.reason = reason;
    this.become(state);
  }

  private become(state: CallState): void {
    if (this.state === state) return;
    this.state = state;
    this.tell("state", state);
  }

  private tell<K extends keyof CallEvents>(kind: K, detail: CallEvents[K]["detail"]): void {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
