import { describe, expect, it } from "vitest";
import { append, curve, gapLimit, isDoubtful, isStale, LATE } from "../src/lib/curves";
import { span } from "../src/lib/scale";
import { SECOND } from "../src/lib/types";
import { NIGHT, page, value } from "./people";

const T0 = NIGHT / SECOND;

describe("curve", () => {
  it("draws a gap as a gap", () => {
    const drawn = curve(page([0, 1, 2, 100, 101]), 15, 0);
    expect(drawn.gaps).toEqual([[T0 + 2, T0 + 100]]);
    expect(drawn.values).toEqual([95, 95, 95, null, 95, 95]);
  });

  it("bridges what is within the limit", () => {
    expect(curve(page([0, 10, 20]), 15, 0).gaps).toEqual([]);
  });

  it("does not take the distance of down-sampled points for gaps", () => {
    expect(gapLimit(15, 60)).toBe(180);
    expect(curve(page([0, 60, 120]), 15, 60).gaps).toEqual([]);
  });

  it("draws what came late apart from what came in time", () => {
    const drawn = curve(page([0, 1, 2], { flags: [0, LATE, 0] }), 15, 0);
    expect(drawn.values).toEqual([95, null, 95]);
    expect(drawn.late).toEqual([null, 95, null]);
  });

  it("keeps zero", () => {
    expect(curve(page([0], { values: [0] }), 15, 0).values).toEqual([0]);
  });

  it("invents no line between measurements of now and then", () => {
    const drawn = curve(page([0, 14_400]), 43_200, 60);
    expect(drawn.sparse).toBe(true);
    expect(drawn.gaps).toEqual([]);
  });

  it("is ready for 86 400 points", () => {
    const day = page(Array.from({ length: 86_400 }, (_, i) => i));
    expect(curve(day, 15, 0).times.length).toBe(86_400);
  });

  it("says nothing of an empty page", () => {
    expect(curve(page([]), 15, 0).times).toEqual([]);
  });
});

describe("append", () => {
  const start = page([0, 60]);

  it("adds a newer value and forgets what left the window", () => {
    const longer = append(start, value("spo2", 90, { time: NIGHT + 120 * SECOND }), 60, NIGHT + 30 * SECOND);
    expect(longer.values).toEqual([95, 90]);
    expect(longer.times[0]).toBe(NIGHT + 60 * SECOND);
  });

  it.each([
    ["the same time", value("spo2", 90, { time: NIGHT + 60 * SECOND })],
    ["an older one", value("spo2", 90, { time: NIGHT })],
    ["one too soon", value("spo2", 90, { time: NIGHT + 61 * SECOND })],
    ["another metric", value("pulse_rate", 90, { time: NIGHT + 120 * SECOND })],
  ])("changes nothing for %s", (_name, one) => {
    expect(append(start, one, 60, 0)).toBe(start);
  });
});

describe("age and doubt", () => {
  it("turns a value stale after its own limit, to the microsecond", () => {
    const one = value("spo2", 96, { stale_after: 15 });
    expect(isStale(one, NIGHT + 15 * SECOND)).toBe(false);
    expect(isStale(one, NIGHT + 15 * SECOND + 1)).toBe(true);
  });

  it("doubts a moved probe, not a late or weak one", () => {
    expect(isDoubtful(value("spo2", 80, { flags: ["motion"] }))).toBe(true);
    expect(isDoubtful(value("spo2", 80, { flags: ["late", "low_perfusion"] }))).toBe(false);
  });
});

describe("span", () => {
  it("is steady while values are usual and grows to show every value and limit", () => {
    expect(span("spo2", [[95, 96]], [])).toEqual(span("spo2", [[97, 98]], []));
    const [low, high] = span("spo2", [[null, 60]], [90, 101]);
    expect(low).toBeLessThan(60);
    expect(high).toBeGreaterThan(101);
  });

  it("has a span for nothing at all", () => {
    expect(span("unheard", [[]], [])).toEqual([0, 1]);
  });
});
