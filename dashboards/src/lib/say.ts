/** Sentences about alerts, sensors, limits and errors. Pure: words, language and time are arguments. */
import { ApiError, IdentityError } from "./api";
import { ago, duration, formatWithUnit, fullName, roomNumber, type Language } from "./format";
import { lookUp, type Words } from "./i18n";
import type { AlertView, LimitView, Micros, ResidentView, SensorView, Value } from "./types";

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
  return words.alert[alert.code];
}

/** What it means, in a sentence without its full stop. */
export function alertMeaning(alert: AlertView, speech: Speech): string {
  const { words, language } = speech;
  switch (alert.code) {
    case "limit_low":
    case "limit_high": {
      if (alert.limit === null) return "";
      const limit = formatWithUnit(alert.metric ?? "", alert.limit, language);
      return alert.code === "limit_low" ? words.alert.under(limit) : words.alert.over(limit);
    }
    case "sensor_silent":
      return words.alert.sensor_silent_more(alert.sensor ?? "");
    case "probe_off":
      return words.alert.probe_off_more(alert.sensor ?? "");
    case "edge_silent":
      return words.alert.edge_silent_more;
    case "clock_skew":
      return words.alert.clock_skew_more;
    case "spool_full":
      return words.alert.spool_full_more;
  }
}

/** Since when: `depuis 1 min 20`, or `terminée il y a 3 min, personne ne l’a vue`. */
export function alertSince(alert: AlertView, { words, language, now }: Speech): string {
  if (alert.condition === "active" || alert.cleared === null) {
    return words.alert.since(duration(now - alert.onset, language));
  }
  const when = ago(alert.cleared, now, language);
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
  if (alert.condition === "cleared") return ""; // "nobody has seen it" is said already
  return alert.suppression === "none" ? words.alert.nobody : words.alert.suppressed;
}

/** The whole alert as one sentence for a screen reader. */
export function alertSpoken(alert: AlertView, resident: ResidentView | undefined, speech: Speech): string {
  const what = [alertHeadline(alert, speech), alertMeaning(alert, speech)].filter((part) => part !== "").join(", ");
  if (resident === undefined) return `${roomName(alert.room, speech.words)}. ${what}.`;
  return speech.words.alert.spoken(fullName(resident.family_name, resident.given_name), roomName(resident.room, speech.words), what);
}

/** Why a sensor is silent, or that it speaks. */
export function sensorSentence(sensor: SensorView, { words, language, now }: Speech): string {
  const last = sensor.last === null ? null : ago(sensor.last, now, language);
  switch (sensor.link) {
    case "up":
      return last === null ? words.sensor.upNever : words.sensor.up(last);
    case "connecting":
      return words.sensor.connecting;
    case "silent":
      return last === null ? words.sensor.silentNever : words.sensor.silent(last);
    case "down":
      return last === null ? words.sensor.downNever : words.sensor.down(last);
    case "unknown":
      return words.sensor.unknown;
  }
}

/** What a limit says: `alarme sous 90 %, après 10 s`. */
export function limitSentence(limit: LimitView, { words, language }: Speech): string {
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
