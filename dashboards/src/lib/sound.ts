/**
 * Alarm sounds as numbers. Pure: what plays them is in `ui/loudspeaker.ts`.
 *
 * Patterns follow the public summaries of IEC 60601-1-8 (pulse counts and rhythm seen in device manuals; times from
 * memory of the standard, so they are to be checked against a bought copy before any claim of conformity).
 */
import type { Priority } from "./types";

/** One tone of a burst; times in seconds from the start of the burst. */
export interface Pulse {
  readonly start: number;
  readonly duration: number;
}

export interface Burst {
  readonly pulses: readonly Pulse[];
  /** Fundamental, Hz. */
  readonly fundamental: number;
  /** Silence between the end of a burst and the next one, seconds. */
  readonly pause: number;
  /** Loudness of the fundamental against the high burst, 0 to 1: high >= medium >= low. */
  readonly level: number;
  readonly rise: number;
  readonly fall: number;
  /** Vibration of the tablet: milliseconds on, off, on... */
  readonly vibration: readonly number[];
}

/** Partials as multiples of the fundamental with their gain: each within 15 dB of the fundamental. */
export const PARTIALS: readonly (readonly [multiple: number, gain: number])[] = [
  [1, 1],
  [2, 0.7],
  [3, 0.5],
  [4, 0.35],
  [5, 0.25],
];

/** Places pulses one after the other; `gaps[i]` is the silence after pulse i, seconds. */
function pulses(duration: number, gaps: readonly number[]): readonly Pulse[] {
  const placed: Pulse[] = [];
  let start = 0;
  for (const gap of [...gaps, 0]) {
    placed.push({ start, duration });
    start += duration + gap;
  }
  return placed;
}

const HIGH_PULSE = 0.12;
const X = 0.1;
/** After the third pulse of each half: `2x + td`. */
const LONG_X = 2 * X + HIGH_PULSE;
const BETWEEN_HALVES = 0.6;
const HALF = [X, X, LONG_X, X];
const Y_PULSE = 0.2;
const Y = 0.2;

/** What may sound: a burst of each priority, and the high one of an alarm that nobody answers. */
export type Sound = Priority | "insistent";

/** How long a high alarm waits for somebody before it insists, microseconds. */
export const PATIENCE = 120_000_000;

// x-x-x--x-x (pause) x-x-x--x-x
const HIGH: Burst = {
  pulses: pulses(HIGH_PULSE, [...HALF, BETWEEN_HALVES, ...HALF]),
  fundamental: 784,
  pause: 4,
  level: 0.9,
  rise: 0.018,
  fall: 0.04,
  vibration: [120, 100, 120, 100, 120, 320, 120, 100, 120],
};

export const BURSTS: Readonly<Record<Sound, Burst>> = {
  /** As loud as it goes, with the shortest pause that a high burst may have. */
  insistent: { ...HIGH, pause: 2.5, level: 1, vibration: [...HIGH.vibration, 320, ...HIGH.vibration] },
  high: HIGH,
  // y-y-y
  medium: {
    pulses: pulses(Y_PULSE, [Y, Y]),
    fundamental: 587,
    pause: 7,
    level: 0.8,
    rise: 0.03,
    fall: 0.06,
    vibration: [200, 200, 200, 200, 200],
  },
  // y
  low: {
    pulses: pulses(Y_PULSE, []),
    fundamental: 440,
    pause: 20,
    level: 0.6,
    rise: 0.03,
    fall: 0.06,
    vibration: [200],
  },
};

/** All partials together stay below full scale. */
const HEADROOM = 0.3;

/** One partial of one pulse: what is given to the loudspeaker. */
export interface Tone extends Pulse {
  readonly frequency: number;
  readonly level: number;
  readonly rise: number;
  readonly fall: number;
}

/** Every tone of a burst, in the order in which they begin. */
export function tones(sound: Sound): readonly Tone[] {
  const { pulses: placed, fundamental, level, rise, fall } = BURSTS[sound];
  return placed.flatMap((pulse) =>
    PARTIALS.map(([multiple, gain]) => ({ ...pulse, frequency: fundamental * multiple, level: level * gain * HEADROOM, rise, fall })),
  );
}

/** Seconds from the first to the last sound of a burst. */
export function length(burst: Burst): number {
  const last = burst.pulses.at(-1);
  return last === undefined ? 0 : last.start + last.duration;
}

/** What the player does next. */
export type Ring = { readonly play: Sound; readonly until: number } | null;

/**
 * Decides whether a burst starts now. A worse alert interrupts a running burst; a milder one waits for its end. When
 * alerts are answered, silence is immediate and the next alert sounds at once.
 *
 * @param wanted the burst that should sound, or `null`.
 * @param ringing what started last, with the time its pause ends.
 * @param now seconds, any steady clock.
 */
export function nextRing(wanted: Sound | null, ringing: Ring, now: number): { ring: Ring; start: boolean; stop: boolean } {
  if (wanted === null) return { ring: null, start: false, stop: ringing !== null };
  const worse = ringing !== null && BURSTS[wanted].level > BURSTS[ringing.play].level;
  if (ringing !== null && now < ringing.until && !worse) return { ring: ringing, start: false, stop: false };
  const burst = BURSTS[wanted];
  return { ring: { play: wanted, until: now + length(burst) + burst.pause }, start: true, stop: worse };
}

/** What was observed of the loudspeaker's graph. */
export interface Hearing {
  /** `AudioContext.state`. */
  readonly context: "suspended" | "running" | "closed" | "interrupted" | "missing";
  /** Seconds since the analyser last saw the probe or a burst; `null` when never. */
  readonly heardAgo: number | null;
  /** Whether a probe was played and enough time passed to have seen it. */
  readonly probed: boolean;
  /** Whether the last probe should have been seen by now and was not. */
  readonly missed: boolean;
}

/** A proof older than this proves nothing, seconds. */
export const PROOF_LASTS = 30;

/**
 * Whether the tablet can be heard. Running is not enough: a context can run and give nothing, so the proof is a signal
 * that was seen, and seen recently.
 */
export function provenAudio(hearing: Hearing): "ready" | "locked" | "failed" {
  if (hearing.context === "missing" || hearing.context === "closed") return "failed";
  if (hearing.context !== "running") return "locked";
  if (hearing.missed) return "failed";
  if (hearing.heardAgo !== null && hearing.heardAgo <= PROOF_LASTS) return "ready";
  return hearing.probed ? "failed" : "locked";
}
