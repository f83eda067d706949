/**
 * From stored columns to what a chart draws. Pure.
 *
 * A gap in the data is a gap in the line: a `null` is put between two points that stand further apart than the metric's
 * values usually do. Late data (sent after an interruption) is its own series, so that it can look different.
 */
import { SECOND, type MeasurementPage, type Micros, type Value } from "./types";

/** Bit of `devices.quality.Quality.LATE`. */
export const LATE = 32;
/** Bits of the flags that make a value unfit to decide on a limit: probe off, motion, held, implausible, questionable. */
export const UNFIT = 1 | 2 | 16 | 64 | 128;
export const UNFIT_NAMES: ReadonlySet<string> = new Set(["probe_off", "motion", "held", "implausible", "questionable"]);

/** Columns as the chart library wants them: seconds, then one column for each series. */
export interface Curve {
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
  readonly late: readonly (number | null)[];
  readonly lows: readonly (number | null)[];
  readonly highs: readonly (number | null)[];
  /** Stretches without any value, seconds. */
  readonly gaps: readonly (readonly [from: number, to: number])[];
  /** Whether values come so rarely that a line between them would invent something. */
  readonly sparse: boolean;
}

export const NO_CURVE: Curve = { times: [], values: [], late: [], lows: [], highs: [], gaps: [], sparse: false };

/** Seconds between two points from which on nothing was measured between them. */
export function gapLimit(staleAfter: number, interval: number): number {
  return Math.max(staleAfter, 3 * interval);
}

/** Metrics that stay current this long are measured now and then; a line between their values would invent some, s. */
const NOW_AND_THEN = 3_600;

/**
 * Builds the columns of one chart.
 *
 * @param page columns of one metric, oldest first.
 * @param staleAfter seconds after which a value of this metric is no longer current.
 * @param interval seconds that one down-sampled point stands for; 0 when each point is a measurement.
 */
export function curve(page: MeasurementPage, staleAfter: number, interval: number): Curve {
  const sparse = staleAfter >= NOW_AND_THEN;
  const limit = gapLimit(staleAfter, interval);
  const out: {
    times: number[];
    values: (number | null)[];
    late: (number | null)[];
    lows: (number | null)[];
    highs: (number | null)[];
    gaps: [number, number][];
  } = { times: [], values: [], late: [], lows: [], highs: [], gaps: [] };
  let previous: number | null = null;
  for (let i = 0; i < page.times.length; i += 1) {
    const time = (page.times[i] ?? 0) / SECOND;
    const value = page.values[i] ?? null;
    if (!sparse && previous !== null && time - previous > limit) {
      out.gaps.push([previous, time]);
      out.times.push((previous + time) / 2);
      for (const column of [out.values, out.late, out.lows, out.highs]) column.push(null);
    }
    const late = ((page.flags[i] ?? 0) & LATE) !== 0;
    out.times.push(time);
    out.values.push(late ? null : value);
    out.late.push(late ? value : null);
    out.lows.push(page.lows?.[i] ?? value);
    out.highs.push(page.highs?.[i] ?? value);
    previous = time;
  }
  return { ...out, sparse };
}

/**
 * The page moved on: a newer value at its end, and what is older than `from` gone. The same page when the value is not
 * at least `interval` seconds newer, so that a chart left open all night does not grow.
 */
export function append(page: MeasurementPage, value: Value, interval: number, from: Micros): MeasurementPage {
  const last = page.times.at(-1) ?? 0;
  if (value.metric !== page.metric || value.time <= last || value.time - last < interval * SECOND) return page;
  const first = page.times.findIndex((time) => time >= from);
  const skip = first < 0 ? page.times.length : first;
  const flags = value.flags.includes("late") ? LATE : 0;
  return {
    ...page,
    times: [...page.times.slice(skip), value.time],
    values: [...page.values.slice(skip), value.value],
    flags: [...page.flags.slice(skip), flags],
    lows: page.lows ? [...page.lows.slice(skip), value.value] : null,
    highs: page.highs ? [...page.highs.slice(skip), value.value] : null,
  };
}

/** Whether a value is too old to be shown as current. */
export function isStale(value: Value, now: Micros): boolean {
  return now - value.time > value.stale_after * SECOND;
}

/** Whether the sensor or the edge doubts the value. */
export function isDoubtful(value: Value): boolean {
  return value.flags.some((flag) => UNFIT_NAMES.has(flag));
}
