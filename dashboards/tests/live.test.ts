import { beforeEach, describe, expect, it } from "vitest";
import { LiveStream, parseMessage, reconnectDelay, REPORT, SILENCE, WATCH, type Link, type Socket, type Surroundings } from "../src/lib/live";
import type { LiveMessage } from "../src/lib/types";
import { NIGHT, snapshot } from "./people";

class FakeSocket implements Socket {
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readyState = 1;
  sent: string[] = [];
  send(data: string): void {
    this.sent.push(data);
  }
  close(): void {
    this.readyState = 3;
  }
  say(message: LiveMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

/** A world whose time moves only when told. */
class World implements Surroundings {
  time = 0;
  sockets: FakeSocket[] = [];
  private jobs: { at: number; every: number | null; run: () => void }[] = [];
  now = (): number => this.time;
  random = (): number => 0.5;
  open = (): Socket => {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  };
  every(step: number, run: () => void): () => void {
    return this.plan(step, step, run);
  }
  after(delay: number, run: () => void): () => void {
    return this.plan(delay, null, run);
  }
  private plan(delay: number, every: number | null, run: () => void): () => void {
    const job = { at: this.time + delay, every, run };
    this.jobs.push(job);
    return () => (this.jobs = this.jobs.filter((other) => other !== job));
  }
  run(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const job = this.jobs.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
      if (job === undefined) break;
      this.time = job.at;
      if (job.every === null) this.jobs = this.jobs.filter((other) => other !== job);
      else job.at += job.every;
      job.run();
    }
    this.time = end;
  }
  get socket(): FakeSocket {
    const last = this.sockets.at(-1);
    if (last === undefined) throw new Error("no socket was opened");
    return last;
  }
}

const beat: LiveMessage = { type: "heartbeat", seq: 2, time: NIGHT };
let world: World;
let links: Link[];
let heard: LiveMessage[];
let stream: LiveStream;

beforeEach(() => {
  world = new World();
  links = [];
  heard = [];
  stream = new LiveStream(
    "ws://home/api/v1/live",
    world,
    { message: (message) => heard.push(message), link: (link) => links.push(link) },
    () => ({ type: "tablet", audio: "ready", visible: true, battery: null }),
  );
  stream.start();
});

function talk(seconds: number): void {
  for (let i = 0; i < seconds; i += 1) {
    world.run(1000);
    world.socket.say(beat);
  }
}

describe("the link", () => {
  it("is live with the snapshot, not with the open socket", () => {
    world.socket.say(beat);
    expect(stream.link).toBe("connecting");
    world.socket.say(snapshot([]));
    expect(links).toEqual(["live"]);
  });

  it("stays live while the hub speaks", () => {
    world.socket.say(snapshot([]));
    talk(120);
    expect(links).toEqual(["live"]);
    expect(world.sockets.length).toBe(1);
  });

  it("is lost within 5 s of silence though the socket says nothing", () => {
    world.socket.say(snapshot([]));
    world.run(SILENCE - WATCH);
    expect(stream.link).toBe("live");
    world.run(2 * WATCH);
    expect(stream.link).toBe("lost");
    expect(world.time).toBeLessThan(5000);
  });

  it("is lost within 5 s when the hub was never there", () => {
    world.run(SILENCE + WATCH);
    expect(stream.link).toBe("lost");
  });

  it("comes back by itself, with a snapshot first", () => {
    world.socket.say(snapshot([]));
    world.run(30_000);
    expect(stream.link).toBe("lost");
    const before = world.sockets.length;
    expect(before).toBeGreaterThan(2);
    while (world.sockets.length === before) world.run(100);
    heard = [];
    world.socket.say(beat);
    expect(stream.link).toBe("lost");
    expect(heard).toEqual([]);
    world.socket.say(snapshot([]));
    expect(stream.link).toBe("live");
    expect(heard.map((message) => message.type)).toEqual(["snapshot"]);
  });

  it("ignores what an old socket still says", () => {
    const old = world.socket;
    old.say(snapshot([]));
    const listener = old.onmessage;
    world.run(10_000);
    heard = [];
    listener?.({ data: JSON.stringify(snapshot([])) });
    expect(heard).toEqual([]);
  });

  it("tries again soon after the hub closed it", () => {
    world.socket.say(snapshot([]));
    world.socket.onclose?.({ code: 1012 });
    world.run(600);
    expect(world.sockets.length).toBe(2);
    world.socket.say(snapshot([]));
    expect(links).toEqual(["live"]);
  });

  it.each([4401, 4403, 1008])("gives up when the hub refuses with %i", (code) => {
    world.socket.say(snapshot([]));
    world.socket.onclose?.({ code });
    world.run(60_000);
    expect(stream.link).toBe("refused");
    expect(world.sockets.length).toBe(1);
  });

  it("leaves nothing running after stop", () => {
    stream.stop();
    world.run(60_000);
    expect(world.sockets.length).toBe(1);
    expect(world.socket.readyState).toBe(3);
  });
});

it("reports the tablet every 5 s", () => {
  world.socket.say(snapshot([]));
  talk(10);
  expect(world.socket.sent.length).toBe(10_000 / REPORT);
  expect(JSON.parse(world.socket.sent[0] ?? "")).toMatchObject({ type: "tablet", audio: "ready" });
});

it("counts what it cannot read and goes on", () => {
  world.socket.say(snapshot([]));
  for (const data of ["{", "null", "[]", '{"type":"nonsense","seq":1,"time":1}', 7]) world.socket.onmessage?.({ data });
  expect(stream.malformed).toBe(5);
  expect(stream.link).toBe("live");
});

it.each(["", "{}", "{\"type\":1,\"seq\":1,\"time\":1}"])("reads nothing in %j", (data) => {
  expect(parseMessage(data)).toBeNull();
});

describe("reconnectDelay", () => {
  it("grows and stays below its ceiling", () => {
    const delays = Array.from({ length: 40 }, (_, attempt) => reconnectDelay(attempt, 0.999));
    expect(Math.max(...delays)).toBeLessThanOrEqual(10_000);
    expect(delays[1]).toBeGreaterThan(delays[0] ?? 0);
  });

  it("spreads tablets over at least half of the delay", () => {
    expect(reconnectDelay(5, 0.99) - reconnectDelay(5, 0)).toBeGreaterThan(0.4 * reconnectDelay(5, 0.99));
  });
});
