/**
 * Stored blocks of a waveform as columns of a picture. Pure.
 *
 * Each column has the lowest and highest sample of its stretch of time, so that no peak is lost however narrow the picture is.
 * A column without samples is `null`: the trace never joins what time parted.
 */
import type { StoredWave } from "./consult";
import { SECOND, type Micros } from "./types";

export interface Strip {
  readonly columns: readonly (readonly [low: number, high: number] | null)[];
  readonly low: number;
  readonly high: number;
}

/** Microseconds of the trace around an alarm: what led to it matters more than what followed. */
export const BEFORE: Micros = 20 * SECOND;
export const AFTER: Micros = 10 * SECOND;
/** Metrics whose raw trace says something of an alarm, the most telling first. */
export const TRACES = ["ecg", "pleth", "respiration"] as const;

/** @returns `null` when nothing was stored in that time. */
export function stripOf(blocks: readonly StoredWave[], from: Micros, to: Micros, width: number): Strip | null {
  const count = Math.max(1, Math.floor(width));
  const columns: ([number, number] | null)[] = Array.from({ length: count }, () => null);
  let low = Infinity;
  let high = -Infinity;
  for (const block of blocks) {
    const step = SECOND / block.rate;
    for (let index = 0; index < block.samples.length; index += 1) {
      const place = Math.floor(((block.time + index * step - from) / (to - from)) * count);
      const value = (block.samples[index] ?? 0) * block.scale;
      if (place < 0 || place >= count) continue;
      const column = columns[place];
      columns[place] = column == null ? [value, value] : [Math.min(column[0], value), Math.max(column[1], value)];
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return low > high ? null : { columns: bridged(columns, blocks, (to - from) / count), low, high };
}

/** Where the picture has more columns than there are samples, columns between two neighbours of one block carry the line. */
function bridged(columns: readonly ([number, number] | null)[], blocks: readonly StoredWave[], column: Micros): Strip["columns"] {
  const longest = Math.max(...blocks.map(({ rate }) => SECOND / rate));
  const reach = Math.ceil(longest / column) + 1;
  const filled = [...columns];
  let last = -1;
  columns.forEach((each, index) => {
    if (each === null) return;
    const from = last < 0 ? null : columns[last];
    if (from != null && index - last > 1 && index - last <= reach) {
      for (let between = last + 1; between < index; between += 1) {
        const part = (between - last) / (index - last);
        const value = middle(from) + (middle(each) - middle(from)) * part;
        filled[between] = [value, value];
      }
    }
    last = index;
  });
  return filled;
}

function middle([low, high]: readonly [number, number]): number {
  return (low + high) / 2;
}
