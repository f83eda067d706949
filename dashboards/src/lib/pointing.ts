/** Who points where, and for how long it is seen. Pure. */
import type { PictureOf, Pointing, Spot } from "./channel";

/** Milliseconds after which a spot is gone. */
export const LASTS = 3_000;
/** Milliseconds of that in which it fades. */
export const FADES = 1_000;
/** Milliseconds between two messages of one pointer. */
export const STEP = 60;
/** Milliseconds after which a finger that rests is told again. */
export const AGAIN = 500;

interface Held {
  readonly spot: Spot;
  readonly at: number;
}

/** The last spot of each seat. */
export type Spots = ReadonlyMap<string, Held>;

export interface Shown {
  readonly seat: string;
  readonly x: number;
  readonly y: number;
  /** From 1 to just above 0. */
  readonly strength: number;
}

/** Takes what somebody points at; `now` in milliseconds. */
export function pointed(spots: Spots, { from, spot }: Pointing, now: number): Spots {
  const next = new Map([...spots].filter(([, held]) => now - held.at < LASTS));
  if (spot === null) next.delete(from);
  else next.set(from, { spot, at: now });
  return next;
}

/** What is seen in a picture now. */
export function shown(spots: Spots, on: PictureOf, now: number): readonly Shown[] {
  return [...spots].flatMap(([seat, { spot, at }]) => {
    const left = LASTS - (now - at);
    return spot.on === on && left > 0 ? [{ seat, x: spot.x, y: spot.y, strength: Math.min(1, left / FADES) }] : [];
  });
}
