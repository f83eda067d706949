/** The vertical span of a chart: steady enough to compare, wide enough to hide nothing. Pure. */

/** What a chart shows at least, in the shown unit, so that a calm curve looks calm. */
const USUAL: Readonly<Record<string, readonly [number, number]>> = {
  spo2: [85, 100],
  heart_rate: [50, 110],
  pulse_rate: [50, 110],
  respiration_rate: [10, 26],
  systolic: [90, 160],
  temperature: [36, 38.5],
  glucose: [0.7, 1.8],
};

/** The lowest and highest number to show. */
export function span(
  metric: string,
  columns: readonly (readonly (number | null)[])[],
  marks: readonly number[],
): readonly [number, number] {
  const usual = USUAL[metric];
  let low = usual?.[0] ?? Infinity;
  let high = usual?.[1] ?? -Infinity;
  for (const column of columns) {
    for (const value of column) {
      if (value === null) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  for (const mark of marks) {
    low = Math.min(low, mark);
    high = Math.max(high, mark);
  }
  if (low > high) return [0, 1];
  const margin = (high - low || 1) * 0.06;
  return [low - margin, high + margin];
}
