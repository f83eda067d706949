/** What a guest's page makes of its link and of the room's values. Pure. */
import type { CallValue } from "./call";
import type { GuestView } from "./call-api";
import type { Words } from "./i18n";
import { HOUR, SECOND, type ResidentView, type Value } from "./types";

/** Characters of a token; the hub takes no more. */
const LONGEST = 128;
/** Measured all the time: without a new one for this long it is not live. The hub's table of metrics is not a guest's to read. */
const LIVE = new Set(["spo2", "heart_rate", "pulse_rate", "respiration_rate", "perfusion_index"]);
const LIVE_SECONDS = 15;
/** Measured now and then: its age stands beside it. */
const SPOT_SECONDS = (12 * HOUR) / SECOND;

export type GuestProblem = keyof Words["call"]["guest"]["problem"];

/** The token of an address's fragment; `null` when it holds none. */
export function tokenOf(hash: string): string | null {
  const token = hash.replace(/^#/, "").trim();
  return token === "" || token.length > LONGEST || !/^[\w~.-]+$/.test(token) ? null : token;
}

/** Why an invitation did not open, among what the page has words for. */
export function problemOf(code: string, words: Words): GuestProblem {
  return Object.hasOwn(words.call.guest.problem, code) ? (code as GuestProblem) : "failed";
}

/** A value that the room sent, with when it is no longer live. */
export function heard(value: CallValue): Value {
  return { ...value, sensor: "", stale_after: LIVE.has(value.metric) ? LIVE_SECONDS : SPOT_SECONDS };
}

/** The resident as the cards of values want them: a guest knows of no limit and no sensor. */
export function residentOf(guest: GuestView, values: readonly Value[]): ResidentView {
  return { ...guest.resident, id: guest.call.resident, edge: null, limits: [], sensors: [], unwatched_reason: null, values, watched: true };
}
