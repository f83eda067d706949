/**
 * Blocks of a waveform put in the order of time. Pure.
 *
 * The room sends them without repetition (a late sample is worth nothing), so one may be missing, come twice or come
 * after its successor. What is missing becomes a gap, what is old is dropped: the trace never joins what time parted.
 */
import type { CallWaveform } from "./call";
import { SECOND, type Micros } from "./types";

/** Blocks may overlap or part by this many samples before it counts: clocks of sensors and rooms drift. */
const TOLERANCE = 3;
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
  const end = block.time + block.samples.length * step;
  const missing = next === null ? 0 : Math.round((block.time - next) / step);
  if (next !== null && end <= next) return { samples: [], next };
  const samples = Array.from(block.samples, (sample) => sample * block.scale);
  if (missing < -TOLERANCE) return { samples: samples.slice(-missing), next: end };
  if (missing <= TOLERANCE || missing > LONGEST * block.rate) return { samples, next: end };
  return { samples: [...new Array<number>(missing).fill(Number.NaN), ...samples], next: end };
}
