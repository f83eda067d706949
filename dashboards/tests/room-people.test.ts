import { describe, expect, it } from "vitest";
import { isWhole, KEYS, keyOf, LEAST, MOST, pressed } from "../src/room/pad";
import { DECLINED, follow, hasPlace, initials, JOINED, LEFT, present, waiting } from "../src/room/people";
import { gainOf, LEVELS, levelOf, stepped } from "../src/room/sound";
import { parseState, type Person, type RoomState } from "../src/room/state";

function person(seat: string, role = "physician", state: Person["state"] = "connected"): Person {
  return { seat, name: `Dr ${seat}`, role, state, admitsIn: null };
}

function call(people: readonly Person[], more: Partial<RoomState> = {}): RoomState {
  const text = JSON.stringify({ type: "state", time: 1, phase: "connected", call: "c", caller: "Dr p1", reason: "", camera: true, microphone: true, loudspeaker: "page", hub: true });
  const state = parseState(text);
  if (state === null) throw new Error("not a state");
  return { ...state, people, ...more };
}

const NOBODY: ReadonlySet<string> = new Set();
const CALLER = person("p1");

describe("who is there", () => {
  it("has the caller first, and not those who wait", () => {
    const people = [person("p2"), person("p3", "specialist", "waiting"), CALLER];
    expect(present({ people }).map((one) => one.seat)).toEqual(["p1", "p2"]);
    expect(waiting({ people }).map((one) => one.seat)).toEqual(["p3"]);
  });

  it("keeps no empty place for the nurse beside the bed", () => {
    expect(hasPlace(person("p2", "nurse"), false)).toBe(false);
    expect(hasPlace(person("p2", "nurse"), true)).toBe(true);
    expect(hasPlace(person("p2", "specialist"), false)).toBe(true);
  });

  it.each([
    ["Dr Amel Benali", "AB"],
    ["Docteur Jean-Luc Roux", "JR"],
    ["Mme Durand", "D"],
    ["Dr Durand, SAMU 35", "D"],
    ["Benali", "B"],
    ["", ""],
  ])("%s has the initials %s", (name, letters) => {
    expect(initials(name)).toBe(letters);
  });
});

describe("who comes and goes", () => {
  it("is not announced to a page that was just opened, nor when a call begins", () => {
    const after = call([CALLER, person("p2")]);
    expect(follow([], null, after, NOBODY, 0)).toEqual({ notices: [], chime: false });
    expect(follow([], call([], { phase: "ringing" }), after, NOBODY, 0)).toEqual({ notices: [], chime: false });
    expect(follow([], call([CALLER], { call: "b" }), after, NOBODY, 0).chime).toBe(false);
  });

  it("is announced for a while", () => {
    const nurse = person("p2", "nurse", "connecting");
    const came = follow([], call([CALLER]), call([CALLER, nurse]), NOBODY, 100);
    expect(came).toEqual({ notices: [{ kind: "joined", person: nurse, until: 100 + JOINED }], chime: true });
    const same = call([CALLER, nurse]);
    expect(follow(came.notices, same, same, NOBODY, 100 + JOINED - 1)).toEqual({ notices: came.notices, chime: false });
    expect(follow(came.notices, same, same, NOBODY, 100 + JOINED).notices).toEqual([]);
  });

  it("sounds once for one who waits and is then let in", () => {
    const asks = call([CALLER, person("p3", "specialist", "waiting")]);
    expect(follow([], call([CALLER]), asks, NOBODY, 0)).toEqual({ notices: [], chime: true });
    const inside = person("p3", "specialist", "connecting");
    expect(follow([], asks, call([CALLER, inside]), NOBODY, 0)).toEqual({
      notices: [{ kind: "joined", person: inside, until: JOINED }],
      chime: false,
    });
  });

  it("is confirmed when the room refused", () => {
    const asks = person("p3", "specialist", "waiting");
    const { notices } = follow([], call([CALLER, asks]), call([CALLER]), new Set(["p3"]), 0);
    expect(notices).toEqual([{ kind: "declined", person: asks, until: DECLINED }]);
  });

  it("says nothing of one who asked and went, and tells of one who was here", () => {
    const asks = person("p3", "specialist", "waiting");
    expect(follow([], call([CALLER, asks]), call([CALLER]), NOBODY, 0).notices).toEqual([]);
    const here = person("p3");
    const joined = { kind: "joined", person: here, until: 500 } as const;
    expect(follow([joined], call([CALLER, here]), call([CALLER]), NOBODY, 0).notices).toEqual([{ kind: "left", person: here, until: LEFT }]);
  });

  it("is forgotten with the call", () => {
    const joined = { kind: "joined", person: CALLER, until: 500 } as const;
    expect(follow([joined], call([CALLER]), call([], { phase: "ended" }), NOBODY, 0).notices).toEqual([]);
  });
});

describe("the caregivers' code", () => {
  it("is typed digit by digit", () => {
    const typed = (keys: readonly (typeof KEYS)[number][]): string => keys.reduce(pressed, "");
    expect(typed(["1", "2", "3", "4"])).toBe("1234");
    expect(typed(["1", "2", "back", "0"])).toBe("10");
    expect(typed(["back"])).toBe("");
    expect(typed(["1", "2", "clear", "3"])).toBe("3");
    expect(typed(Array.from({ length: 20 }, () => "7" as const))).toHaveLength(MOST);
  });

  it("comes from a keyboard too", () => {
    expect(["0", "9", "Backspace", "Delete"].map(keyOf)).toEqual(["0", "9", "back", "clear"]);
    expect(["a", "clear", "back", "Enter", "F1", "10", " "].map(keyOf)).toEqual(Array.from({ length: 7 }, () => null));
  });

  it("may be sent once it has its digits", () => {
    expect(isWhole("1".repeat(LEAST - 1))).toBe(false);
    expect(isWhole("1".repeat(LEAST))).toBe(true);
  });
});

describe("the volume", () => {
  it("goes in steps and is never silent", () => {
    expect(levelOf(0)).toBe(1);
    expect(levelOf(1)).toBe(LEVELS);
    expect(levelOf(0.7)).toBe(7);
    expect(stepped(0.7, 1)).toBe(0.8);
    expect(stepped(1, 1)).toBe(1);
    expect(stepped(0.1, -1)).toBe(0.1);
    let volume = 1;
    for (let step = 0; step < LEVELS; step += 1) volume = stepped(volume, -1);
    expect(volume).toBe(0.1);
  });

  it("grows as it is heard", () => {
    expect(gainOf(1)).toBe(1);
    expect(gainOf(0.5)).toBe(0.25);
    expect(gainOf(0)).toBeGreaterThan(0);
  });
});
