import { describe, expect, it } from "vitest";
import { wordsOf } from "../src/lib/i18n";
import { Inquiry } from "../src/lib/inquiry";
import type { Socket, Surroundings } from "../src/lib/live";
import {
  agree,
  candidateName,
  candidatesInOrder,
  kindOfProtocol,
  nearness,
  needsLook,
  ofTheRoom,
  plainSecret,
  qrPath,
  roomMatches,
  roomRow,
  roomsWorstFirst,
  secretOrder,
  secretState,
  strangers,
} from "../src/lib/technician";
import type { CandidateView, EdgeView, InquiryReport, LinkedSensor, RoomCard, SensorView } from "../src/lib/types";
import { NIGHT, sensor } from "./people";

function linked(more: Partial<LinkedSensor> = {}): LinkedSensor {
  const resident = { resident: "a", family_name: "Martin", given_name: "Jeanne" };
  return { sensor: "ox", protocol: "nonin-df2", address: "/dev/x", given: true, personal: true, resident, unlinked: null, ...more };
}

function card(room: string, more: Partial<RoomCard> = {}): RoomCard {
  const occupant = { resident: "a", family_name: "Lévêque", given_name: "Jeanne" };
  return { room, name: `Chambre ${room}`, edge: `edge-${room}`, occupant, sensors: [linked()], ...more };
}

function edge(room: string, more: Partial<EdgeView> = {}): EdgeView {
  return {
    edge: `edge-${room}`,
    room: `Chambre ${room}`,
    online: true,
    last_seen: NIGHT,
    synchronised: true,
    skew: 0,
    pending: 0,
    sensors: [sensor()],
    ...more,
  };
}

const edges = (...some: EdgeView[]): ReadonlyMap<string, EdgeView> => new Map(some.map((each) => [each.edge, each]));

function candidate(more: Partial<CandidateView> = {}): CandidateView {
  return { protocol: "heart-rate", address: "F1:00:00:00:00:01", link: "", name: "Polar", rssi: -70, sensor: "", problem: "", elsewhere: null, needs: "", ...more };
}

function report(...candidates: CandidateView[]): InquiryReport {
  return { kind: "survey", time: 1, running: true, replaced: false, cause: "", detail: "", candidates, link: "unknown", values: [], flags: [] };
}

describe("rooms", () => {
  const faulty: SensorView = sensor({ why: { code: "not_seen", fault: true, params: { sensor: "ox", kind: "oximeter" } } });

  it("stand with what is wrong first, then by number", () => {
    const rows = [
      roomRow(card("10"), edges(edge("10"))),
      roomRow(card("9"), edges(edge("9"))),
      roomRow(card("3"), edges(edge("3", { sensors: [faulty] }))),
      roomRow(card("2", { sensors: [linked({ resident: null, unlinked: { time: 1, author: "x", reason: "occupant_changed" } })] }), edges(edge("2"))),
      roomRow(card("1"), edges(edge("1", { online: false }))),
      roomRow(card("4", { edge: null, sensors: [] }), edges()),
    ];
    expect(roomsWorstFirst(rows).map((row) => row.card.room)).toEqual(["1", "2", "3", "4", "9", "10"]);
    expect(rows.map(needsLook)).toEqual([false, false, true, true, true, true]);
  });

  it("that are vacant and have no device are how empty rooms look", () => {
    expect(needsLook(roomRow(card("1", { edge: null, occupant: null, sensors: [] }), edges()))).toBe(false);
  });

  it("with a silent device have one thing wrong, not one for each sensor", () => {
    const row = roomRow(card("1"), edges(edge("1", { online: false, sensors: [faulty] })));
    expect([row.device, row.faults]).toEqual(["silent", 0]);
    expect(roomRow(card("1"), edges()).device).toBe("never");
    expect(roomRow(card("1"), edges(edge("1", { online: false, last_seen: null }))).device).toBe("never");
  });

  it("are found by number and by name, with or without accents", () => {
    const row = roomRow(card("12"), edges());
    expect(["12", "leveque", "LÉV", " jeanne "].map((query) => roomMatches(row, query))).toEqual([true, true, true, true]);
    expect(roomMatches(row, "13")).toBe(false);
  });

  it("do not call a sensor of the room unassigned", () => {
    const climate = linked({ protocol: "bthome", personal: false, resident: null, unlinked: null });
    expect(roomRow(card("1", { sensors: [climate] }), edges(edge("1"))).waiting).toBe(0);
  });
});

describe("sensors", () => {
  it.each([
    ["nonin-df2", "oximeter"],
    ["pulse-oximeter", "oximeter"],
    ["beurer-bm58", "cuff"],
    ["heart-rate", "strap"],
    ["weight-scale", "scale"],
    ["bthome", "climate"],
    ["something", "sensor"],
  ])("%s is called %s", (protocol, kind) => expect(kindOfProtocol(protocol)).toBe(kind));

  it("belong to the room or to a person", () => {
    expect([ofTheRoom("bthome"), ofTheRoom("node"), ofTheRoom("heart-rate")]).toEqual([true, true, false]);
  });

  it("agree with their name", () => {
    expect(agree("{Relié/Reliée} à X", "strap")).toBe("Reliée à X");
    expect(agree("{Relié/Reliée} à X", "oximeter")).toBe("Relié à X");
    expect(agree("{Relié/Reliée} à X", "unheard of")).toBe("Relié à X");
  });
});

describe("candidates", () => {
  it("stand by strength, in steps, with those that have an owner last", () => {
    const found = candidatesInOrder(
      report(
        candidate({ address: "A", rssi: -90 }),
        candidate({ address: "B", rssi: -50, sensor: "own" }),
        candidate({ address: "C", rssi: -50, elsewhere: "Chambre 4" }),
        candidate({ address: "", link: "/dev/serial/by-id/x", protocol: "", rssi: null }),
        candidate({ address: "D", rssi: -52 }),
        candidate({ address: "E", rssi: -50 }),
        candidate({ address: "F", protocol: "", rssi: -40 }),
      ),
    );
    expect(found.map((each) => each.address || each.link)).toEqual(["D", "E", "A", "/dev/serial/by-id/x", "C", "B"]);
  });

  it("that nobody can use are counted, not shown", () => {
    expect(strangers(report(candidate({ protocol: "" }), candidate()))).toBe(1);
    expect(strangers(null)).toBe(0);
  });

  it("say how near they are", () => {
    expect([-40, -70, -90, null].map((rssi) => nearness(candidate({ rssi })))).toEqual(["veryNear", "near", "far", "noSignal"]);
    expect(nearness(candidate({ link: "/dev/x" }))).toBe("plugged");
  });

  it("have plain names", () => {
    const fr = wordsOf("fr");
    expect(candidateName(candidate(), fr, "fr")).toBe("La ceinture cardiaque");
    expect(candidateName(candidate({ protocol: "", name: "TV" }), fr, "fr")).toBe("TV");
    expect(candidateName(candidate({ protocol: "", link: "/dev/x" }), fr, "fr")).toBe("Prise USB");
  });
});

it("draws a QR code's dark squares and no others", () => {
  expect(qrPath(["101", "011"])).toBe("M0 0h1v1h-1zM2 0h1v1h-1zM1 1h2v1h-2z");
});

describe("an inquiry", () => {
  class World implements Surroundings {
    time = 0;
    sockets: Socket[] = [];
    later: (() => void)[] = [];
    each: (() => void)[] = [];
    now = (): number => this.time;
    random = (): number => 0.5;
    every(_: number, run: () => void): () => void {
      this.each.push(run);
      return () => (this.each = this.each.filter((other) => other !== run));
    }
    after(_: number, run: () => void): () => void {
      this.later.push(run);
      return () => undefined;
    }
    open(): Socket {
      const socket = { onopen: null, onmessage: null, onclose: null, readyState: 1, send: () => undefined, close: () => undefined } as unknown as Socket;
      this.sockets.push(socket);
      return socket;
    }
    get last(): Socket {
      const found = this.sockets.at(-1);
      if (found === undefined) throw new Error("no socket");
      return found;
    }
    say(body: unknown): void {
      this.last.onmessage?.({ data: typeof body === "string" ? body : JSON.stringify(body) });
    }
  }

  const begun = (): [World, Inquiry] => {
    const world = new World();
    const inquiry = new Inquiry("ws://hub", world, () => undefined);
    inquiry.start();
    return [world, inquiry];
  };

  it("runs, and is over when the hub says so", () => {
    const [world, inquiry] = begun();
    world.say("no json");
    world.say({ nothing: true });
    expect(inquiry.state).toBe("opening");
    world.say(report(candidate()));
    expect([inquiry.state, inquiry.report?.candidates.length]).toEqual(["running", 1]);
    world.say({ ...report(), running: false });
    expect([inquiry.state, world.each.length]).toEqual(["over", 0]);
  });

  it("tries a broken link a few times, then says that it is lost", () => {
    const [world, inquiry] = begun();
    for (let attempt = 0; attempt < 3; attempt++) {
      world.last.onclose?.({ code: 1006 });
      expect(inquiry.state).toBe("opening");
      world.later.pop()?.();
    }
    world.last.onclose?.({ code: 1006 });
    expect(inquiry.state).toBe("lost");
  });

  it("shows nothing old as live when nothing comes any more", () => {
    const [world, inquiry] = begun();
    world.say(report(candidate()));
    world.time = 6_001;
    world.each[0]?.();
    expect(inquiry.state).toBe("lost");
  });

  it("says when somebody else took over, and when it is nobody's", () => {
    const [world, inquiry] = begun();
    world.say({ ...report(), running: false, replaced: true });
    expect(inquiry.state).toBe("replaced");
    const [other, unknown] = begun();
    other.last.onclose?.({ code: 4404 });
    expect(unknown.state).toBe("lost");
  });
});

describe("a sensor's key or number", () => {
  const key = "231d39c1d7cc1ab1aee224cd096db932";

  it.each([
    ["bthome", "key", "", "empty"],
    ["bthome", "key", key.toUpperCase(), "good"],
    ["bthome", "key", key.replace(/(..)/g, "$1:"), "good"],
    ["bthome", "key", key.slice(0, 24), "short"],
    ["xiaomi", "key", key.slice(0, 24), "good"],
    ["bthome", "key", "xyz", "wrong"],
    ["bthome", "key", `${key}0`, "wrong"],
    ["glucose", "pin", "271 828", "good"],
    ["glucose", "pin", "2718", "short"],
    ["glucose", "pin", "27182a", "wrong"],
    ["glucose", "pin", "2718281", "wrong"],
  ] as const)("of %s (%s) typed as %s is %s", (protocol, needs, text, state) => {
    expect(secretState(candidate({ protocol, needs }), text)).toBe(state);
  });

  it("goes into the order without what people type between", () => {
    expect(plainSecret(" AB:cd-12 ")).toBe("abcd12");
    expect(secretOrder("key", "AB CD")).toEqual({ key: "abcd" });
    expect(secretOrder("pin", "271-828")).toEqual({ pin: "271828" });
    expect(secretOrder("pin", " ")).toEqual({});
    expect(secretOrder("", "271828")).toEqual({});
  });
});
