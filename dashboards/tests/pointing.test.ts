import { expect, it } from "vitest";
import { FADES, LASTS, pointed, shown, type Spots } from "../src/lib/pointing";

const NONE: Spots = new Map();
const at = (x: number, on: "room" | "hand" = "room"): { readonly on: "room" | "hand"; readonly x: number; readonly y: number } => ({ on, x, y: 0.5 });

it("shows the last spot of each, in its own picture", () => {
  let spots = pointed(NONE, { from: "p1", spot: at(0.1) }, 0);
  spots = pointed(spots, { from: "p1", spot: at(0.2) }, 10);
  spots = pointed(spots, { from: "p2", spot: at(0.3, "hand") }, 10);
  expect(shown(spots, "room", 20)).toEqual([{ seat: "p1", x: 0.2, y: 0.5, strength: 1 }]);
  expect(shown(spots, "hand", 20).map(({ seat }) => seat)).toEqual(["p2"]);
});

it("fades and is gone after 3 s", () => {
  const spots = pointed(NONE, { from: "p1", spot: at(0.1) }, 0);
  expect(shown(spots, "room", LASTS - FADES)[0]?.strength).toBe(1);
  expect(shown(spots, "room", LASTS - FADES / 2)[0]?.strength).toBe(0.5);
  expect(shown(spots, "room", LASTS)).toEqual([]);
});

it("ends when who pointed says so, and forgets what is long gone", () => {
  const spots = pointed(NONE, { from: "p1", spot: at(0.1) }, 0);
  expect(pointed(spots, { from: "p1", spot: null }, 1).size).toBe(0);
  expect([...pointed(spots, { from: "p2", spot: at(0.2) }, LASTS).keys()]).toEqual(["p2"]);
});
