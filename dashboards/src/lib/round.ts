/** The measurement round as data and sentences. Pure. */
import type { components } from "./api.gen";
import type { Api } from "./api";
import { isDoubtful } from "./curves";
import { clock, duration, formatWithUnit, moment } from "./format";
import { rounded } from "./keypad";
import { lookUp } from "./i18n";
import type { Speech } from "./say";
import { MINUTE, SECOND, type Micros, type ResidentView } from "./types";

type Schemas = components["schemas"];

export type DoubtView = Schemas["DoubtView"];
export type DraftView = Schemas["DraftView"];
export type FieldRange = Schemas["FieldRange"];
export type RoundEntry = Schemas["RoundEntry"];
export type RoundView = Schemas["RoundView"];
export type ReadingIn = Schemas["ReadingIn"];
export type ScoreView = Schemas["Score"];
export type SetHistory = Schemas["SetHistory"];
export type SetView = Schemas["SetView"];
export type SheetView = Schemas["SheetView"];
export type SetIn = Partial<Schemas["SetIn"]> & Pick<Schemas["SetIn"], "id" | "resident" | "time" | "readings">;
export type CorrectionIn = Partial<Schemas["CorrectionIn"]> & Pick<Schemas["CorrectionIn"], "key" | "version" | "resident" | "readings" | "reason">;
export type WithdrawalIn = Schemas["WithdrawalIn"];

/** Sensor of what somebody wrote down, as the hub names it. */
export const ENTERED = "@entered";
/** Age up to which a sensor's value belongs to a set that is taken now. */
export const OFFERED: Micros = 15 * MINUTE;
export const CONSCIOUSNESS = ["A", "C", "V", "P", "U"] as const;
/** Choices instead of a number. */
export const CHOICES: ReadonlySet<string> = new Set(["consciousness", "on_oxygen"]);

/** The requests about the round. */
export class RoundApi {
  constructor(private readonly api: Api) {}

  round(signal?: AbortSignal): Promise<RoundView> {
    return this.api.request("GET", "/rounds", undefined, signal);
  }

  sheet(resident: string, signal?: AbortSignal): Promise<SheetView> {
    return this.api.request("GET", RoundApi.at(resident), undefined, signal);
  }

  draft(resident: string, readings: readonly ReadingIn[], correcting: string, signal?: AbortSignal): Promise<DraftView> {
    return this.api.request("POST", `${RoundApi.at(resident)}/draft`, { readings, correcting }, signal);
  }

  enter(set: SetIn): Promise<SetView> {
    return this.api.request("POST", `${RoundApi.at(set.resident)}/sets`, set);
  }

  correct(set: string, order: CorrectionIn): Promise<SetView> {
    return this.api.request("POST", `${RoundApi.at(order.resident)}/sets/${encodeURIComponent(set)}`, order);
  }

  withdraw(set: string, order: WithdrawalIn): Promise<SetView> {
    return this.api.request("POST", `${RoundApi.at(order.resident)}/sets/${encodeURIComponent(set)}/withdrawal`, order);
  }

  private static at(resident: string): string {
    return `/rounds/${encodeURIComponent(resident)}`;
  }
}

/** A value that a sensor of the resident has just measured. */
export interface Offer {
  readonly metric: string;
  readonly value: number;
  readonly time: Micros;
  readonly sensor: string;
}

/** What sensors offer for a set that is taken now: fresh and fit. */
export function offers(resident: ResidentView, now: Micros): ReadonlyMap<string, Offer> {
  const found = new Map<string, Offer>();
  for (const each of resident.values) {
    if (each.sensor === ENTERED || isDoubtful(each) || now - each.time > OFFERED || each.time > now + 60 * SECOND) continue;
    found.set(each.metric, { metric: each.metric, value: rounded(each.metric, each.value), time: each.time, sensor: each.sensor });
  }
  return found;
}

/** A value as a person says it: `96 %`, `Air`, `A`. */
export function valueText(metric: string, value: number, { words, language }: Speech): string {
  if (metric === "on_oxygen") return value > 0 ? words.round.oxygen : words.round.air;
  if (metric === "consciousness") return words.round.acvpuShort[CONSCIOUSNESS[value] ?? "A"];
  return formatWithUnit(metric, value, language);
}

/** The parameter's name: NEWS2 calls the pulse `pulse`. */
export function parameterName(parameter: string, { words }: Speech): string {
  return lookUp(words.metric, parameter === "pulse" ? "pulse_rate" : parameter);
}

/** When somebody is to be measured: `maintenant`, `en retard de 2 h 05`, `à 14 h 30`. */
export function dueText(entry: Pick<RoundEntry, "state" | "why" | "at">, { words, language, now }: Speech): string {
  const said = words.round.when;
  if (entry.state === "none") return said.none;
  if (entry.at === null) return said.now;
  if (entry.at > now) return entry.state === "soon" ? said.in(duration(Math.max(MINUTE, entry.at - now), language)) : said.at(moment(entry.at, now, language));
  const late = now - entry.at;
  return late < 5 * MINUTE ? said.now : said.late(duration(late, language));
}

/** When the next set is advised. */
export function nextText(next: Micros | null, why: DraftView["why"], { words, language, now }: Speech): string {
  if (why === "exempt") return words.round.when.none;
  if (next === null) return words.round.next.now;
  if (next <= now) return words.round.next.now;
  const day = moment(next, now, language);
  return words.round.next.at(next - now < 20 * 60 * MINUTE ? (language === "fr" ? `à ${clock(next, language)}` : `at ${clock(next, language)}`) : ahead(next, now, day, language));
}

/** `moment` speaks of the past; the day after is said in full. */
function ahead(next: Micros, now: Micros, fallback: string, language: Speech["language"]): string {
  const tomorrow = new Date(now / 1000);
  tomorrow.setDate(tomorrow.getDate() + 1);
  const same = new Date(next / 1000).toDateString() === tomorrow.toDateString();
  if (!same) return fallback;
  return language === "fr" ? `demain à ${clock(next, language)}` : `tomorrow at ${clock(next, language)}`;
}

/** The colour and mark that a risk has: those of the priority it would ring with. */
export function riskKind(score: Pick<ScoreView, "risk">): "high" | "medium" | "" {
  if (score.risk === "high") return "high";
  return score.risk === "medium" || score.risk === "low-medium" ? "medium" : "";
}

/** `7`, or `au moins 5` while something is missing. */
export function totalText(score: Pick<ScoreView, "total" | "missing">, { words }: Speech): string {
  return score.missing.length === 0 ? String(score.total) : words.round.atLeast(String(score.total));
}

/** What is doubtful about a value, in a sentence: what is wrong and between what it must be. */
export function doubtText(doubt: Pick<DoubtView, "metric" | "fault" | "low" | "high" | "before">, speech: Speech): string {
  const said = speech.words.round.doubt;
  const value = (number: number | null): string => (number === null ? "" : valueText(doubt.metric, number, speech));
  switch (doubt.fault) {
    case "unusual":
      return said.unusual(value(doubt.low), value(doubt.high));
    case "changed":
      return said.changed(value(doubt.before));
    case "pressure":
      return said.pressure;
    case "unknown":
      return said.unknown;
    case "not_whole":
    case "impossible":
      return said.impossible(value(doubt.low), value(doubt.high));
  }
}

/** Whom to walk to next: the first who is due or soon, after the one before in the list. */
export function following(entries: readonly RoundEntry[], resident: string, finished: ReadonlySet<string>): string | null {
  const open = entries.filter((each) => (each.state === "due" || each.state === "soon") && !finished.has(each.resident) && each.resident !== resident);
  const place = entries.findIndex((each) => each.resident === resident);
  const after = open.find((each) => entries.indexOf(each) > place);
  return (after ?? open[0])?.resident ?? null;
}
