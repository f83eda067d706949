import { describe, expect, it } from "vitest";
import { BURSTS, length, nextRing, PARTIALS, PROOF_LASTS, provenAudio, tones, type Ring, type Sound } from "../src/lib/sound";

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
    ["insistent", 0.075, 0.2, 2.5, 15],
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
    expect(BURSTS.insistent.level).toBeGreaterThan(BURSTS.high.level);
    expect(BURSTS.high.level).toBeGreaterThan(BURSTS.medium.level);
    expect(BURSTS.medium.level).toBeGreaterThan(BURSTS.low.level);
  });
});

const RATE = 16_384;

/** What the loudspeaker is given, rendered by the rules of its oscillators and of its linear ramps. */
function rendered(sound: Sound): Float64Array {
  const samples = new Float64Array(Math.ceil((length(BURSTS[sound]) + 0.05) * RATE));
  for (const { frequency, level, start, duration, rise, fall } of tones(sound)) {
    for (let i = Math.ceil(start * RATE); i < (start + duration) * RATE; i += 1) {
      const at = i / RATE - start;
      const gain = level * Math.min(1, at / rise, (duration - at) / fall);
      samples[i] = (samples[i] ?? 0) + gain * Math.sin(2 * Math.PI * frequency * at);
    }
  }
  return samples;
}

/** Spectrum of real samples, a power of two of them, by magnitude: iterative radix-2 FFT under a Hann window. */
function spectrum(samples: Float64Array): Float64Array {
  const n = samples.length;
  const re = samples.map((sample, i) => sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n)));
  const im = new Float64Array(n);
  for (let i = 1, j = 0; i < n; i += 1) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [re[i], re[j]] = [re[j] ?? 0, re[i] ?? 0];
  }
  for (let size = 2; size <= n; size *= 2) {
    for (let from = 0; from < n; from += size) {
      for (let k = 0; k < size / 2; k += 1) {
        const [a, b] = [from + k, from + k + size / 2];
        const [c, s] = [Math.cos((-2 * Math.PI * k) / size), Math.sin((-2 * Math.PI * k) / size)];
        const x = (re[b] ?? 0) * c - (im[b] ?? 0) * s;
        const y = (re[b] ?? 0) * s + (im[b] ?? 0) * c;
        [re[b], im[b]] = [(re[a] ?? 0) - x, (im[a] ?? 0) - y];
        [re[a], im[a]] = [(re[a] ?? 0) + x, (im[a] ?? 0) + y];
      }
    }
  }
  return re.slice(0, n / 2).map((value, i) => Math.hypot(value, im[i] ?? 0));
}

/** Frequencies of the peaks that lie at most so many dB below the highest, Hz, and how high they are against it, dB. */
function peaks(magnitudes: Float64Array, step: number, below: number): [number, number][] {
  const most = Math.max(...magnitudes);
  const found: [number, number][] = [];
  for (let i = 2; i < magnitudes.length - 2; i += 1) {
    const [value = 0, ...around] = [magnitudes[i], magnitudes[i - 1], magnitudes[i + 1], magnitudes[i - 2], magnitudes[i + 2]];
    const decibels = 20 * Math.log10(value / most);
    if (decibels >= -below && around.every((other) => (other ?? 0) < value)) found.push([i * step, decibels]);
  }
  return found;
}

describe("bursts as they are heard (sheet 02, parts 3 and 10.8)", () => {
  it.each(["insistent", "high", "medium", "low"] as const)("%s: fundamental and harmonics by FFT", (sound) => {
    const samples = rendered(sound);
    const pulse = BURSTS[sound].pulses[0];
    // The steady part of the first pulse, with as much silence after it as makes a power of two.
    const window = new Float64Array(4096);
    window.set(samples.slice(0, Math.min(4096, Math.round((pulse?.duration ?? 0) * RATE))));
    const found = peaks(spectrum(window), RATE / 4096, 15);
    const [fundamental = 0] = found[0] ?? [];
    expect(fundamental).toBeGreaterThanOrEqual(150);
    expect(fundamental).toBeLessThanOrEqual(1000);
    expect(Math.abs(fundamental - BURSTS[sound].fundamental)).toBeLessThan(8);
    const harmonics = found.filter(([frequency]) => frequency >= 300 && frequency <= 4000);
    expect(harmonics.length).toBeGreaterThanOrEqual(4);
    for (const [frequency] of harmonics) {
      const multiple = Math.round(frequency / BURSTS[sound].fundamental);
      expect(Math.abs(frequency - multiple * BURSTS[sound].fundamental)).toBeLessThan(8);
    }
  });

  it.each([["insistent", 10], ["high", 10], ["medium", 3], ["low", 1]] as const)("%s: %d pulses can be counted, none clips", (sound, count) => {
    const samples = rendered(sound);
    expect(Math.max(...samples.map(Math.abs))).toBeLessThan(1);
    const [piece, loud] = [Math.round(0.01 * RATE), [] as boolean[]];
    for (let i = 0; i < samples.length; i += piece) loud.push(Math.max(...samples.slice(i, i + piece).map(Math.abs)) > 0.02);
    expect(loud.filter((now, i) => now && !loud[i - 1]).length).toBe(count);
  });

  it("has pulses of one loudness within a burst, within 6 dB", () => {
    const samples = rendered("high");
    const tops = BURSTS.high.pulses.map(({ start, duration }) =>
      Math.max(...samples.slice(Math.floor(start * RATE), Math.ceil((start + duration) * RATE)).map(Math.abs)),
    );
    expect(20 * Math.log10(Math.max(...tops) / Math.min(...tops))).toBeLessThan(6);
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

  it("insists sooner and louder than a high alert rings", () => {
    const starts = (sound: Sound) => line(() => sound, 60).length;
    expect(starts("insistent")).toBeGreaterThan(starts("high"));
    expect(line((now) => (now < 1 ? "high" : "insistent"), 1.2)).toEqual([["high", 0], ["insistent", 1]]);
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
    ["no Web Audio at all", { context: "missing", heardAgo: null, probed: false, missed: false }, "failed"],
    ["waits for a gesture", { context: "suspended", heardAgo: 1, probed: true, missed: false }, "locked"],
    ["interrupted by a phone call", { context: "interrupted", heardAgo: 1, probed: true, missed: false }, "locked"],
    ["runs, not yet probed", { context: "running", heardAgo: null, probed: false, missed: false }, "locked"],
    ["runs and gives nothing", { context: "running", heardAgo: null, probed: true, missed: false }, "failed"],
    ["runs, and the last probe did not come out", { context: "running", heardAgo: 5, probed: true, missed: true }, "failed"],
    ["heard too long ago", { context: "running", heardAgo: PROOF_LASTS + 1, probed: true, missed: false }, "failed"],
    ["heard", { context: "running", heardAgo: 2, probed: true, missed: false }, "ready"],
    ["zero seconds ago is a time", { context: "running", heardAgo: 0, probed: true, missed: false }, "ready"],
  ] as const)("%s", (_name, hearing, expected) => {
    expect(provenAudio(hearing)).toBe(expected);
  });
});
