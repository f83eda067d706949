import { describe, expect, it } from "vitest";
import { initials, parseFrame, parseState, toSound, type RoomAlarm } from "../src/room/state";
import { farewell, roomWords } from "../src/room/words";

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

describe("what the room's device says", () => {
  it("is read", () => {
    expect(parseState(JSON.stringify(STATE))).toMatchObject({ phase: "ringing", caller: "Dr Amel Benali", opensIn: null, camera: false });
    expect(parseState(JSON.stringify({ ...STATE, opens_in: 7.5 }))?.opensIn).toBe(7.5);
  });

  it.each([
    "",
    "{",
    "null",
    JSON.stringify({ ...STATE, phase: "filming" }),
    JSON.stringify({ ...STATE, camera: "no" }),
    JSON.stringify({ ...STATE, camera: undefined }),
    JSON.stringify({ ...STATE, hub: 1 }),
    JSON.stringify({ ...STATE, loudspeaker: "loud" }),
    JSON.stringify({ ...STATE, opens_in: "soon" }),
    JSON.stringify({ ...STATE, time: null }),
    JSON.stringify({ ...STATE, caller: 3 }),
  ])("is dropped when it is not whole (%#)", (text) => {
    expect(parseState(text)).toBeNull();
  });

  it("carries picture and voice", () => {
    const bytes = Uint8Array.from([1, 1, 0, 0, 2, 0, 0, 0x80, 9, 8]);
    expect(parseFrame(bytes.buffer)).toEqual({ kind: "picture", key: true, timestamp: 0x80000002, data: Uint8Array.from([9, 8]) });
    bytes[0] = 2;
    expect(parseFrame(bytes.buffer)).toMatchObject({ kind: "voice", timestamp: 0x80000002 });
    bytes[0] = 3;
    expect(parseFrame(bytes.buffer)).toBeNull();
    expect(parseFrame(new ArrayBuffer(8))).toBeNull();
  });
});

const ALARM: RoomAlarm = { key: "spo2-low@1", kind: "spo2", priority: "high", value: 82, side: "low", since: 75, ringing: true, seen: false, over: false };

describe("an alarm of the room", () => {
  it("is read, and there may be none", () => {
    expect(parseState(JSON.stringify(STATE))?.alarms).toEqual([]);
    expect(parseState(JSON.stringify({ ...STATE, alarms: [ALARM] }))?.alarms).toEqual([ALARM]);
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
    expect(parseState(JSON.stringify({ ...STATE, alarms: [alarm] }))).toBeNull();
    expect(parseState(JSON.stringify({ ...STATE, alarms: 1 }))).toBeNull();
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

describe("words", () => {
  it.each([
    ["Dr Amel Benali", "AB"],
    ["Docteur Jean-Luc Roux", "JR"],
    ["Benali", "B"],
    ["", ""],
  ])("%s has the initials %s", (name, letters) => {
    expect(initials(name)).toBe(letters);
  });

  it("are French unless asked otherwise", () => {
    expect(roomWords("").accept).toBe("Accepter");
    expect(roomWords("?langue=en").accept).toBe("Accept");
  });

  it.each(["refused", "unanswered", "device_failed", "room_hung_up"])("say how a call ended (%s)", (reason) => {
    const said = farewell(roomWords(""), { reason, caller: "Dr Benali" });
    expect(said).not.toBe("");
    expect(said === "L'appel est terminé.").toBe(reason === "room_hung_up");
  });
});
