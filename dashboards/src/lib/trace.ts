/**
 * Blocks of a waveform put in the order of time. Pure.
 *
 * The room sends them without repetition (a late sample is worth nothing), so one may be missing, come twice or come
 * after its successor. What is missing becomes a gap, what is old is dropped: the trace never joins what time parted.
 */
import type { CallWaveform } from "./call";
import { SECOND, type Micros } from "./types";

/** Blocks may overlap or part by this much before it counts, seconds: their time is that of reception, and it jitters. */
const TOLERANCE = 0.25;
/** How fast the expected time follows the blocks' own, so that drift of a sensor's clock never adds up to a gap. */
const FOLLOW = 0.1;
/** A longer hole begins a new trace, seconds. */
const LONGEST = 4;

export interface Joined {
  /** Samples to draw; `NaN` is a gap. */
  readonly samples: readonly number[];
  /** Time at which the next block is expected. */
  readonly next: Micros;
}

/**
 * Joins one block to what was drawn before.
 *
 * @param next the time expected, or `null` at the beginning.
 */
export function join(next: Micros | null, block: CallWaveform): Joined {
  const step = SECOND / block.rate;
  const length = block.samples.length * step;
  const end = block.time + length;
  const samples = Array.from(block.samples, (sample) => sample * block.scale);
  if (next === null) return { samples, next: end };
  const off = block.time - next;
  if (Math.abs(off) <= TOLERANCE * SECOND) return { samples, next: next + length + FOLLOW * off };
  if (off > LONGEST * SECOND) return { samples, next: end };
  const missing = Math.round(off / step);
  if (missing > 0) return { samples: [...new Array<number>(missing).fill(Number.NaN), ...samples], next: end };
  return end <= next ? { samples: [], next } : { samples: samples.slice(-missing), next: end };
}
