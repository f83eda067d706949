/** Orders that something does not sound: which concerns what, for how long still, and why. Pure. */
import { digitalClock, formatNumber, fullName, type Language } from "./format";
import { lookUp } from "./i18n";
import { alertHeadline, roomName, type Speech } from "./say";
import type { WardState } from "./state";
import type { AlertView, Micros, ResidentView, SuppressionView } from "./types";
import { HOUR, MINUTE, SECOND } from "./types";
import { sensorName } from "./why";

export const SILENCE_SECONDS = 120;
export const CARE_SECONDS = 900;
/** For how long a sensor may be put out of service, seconds; the first is offered. */
export const OUT_SECONDS = [8 * 3600, 3600, 24 * 3600] as const;

/** Reasons that need one tap. */
export const SILENCE_REASONS = ["in_care", "sensor_moved", "in_room"] as const;
export const OUT_REASONS = ["repair", "charging", "cleaning"] as const;

/** A reason as a person reads it: a code of ours in words, what somebody wrote as it is. */
export function reasonText(reason: string, { words }: Speech): string {
  return Object.hasOwn(words.quiet.reason, reason) ? lookUp(words.quiet.reason, reason) : reason;
}

/** What is left: `1:32` of minutes, `2 h 05` of hours; never below nothing. */
export function remaining(until: Micros, now: Micros): string {
  const left = Math.max(0, until - now);
  if (left >= HOUR) {
    const minutes = Math.ceil(left / MINUTE);
    return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`;
  }
  const seconds = Math.ceil(left / SECOND);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** The same for a screen reader, which must not count seconds aloud: `encore 2 min`. */
export function remainingSpoken(until: Micros, now: Micros, { words, language }: Speech): string {
  const minutes = Math.max(1, Math.ceil((until - now) / MINUTE));
  return words.quiet.minutesLeft(formatNumber(minutes, 0, language));
}

/** The order that covers an alert, as long as it lasts. */
export function coverOf(state: WardState, alert: AlertView, now: Micros): SuppressionView | undefined {
  const order = alert.muted_by === null ? undefined : state.suppressions.get(alert.muted_by);
  return order !== undefined && order.until > now ? order : undefined;
}

/** Care that is being given to a resident. */
export function careOf(state: WardState, resident: ResidentView): SuppressionView | undefined {
  return [...state.suppressions.values()].find(
    (order) => order.kind === "care" && order.edge === resident.edge && order.resident === resident.id,
  );
}

/** The order that puts a sensor out of service. */
export function outOfService(state: WardState, edge: string | null, sensor: string): SuppressionView | undefined {
  return [...state.suppressions.values()].find(
    (order) => order.kind === "out_of_service" && order.edge === edge && order.sensor === sensor,
  );
}

/** The sensors of a resident's room that are out of service. */
export function outOfServiceOf(state: WardState, resident: ResidentView): readonly SuppressionView[] {
  return [...state.suppressions.values()].filter(
    (order) => order.kind === "out_of_service" && resident.edge !== null && order.edge === resident.edge,
  );
}

/** What a sensor is called here. */
function thing(state: WardState, order: SuppressionView, language: Language): string {
  const sensor = state.edges.get(order.edge)?.sensors.find((known) => known.sensor === order.sensor);
  return sensorName(sensor?.kind ?? "sensor", order.sensor ?? "", language, true);
}

/** What a resident's sensor is called; it begins a sentence. */
export function sensorOf(resident: ResidentView, sensor: string | null, { language }: Speech): string {
  const known = resident.sensors.find((each) => each.sensor === sensor);
  return sensorName(known?.kind ?? "sensor", sensor ?? "", language, true);
}

/** What an order is about: `MARTIN Jeanne · SpO₂ 84 %`. */
export function targetOf(state: WardState, order: SuppressionView, speech: Speech): string {
  const resident = order.resident === null ? undefined : state.residents.get(order.resident);
  const who = resident === undefined ? roomName(order.room, speech.words) : fullName(resident.family_name, resident.given_name);
  if (order.kind === "out_of_service") return `${who} · ${thing(state, order, speech.language)}`;
  const alert = order.alert === null ? undefined : state.alerts.get(order.alert);
  return alert === undefined ? who : `${who} · ${alertHeadline(alert, speech)}`;
}

/** The orders in force, the first to end first. */
export function ordersOf(state: WardState, now: Micros): readonly SuppressionView[] {
  return [...state.suppressions.values()].filter((order) => order.until > now).sort((a, b) => a.until - b.until || a.id.localeCompare(b.id));
}

/** When an order ends, as an hour. */
export function endOf(order: SuppressionView): string {
  return digitalClock(order.until);
}
