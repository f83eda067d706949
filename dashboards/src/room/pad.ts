/** The caregivers' code as it is typed. Pure: what it is, only the device knows. */

/** A code has 4 to 16 digits (`[call] carer_code_file`). */
export const LEAST = 4;
export const MOST = 16;

export const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "clear", "0", "back"] as const;
export type Key = (typeof KEYS)[number];

/** The digits after one more key. */
export function pressed(digits: string, key: Key): string {
  if (key === "clear") return "";
  if (key === "back") return digits.slice(0, -1);
  return digits.length < MOST ? digits + key : digits;
}

/** The key of a keyboard that is one of the pad's; `null` for any other. */
export function keyOf(name: string): Key | null {
  if (name === "Backspace") return "back";
  if (name === "Delete") return "clear";
  return KEYS.find((key) => key === name && /^\d$/.test(key)) ?? null;
}

export function isWhole(digits: string): boolean {
  return digits.length >= LEAST;
}
