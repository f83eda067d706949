/**
 * Why a sensor is silent, as a sentence: the same words and rules as `hub/words.py`, held together by
 * `words/cases.json`. Pure.
 */
import en from "../../words/why.en.json";
import fr from "../../words/why.fr.json";
import type { Language } from "./format";
import { french } from "./typography";
import { HOUR, MINUTE, SECOND, type Micros, type SensorView } from "./types";

interface Name {
  readonly the: string;
  readonly of: string;
  readonly gender: string;
  /** What makes it speak again. */
  readonly wake: string;
}
interface Sentence {
  readonly fact: string;
  readonly never: string;
  readonly todo: string;
  readonly todo_low?: string;
  readonly battery?: boolean;
  readonly battery_low?: boolean;
}
interface Said {
  readonly names: Readonly<Record<string, Name>>;
  readonly durations: Readonly<Record<"s" | "min" | "h" | "d", string>>;
  readonly battery: string;
  readonly full_stop: string;
  readonly why: Readonly<Record<string, Sentence>>;
}

export type Why = SensorView["why"];

const SAID: Readonly<Record<Language, Said>> = { fr, en };
/** Per cent, and below. */
const LOW_BATTERY = 20;

function typeset(text: string, language: Language): string {
  return language === "fr" ? french(text) : text;
}

function nameIn(said: Said, kind: string): Name {
  const name = Object.hasOwn(said.names, kind) ? said.names[kind] : said.names["sensor"];
  if (name === undefined) throw new Error("words have no name for a sensor of unknown kind");
  return name;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What a nurse calls a sensor, with its article: `l’oxymètre`; `start` begins a sentence with it. */
export function sensorName(kind: string, sensor: string, language: Language, start = false): string {
  const the = nameIn(SAID[language], kind).the.replaceAll("{sensor}", sensor);
  return typeset(start ? capital(the) : the, language);
}

function length(span: Micros, durations: Said["durations"]): string {
  const seconds = Math.floor(Math.max(0, span) / SECOND);
  const say = (unit: keyof Said["durations"], size: number): string =>
    durations[unit].replaceAll("{n}", String(Math.floor(seconds / size)));
  if (seconds < 60) return say("s", 1);
  if (seconds < HOUR / SECOND) return say("min", MINUTE / SECOND);
  return seconds < 48 * 3600 ? say("h", 3600) : say("d", 86_400);
}

/** Why a sensor is silent, and what to do next. A code nobody has words for is shown as it is. */
export function whySentence(why: Why, now: Micros, language: Language): string {
  const said = SAID[language];
  const sentence = Object.hasOwn(said.why, why.code) ? said.why[why.code] : undefined;
  if (sentence === undefined) return why.code;
  const { since, battery, sensor, kind } = why.params;
  const name = nameIn(said, String(kind));
  const low = typeof battery === "number" && battery <= LOW_BATTERY;
  let text = since === undefined ? sentence.never : sentence.fact;
  if (battery !== undefined && (sentence.battery === true || (sentence.battery_low === true && low))) text += said.battery;
  text += said.full_stop;
  const todo = low && sentence.todo_low !== undefined ? sentence.todo_low : sentence.todo;
  const tokens: readonly (readonly [string, string])[] = [
    ["{the}", name.the],
    ["{The}", capital(name.the)],
    ["{of}", name.of],
    ["{wake}", name.wake],
    ["{age}", length(now - Number(since ?? now), said.durations)],
    ["{battery}", String(battery)],
    ["{sensor}", String(sensor)],
  ];
  const filled = tokens.reduce(
    (sofar, [token, value]) => sofar.replaceAll(token, value),
    `${text} ${todo}`.trim().replace(/\{([\p{L}]+)\/([\p{L}]+)\}/gu, name.gender === "m" ? "$1" : "$2"),
  );
  return typeset(filled, language);
}
