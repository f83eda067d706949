import { describe, expect, it } from "vitest";
import { drawn, KNOWN, lengths, MOST, NOTHING, readLength, undone, type Line, type Measuring } from "../src/lib/measure";

const line = (x: number, y: number, from: number = 0): Line => ({ from: { x: from, y: from }, to: { x: from + x, y: from + y } });

function measured(...lines: readonly Line[]): Measuring {
  return lines.reduce(drawn, NOTHING);
}

describe("lengths in a still picture", () => {
  it("take the first line as the coin, and measure the others by it", () => {
    const [one, two] = lengths(measured(line(93, 0), line(0, 186), line(30, 40)));
    expect(one?.millimetres).toBeCloseTo(2 * KNOWN.coin, 6);
    expect(two?.millimetres).toBeCloseTo((50 / 93) * KNOWN.coin, 6);
  });

  it("do not depend on where in the picture the lines are, nor on their direction", () => {
    const there = lengths(measured(line(93, 0), line(30, 40)));
    const elsewhere = lengths(measured(line(0, -93, 500), line(-40, 30, 300)));
    expect(elsewhere[0]?.millimetres).toBeCloseTo(there[0]?.millimetres ?? 0, 9);
  });

  it("follow another reference without drawing anew", () => {
    const state = measured(line(100, 0), line(50, 0));
    expect(lengths({ ...state, known: "sticker" })[0]?.millimetres).toBeCloseTo(25, 9);
    expect(lengths({ ...state, known: "other", length: 12 })[0]?.millimetres).toBeCloseTo(6, 9);
  });

  it("are surer the larger the reference and the line are", () => {
    const [rough] = lengths(measured(line(20, 0), line(20, 0)));
    const [fine] = lengths(measured(line(200, 0), line(200, 0)));
    expect(fine?.millimetres).toBeCloseTo(rough?.millimetres ?? 0, 9);
    expect(rough?.give).toBeCloseTo(10 * (fine?.give ?? 0), 9);
    expect(fine?.give).toBeCloseTo(KNOWN.coin * (1.5 / 200) * 2, 9);
  });

  it("know nothing without a reference, and nothing of a slip of the hand", () => {
    expect(lengths(NOTHING)).toEqual([]);
    expect(measured(line(3, 3))).toEqual(NOTHING);
    expect(measured(line(Number.NaN, 0))).toEqual(NOTHING);
  });

  it("keep the newest lines, and give the last one back", () => {
    const many = measured(line(50, 0), ...Array.from({ length: MOST + 3 }, (_, index) => line(10 + index, 0)));
    expect(many.lines).toHaveLength(MOST);
    expect(undone(many).lines).toHaveLength(MOST - 1);
    expect(undone(measured(line(50, 0)))).toEqual(NOTHING);
  });

  it.each([
    ["12,5", 12.5],
    [" 8 ", 8],
    ["1000", 1000],
    ["0", null],
    ["1001", null],
    ["-3", null],
    ["1e3", null],
    ["", null],
    ["12.345", null],
    ["douze", null],
  ])("read a typed length: %s", (text, length) => {
    expect(readLength(text)).toBe(length);
  });
});
