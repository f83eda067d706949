import { beforeEach, describe, expect, it } from "vitest";
import { LASTS, leaveNote, takeNote, type Left } from "../src/lib/reload";

const LEFT: Left = { call: "call-1", resident: "jeanne", microphone: false, camera: true, at: 1_000 };
let kept: Map<string, string>;
const shelf = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
};
const broken = {
  getItem: (): never => {
    throw new DOMException("no storage", "SecurityError");
  },
  setItem: (): never => {
    throw new DOMException("full", "QuotaExceededError");
  },
  removeItem: () => undefined,
};

describe("a page that is loaded again", () => {
  beforeEach(() => {
    kept = new Map();
  });

  it("takes its call up once", () => {
    leaveNote(shelf, LEFT);
    expect(takeNote(shelf, "jeanne", 2_000)).toEqual(LEFT);
    expect(takeNote(shelf, "jeanne", 2_000)).toBeNull();
  });

  it("leaves another resident's call alone", () => {
    leaveNote(shelf, LEFT);
    expect(takeNote(shelf, "paul", 2_000)).toBeNull();
    expect(takeNote(shelf, "jeanne", 2_000)).toEqual(LEFT);
  });

  it.each([1_000 + LASTS, 999])("forgets what is too old, or from a clock that was set (%i)", (now) => {
    leaveNote(shelf, LEFT);
    expect(takeNote(shelf, "jeanne", now)).toBeNull();
    expect(kept.size).toBe(0);
  });

  it.each(["", "{", "null", "3", "{}", JSON.stringify({ ...LEFT, camera: "yes" })])("reads nothing in %s", (text) => {
    kept.set("veilleuse-call", text);
    expect(takeNote(shelf, "jeanne", 2_000)).toBeNull();
  });

  it("does without a storage", () => {
    leaveNote(broken, LEFT);
    expect(takeNote(broken, "jeanne", 2_000)).toBeNull();
  });
});
