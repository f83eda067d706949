/**
 * A call whose page is loaded again: noted in the tab's own storage when the page goes, taken up when it comes back, with
 * microphone and camera as they were. A tab that closes takes its note along; the hub then notices after half a minute that the
 * page left.
 */

const KEY = "veilleuse-call";
/** Milliseconds for which the hub waits for a page that went. */
export const LASTS = 30_000;

export interface Left {
  readonly call: string;
  readonly resident: string;
  readonly microphone: boolean;
  readonly camera: boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
}

type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Notes a call that this page is in. */
export function leaveNote(shelf: Shelf, left: Left): void {
  try {
    shelf.setItem(KEY, JSON.stringify(left));
  } catch {
    // A browser without storage rings again by hand.
  }
}

/** Takes the note of a call about this resident, once; `null` when there is none, or it is too old. */
export function takeNote(shelf: Shelf, resident: string, now: number): Left | null {
  const left = parse(read(shelf));
  if (left?.resident !== resident) return null;
  shelf.removeItem(KEY);
  return now >= left.at && now - left.at < LASTS ? left : null;
}

function read(shelf: Shelf): string | null {
  try {
    return shelf.getItem(KEY);
  } catch {
    return null;
  }
}

function parse(text: string | null): Left | null {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    return isLeft(value) ? value : null;
  } catch {
    return null;
  }
}

function isLeft(value: unknown): value is Left {
  if (typeof value !== "object" || value === null) return false;
  const { call, resident, microphone, camera, at } = value as Record<string, unknown>;
  return typeof call === "string" && typeof resident === "string" && typeof microphone === "boolean" && typeof camera === "boolean" && typeof at === "number";
}
