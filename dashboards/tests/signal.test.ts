import { describe, expect, it } from "vitest";
import { heard, problemOf, residentOf, tokenOf } from "../src/lib/guest";
import { wordsOf } from "../src/lib/i18n";
import { personInitials, personMutes, personSpoken, personStatus } from "../src/lib/people";
import type { Person } from "../src/lib/call";
import { parseSignal, seatNumber, type Participant } from "../src/lib/signal";
import { standing } from "../src/lib/standing";
import type { CallView } from "../src/lib/types";

const fr = wordsOf("fr");

function view(state: CallView["state"], own?: Participant["state"]): CallView {
  const participants: Participant[] = own === undefined ? [] : [{ seat: "p2", name: "Inès", role: "nurse", state: own, guest: false, since: 1 }];
  return { id: "call-1", epoch: 1, resident: "jeanne", room: "12", edge: "room-12", caller: "benali", caller_name: "Dr Benali", state, reason: "", participants, requested: 1, ended: null };
}

describe("what crosses the socket", () => {
  it("is read with everything that it may leave out", () => {
    const read = parseSignal('{"kind":"offer","epoch":3,"peer":"p2","sdp":"v=0"}');
    expect([read?.peer, read?.sdp, read?.call, read?.ice_servers, read?.text]).toEqual(["p2", "v=0", null, [], ""]);
    expect(parseSignal('{"kind":"offer","epoch":3}')?.peer).toBe("room");
  });

  it("may bring a call without a list of people", () => {
    const bare: Record<string, unknown> = { ...view("ringing") };
    delete bare["participants"];
    expect(parseSignal(JSON.stringify({ kind: "state", epoch: 1, call: bare }))?.call?.participants).toEqual([]);
  });

  const whole = { kind: "state", epoch: 1, call: view("connected", "joined") };
  it.each([
    { epoch: 1.5 },
    { epoch: null },
    { kind: "restart" },
    { kind: "else" },
    { peer: 2 },
    { text: ["a"] },
    { sdp: null },
    { sdp_mline_index: -1 },
    { sdp_mline_index: "0" },
    { ice_servers: {} },
    { ice_servers: [{ url: 3 }] },
    { ice_servers: ["turn:relay"] },
    { roles: { "2": 3 } },
    { roles: [] },
    { call: "call-1" },
    { call: [] },
    { call: { ...whole.call, resident: 7 } },
    { call: { ...whole.call, participants: "p1" } },
    { call: { ...whole.call, participants: [{ ...whole.call.participants[0], seat: "room" }] } },
    { call: { ...whole.call, participants: [{ ...whole.call.participants[0], name: 5 }] } },
  ])("is dropped when a part is not what it must be (%#)", (part) => {
    expect(parseSignal(JSON.stringify(whole))).not.toBeNull();
    expect(parseSignal(JSON.stringify({ ...whole, ...part }))).toBeNull();
  });

  it("is dropped when it is longer than anything the hub says", () => {
    expect(parseSignal(JSON.stringify({ kind: "offer", epoch: 1, sdp: "x".repeat(300_000) }))).toBeNull();
  });

  it.each([
    ["p1", 1],
    ["p10", 10],
    ["p0", null],
    ["p01", null],
    ["room", null],
    ["p1 ", null],
    ["", null],
  ])("knows a seat: %s", (seat, number) => {
    expect(seatNumber(seat)).toBe(number);
  });
});

describe("where a call stands", () => {
  it.each([
    ["connected", "invited", "announced"],
    ["connected", "announced", "announced"],
    ["connected", "joined", "accepted"],
    ["connected", "connected", "connected"],
    ["reconnecting", "connected", "connected"],
    ["connected", "reconnecting", "reconnecting"],
    ["connected", "declined", "refused"],
    ["connected", "left", "ended"],
    ["ringing", "invited", "ringing"],
    ["ended", "connected", "ended"],
  ] as const)("a call that is %s is for who is %s: %s", (state, own, wanted) => {
    expect(standing(view(state, own), "p2").state).toBe(wanted);
  });

  it("follows the call for who called, and for who has no seat yet", () => {
    expect(standing(view("reconnecting", "connected"), "p1").state).toBe("reconnecting");
    expect(standing(view("ringing"), "").state).toBe("ringing");
  });
});

describe("the people of a call", () => {
  const ines: Person = { seat: "p2", name: "Inès Petit", role: "nurse", state: "connected", guest: false, self: false, stream: null, line: "connected", microphone: true, camera: true };

  it("have nothing said of them when all is well", () => {
    expect([personStatus(ines, fr), personMutes(ines, fr), personSpoken(ines, fr)]).toEqual(["", [], "Inès Petit, infirmier"]);
  });

  it.each([
    [{ state: "announced" }, "annoncé…"],
    [{ state: "invited" }, "invité"],
    [{ state: "joined" }, "arrive…"],
    [{ line: "connecting" }, "arrive…"],
    [{ line: "reconnecting" }, "reconnexion…"],
    [{ state: "reconnecting" }, "reconnexion…"],
    [{ state: "connected", line: null, self: true }, ""],
  ] as const)("have a state (%#)", (change, sentence) => {
    expect(personStatus({ ...ines, ...change }, fr)).toBe(sentence);
  });

  it("are said whole to who does not see them", () => {
    expect(personSpoken({ ...ines, self: true, microphone: false, camera: false }, fr)).toBe("Vous, infirmier, micro coupé, caméra coupée");
    expect(personMutes({ ...ines, microphone: null, camera: null }, fr)).toEqual([]);
  });

  it.each([
    ["Dr Amel Benali", "AB"],
    ["Dr Durand, SAMU 35", "D"],
    ["Élise Roux-Petit", "ÉR"],
    ["15", ""],
  ])("have initials: %s", (name, letters) => {
    expect(personInitials(name)).toBe(letters);
  });
});

describe("a guest's page", () => {
  it.each([
    ["#RBpfi-FI_gj~x.C", "RBpfi-FI_gj~x.C"],
    ["", null],
    ["#", null],
    ["#<img>", null],
    [`#${"a".repeat(129)}`, null],
  ])("finds the token of %s", (hash, token) => {
    expect(tokenOf(hash)).toBe(token);
  });

  it("has words for every refusal, and says of others that it did not open", () => {
    for (const code of ["invite_used", "invite_expired", "invite_revoked", "unknown_invite", "call_over", "offline"]) expect(problemOf(code, fr)).toBe(code);
    expect([problemOf("constructor", fr), problemOf("no_problem", fr)]).toEqual(["failed", "failed"]);
  });

  it("shows what is measured all the time as live only for a moment, and an age beside the rest", () => {
    const spo2 = heard({ metric: "spo2", value: 97, time: 1, flags: [] });
    const pressure = heard({ metric: "systolic", value: 128, time: 1, flags: [] });
    expect([spo2.stale_after, pressure.stale_after > 3600]).toEqual([15, true]);
    const guest = { call: view("connected"), resident: { family_name: "Martin", given_name: "Jeanne", birth_year: 1932, room: "12" }, name: "Dr Durand", role: "regulator", home: "Les Tilleuls" } as const;
    expect(residentOf(guest, [spo2])).toMatchObject({ id: "jeanne", room: "12", values: [spo2], limits: [] });
  });
});
