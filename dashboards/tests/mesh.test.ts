import { beforeEach, describe, expect, it, vi } from "vitest";
import { DOUBLINGS, Mesh, OFFER_AGAIN, OFFER_INSTEAD, PAGE_SILENCE, type MeshHost } from "../src/lib/mesh";
import { parseSignal, type Signal } from "../src/lib/signal";

class FakeStream {
  readonly tracks: unknown[] = [];
  addTrack(track: unknown): void {
    this.tracks.push(track);
  }
}

class FakeChannel {
  readyState = "open";
  readonly sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  send(text: string): void {
    this.sent.push(text);
  }
}

class FakeConnection {
  onicecandidate: ((event: { candidate: unknown }) => void) | null = null;
  ontrack: ((event: { track: unknown }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  connectionState = "new";
  localDescription: { sdp: string } | null = null;
  readonly remote: string[] = [];
  readonly candidates: string[] = [];
  readonly lines: string[] = [];
  readonly channel = new FakeChannel();
  closed = false;
  constructor(readonly number: number) {}
  createDataChannel(): FakeChannel {
    return this.channel;
  }
  addTransceiver(kind: string | { readonly kind: string }, { direction }: { readonly direction: string }): void {
    this.lines.push(`${typeof kind === "string" ? `empty ${kind}` : kind.kind} ${direction}`);
  }
  getTransceivers(): unknown[] {
    return ["audio", "video"].map((kind) => ({ direction: "recvonly", receiver: { track: { kind } }, sender: { replaceTrack: () => Promise.resolve(this.lines.push(kind)) } }));
  }
  getSenders(): unknown[] {
    return [];
  }
  setLocalDescription(): Promise<void> {
    this.onicecandidate?.({ candidate: { candidate: "early", sdpMid: "0", sdpMLineIndex: 0 } });
    this.localDescription = { sdp: `own ${this.number}` };
    return Promise.resolve();
  }
  setRemoteDescription({ type, sdp }: { readonly type: string; readonly sdp: string }): Promise<void> {
    if (sdp === "bad") return Promise.reject(new Error("no such codec"));
    this.remote.push(`${type} ${sdp}`);
    return Promise.resolve();
  }
  addIceCandidate({ candidate }: { readonly candidate: string }): Promise<void> {
    if (candidate === "bad") return Promise.reject(new Error("no such candidate"));
    this.candidates.push(candidate);
    return Promise.resolve();
  }
  close(): void {
    this.closed = true;
  }
}

/** One page: what it said to whom, and its connections. */
class FakePage {
  readonly said: { readonly kind: string; readonly epoch: number; readonly peer: string; readonly sdp: string }[] = [];
  readonly connections: FakeConnection[] = [];
  readonly mesh: Mesh;
  dropped = 0;
  changes = 0;
  online = true;
  local: readonly { readonly kind: string }[] = [{ kind: "audio" }, { kind: "video" }];
  private drawn: number;
  constructor(readonly seat: string) {
    this.drawn = Number(seat.slice(1)) / 100;
    const host: MeshHost = {
      connect: () => {
        const connection = new FakeConnection(this.connections.length + 1);
        this.connections.push(connection);
        return connection as unknown as RTCPeerConnection;
      },
      say: (kind, epoch, more) => {
        if (!this.online) return false;
        this.said.push({ kind, epoch, peer: more.peer ?? "", sdp: more.sdp ?? more.candidate ?? "" });
        return true;
      },
      local: () => ({ getTracks: () => this.local }) as unknown as MediaStream,
      mutes: () => ({ microphone: true, camera: false }),
      now: () => now,
      random: () => (this.drawn += 0.001),
      changed: () => void (this.changes += 1),
      dropped: () => void (this.dropped += 1),
    };
    this.mesh = new Mesh(host);
  }
  get last(): FakeConnection {
    return this.connections.at(-1) as FakeConnection;
  }
  kinds(): string[] {
    return this.said.map(({ kind, peer }) => `${kind} ${peer}`);
  }
  hear(from: string, kind: string, epoch: number, more: Partial<Signal> = {}): void {
    this.mesh.take(this.seat, parseSignal(JSON.stringify({ kind, epoch, peer: from, ...more })) as Signal);
  }
}

let now = 0;
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** Carries what was said from page to page until nobody says anything more. */
async function carry(...pages: FakePage[]): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    await settle();
    const said = pages.flatMap((page) => page.said.splice(0).map((message) => ({ from: page.seat, ...message })));
    if (said.length === 0) return;
    for (const { from, kind, epoch, peer, sdp } of said) {
      const more = kind === "candidate" ? { candidate: sdp, sdp_mid: "0", sdp_mline_index: 0 } : { sdp };
      pages.find(({ seat }) => seat === peer)?.hear(from, kind, epoch, more);
    }
  }
}

function heard(page: FakePage): void {
  page.last.channel.onmessage?.({ data: '{"type":"self","microphone":true,"camera":true}' });
}

beforeEach(() => {
  now = 0;
  vi.stubGlobal("MediaStream", FakeStream);
});

describe("pages of a call", () => {
  it("are offered to by who comes last, and answer", async () => {
    const [first, last] = [new FakePage("p1"), new FakePage("p2")];
    first.mesh.present("p1", []);
    last.mesh.present("p2", ["p1"]);
    first.mesh.present("p1", ["p2"]);
    await carry(first, last);
    expect([first.connections.length, last.connections.length]).toEqual([1, 1]);
    expect(last.last.remote).toEqual(["answer own 1"]);
    expect(first.last.remote).toEqual(["offer own 1"]);
    expect(last.last.lines).toEqual(["audio sendrecv", "video sendrecv"]);
    expect(first.last.lines).toEqual(["audio", "video"]);
    expect([first.last.candidates, last.last.candidates]).toEqual([["early"], ["early"]]);
    expect([first.dropped, last.dropped]).toEqual([0, 0]);
  });

  it("offer a line also for what they do not have", async () => {
    const page = new FakePage("p2");
    page.local = [{ kind: "audio" }];
    page.mesh.present("p2", ["p1"]);
    await settle();
    expect(page.last.lines).toEqual(["audio sendrecv", "empty video sendrecv"]);
    expect(page.kinds()).toEqual(["offer p1", "candidate p1"]);
  });

  it("settle on the offer of the higher seat when both offer at once", async () => {
    const [low, high] = [new FakePage("p2"), new FakePage("p10")];
    low.mesh.present("p2", ["p10"]);
    high.mesh.present("p10", ["p2"]);
    await carry(low, high);
    expect(high.connections).toHaveLength(1);
    expect(high.last.remote).toEqual(["answer own 2"]);
    expect(low.connections.map(({ closed }) => closed)).toEqual([true, false]);
    expect(low.last.remote).toEqual(["offer own 1"]);
    // The offer that gave way, and its candidate.
    expect([low.dropped, high.dropped]).toEqual([0, 2]);
  });

  it("meet again after one was loaded again and knows nothing", async () => {
    const [first, last] = [new FakePage("p1"), new FakePage("p2")];
    first.mesh.present("p1", []);
    last.mesh.present("p2", ["p1"]);
    await carry(first, last);
    const again = new FakePage("p1");
    again.mesh.present("p1", ["p2"]);
    await carry(again, last);
    expect(again.last.remote).toEqual(["answer own 2"]);
    expect(last.connections.map(({ closed }) => closed)).toEqual([true, false]);
  });

  it("draw another epoch for every connection, never above what the hub passes on", async () => {
    const page = new FakePage("p3");
    page.mesh.present("p3", ["p1", "p2"]);
    await settle();
    const epochs = page.said.filter(({ kind }) => kind === "offer").map(({ epoch }) => epoch);
    expect(new Set(epochs).size).toBe(2);
    expect(epochs.every((epoch) => epoch >= 1 && epoch <= 1_000_000)).toBe(true);
  });

  it("drop what belongs to another connection", async () => {
    const page = new FakePage("p2");
    page.mesh.present("p2", ["p1"]);
    await settle();
    const epoch = page.said[0]?.epoch ?? 0;
    page.hear("p1", "answer", epoch + 1, { sdp: "late" });
    page.hear("p1", "candidate", epoch + 1, { candidate: "late" });
    page.hear("p2", "offer", 5, { sdp: "own seat" });
    page.hear("room", "answer", 5, { sdp: "no page" });
    await settle();
    expect([page.dropped, page.last.remote, page.last.candidates]).toEqual([4, [], []]);
    page.hear("p1", "answer", epoch, { sdp: "good" });
    page.hear("p1", "answer", epoch, { sdp: "twice" });
    page.hear("p1", "candidate", epoch, { candidate: "bad" });
    await settle();
    expect([page.dropped, page.last.remote]).toEqual([6, ["answer good"]]);
  });

  it("keep candidates that come before the description", async () => {
    const page = new FakePage("p1");
    page.hear("p2", "offer", 7, { sdp: "theirs" });
    page.hear("p2", "candidate", 7, { candidate: "quick" });
    await settle();
    expect(page.last.candidates).toEqual(["quick"]);
    expect(page.kinds()).toEqual(["answer p2", "candidate p2"]);
  });

  it("survive an offer that they cannot take, and offer themselves after a while", async () => {
    const page = new FakePage("p2");
    page.hear("p1", "offer", 7, { sdp: "bad" });
    await settle();
    expect([page.dropped, page.said]).toEqual([1, []]);
    now = OFFER_AGAIN;
    page.mesh.watch();
    await settle();
    expect(page.kinds()).toEqual(["offer p1", "candidate p1"]);
  });

  it("say within 3 s that nothing is heard, and heal by themselves", async () => {
    const page = new FakePage("p1");
    page.hear("p2", "offer", 7, { sdp: "theirs" });
    await settle();
    expect(page.mesh.pages.get("p2")?.state).toBe("connecting");
    heard(page);
    expect(page.mesh.pages.get("p2")?.state).toBe("connected");
    expect(page.mesh.pages.get("p2")?.presence).toEqual({ microphone: true, camera: true });
    now += PAGE_SILENCE;
    page.mesh.watch();
    expect(page.mesh.pages.get("p2")?.state).toBe("reconnecting");
    heard(page);
    expect(page.mesh.pages.get("p2")?.state).toBe("connected");
  });

  it.each([
    ["p2", "p1", OFFER_AGAIN],
    ["p1", "p2", OFFER_INSTEAD],
  ])("%s offers anew to %s after its time", async (own, other, patience) => {
    const page = new FakePage(own);
    page.hear(other, "offer", 7, { sdp: "theirs" });
    await settle();
    heard(page);
    page.said.length = 0;
    now += patience - 1;
    page.mesh.watch();
    await settle();
    expect(page.said).toEqual([]);
    now += 1;
    page.mesh.watch();
    await settle();
    expect(page.kinds()[0]).toBe(`offer ${other}`);
    // Once, not every second.
    now += 1_000;
    page.mesh.watch();
    await settle();
    expect(page.said.filter(({ kind }) => kind === "offer")).toHaveLength(1);
  });

  it("give a connection that takes long more time each time, until the other page is heard", async () => {
    const page = new FakePage("p2");
    page.mesh.present("p2", ["p1"]);
    await settle();
    const offersAt: number[] = [];
    const begun = now;
    for (let second = 1; second <= 104; second += 1) {
      now = begun + second * 1_000;
      page.said.length = 0;
      page.mesh.watch();
      await settle();
      if (page.kinds()[0] === "offer p1") offersAt.push(second);
    }
    const longest = (OFFER_AGAIN * 2 ** DOUBLINGS) / 1_000;
    expect(offersAt).toEqual([8, 24, 24 + longest, 24 + 2 * longest]);
    heard(page);
    page.said.length = 0;
    now += OFFER_AGAIN;
    page.mesh.watch();
    await settle();
    expect(page.kinds()[0]).toBe("offer p1");
  });

  it.each([
    ["p2", "p1", 1],
    ["p1", "p2", 0],
  ])("%s does what its seat says when the connection to %s failed", async (own, other, offers) => {
    const page = new FakePage(own);
    page.hear(other, "offer", 7, { sdp: "theirs" });
    await settle();
    page.said.length = 0;
    page.last.connectionState = "failed";
    page.last.onconnectionstatechange?.();
    await settle();
    expect(page.said.filter(({ kind }) => kind === "offer")).toHaveLength(offers);
    expect(page.mesh.pages.get(other)?.state).toBe("reconnecting");
  });

  it("offer again once the hub is back", async () => {
    const page = new FakePage("p2");
    page.online = false;
    page.mesh.present("p2", ["p1"]);
    await settle();
    expect(page.said).toEqual([]);
    page.online = true;
    now += OFFER_AGAIN;
    page.mesh.watch();
    await settle();
    expect(page.kinds()[0]).toBe("offer p1");
  });

  it("tell what they have switched off, as soon as they can and every second", async () => {
    const page = new FakePage("p2");
    page.mesh.present("p2", ["p1"]);
    await settle();
    page.last.channel.onopen?.();
    page.mesh.tell();
    page.last.channel.readyState = "closed";
    page.mesh.watch();
    expect(page.last.channel.sent).toEqual(['{"type":"self","microphone":true,"camera":false}', '{"type":"self","microphone":true,"camera":false}']);
    page.last.channel.onmessage?.({ data: "junk" });
    expect(page.dropped).toBe(1);
  });

  it("let go of who left", async () => {
    const page = new FakePage("p2");
    page.mesh.present("p2", ["p1", "p3"]);
    await settle();
    page.last.ontrack?.({ track: { kind: "video" } });
    expect(page.mesh.pages.get("p3")?.stream).not.toBeNull();
    page.mesh.present("p2", ["p1"]);
    expect([...page.mesh.pages.keys()]).toEqual(["p1"]);
    expect(page.connections.map(({ closed }) => closed)).toEqual([false, true]);
    page.mesh.close();
    expect(page.connections.every(({ closed }) => closed)).toBe(true);
  });
});
