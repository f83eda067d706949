import { describe, expect, it } from "vitest";
import { thin } from "../src/call/stethoscope";

describe("the stethoscope's trace", () => {
  it("keeps the sample farthest from zero, with its sign", () => {
    expect(thin(Float32Array.from([0, 0.5, -0.75, 0.25, 0, 0, 0.125, 0]), 4)).toEqual([-0.75, 0.125]);
  });

  it("leaves what is no whole point", () => {
    expect(thin(Float32Array.from([1, 1, 1]), 2)).toEqual([1]);
    expect(thin(new Float32Array(0), 2)).toEqual([]);
  });
});
