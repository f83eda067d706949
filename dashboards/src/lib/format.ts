/** Numbers, times and ages as people say them. Pure: the time and the language are arguments. */
import { DAY, HOUR, MINUTE, SECOND, type Micros } from "./types";

export type Language = "fr" | "en";

interface Display {
  readonly decimals: number;
  readonly unit: string;
  /** Factor from the stored unit to the shown one. */
  readonly factor: number;
}

const WHOLE: Display = { decimals: 0, unit: "", factor: 1 };

/** How each metric is shown. Stored units are those of the hub's nomenclature. */
const DISPLAY: Readonly<Record<string, Display>> = {
  heart_rate: { decimals: 0, unit: "/min", factor: 1 },
  pulse_rate: { decimals: 0, unit: "/min", factor: 1 },
  spo2: { decimals: 0, unit: "%", factor: 1 },
  perfusion_index: { decimals: 1, unit: "%", factor: 1 },
  respiration_rate: { decimals: 0, unit: "/min", factor: 1 },
  systolic: { decimals: 0, unit: "mmHg", factor: 1 },
  diastolic: { decimals: 0, unit: "mmHg", factor: 1 },
  mean_pressure: { decimals: 0, unit: "mmHg", factor: 1 },
  temperature: { decimals: 1, unit: "°C", factor: 1 },
  weight: { decimals: 1, unit: "kg", factor: 1 },
  // Stored in mg/dL; French wards speak of g/L.
  glucose: { decimals: 2, unit: "g/L", factor: 0.01 },
  battery: { decimals: 0, unit: "%", factor: 1 },
};

export const DASH = "—";

export function unitOf(metric: string): string {
  return DISPLAY[metric]?.unit ?? "";
}

const numbers = new Map<string, Intl.NumberFormat>();

/** Kept, because making one costs more than a tile: a ward of 120 formats five hundred numbers each second. */
function numberFormat(decimals: number, language: Language): Intl.NumberFormat {
  const key = `${language}${decimals}`;
  let format = numbers.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(language === "fr" ? "fr-FR" : "en-GB", {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    numbers.set(key, format);
  }
  return format;
}

/** A number as the language writes it; a value that is no number is a dash. */
export function formatNumber(value: number, decimals: number, language: Language): string {
  return Number.isFinite(value) ? numberFormat(decimals, language).format(value) : DASH;
}

/** A value of a metric, without its unit. */
export function formatValue(metric: string, value: number, language: Language): string {
  const display = DISPLAY[metric] ?? WHOLE;
  return formatNumber(value * display.factor, display.decimals, language);
}

/** A value with its unit, the two held together. */
export function formatWithUnit(metric: string, value: number, language: Language): string {
  const unit = unitOf(metric);
  const glue = unit.startsWith("/") ? "" : "\u00A0";
  return `${formatValue(metric, value, language)}${unit === "" ? "" : glue + unit}`;
}

/** What a chart shows: the stored number in the shown unit. */
export function shownNumber(metric: string, value: number): number {
  return value * (DISPLAY[metric]?.factor ?? 1);
}

const two = (value: number): string => String(value).padStart(2, "0");

function parts(time: Micros): { day: number; month: number; hour: number; minute: number; date: Date } {
  const date = new Date(time / 1000);
  return { day: date.getDate(), month: date.getMonth() + 1, hour: date.getHours(), minute: date.getMinutes(), date };
}

/** Hour and minute of the place: `03 h 12`, or `03:12` in English. */
export function clock(time: Micros, language: Language): string {
  const { hour, minute } = parts(time);
  return language === "fr" ? `${two(hour)}\u00A0h\u00A0${two(minute)}` : `${two(hour)}:${two(minute)}`;
}

/** Hour and minute for a head line or an axis: `03:12`. */
export function digitalClock(time: Micros): string {
  const { hour, minute } = parts(time);
  return `${two(hour)}:${two(minute)}`;
}

/** Calendar days from `a` to `b` at this place. */
function daysBetween(a: Micros, b: Micros): number {
  const midnight = (time: Micros): number => {
    const date = new Date(time / 1000);
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  };
  return Math.round((midnight(b) - midnight(a)) / (DAY / 1000));
}

/** A moment, past or to come: `à 03 h 12`, `hier à 03 h 12`, `demain à 03 h 12`, `le 12/11 à 03 h 12`. */
export function moment(time: Micros, now: Micros, language: Language): string {
  const days = daysBetween(time, now);
  const at = language === "fr" ? `à ${clock(time, "fr")}` : `at ${clock(time, "en")}`;
  if (days === 0) return at;
  if (days === 1) return language === "fr" ? `hier ${at}` : `yesterday ${at}`;
  if (days === -1) return language === "fr" ? `demain ${at}` : `tomorrow ${at}`;
  const { day, month } = parts(time);
  return language === "fr" ? `le ${two(day)}/${two(month)} ${at}` : `on ${two(day)}/${two(month)} ${at}`;
}

/** A length of time in its largest unit: `12 s`, `2 min`, `3 h`, `4 j`. For a tile. */
export function shortDuration(duration: Micros, language: Language): string {
  const space = "\u00A0";
  if (duration < MINUTE) return `${Math.max(0, Math.floor(duration / SECOND))}${space}s`;
  if (duration < HOUR) return `${Math.floor(duration / MINUTE)}${space}min`;
  if (duration < DAY) return `${Math.floor(duration / HOUR)}${space}h`;
  return `${Math.floor(duration / DAY)}${space}${language === "fr" ? "j" : "d"}`;
}

/** A length of time as one says it: `35 s`, `1 min 20`, `12 min`, `2 h 05`, `3 j`. */
export function duration(length: Micros, language: Language): string {
  const space = "\u00A0";
  const seconds = Math.max(0, Math.floor(length / SECOND));
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds}${space}s`;
  if (minutes < 10 && seconds % 60 > 0) return `${minutes}${space}min${space}${two(seconds % 60)}`;
  if (minutes < 60) return `${minutes}${space}min`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}${space}h${space}${two(minutes % 60)}`;
  return shortDuration(length, language);
}

/** How long ago: `à l’instant`, `il y a 12 s`, `il y a 2 min`; from yesterday on the moment itself. */
export function ago(time: Micros, now: Micros, language: Language): string {
  const age = now - time;
  if (age < 2 * SECOND) return language === "fr" ? "à l’instant" : "just now";
  if (age >= 12 * HOUR) return moment(time, now, language);
  const length = age < 10 * MINUTE ? shortDuration(age, language) : duration(age, language);
  return language === "fr" ? `il y a ${length}` : `${length} ago`;
}

const LONG = { weekday: "long", day: "numeric", month: "long" } as const;
const dates = { fr: new Intl.DateTimeFormat("fr-FR", LONG), en: new Intl.DateTimeFormat("en-GB", LONG) };

/** Date in full: `samedi 21 novembre`. */
export function longDate(time: Micros, language: Language): string {
  return dates[language].format(new Date(time / 1000));
}

/** `MJ` for MARTIN Jeanne; never empty. */
export function initials(family: string, given: string): string {
  const first = (word: string): string => {
    const point = word.trim().codePointAt(0);
    return point === undefined ? "" : String.fromCodePoint(point).toLocaleUpperCase("fr");
  };
  return first(given) + first(family) || "?";
}

/** What stands on a room's door: `12` of `Chambre 12`; a room with a name of its own keeps it. */
export function roomNumber(room: string): string {
  return room.trim().replace(/^(?:chambre|ch\.?|room)\s+(?=\S)/i, "") || room;
}

/** `MARTIN Jeanne`: the family name in capitals, as on every list of a ward. */
export function fullName(family: string, given: string): string {
  return `${family.toLocaleUpperCase("fr")} ${given}`.trim();
}
