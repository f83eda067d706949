import { describe, expect, it } from "vitest";
import { initials, parseFrame, parseState } from "../src/room/state";
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
