import { describe, expect, it } from "vitest";
import { parseFrame, parseState, toSound, type RoomAlarm } from "../src/room/state";
import { called, farewell, lamp, nameAndRole, roomWords, spoken, whereTo, whoMuted } from "../src/room/words";

const STATE = {
  type: "state",
  time: 1_789_000_000_000_000,
  phase: "ringing",
  call: "call-1",
  caller: "Dr Amel Benali",
  caller_role: "physician",
  reason: "",
  opens_in: null,
  camera: false,
  microphone: false,
  loudspeaker: "page",
  hub: true,
};
const PERSON = { seat: "p2", name: "Mme Durand", role: "nurse", state: "connected", admits_in: null };

function read(more: Readonly<Record<string, unknown>>): ReturnType<typeof parseState> {
  return parseState(JSON.stringify({ ...STATE, ...more }));
}

describe("what the room's device says", () => {
  it("is read", () => {
    expect(read({})).toMatchObject({ phase: "ringing", caller: "Dr Amel Benali", callerRole: "physician", opensIn: null, camera: false });
    expect(read({ opens_in: 7.5 })?.opensIn).toBe(7.5);
    expect(read({ extras: ["hand"] })?.extras).toEqual(["hand"]);
    expect(read({ consent: "nurse", carer_code: true, wrong_code: true, code_wait: 12.5 })).toMatchObject({
      rule: "nurse",
      carerCode: true,
      wrongCode: true,
      codeWait: 12.5,
    });
    expect(read({ muted: true, muted_by: "room", shutter: "closed", volume: 0.4 })).toMatchObject({
      muted: true,
      mutedBy: "room",
      shutter: "closed",
      volume: 0.4,
    });
    expect(read({ participants: [{ ...PERSON, state: "waiting", admits_in: 7.5 }] })?.people).toEqual([
      { seat: "p2", name: "Mme Durand", role: "nurse", state: "waiting", admitsIn: 7.5 },
    ]);
    expect(read({ point: { from: "p1", on: "room", x: 0, y: 1 } })?.point).toEqual({ from: "p1", on: "room", x: 0, y: 1 });
    expect(read({ captions: ["Bonjour"] })?.captions).toEqual(["Bonjour"]);
  });

  it("says nothing of what it does not name", () => {
    expect(read({})).toMatchObject({ extras: [], people: [], alarms: [], captions: [], point: null, shutter: null, muted: false, rule: "ask", volume: 1 });
  });

  it.each(["", "{", "null", "3", "[]", JSON.stringify({ ...STATE, type: "point" })])("is dropped when it is no state (%s)", (text) => {
    expect(parseState(text)).toBeNull();
  });

  it.each([
    { phase: "filming" },
    { camera: "no" },
    { camera: undefined },
    { hub: 1 },
    { loudspeaker: "loud" },
    { opens_in: "soon" },
    { time: null },
    { caller: 3 },
    { extras: "hand" },
    { extras: [1] },
    { consent: "always" },
    { carer_code: "1234" },
    { code_wait: null, wrong_code: 1 },
    { muted: "yes" },
    { shutter: "half" },
    { volume: 1.1 },
    { captions: [null] },
    { point: { from: "p1", on: "room", x: -0.1, y: 0 } },
    { point: { from: "p1", on: "ceiling", x: 0, y: 0 } },
    { point: 3 },
    { participants: [{ ...PERSON, state: "asleep" }] },
    { participants: [{ ...PERSON, admits_in: "soon" }] },
    { participants: [{ ...PERSON, seat: 2 }] },
    { participants: [null] },
    { participants: {} },
  ])("is dropped when it is not whole (%j)", (more) => {
    expect(read(more)).toBeNull();
  });

  it("carries everybody's picture and voice", () => {
    const bytes = Uint8Array.from([1, 1, 2, 0, 2, 0, 0, 0x80, 9, 8]);
    expect(parseFrame(bytes.buffer)).toEqual({ kind: "picture", codec: "vp8", seat: "p2", key: true, timestamp: 0x80000002, data: Uint8Array.from([9, 8]) });
    bytes[0] = 2;
    bytes[3] = 1;
    expect(parseFrame(bytes.buffer)).toMatchObject({ kind: "voice", seat: "p258", timestamp: 0x80000002 });
    bytes[0] = 3;
    expect(parseFrame(bytes.buffer)).toMatchObject({ kind: "picture", codec: "h264", key: true });
    bytes[0] = 4;
    expect(parseFrame(bytes.buffer)).toBeNull();
    expect(parseFrame(new ArrayBuffer(8))).toBeNull();
  });
});

const ALARM: RoomAlarm = { key: "spo2-low@1", kind: "spo2", priority: "high", value: 82, side: "low", since: 75, ringing: true, seen: false, over: false };

describe("an alarm of the room", () => {
  it("is read", () => {
    expect(read({ alarms: [ALARM] })?.alarms).toEqual([ALARM]);
    expect(read({ alarms: [{ ...ALARM, value: null }] })?.alarms[0]?.value).toBeNull();
  });

  it.each([
    { ...ALARM, priority: "worst" },
    { ...ALARM, side: "left" },
    { ...ALARM, value: "82" },
    { ...ALARM, since: null },
    { ...ALARM, ringing: 1 },
    { ...ALARM, key: undefined },
    null,
    3,
  ])("is dropped with the whole state when it is not whole (%#)", (alarm) => {
    expect(read({ alarms: [alarm] })).toBeNull();
    expect(read({ alarms: 1 })).toBeNull();
  });

  it("sounds as the worst that rings", () => {
    const quiet = { ...ALARM, ringing: false };
    const medium: RoomAlarm = { ...ALARM, priority: "medium" };
    expect(toSound([])).toBeNull();
    expect(toSound([quiet])).toBeNull();
    expect(toSound([quiet, medium])).toBe("medium");
    expect(toSound([medium, ALARM])).toBe("high");
  });

  it("is said in short words", () => {
    const fr = roomWords("");
    expect(fr.what("spo2", "low")).toBe("Oxygène trop bas");
    expect(fr.what("weight", "high")).toBe("Une mesure est trop haute");
    expect(roomWords("?langue=en").what("weight", "low")).toBe("A value is too low");
    expect([5, 75, 3900].map((seconds) => fr.since(seconds))).toEqual(["depuis 5 s", "depuis 1 min", "depuis 1 h 05"]);
  });
});

const FR = roomWords("");
const EN = roomWords("?langue=en");

describe("words", () => {
  it("are French unless asked otherwise", () => {
    expect(FR.accept).toBe("Accepter");
    expect(EN.accept).toBe("Accept");
  });

  it("name a person as one speaks of them", () => {
    expect(called(FR, "Dr Benali")).toBe("Le Dr Benali");
    expect(called(FR, "Mme Durand")).toBe("Mme Durand");
    expect(called(FR, "Drouet Paul")).toBe("Drouet Paul");
    expect(called(EN, "Dr Benali")).toBe("Dr Benali");
    expect(called(FR, "")).toBe("Quelqu'un");
  });

  it.each([
    ["Mme Durand", "nurse", "Mme Durand, infirmière"],
    ["M. Petit", "nurse", "M. Petit, infirmier"],
    ["Inès Moreau", "nurse", "Inès Moreau, soins infirmiers"],
    ["Maurice Roux", "nurse", "Maurice Roux, soins infirmiers"],
    ["Dr Roux", "specialist", "Dr Roux, médecin spécialiste"],
    ["Dr Durand, SAMU 35", "regulator", "Dr Durand, SAMU 35"],
    ["Dr Durand", "regulator", "Dr Durand, Samu"],
    ["Anne", "director", "Anne"],
  ])("say what %s does as %s", (name, role, said) => {
    expect(nameAndRole(FR, { name, role })).toBe(said);
  });

  it("list names as they are spoken", () => {
    expect(spoken(FR, [])).toBe("");
    expect(spoken(FR, ["A"])).toBe("A");
    expect(spoken(FR, ["A", "B", "C"])).toBe("A ; B et C");
  });

  it.each([
    [{ camera: true, microphone: true, muted: false, shutter: null, extras: [] }, "Caméra et micro allumés"],
    [{ camera: true, microphone: true, muted: true, shutter: "open", extras: [] }, "Caméra allumée, micro coupé"],
    [{ camera: true, microphone: true, muted: false, shutter: "closed", extras: [] }, "Caméra cachée, micro allumé"],
    [{ camera: true, microphone: true, muted: true, shutter: "closed", extras: [] }, "Caméra cachée, micro coupé"],
    [{ camera: true, microphone: false, muted: false, shutter: null, extras: [] }, "Caméra allumée"],
    [{ camera: false, microphone: true, muted: false, shutter: null, extras: [] }, "Micro allumé"],
    [{ camera: false, microphone: true, muted: true, shutter: null, extras: ["hand", "thermal"] }, "Micro coupé · Caméra à main allumée"],
  ] as const)("say what is open (%#)", (state, said) => {
    expect(lamp(FR, state)).toBe(said);
  });

  it("say who silenced the microphone", () => {
    const people = [
      { seat: "p1", name: "Dr Benali", role: "physician", state: "connected", admitsIn: null },
      { seat: "p2", name: "Mme Durand", role: "nurse", state: "connected", admitsIn: null },
    ] as const;
    expect(whoMuted(FR, { mutedBy: "p1", people })).toBe("Micro coupé par le Dr Benali : on ne vous entend pas.");
    expect(whoMuted(FR, { mutedBy: "p2", people })).toContain("par Mme Durand");
    expect(whoMuted(FR, { mutedBy: "room", people })).toContain("dans la chambre");
    expect(whoMuted(FR, { mutedBy: "p9", people })).toBe("Micro coupé : on ne vous entend pas.");
  });

  it.each([
    [0.1, 0.9, "en bas, à gauche de l'image"],
    [0.5, 0.5, "au milieu de l'image"],
    [1, 0.5, "à droite de l'image"],
    [0.5, 0, "en haut de l'image"],
  ])("say where somebody points (%d, %d)", (x, y, said) => {
    const people = [{ seat: "p1", name: "Dr Benali", role: "physician", state: "connected", admitsIn: null }] as const;
    expect(whereTo(FR, { from: "p1", on: "room", x, y }, people)).toBe(`Le Dr Benali montre un endroit de la chambre, ${said}`);
    expect(whereTo(FR, { from: "p4", on: "hand", x, y }, people)).toBe(`Quelqu'un montre un endroit sous la caméra à main, ${said}`);
  });

  it.each([
    ["refused", "Vous avez refusé l'appel."],
    ["unanswered", "Le Dr Benali a essayé de vous joindre."],
    ["no_carer_code", "L'appel n'a pas pu s'établir : un soignant doit l'accepter, et cette chambre n'a pas de code."],
    ["device_failed", "L'appel n'a pas pu s'établir."],
    ["room_hung_up", "L'appel est terminé."],
  ])("say how a call ended (%s)", (reason, said) => {
    expect(farewell(FR, { reason, caller: "Dr Benali" })).toBe(said);
    expect(farewell(EN, { reason, caller: "Dr Benali" })).not.toBe(said);
  });
});
