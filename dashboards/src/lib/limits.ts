/** Limits as prescriptions: what is typed, what it says in plain words, and where it stands on a scale. Pure. */
import { formatNumber, formatWithUnit, shownNumber, unitOf, type Language } from "./format";
import { lookUp } from "./i18n";
import { metricName, type Speech } from "./say";
import type { InForce, LimitOrder, LimitValues, Loosening, MeasurementPage, Micros, MetricRange, PrescriptionPaper, ResidentLimits } from "./types";
import { DAY } from "./types";

/** What a person typed, as text: an empty bound is none. Dates as the browser's own field gives them, `2026-11-22`. */
export interface Draft {
  readonly metric: string;
  readonly priority: LimitValues["priority"];
  readonly low: string;
  readonly high: string;
  readonly delay: string;
  readonly area: string;
  /** Empty: from the signature on. */
  readonly begin: string;
  readonly end: string;
  readonly review: string;
  readonly reason: string;
}

export type Field = "low" | "high" | "delay" | "area" | "begin" | "end" | "review" | "reason";
export type Wrong = "number" | "range" | "none" | "crossed" | "past" | "far" | "after" | "beyond" | "early" | "missing";
export type Faults = Partial<Record<Field, Wrong>>;

const MAX_DELAY = 3600;
const MAX_AREA = 10_000;
/** Months for which a new prescription is proposed, and after which it is looked at again. */
const MONTHS = 6;
const REVIEW_MONTHS = 3;
/** Doubts with which a value decides on nothing: probe off, motion, held, implausible, questionable. */
const UNFIT = 1 | 2 | 16 | 64 | 128;

/** A number as French or English hands type it; what is none is `null`. */
export function typed(text: string): number | null {
  const plain = text.trim().replace(",", ".").replace("\u2212", "-");
  return /^-?\d{1,6}(\.\d{1,3})?$/.test(plain) ? Number(plain) : null;
}

function written(metric: string, value: number | null, language: Language): string {
  if (value === null) return "";
  const number = Math.round(shownNumber(metric, value) * 1000) / 1000;
  return language === "fr" ? String(number).replace(".", ",") : String(number);
}

/** A bound as the hub stores it. */
function stored(metric: string, text: string): number | null {
  const number = typed(text);
  return number === null ? null : Math.round((number / shownNumber(metric, 1)) * 1000) / 1000;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** The day of a time at this place, as a field of dates has it. */
export function dayOf(time: Micros): string {
  const date = new Date(time / 1000);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The first or the last second of a day, or its noon; `null` for what is no day. */
export function timeOf(day: string, at: "start" | "noon" | "end"): Micros | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (found === null) return null;
  const [hour, minute, second] = { start: [0, 0, 0], noon: [12, 0, 0], end: [23, 59, 59] }[at] as [number, number, number];
  const date = new Date(Number(found[1]), Number(found[2]) - 1, Number(found[3]), hour, minute, second);
  return Number.isNaN(date.getTime()) ? null : date.getTime() * 1000;
}

function months(now: Micros, count: number): string {
  const date = new Date(now / 1000);
  date.setMonth(date.getMonth() + count);
  return dayOf(date.getTime() * 1000);
}

/** What stands in the form at first: the limit as it is, until the end of the prescription it takes the place of. */
export function draftOf(limit: LimitValues, paper: PrescriptionPaper | null, now: Micros, language: Language): Draft {
  const running = paper?.end !== null && paper?.end !== undefined && paper.end > now + 2 * DAY ? paper.end : null;
  const end = running === null ? months(now, MONTHS) : dayOf(running);
  const review = running === null ? months(now, REVIEW_MONTHS) : dayOf(now + (running - now) / 2);
  return {
    metric: limit.metric,
    priority: limit.priority,
    low: written(limit.metric, limit.low, language),
    high: written(limit.metric, limit.high, language),
    delay: String(Math.round(limit.delay)),
    area: limit.area === 0 ? "" : String(Math.round(limit.area)),
    begin: "",
    end,
    review,
    reason: "",
  };
}

/** A limit of a metric that has none yet. */
export function emptyLimit(metric: string): LimitValues {
  return { id: "", metric, priority: "medium", low: null, high: null, delay: 30, hysteresis: 0, gap: 60, area: 0 };
}

/** What is wrong with each field, while somebody types; the hub checks the same again. */
export function faultsOf(draft: Draft, range: MetricRange, now: Micros, longestDays: number): Faults {
  const faults: Faults = {};
  const bounds = { low: stored(draft.metric, draft.low), high: stored(draft.metric, draft.high) };
  for (const side of ["low", "high"] as const) {
    const bound = bounds[side];
    if (draft[side].trim() !== "" && bound === null) faults[side] = "number";
    else if (bound !== null && (bound < range.lowest || bound > range.highest)) faults[side] = "range";
  }
  if (draft.low.trim() === "" && draft.high.trim() === "") faults.low = "none";
  if (bounds.low !== null && bounds.high !== null && bounds.low >= bounds.high) faults.high = "crossed";
  const delay = typed(draft.delay);
  if (delay === null) faults.delay = "number";
  else if (delay < 0 || delay > MAX_DELAY) faults.delay = "range";
  const area = draft.area.trim() === "" ? 0 : typed(draft.area);
  if (area === null) faults.area = "number";
  else if (area < 0 || area > MAX_AREA) faults.area = "range";
  const end = timeOf(draft.end, "end");
  const review = timeOf(draft.review, "noon");
  if (end === null) faults.end = "missing";
  else if (end <= now) faults.end = "past";
  else if (end > now + longestDays * DAY) faults.end = "far";
  if (review === null) faults.review = "missing";
  else if (review <= now) faults.review = "past";
  else if (end !== null && review >= end) faults.review = "after";
  const begin = beginOf(draft, now);
  if (draft.begin !== "" && draft.begin < dayOf(now)) faults.begin = "past";
  else if (begin !== null && end !== null && begin >= end) faults.begin = "beyond";
  else if (begin !== null && review !== null && review <= begin) faults.review ??= "early";
  if (draft.reason.trim() === "") faults.reason = "missing";
  return faults;
}

/** When the limit is to begin: `null` for at once, as today is. */
export function beginOf(draft: Draft, now: Micros): Micros | null {
  const begin = timeOf(draft.begin, "start");
  return begin === null || begin <= now ? null : begin;
}

/** Whether the limit itself, without its dates and reason, can be judged by the hub. */
export function judgeable(faults: Faults): boolean {
  return (["low", "high", "delay", "area", "begin", "end"] as const).every((field) => faults[field] === undefined);
}

/** What goes to the hub; the draft has no fault. What the form does not show stays as it is. */
export function orderOf(draft: Draft, base: LimitValues): LimitOrder {
  return {
    metric: draft.metric,
    priority: draft.priority,
    low: stored(draft.metric, draft.low),
    high: stored(draft.metric, draft.high),
    delay: typed(draft.delay) ?? 0,
    area: typed(draft.area) ?? 0,
    hysteresis: base.hysteresis,
    gap: base.gap,
  };
}

/** `30 s`, `2 min`, `1 min 30 s`. */
export function seconds(value: number): string {
  const whole = Math.round(value);
  const rest = whole % 60;
  if (whole < 60) return `${whole} s`;
  return rest === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${rest} s`;
}

/** `Alerte si SpO₂ < 88 % pendant 30 s`. */
export function limitSentence(limit: Omit<LimitValues, "id">, speech: Speech): string {
  const { words, language } = speech;
  const say = words.limits.sentence;
  const bounds = [
    limit.low === null ? "" : `<\u00A0${formatWithUnit(limit.metric, limit.low, language)}`,
    limit.high === null ? "" : `>\u00A0${formatWithUnit(limit.metric, limit.high, language)}`,
  ].filter((text) => text !== "");
  const parts = [say.alert(metricName(limit.metric, speech), bounds.join(say.or))];
  if (limit.area > 0) parts.push(say.area(formatNumber(shownNumber(limit.metric, limit.area), 0, language), unitOf(limit.metric)));
  if (limit.delay > 0) parts.push(limit.area > 0 ? say.andFor(seconds(limit.delay)) : say.lasting(seconds(limit.delay)));
  else if (limit.area === 0) parts.push(say.atOnce);
  return parts.join(" ");
}

/** `SpO₂ basse : la borne passe de 90 % à 86 %`. */
export function looseningSentence(each: Loosening, speech: Speech): string {
  const { words, language } = speech;
  const say = words.limits.loosening;
  const side = say.side[each.side](metricName(each.metric, speech));
  const value = (number: number | null): string => {
    if (number === null) return "";
    if (each.way === "delay" || each.way === "gap") return seconds(number);
    if (each.way === "area") return formatNumber(shownNumber(each.metric, number), 0, language);
    return formatWithUnit(each.metric, number, language);
  };
  return `${side} : ${say[each.way](value(each.before), value(each.after))}`;
}

/** Limits of one metric together, the metrics in the order in which the hub names them, the most urgent limit first. */
export function byMetric(limits: readonly InForce[], ranges: readonly MetricRange[]): readonly { metric: string; limits: readonly InForce[] }[] {
  const rank = { high: 0, medium: 1, low: 2 };
  const order = ranges.map((range) => range.metric);
  const metrics = [...new Set([...order, ...limits.map((each) => each.limit.metric)])];
  return metrics
    .map((metric) => ({
      metric,
      limits: limits.filter((each) => each.limit.metric === metric).sort((a, b) => rank[a.limit.priority] - rank[b.limit.priority]),
    }))
    .filter((row) => row.limits.length > 0);
}

/** Papers that wait, those that are signed and begin later, the first first, and those that are over. */
export function sorted(view: ResidentLimits): Record<"waiting" | "coming" | "past", readonly PrescriptionPaper[]> {
  const waits = new Set(["draft", "awaiting", "leaving"]);
  const over = new Set(["expired", "lapsed", "withdrawn", "superseded", "refused"]);
  return {
    waiting: view.papers.filter((paper) => waits.has(paper.status)),
    coming: view.papers.filter((paper) => paper.status === "coming").sort((a, b) => (a.since ?? 0) - (b.since ?? 0)),
    past: view.papers.filter((paper) => over.has(paper.status)),
  };
}

/** Lowest, middle and highest value of the last day that decides on anything. */
export interface DayRange {
  readonly lowest: number;
  readonly middle: number;
  readonly highest: number;
}

export function dayRange(page: MeasurementPage): DayRange | null {
  const fit = page.times.flatMap((_, index) => ((page.flags[index] ?? 0) & UNFIT ? [] : [index]));
  if (fit.length === 0) return null;
  const lows = fit.map((index) => (page.lows ?? page.values)[index] ?? Number.NaN);
  const highs = fit.map((index) => (page.highs ?? page.values)[index] ?? Number.NaN);
  const values = fit.map((index) => page.values[index] ?? Number.NaN).sort((a, b) => a - b);
  return { lowest: Math.min(...lows), middle: values[Math.floor(values.length / 2)] ?? Number.NaN, highest: Math.max(...highs) };
}

/** From where to where a scale goes: every bound, the last day, and some room beside them. */
export function scaleSpan(limits: readonly Pick<LimitValues, "low" | "high">[], day: DayRange | null, range: MetricRange): { from: number; to: number } {
  const marks = limits.flatMap((limit) => [limit.low, limit.high]).filter((bound) => bound !== null);
  if (day !== null) marks.push(day.lowest, day.highest);
  if (marks.length === 0) return { from: range.lowest, to: range.highest };
  const low = Math.min(...marks);
  const high = Math.max(...marks);
  const room = Math.max((high - low) * 0.18, (range.highest - range.lowest) * 0.04);
  return { from: Math.max(range.lowest, low - room), to: Math.min(range.highest, high + room) };
}

/** Days until a time, never less than none. */
export function daysUntil(time: Micros, now: Micros): number {
  return Math.max(0, Math.ceil((time - now) / DAY));
}

/** `22/05/2027` */
export function shortDate(time: Micros): string {
  const date = new Date(time / 1000);
  return `${two(date.getDate())}/${two(date.getMonth() + 1)}/${date.getFullYear()}`;
}

/** What the hub refused, as a person says it. */
export function refusalSentence(code: string, speech: Speech): string {
  return lookUp(speech.words.limits.refusal, code);
}

/** Whether a time is less than `days` away. */
export function soon(time: Micros | null, now: Micros, days: number): boolean {
  return time !== null && time > now && time - now < days * DAY;
}

