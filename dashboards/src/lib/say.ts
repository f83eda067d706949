/** Sentences about alerts, sensors, limits and errors. Pure: words, language and time are arguments. */
import { ApiError, IdentityError } from "./api";
import { ago, duration, formatNumber, formatWithUnit, fullName, roomNumber, type Language } from "./format";
import { lookUp, type Words } from "./i18n";
import { isMomentary, isPresent } from "./rank";
import { compositeHeadline, compositeMeaning, scoreHeadline, scoreMeaning } from "./reasons";
import type { AlertView, LimitView, Micros, ResidentView, SensorView, Value } from "./types";
import { sensorName, whySentence } from "./why";

export interface Speech {
  readonly words: Words;
  readonly language: Language;
  readonly now: Micros;
}

/** `Chambre 12`; a room with a name of its own, such as `Salon`, keeps it. */
export function roomName(room: string, words: Words): string {
  const number = roomNumber(room);
  return /^\d/.test(number) ? words.ward.roomLong(number) : number;
}

export function metricName(metric: string, { words }: Speech): string {
  return lookUp(words.metric, metric);
}

/** What is wrong, in two to four words: `SpO₂ 84 %`, `Capteur muet`. */
export function alertHeadline(alert: AlertView, speech: Speech): string {
  const { words, language } = speech;
  if (alert.code === "limit_low" || alert.code === "limit_high") {
    const metric = alert.metric ?? "";
    const value = alert.value === null ? "" : formatWithUnit(metric, alert.value, language);
    return words.alert[alert.code](metricName(metric, speech), value).trim();
  }
  if (alert.code === "rate_fall" || alert.code === "rate_rise") return words.alert[alert.code](metricName(alert.metric ?? "", speech));
  if (alert.code === "news2") return scoreHeadline(alert, speech);
  if (alert.code === "composite") return compositeHeadline(alert, speech);
  return words.alert[alert.code];
}

/** The sensors an alert is about, as a nurse calls them; the first begins a sentence. */
function alertSensors(alert: AlertView, { language }: Speech, start = true): string {
  return alert.about.map(({ kind, sensor }, index) => sensorName(kind, sensor, language, start && index === 0)).join(", ");
}

/** Why the alert's sensor is silent, without its full stop, where that says more than the alert itself. */
function alertWhy(alert: AlertView, sensors: readonly SensorView[], { language, now }: Speech): string {
  const why = sensors.find(({ sensor }) => sensor === alert.sensor)?.why;
  return why?.fault === true ? whySentence(why, now, language).replace(/\.$/, "") : "";
}

/** How often a resident has called before anybody answered. */
function calls(alert: AlertView): number {
  return 1 + alert.history.filter((step) => step.event === "returned").length;
}

/**
 * What it means, in a sentence without its full stop.
 * @param sensors those of the alert's room, for the reason of a silence.
 */
export function alertMeaning(alert: AlertView, speech: Speech, sensors: readonly SensorView[] = []): string {
  const { words, language } = speech;
  const name = alertSensors(alert, speech);
  switch (alert.code) {
    case "limit_low":
    case "limit_high": {
      if (alert.limit === null) return "";
      const limit = formatWithUnit(alert.metric ?? "", alert.limit, language);
      return alert.code === "limit_low" ? words.alert.under(limit) : words.alert.over(limit);
    }
    case "sensor_silent":
      return alertWhy(alert, sensors, speech) || words.alert.sensor_silent_more(name);
    case "sensor_unplugged":
      return alertWhy(alert, sensors, speech) || words.alert.sensor_unplugged_more(name);
    case "probe_off":
      return words.alert.probe_off_more(name);
    case "sensor_updating":
      return words.alert.sensor_updating_more(name);
    case "sensor_unassigned":
      return words.alert.sensor_unassigned_more(alertSensors(alert, speech, false));
    case "sensor_conflict":
      return words.alert.sensor_conflict_more(name, roomName(alert.other_room ?? "", words));
    case "sensor_fault":
      return words.alert.sensor_fault_more(name);
    case "nurse_call":
      return words.alert.nurse_call_more(calls(alert));
    case "pause":
      return words.alert.pause_more(alert.value === null ? "" : `${formatNumber(alert.value, 1, language)} s`);
    case "news2":
      return scoreMeaning(alert, speech) || words.alert.news2_more;
    case "composite":
      return compositeMeaning(alert, speech) || words.alert.composite_more;
    case "edge_silent":
    case "clock_skew":
    case "spool_full":
    case "rota_hole":
    case "escalation_late":
    case "verdicts_differ":
    case "rate_fall":
    case "rate_rise":
    case "metric_absent":
    case "limit_expired":
    case "battery_low":
    case "radio_down":
    case "loudspeaker_mute":
    case "tablet_mute":
    case "broker_down":
    case "disk_low":
    case "watch_hole":
    case "synthetic_lost":
    case "contact_unreachable":
    case "request_unanswered":
    case "expertise_due":
    case "expertise_late":
    case "bed_exit":
    case "fall":
    case "atrial_fibrillation":
    case "bradycardia":
    case "tachycardia":
    case "apnoea":
      return words.alert[`${alert.code}_more`];
  }
}

/** Whether it was over before the hub knew of it: it was measured while the room could not be reached. */
export function isHistory(alert: Pick<AlertView, "cleared" | "raised">): boolean {
  return alert.cleared !== null && alert.cleared < alert.raised;
}

/** Since when: `depuis 1 min 20`, `il y a 3 min`, or `terminée il y a 3 min, personne ne l’a vue`. */
export function alertSince(alert: AlertView, { words, language, now }: Speech): string {
  if (isMomentary(alert)) return ago(alert.onset, now, language);
  if (alert.condition === "active" || alert.cleared === null) {
    return words.alert.since(duration(now - alert.onset, language));
  }
  const when = ago(alert.cleared, now, language);
  if (isHistory(alert)) return words.alert.history(when);
  return alert.response === "unacknowledged" ? words.alert.ended(when) : words.alert.endedTaken(when);
}

/** The last transition of one kind, for its author. */
function lastBy(alert: AlertView, event: AlertView["history"][number]["event"]): string | null {
  return alert.history.findLast((step) => step.event === event)?.author ?? null;
}

/** Who has it: `personne ne s’en occupe`, `pris par ines`, `vu par ines`. */
export function alertHolder(alert: AlertView, me: string | null, { words }: Speech): string {
  if (alert.response === "taken") {
    if (alert.taken_by !== null && alert.taken_by === me) return words.alert.mine;
    return words.alert.takenBy(alert.taken_by ?? "?");
  }
  if (alert.response === "acknowledged") {
    const who = lastBy(alert, "acknowledged");
    return who === null ? words.alert.seen : words.alert.seenBy(who);
  }
  if (!isPresent(alert)) return ""; // "nobody has seen it" is said already
  if (alert.detail === "outranked") return words.alert.outranked;
  if (alert.detail === "in_hand") return words.alert.inHand;
  return alert.suppression === "none" ? words.alert.nobody : words.alert.suppressed[alert.suppression];
}

/** The whole alert as one sentence for a screen reader. */
export function alertSpoken(alert: AlertView, resident: ResidentView | undefined, speech: Speech): string {
  const what = [alertHeadline(alert, speech), alertMeaning(alert, speech)].filter((part) => part !== "").join(", ");
  if (resident === undefined) return `${roomName(alert.room, speech.words)}. ${what}.`;
  return speech.words.alert.spoken(fullName(resident.family_name, resident.given_name), roomName(resident.room, speech.words), what);
}

/** Why a sensor is silent and what to do, or that it speaks. */
export function sensorSentence(sensor: SensorView, { words, language, now }: Speech): string {
  if (sensor.why.code !== "fine") return whySentence(sensor.why, now, language);
  return sensor.last === null ? words.sensor.upNever : words.sensor.up(ago(sensor.last, now, language));
}

/** What a limit says: `alarme sous 90 %, après 10 s`. */
export function limitSentence(limit: Pick<LimitView, "metric" | "low" | "high" | "delay">, { words, language }: Speech): string {
  const say = (value: number): string => formatWithUnit(limit.metric, value, language);
  const delay = words.resident.limitDelay(limit.delay);
  const { low, high } = limit;
  if (low !== null && high !== null) return `${words.resident.limitBoth(say(low), say(high))}, ${delay}`;
  if (low !== null) return `${words.resident.limitLow(say(low))}, ${delay}`;
  return `${words.resident.limitHigh(high === null ? "?" : say(high))}, ${delay}`;
}

/** Why nobody watches a resident. */
export function unwatchedSentence(resident: ResidentView, { words }: Speech): string {
  const reason = resident.unwatched_reason ?? "other";
  return Object.hasOwn(words.unwatched, reason) ? lookUp(words.unwatched, reason) : words.unwatched.other;
}

export function unwatchedShort(resident: ResidentView, { words }: Speech): string {
  const reason = resident.unwatched_reason ?? "other";
  return Object.hasOwn(words.unwatchedShort, reason) ? lookUp(words.unwatchedShort, reason) : words.unwatchedShort.other;
}

/** Doubts about a value, in words. */
export function doubts(value: Value, { words }: Speech): string {
  return value.flags.map((flag) => lookUp(words.doubt, flag)).join(", ");
}

/** What happened, what it means, what to do. */
export function errorSentence(error: unknown, words: Words): string {
  if (error instanceof IdentityError) return words.resident.identity;
  return error instanceof ApiError ? words.error[error.failure] : words.error.failing;
}
