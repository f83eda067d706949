import { describe, expect, it } from "vitest";
import { BURSTS, length, nextRing, PARTIALS, PROOF_LASTS, provenAudio, type Ring } from "../src/lib/sound";

const gaps = (name: keyof typeof BURSTS): number[] => {
  const { pulses } = BURSTS[name];
  return pulses.slice(1).map((pulse, i) => pulse.start - ((pulses[i]?.start ?? 0) + (pulses[i]?.duration ?? 0)));
};

describe("bursts (sheet 02, part 3)", () => {
  it("have 10, 3 and 1 pulses", () => {
    expect([BURSTS.high, BURSTS.medium, BURSTS.low].map((burst) => burst.pulses.length)).toEqual([10, 3, 1]);
  });

  it("space the high pulses x-x-x--x-x, twice", () => {
    const td = BURSTS.high.pulses[0]?.duration ?? 0;
    const [x = 0] = gaps("high");
    expect(x).toBeGreaterThanOrEqual(0.05);
    expect(x).toBeLessThanOrEqual(0.125);
    const half = [x, x, 2 * x + td, x];
    const all = gaps("high");
    expect(all[4]).toBeGreaterThanOrEqual(0.35);
    expect(all[4]).toBeLessThanOrEqual(1.3);
    [...half, all[4] ?? 0, ...half].forEach((gap, i) => expect(all[i]).toBeCloseTo(gap, 9));
  });

  it("space the medium pulses evenly", () => {
    const [a = 0, b = 0] = gaps("medium");
    expect(a).toBeCloseTo(b, 9);
    expect(a).toBeGreaterThanOrEqual(0.125);
    expect(a).toBeLessThanOrEqual(0.25);
  });

  it.each([
    ["high", 0.075, 0.2, 2.5, 15],
    ["medium", 0.125, 0.25, 2.5, 30],
    ["low", 0.125, 0.25, 15, 60],
  ] as const)("%s keeps pulse width and pause", (name, least, most, shortest, longest) => {
    const burst = BURSTS[name];
    for (const pulse of burst.pulses) {
      expect(pulse.duration).toBeGreaterThanOrEqual(least);
      expect(pulse.duration).toBeLessThanOrEqual(most);
      expect(burst.rise / pulse.duration).toBeGreaterThanOrEqual(0.1);
      expect(burst.rise / pulse.duration).toBeLessThanOrEqual(0.2);
    }
    expect(burst.pause).toBeGreaterThanOrEqual(shortest);
    expect(burst.pause).toBeLessThanOrEqual(longest);
  });

  it.each(["high", "medium", "low"] as const)("%s has at least four partials from 300 Hz to 4 kHz within 15 dB", (name) => {
    const heard = PARTIALS.filter(([multiple]) => {
      const frequency = multiple * BURSTS[name].fundamental;
      return frequency >= 300 && frequency <= 4000;
    });
    expect(heard.length).toBeGreaterThanOrEqual(4);
    for (const [, gain] of heard) expect(Math.abs(20 * Math.log10(gain))).toBeLessThanOrEqual(15);
  });

  it("are never louder when milder", () => {
    expect(BURSTS.high.level).toBeGreaterThan(BURSTS.medium.level);
    expect(BURSTS.medium.level).toBeGreaterThan(BURSTS.low.level);
  });
});

/** Starts of bursts on a time line, with what is wanted at each moment. */
function line(wanted: (now: number) => Parameters<typeof nextRing>[0], until: number): [string, number][] {
  const starts: [string, number][] = [];
  let ring: Ring = null;
  for (let i = 0; i <= until * 10; i += 1) {
    const now = i / 10;
    const next = nextRing(wanted(now), ring, now);
    ring = next.ring;
    if (next.start && ring !== null) starts.push([ring.play, now]);
  }
  return starts;
}

describe("nextRing", () => {
  it("repeats a burst after its pause", () => {
    const starts = line(() => "high", 12);
    const period = length(BURSTS.high) + BURSTS.high.pause;
    expect(starts.length).toBe(Math.floor(12 / period) + 1);
    expect(starts[1]?.[1]).toBeCloseTo(period, 0);
  });

  it("lets a worse alert interrupt at once", () => {
    expect(line((now) => (now < 1 ? "low" : "high"), 1.2)).toEqual([["low", 0], ["high", 1]]);
  });

  it("lets a milder one wait for the end of the burst", () => {
    const [first, second] = line((now) => (now < 1 ? "high" : "medium"), 12);
    expect(first).toEqual(["high", 0]);
    expect(second?.[0]).toBe("medium");
    expect(second?.[1]).toBeGreaterThan(length(BURSTS.high));
  });

  it("stops at once when everything is answered, and a new alert sounds at once", () => {
    const quiet = nextRing(null, { play: "high", until: 9 }, 1);
    expect(quiet).toEqual({ ring: null, start: false, stop: true });
    expect(nextRing("medium", quiet.ring, 1.1).start).toBe(true);
  });
});

describe("provenAudio", () => {
  it.each([
    ["no Web Audio at all", { context: "missing", heardAgo: null, probed: false }, "failed"],
    ["waits for a gesture", { context: "suspended", heardAgo: 1, probed: true }, "locked"],
    ["interrupted by a phone call", { context: "interrupted", heardAgo: 1, probed: true }, "locked"],
    ["runs, not yet probed", { context: "running", heardAgo: null, probed: false }, "locked"],
    ["runs and gives nothing", { context: "running", heardAgo: null, probed: true }, "failed"],
    ["heard too long ago", { context: "running", heardAgo: PROOF_LASTS + 1, probed: true }, "failed"],
    ["heard", { context: "running", heardAgo: 2, probed: true }, "ready"],
    ["zero seconds ago is a time", { context: "running", heardAgo: 0, probed: true }, "ready"],
  ] as const)("%s", (_name, hearing, expected) => {
    expect(provenAudio(hearing)).toBe(expected);
  });
});
