import { beforeEach, describe, expect, it, vi } from "vitest";
import { ASK_AGAIN, BEAT, Call, NO_OFFER, mediaFailure, parseSignal, SILENCE, type CallApi, type CallState, type CallWorld } from "../src/lib/call";
import type { Socket } from "../src/lib/live";
import type { Participant } from "../src/lib/signal";
import type { CallView } from "../src/lib/types";

class FakeTrack extends EventTarget {
  enabled = true;
  stopped = false;
  constructor(readonly kind: "audio" | "video") {
    super();
  }
  stop(): void {
    this.stopped = true;
  }
}

class FakeStream {
  readonly tracks: FakeTrack[];
  constructor(tracks: FakeTrack[] = []) {
    this.tracks = tracks;
  }
  getTracks(): FakeTrack[] {
    return this.tracks;
  }
  getAudioTracks(): FakeTrack[] {
    return this.tracks.filter((track) => track.kind === "audio");
  }
  getVideoTracks(): FakeTrack[] {
    return this.tracks.filter((track) => track.kind === "video");
  }
  addTrack(track: FakeTrack): void {
    this.tracks.push(track);
  }
  removeTrack(track: FakeTrack): void {
    this.tracks.splice(this.tracks.indexOf(track), 1);
  }
}

class FakeChannel {
  readyState = "open";
  binaryType = "";
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  send(text: string): void {
    this.sent.push(text);
  }
}

class FakePeer {
  onicecandidate: ((event: { candidate: unknown }) => void) | null = null;
  ondatachannel: ((event: { channel: FakeChannel }) => void) | null = null;
  ontrack: ((event: { track: FakeTrack; transceiver: { mid: string } }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  connectionState = "new";
  localDescription: { sdp: string } | null = null;
  offer = "";
  closed = false;
  readonly lent: FakeTrack[] = [];
  constructor(readonly configuration: RTCConfiguration) {}
  setRemoteDescription(description: { sdp: string }): Promise<void> {
    this.offer = description.sdp;
    return description.sdp === "bad" ? Promise.reject(new Error("no such codec")) : Promise.resolve();
  }
  getTransceivers(): unknown[] {
    return (["audio", "video", "video"] as const).map((kind, line) => ({
      mid: String(line),
      direction: "recvonly",
      receiver: { track: { kind } },
      sender: { replaceTrack: (track: FakeTrack) => Promise.resolve(this.lent.push(track)) },
    }));
  }
  /** What a connection with another page is made of. */
  createDataChannel(): FakeChannel {
    return new FakeChannel();
  }
  addTransceiver(): void {
    this.offer = "own";
  }
  /** What is sent now, as the browser has it after an answer. */
  getSenders(): unknown[] {
    const track = this.lent.findLast(({ kind }) => kind === "video") ?? null;
    return [{ track, replaceTrack: (other: FakeTrack) => Promise.resolve(this.lent.push(other)) }];
  }
  setLocalDescription(): Promise<void> {
    // A candidate that is found before the answer is ready.
    this.onicecandidate?.({ candidate: { candidate: "early", sdpMid: "0", sdpMLineIndex: 0 } });
    this.localDescription = { sdp: `answer to ${this.offer}` };
    return Promise.resolve();
  }
  close(): void {
    this.closed = true;
  }
}

class FakeSocket implements Socket {
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readyState = 1;
  sent: Record<string, unknown>[] = [];
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {
    this.readyState = 3;
  }
  hear(message: object | string): void {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }
}

function view(state: CallView["state"], more: Partial<CallView> = {}): CallView {
  return { id: "call-1", epoch: 1, resident: "jeanne", room: "12", edge: "room-12", caller: "benali", caller_name: "Dr Benali", state, reason: "", participants: [], requested: 1, ended: null, ...more };
}

let now = 0;
let timers: { at: number; every: number; run: () => void }[] = [];
let sockets: FakeSocket[] = [];
let peers: FakePeer[] = [];
let local: FakeStream;
let started: string[] = [];
let hungUp: string[] = [];
let marks: string[] = [];

const world: CallWorld = {
  now: () => now,
  every: (milliseconds, run) => timer(milliseconds, milliseconds, run),
  after: (milliseconds, run) => timer(milliseconds, 0, run),
  random: () => 0,
  open: () => {
    const socket = new FakeSocket();
    sockets.push(socket);
    return socket;
  },
  media: () => Promise.resolve(local as unknown as MediaStream),
  camera: () => Promise.resolve(new FakeTrack("video") as unknown as MediaStreamTrack),
  connect: (configuration) => {
    const peer = new FakePeer(configuration);
    peers.push(peer);
    return peer as unknown as RTCPeerConnection;
  },
  address: (call) => `ws://hub/${call}`,
  mark: (name) => void marks.push(name),
  today: () => 1_000_000,
};

const api: CallApi = {
  startCall: (resident) => {
    started.push(resident);
    return Promise.resolve(view("requested"));
  },
  hangUpCall: (call) => {
    hungUp.push(call);
    return Promise.resolve(view("ended"));
  },
  joinCall: (call) => {
    started.push(call);
    return Promise.resolve(view("connected"));
  },
  leaveCall: (call) => {
    hungUp.push(`left ${call}`);
    return Promise.resolve(view("connected"));
  },
};

function timer(milliseconds: number, every: number, run: () => void): () => void {
  const one = { at: now + milliseconds, every, run };
  timers.push(one);
  return () => (timers = timers.filter((other) => other !== one));
}

function pass(milliseconds: number): void {
  const end = now + milliseconds;
  for (;;) {
    const next = timers.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
    if (next === undefined) break;
    now = next.at;
    if (next.every > 0) next.at += next.every;
    else timers = timers.filter((one) => one !== next);
    next.run();
  }
  now = end;
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
const socket = (): FakeSocket => sockets[sockets.length - 1] as FakeSocket;
const peer = (): FakePeer => peers[peers.length - 1] as FakePeer;

async function ringing(): Promise<Call> {
  const call = new Call(api, "jeanne", world);
  await call.start();
  socket().hear({ kind: "state", epoch: 1, call: view("ringing"), ice_servers: [{ url: "turn:relay", username: "u", credential: "c" }] });
  return call;
}

async function connected(): Promise<{ call: Call; channel: FakeChannel }> {
  const call = await ringing();
  const channel = await offered(1);
  socket().hear({ kind: "state", epoch: 1, call: view("connected") });
  return { call, channel };
}

async function offered(epoch: number): Promise<FakeChannel> {
  socket().hear({ kind: "offer", epoch, sdp: `offer ${epoch}`, roles: { "2": "hand" }, call: view("accepted", { epoch }) });
  await settle();
  const channel = new FakeChannel();
  peer().ontrack?.({ track: new FakeTrack("video"), transceiver: { mid: "1" } });
  peer().ondatachannel?.({ channel });
  return channel;
}

beforeEach(() => {
  now = 0;
  timers = [];
  sockets = [];
  peers = [];
  started = [];
  hungUp = [];
  marks = [];
  local = new FakeStream([new FakeTrack("audio"), new FakeTrack("video")]);
  vi.stubGlobal("MediaStream", FakeStream);
});

describe("a call", () => {
  it("opens the own camera, then rings, and follows the hub", async () => {
    const states: CallState[] = [];
    const call = new Call(api, "jeanne", world);
    call.addEventListener("state", () => states.push(call.state));
    await call.start();
    socket().hear({ kind: "state", epoch: 1, call: view("ringing") });
    socket().hear({ kind: "state", epoch: 1, call: view("refused", { reason: "refused" }) });
    expect(states).toEqual(["preparing", "requested", "ringing", "refused"]);
    expect([started, call.reason]).toEqual([["jeanne"], "refused"]);
    expect(local.tracks.every((track) => track.stopped)).toBe(true);
    expect(marks).toEqual(["start"]);
  });

  it("answers the room's offer over the hub's relays, candidates after the answer", async () => {
    await ringing();
    await offered(1);
    expect(peer().configuration.iceServers).toEqual([{ urls: "turn:relay", username: "u", credential: "c" }]);
    expect(peer().lent).toEqual(local.tracks);
    peer().onicecandidate?.({ candidate: null });
    expect(socket().sent).toEqual([
      { kind: "answer", epoch: 1, sdp: "answer to offer 1" },
      { kind: "candidate", epoch: 1, candidate: "early", sdp_mid: "0", sdp_mline_index: 0 },
      { kind: "candidate", epoch: 1, candidate: "", sdp_mid: "", sdp_mline_index: null },
    ]);
  });

  it("passes on vital signs and waveforms, and counts what it cannot read", async () => {
    const { call, channel } = await connected();
    const heard: unknown[] = [];
    call.addEventListener("vitals", (event) => heard.push((event as CustomEvent).detail));
    channel.onmessage?.({ data: '{"type":"vitals","values":[{"metric":"spo2","value":97,"time":1,"flags":[]}]}' });
    channel.onmessage?.({ data: "junk" });
    expect(heard).toEqual([[{ metric: "spo2", value: 97, time: 1, flags: [] }]]);
    expect(call.dropped).toBe(1);
  });

  it("says how good a picture the room sends, of the connection of now", async () => {
    const { call, channel } = await connected();
    const heard: unknown[] = [];
    call.addEventListener("quality", (event) => heard.push((event as CustomEvent).detail));
    expect(call.quality).toBeNull();
    channel.onmessage?.({ data: '{"type":"quality","rung":"sound","height":0,"best":false}' });
    expect(heard).toEqual([{ height: 0, best: false }]);
    expect(call.quality).toEqual({ height: 0, best: false });
    await offered(2);
    expect(call.quality).toBeNull();
  });

  it("knows second devices by the roles beside the offer, and lends them nothing", async () => {
    const { call, channel } = await connected();
    expect(peer().lent).toEqual(local.tracks);
    const hand = new FakeTrack("video");
    peer().ontrack?.({ track: hand, transceiver: { mid: "2" } });
    expect(call.second.get("hand")?.getTracks()).toEqual([hand]);
    expect(call.remote?.getTracks()).not.toContain(hand);
    channel.onmessage?.({ data: '{"type":"extras","available":["hand","otter"],"active":["hand"],"failed":""}' });
    expect(call.extras).toEqual({ available: ["hand"], active: ["hand"], failed: null });
    call.want("hand", false);
    expect(channel.sent.map((text) => JSON.parse(text) as unknown)).toContainEqual({ type: "want", role: "hand", on: false });
    await offered(2);
    expect(call.extras.active).toEqual([]);
    expect(call.second.size).toBe(0);
  });

  it("makes a new connection for a new epoch, and drops an older one", async () => {
    const { call } = await connected();
    const remotes: unknown[] = [];
    call.addEventListener("remote", (event) => remotes.push((event as CustomEvent).detail));
    await offered(2);
    expect(peers.map((one) => one.closed)).toEqual([true, false]);
    expect(remotes).toEqual([null, call.remote]);
    socket().hear({ kind: "offer", epoch: 1, sdp: "late" });
    await settle();
    expect(peers).toHaveLength(2);
    expect(call.dropped).toBe(1);
  });

  it("keeps microphone and camera as they were through a reconnection", async () => {
    const { call } = await connected();
    call.setMicrophone(false);
    call.setCamera(false);
    await offered(2);
    expect(local.tracks.map((track) => track.enabled)).toEqual([false, false]);
    expect(peer().lent.map((track) => track.enabled)).toEqual([false, false]);
    call.setCamera(true);
    expect(local.tracks.map((track) => track.enabled)).toEqual([false, true]);
  });

  it("starts muted when it was muted before", async () => {
    const call = new Call(api, "jeanne", world);
    call.setMicrophone(false);
    await call.start();
    expect(local.tracks.map((track) => track.enabled)).toEqual([false, true]);
  });

  it("says within 3 s that nothing is heard, heals by itself, and asks anew at last", async () => {
    const { call, channel } = await connected();
    expect(channel.sent).toEqual(['{"type":"beat"}']);
    pass(SILENCE + BEAT);
    expect(call.state).toBe("reconnecting");
    channel.onmessage?.({ data: '{"type":"beat","time":1}' });
    expect(call.state).toBe("connected");
    pass(ASK_AGAIN + BEAT);
    expect(socket().sent.filter((message) => message["kind"] === "restart")).toEqual([{ kind: "restart", epoch: 1 }]);
  });

  it("finds the hub again by new sockets when a network was away, and asks the room for a new offer", async () => {
    const { call } = await connected();
    const dead = socket();
    pass(SILENCE + 3 * BEAT);
    expect([dead.readyState, sockets.length]).toEqual([3, 2]);
    pass(3 * BEAT);
    expect(sockets).toHaveLength(3);
    dead.onclose?.({ code: 1006 });
    dead.hear({ kind: "bye", epoch: 1, reason: "replaced" });
    expect(call.running).toBe(true);
    socket().hear({ kind: "state", epoch: 1, call: view("reconnecting") });
    expect(socket().sent).toEqual([{ kind: "restart", epoch: 1 }]);
    const channel = await offered(2);
    for (let beat = 0; beat < 7; beat += 1) {
      channel.onmessage?.({ data: '{"type":"beat","time":1}' });
      pass(BEAT);
    }
    expect(sockets).toHaveLength(3);
  });

  it("asks at once when the connection failed", async () => {
    await connected();
    peer().connectionState = "failed";
    peer().onconnectionstatechange?.();
    expect(socket().sent.at(-1)).toEqual({ kind: "restart", epoch: 1 });
  });

  it("joins again when the hub went away, and the picture goes on meanwhile", async () => {
    const { call } = await connected();
    socket().onclose?.({ code: 1006 });
    expect([call.state, peer().closed]).toEqual(["connected", false]);
    pass(1_000);
    expect(sockets).toHaveLength(2);
    socket().hear({ kind: "state", epoch: 1, call: view("connected") });
    expect(socket().sent).toEqual([]);
  });

  it.each(["accepted", "connected", "reconnecting"] as const)("asks for an offer when it comes late (%s)", async (state) => {
    const call = new Call(api, "jeanne", world);
    await call.start();
    socket().hear({ kind: "state", epoch: 4, call: view(state, { epoch: 4 }) });
    expect(socket().sent).toEqual([{ kind: "restart", epoch: 0 }]);
    socket().hear({ kind: "state", epoch: 4, call: view("connected", { epoch: 4 }) });
    expect(socket().sent).toHaveLength(1);
  });

  it("waits for the offer of a room that accepts", async () => {
    await ringing();
    socket().hear({ kind: "state", epoch: 1, call: view("accepted") });
    expect(socket().sent).toEqual([]);
  });

  it.each([4401, 4403, 4404])("ends when the hub does not take it back (%i)", async (code) => {
    const { call } = await connected();
    socket().onclose?.({ code });
    expect([call.state, call.reason, peer().closed]).toEqual(["failed", "hub_refused", true]);
  });

  it("hangs up, closes everything and tells the hub", async () => {
    const { call } = await connected();
    await call.hangUp();
    expect([call.state, call.local, call.remote, hungUp]).toEqual(["ended", null, null, ["call-1"]]);
    expect([peer().closed, socket().readyState, timers]).toEqual([true, 3, []]);
    expect(socket().sent.at(-1)).toEqual({ kind: "bye", epoch: 1 });
    expect(local.tracks.every((track) => track.stopped)).toBe(true);
    await call.hangUp();
    expect(hungUp).toHaveLength(1);
  });

  it("closes the camera that opens after a hang-up", async () => {
    let allow: (stream: MediaStream) => void = () => undefined;
    const slow = { ...world, media: () => new Promise<MediaStream>((resolve) => (allow = resolve)) };
    const call = new Call(api, "jeanne", slow);
    const starting = call.start();
    await call.hangUp();
    allow(local as unknown as MediaStream);
    await starting;
    expect([local.tracks.every((track) => track.stopped), started]).toEqual([true, []]);
  });

  it("never shows another resident's room", async () => {
    const wrong: CallApi = { ...api, startCall: () => Promise.resolve(view("requested", { resident: "paul" })) };
    const call = new Call(wrong, "jeanne", world);
    await call.start();
    expect([call.state, call.reason, hungUp]).toEqual(["failed", "wrong_resident", ["call-1"]]);
    const { call: right } = await connected();
    socket().hear({ kind: "state", epoch: 1, call: view("connected", { resident: "paul" }) });
    socket().hear({ kind: "state", epoch: 1, call: view("ended", { id: "call-2" }) });
    expect([right.state, right.dropped]).toEqual(["connected", 2]);
  });

  it("says why it could not begin", async () => {
    const refused: CallApi = { ...api, startCall: () => Promise.reject(Object.assign(new Error("busy"), { code: "room_busy" })) };
    const call = new Call(refused, "jeanne", world);
    await call.start();
    expect([call.state, call.reason]).toEqual(["failed", "room_busy"]);
    const denied = new Call(api, "jeanne", { ...world, media: () => Promise.reject(new DOMException("no", "NotAllowedError")) });
    await denied.start();
    expect([denied.state, denied.reason, started]).toEqual(["failed", "permission_denied", []]);
  });

  it("survives an offer it cannot take", async () => {
    const call = await ringing();
    socket().hear({ kind: "offer", epoch: 1, sdp: "bad" });
    await settle();
    expect([call.dropped, call.running, socket().sent]).toEqual([1, true, []]);
  });

  it("ends when another page of the same physician took over", async () => {
    const { call } = await connected();
    socket().hear({ kind: "bye", epoch: 1, reason: "replaced" });
    expect([call.state, call.reason]).toEqual(["ended", "replaced"]);
  });
});

describe("a tablet's other camera", () => {
  it("takes the place of the first, which is closed, for the room too", async () => {
    const { call } = await connected();
    const [first] = local.getVideoTracks();
    const turned = await call.turnCamera("environment");
    const [second] = local.getVideoTracks();
    expect([turned, first?.stopped, second === first, local.getVideoTracks().length]).toEqual([true, true, false, 1]);
    expect(peers.at(-1)?.lent.at(-1)).toBe(second);
  });

  it("stays switched off when the first was", async () => {
    const { call } = await connected();
    call.setCamera(false);
    await call.turnCamera("environment");
    expect([call.camera, local.getVideoTracks()[0]?.enabled]).toEqual([false, false]);
  });

  it("that does not open leaves the call without a picture of its own, and says so", async () => {
    const broken: CallWorld = { ...world, camera: () => Promise.reject(new DOMException("no", "NotReadableError")) };
    const call = new Call(api, "jeanne", broken);
    await call.start();
    expect([await call.turnCamera("environment"), call.camera, call.running, local.getVideoTracks()]).toEqual([false, false, true, []]);
  });

  it("is closed at once when the call ended meanwhile", async () => {
    const late = new FakeTrack("video");
    let open: (track: MediaStreamTrack) => void = () => undefined;
    const call = new Call(api, "jeanne", { ...world, camera: () => new Promise((resolve) => (open = resolve)) });
    await call.start();
    const turning = call.turnCamera("environment");
    await call.hangUp();
    open(late as unknown as MediaStreamTrack);
    expect([await turning, late.stopped]).toEqual([false, true]);
  });

  it("is not looked for without a first", async () => {
    expect(await new Call(api, "jeanne", world).turnCamera("environment")).toBe(false);
  });
});

const RELAY = { url: "turn:relay", username: "u", credential: "c" };

function person(seat: string, state: Participant["state"], role: Participant["role"] = "nurse"): Participant {
  return { seat, name: `Name ${seat}`, role, state, guest: false, since: 1 };
}

async function joined(own: Participant["state"], state: CallView["state"] = "connected"): Promise<Call> {
  const call = new Call(api, "jeanne", world);
  await call.join("call-1");
  tells(own, state);
  return call;
}

function tells(own: Participant["state"], state: CallView["state"] = "connected"): void {
  const participants = [person("p1", "connected", "physician"), person("p2", own)];
  socket().hear({ kind: "state", epoch: 0, seat: "p2", call: view(state, { participants }), ice_servers: [RELAY] });
}

describe("a call that somebody comes into", () => {
  it("waits until the room admits, and takes its offer then", async () => {
    const call = await joined("announced");
    expect([started, call.state, call.seat, call.isCaller]).toEqual([["call-1"], "announced", "p2", false]);
    expect(socket().sent).toEqual([]);
    tells("joined");
    expect(call.state).toBe("accepted");
    await offered(1);
    tells("connected");
    expect([call.state, call.remote !== null]).toEqual(["connected", true]);
  });

  it("asks the room for an offer that does not come", async () => {
    await joined("joined");
    pass(NO_OFFER - BEAT);
    expect(socket().sent.filter(({ kind }) => kind === "restart")).toEqual([]);
    pass(2 * BEAT);
    expect(socket().sent.filter(({ kind }) => kind === "restart")).toEqual([{ kind: "restart", epoch: 0 }]);
  });

  it("is over for who is not admitted, and goes on for the others", async () => {
    const call = await joined("declined");
    expect([call.state, call.reason]).toEqual(["refused", "declined"]);
    await call.hangUp();
    expect(hungUp).toEqual([]);
  });

  it("is left without ending it", async () => {
    const call = await joined("connected");
    await call.hangUp();
    expect([call.state, call.reason, hungUp]).toEqual(["ended", "you_left", ["left call-1"]]);
  });

  it("is a guest's too, who tells the hub on the socket alone", async () => {
    const call = new Call(api, "jeanne", world);
    await call.joinAsGuest(view("connected"), "nothing");
    tells("announced");
    await call.hangUp();
    expect([started, hungUp, socket().sent.at(-1)?.["kind"]]).toEqual([[], [], "bye"]);
    const other = new Call(api, "jeanne", world);
    await other.joinAsGuest(view("connected", { resident: "paul" }));
    expect([other.state, other.reason]).toEqual(["failed", "wrong_resident"]);
  });

  it("lists who is there, oneself too, without those who left", async () => {
    const call = await joined("connected");
    const participants = [person("p1", "connected", "physician"), person("p2", "connected"), person("p3", "left"), person("p4", "announced", "regulator")];
    socket().hear({ kind: "state", epoch: 0, seat: "p2", call: view("connected", { participants }) });
    expect(call.people.map(({ seat, self, line }) => [seat, self, line])).toEqual([
      ["p1", false, "connecting"],
      ["p2", true, null],
      ["p4", false, "connecting"],
    ]);
  });

  it("carries messages both ways, and keeps those that do not leave", async () => {
    const call = await joined("connected");
    socket().hear({ kind: "chat", epoch: 0, peer: "p1", text: "Bonjour" });
    expect(call.write("  Merci ")).toBe(true);
    expect(call.write("   ")).toBe(false);
    expect(socket().sent.filter(({ kind }) => kind === "chat")).toEqual([{ kind: "chat", epoch: 0, text: "Merci" }]);
    expect(call.chat.map(({ seat, text }) => [seat, text])).toEqual([
      ["p1", "Bonjour"],
      ["p2", "Merci"],
    ]);
    socket().readyState = 3;
    expect(call.write("Encore")).toBe(false);
  });

  it("tells who points, and what the room switched off", async () => {
    const { call, channel } = await connected();
    const points: unknown[] = [];
    call.addEventListener("point", (event) => points.push((event as CustomEvent).detail));
    channel.onmessage?.({ data: '{"type":"point","from":"p2","on":"room","x":0.25,"y":0.5}' });
    channel.onmessage?.({ data: '{"type":"room","muted":true,"muted_by":"Inès"}' });
    expect(points).toEqual([{ from: "p2", spot: { on: "room", x: 0.25, y: 0.5 } }]);
    expect(call.room?.mutedBy).toBe("Inès");
    call.point({ on: "hand", x: 0, y: 1 });
    call.point(null);
    call.muteRoom(false);
    expect(channel.sent.slice(-3)).toEqual(['{"type":"point","on":"hand","x":0,"y":1}', '{"type":"point","on":"room","x":null}', '{"type":"mute","on":false}']);
  });

  it("knows what stands on the room's screen when the room says so, and not before", async () => {
    const { call, channel } = await connected();
    expect(call.writeOnScreen("  Montrez votre jambe ")).toBe(true);
    expect(channel.sent.at(-1)).toBe('{"type":"write","text":"Montrez votre jambe"}');
    expect([call.onScreen, call.chat.length]).toEqual(["", 0]);
    channel.onmessage?.({ data: '{"type":"written","from":"p1","text":"Montrez votre jambe"}' });
    expect(call.onScreen).toBe("Montrez votre jambe");
    expect(call.chat.map(({ seat, text, onScreen }) => [seat, text, onScreen])).toEqual([["p1", "Montrez votre jambe", true]]);
    channel.onmessage?.({ data: '{"type":"written","from":"p1","text":""}' });
    expect([call.onScreen, call.chat.length]).toEqual(["", 1]);
    channel.readyState = "closed";
    expect(call.writeOnScreen("Encore")).toBe(false);
  });

  it("has one open microphone in the room, never two", async () => {
    const { call, channel } = await connected();
    const muted = (): unknown[] => channel.sent.filter((text) => text.includes("mute")).map((text) => (JSON.parse(text) as { on: boolean }).on);
    call.setInRoom(true);
    expect([call.microphone, local.tracks[0]?.enabled, muted()]).toEqual([false, false, []]);
    call.setMicrophone(true);
    expect([call.microphone, muted()]).toEqual([true, [true]]);
    call.setMicrophone(false);
    expect(muted()).toEqual([true, false]);
    call.setMicrophone(true);
    call.setInRoom(false);
    expect([call.microphone, muted()]).toEqual([true, [true, false, true, false]]);
  });
});

describe("what is read", () => {
  it.each(["", "{", "null", "3", '{"kind":"restart","epoch":1}', '{"kind":"state"}', '{"kind":"bye","epoch":"1"}', 5])("drops %s", (data) => {
    expect(parseSignal(data)).toBeNull();
  });

  it.each([
    ["NotAllowedError", "permission_denied"],
    ["NotFoundError", "device_missing"],
    ["OverconstrainedError", "device_missing"],
    ["NotReadableError", "device_busy"],
    ["SecurityError", "insecure"],
    ["UnknownError", "device_other"],
  ])("%s is %s", (name, failure) => {
    expect(mediaFailure(new DOMException("", name))).toBe(failure);
  });

  it("knows nothing of what is no error", () => {
    expect(mediaFailure("no")).toBe("device_other");
  });
});
