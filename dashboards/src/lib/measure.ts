/**
 * Lengths in a still picture, by something of known size in the same picture. Pure.
 *
 * It is an estimate: it holds in the plane of the known thing, seen from the front. What is nearer to the camera measures
 * too long, what is tilted too short. How far a hand misses an edge is counted; what the plane does is not.
 */

/** A place in the picture, its own pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly from: Place;
  readonly to: Place;
}

/** What gives the scale: a 1 euro coin, a 5 cm sticker, or anything whose length is typed. */
export type Known = "coin" | "sticker" | "other";

/** Millimetres. The coin's diameter: Council Regulation (EC) No 975/98, annex. */
export const KNOWN: Readonly<Record<Exclude<Known, "other">, number>> = { coin: 23.25, sticker: 50 };
/** What a typed length may be, millimetres. */
export const SHORTEST = 1;
export const LONGEST = 1_000;
/** Pixels below which a line is a slip of the hand. */
export const SLIP = 6;
/** Pixels by which a hand misses an edge. */
export const MISS = 1.5;
/** Lines at most; an older one makes room. */
export const MOST = 6;

export interface Measuring {
  readonly known: Known;
  /** Millimetres of `other`. */
  readonly length: number;
  /** The line over the known thing. */
  readonly scale: Line | null;
  readonly lines: readonly Line[];
}

export const NOTHING: Measuring = { known: "coin", length: 10, scale: null, lines: [] };

export interface Length {
  readonly line: Line;
  readonly millimetres: number;
  /** How far off the hand may be, millimetres. */
  readonly give: number;
}

export function pixels({ from, to }: Line): number {
  return Math.hypot(to.x - from.x, to.y - from.y);
}

/** Millimetres of the known thing. */
export function knownLength(measuring: Measuring): number {
  return measuring.known === "other" ? measuring.length : KNOWN[measuring.known];
}

/** A typed length, with a comma or a point; `null` for what is none. */
export function readLength(text: string): number | null {
  const plain = text.trim().replace(",", ".");
  if (!/^\d{1,4}(?:\.\d{1,2})?$/.test(plain)) return null;
  const length = Number(plain);
  return length >= SHORTEST && length <= LONGEST ? length : null;
}

/** The first line gives the scale, the following ones are measured. A slip changes nothing. */
export function drawn(measuring: Measuring, line: Line): Measuring {
  if (!(pixels(line) >= SLIP)) return measuring;
  if (measuring.scale === null) return { ...measuring, scale: line };
  return { ...measuring, lines: [...measuring.lines, line].slice(-MOST) };
}

/** Takes the last line back; the scale is the last of them. */
export function undone(measuring: Measuring): Measuring {
  if (measuring.lines.length > 0) return { ...measuring, lines: measuring.lines.slice(0, -1) };
  return { ...measuring, scale: null };
}

/** The measured lengths, in the order in which they were drawn. */
export function lengths(measuring: Measuring): readonly Length[] {
  const { scale } = measuring;
  if (scale === null) return [];
  const reference = pixels(scale);
  const known = knownLength(measuring);
  return measuring.lines.map((line) => {
    const length = pixels(line);
    const millimetres = (length / reference) * known;
    return { line, millimetres, give: millimetres * Math.hypot(MISS / reference, MISS / length) * Math.SQRT2 };
  });
}
