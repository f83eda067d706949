import { describe, expect, it } from "vitest";
import { join } from "../src/lib/trace";
import { NIGHT } from "./people";

const RATE = 100;
const STEP = 10_000;
const block = (first: number, count: number): Parameters<typeof join>[1] => ({
  metric: "pleth",
  rate: RATE,
  scale: 0.5,
  time: NIGHT + first * STEP,
  samples: Int16Array.from({ length: count }, (_, i) => 2 * (first + i)),
});

describe("join", () => {
  it("begins with the first block, in its own scale", () => {
    expect(join(null, block(0, 3))).toEqual({ samples: [0, 1, 2], next: NIGHT + 3 * STEP });
  });

  it("goes on without a seam, also when the clock drifts a little", () => {
    const { next } = join(null, block(0, 50));
    expect(join(next, block(50, 2)).samples).toEqual([50, 51]);
    expect(join(next + 20 * STEP, block(50, 2)).samples).toEqual([50, 51]);
    expect(join(next - 20 * STEP, block(50, 2)).samples).toEqual([50, 51]);
  });

  it("follows a clock that drifts for an hour without one gap", () => {
    let next: number | null = null;
    for (let i = 0; i < 3600; i += 1) {
      const late = { ...block(0, 100), time: NIGHT + i * 1_000_000 * 1.001 };
      const joined = join(next, late);
      expect(joined.samples.length).toBe(100);
      next = joined.next;
    }
  });

  it("leaves a gap for a block that was lost", () => {
    const { next } = join(null, block(0, 10));
    const { samples } = join(next, block(60, 2));
    expect(samples.length).toBe(52);
    expect(samples.slice(0, 50).every(Number.isNaN)).toBe(true);
    expect(samples.slice(50)).toEqual([60, 61]);
  });

  it("drops a block that comes after its successor", () => {
    const { next } = join(null, block(100, 50));
    expect(join(next, block(50, 50))).toEqual({ samples: [], next });
  });

  it("draws only the new part of a block that comes again, longer", () => {
    const { next } = join(null, block(0, 50));
    expect(join(next, block(0, 52)).samples).toEqual([50, 51]);
  });

  it("begins anew after a long silence instead of sweeping minutes of nothing", () => {
    const { next } = join(null, block(0, 10));
    expect(join(next, block(1000, 2)).samples).toEqual([1000, 1001]);
  });
});
