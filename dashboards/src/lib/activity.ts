/** A home's acts, counted: the wire, the rows of the page, how a value is written. No DOM. */
import type { Api } from "./api";
import type { components } from "./api.gen";
import { DASH, duration, formatNumber, type Language } from "./format";
import type { Micros } from "./types";

export type ActivityView = components["schemas"]["ActivityView"];
export type FigureView = components["schemas"]["FigureView"];
export type RegionView = components["schemas"]["RegionView"];
export type RegionFigureView = components["schemas"]["RegionFigureView"];
export type CellView = components["schemas"]["CellView"];
export type SumView = components["schemas"]["SumView"];
export type BillSumsView = components["schemas"]["BillSumsView"];

/** Months that can be chosen; 0 is the month that is not over. */
export const SPANS = [3, 6, 12, 0] as const;
export type SpanMonths = (typeof SPANS)[number];

/** Kinds of acts, in the order in which they are told. */
export const KINDS = ["consultation", "expertise", "assistance", "regulation", "surveillance"] as const;
export type ActKind = (typeof KINDS)[number];

/** What acts came to, in the order in which it is told. */
export const OUTCOMES = [
  ["consultation", "in_charge"],
  ["consultation", "reoriented"],
  ["consultation", "to_visit"],
  ["consultation", "to_emergency_department"],
  ["consultation", "to_specialist"],
  ["consultation", "to_nurse"],
  ["consultation", "to_other"],
  ["consultation", "emergency"],
  ["consultation", "not_held"],
  ["expertise", "converted"],
  ["expertise", "expired"],
  ["assistance", "converted"],
  ["regulation", "stayed"],
  ["regulation", "transferred"],
  ["surveillance", "ended"],
] as const;

/** Areas in which somebody waits. */
export const WAITS = ["consultation", "assistance", "expertise", "regulation", "alarms"] as const;
/** Destinations of reorientations stand below their sum. */
export const BELOW = /^to_/;

export class ActivityApi {
  constructor(private readonly api: Api) {}

  read(months: MonthSpan, signal?: AbortSignal): Promise<ActivityView> {
    return this.api.request<ActivityView>("GET", `/activity?${queryOf(months)}`, undefined, signal);
  }

  add(months: MonthSpan, files: readonly string[]): Promise<RegionView> {
    return this.api.request<RegionView>("POST", `/activity/region?${queryOf(months)}`, { files });
  }

  /** The two pages of this home and of those whose files are given. */
  print(months: MonthSpan, files: readonly string[]): Promise<Blob> {
    return this.api.file(`/activity/region/pdf?${queryOf(months)}`, { files });
  }

  /** What could be billed, added up; no resident is named. */
  billing(months: MonthSpan, signal?: AbortSignal): Promise<BillSumsView> {
    return this.api.request<BillSumsView>("GET", `/billing/sums?${queryOf(months)}`, undefined, signal);
  }
}

export interface MonthSpan {
  readonly from: string;
  readonly to: string;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** The last months that are over, or the one that is not, by the clock on the wall. */
export function monthSpan(span: SpanMonths, now: Micros): MonthSpan {
  const date = new Date(now / 1000);
  const present = date.getFullYear() * 12 + date.getMonth();
  const name = (number: number): string => `${Math.floor(number / 12)}-${two((number % 12) + 1)}`;
  return span === 0 ? { from: name(present), to: name(present) } : { from: name(present - span), to: name(present - 1) };
}

export function queryOf({ from, to }: MonthSpan): string {
  return new URLSearchParams({ from, to }).toString();
}

/** `septembre 2026` of `2026-09`; short: `sept.`. */
export function monthName(month: string, language: Language, style: "long" | "short" = "long"): string {
  const [year, number] = month.split("-").map(Number);
  const options: Intl.DateTimeFormatOptions = style === "long" ? { month: "long", year: "numeric" } : { month: "short", year: "2-digit" };
  return new Intl.DateTimeFormat(language === "fr" ? "fr-FR" : "en-GB", { ...options, timeZone: "UTC" }).format(Date.UTC(year ?? 0, (number ?? 1) - 1, 1));
}

/** Months that stand side by side with their whole names. */
const ACROSS = 4;

/** Whether a table of so many months is narrow: short names, little room. */
export function isMany(months: readonly string[]): boolean {
  return months.length > ACROSS;
}

/** The names of months above their columns. */
export function monthColumns(months: readonly string[], language: Language): readonly string[] {
  return months.map((month) => monthName(month, language, isMany(months) ? "short" : "long"));
}

export function figureOf<T extends { readonly area: string; readonly figure: string }>(figures: readonly T[], area: string, figure: string): T | null {
  return figures.find((row) => row.area === area && row.figure === figure) ?? null;
}

/** A value as it is read: `39`, `4 min 20`, `0,3`; what is hidden is said so. */
export function written(cell: CellView, unit: string, language: Language, hidden: string): string {
  return cell.hidden ? hidden : plain(cell.value, unit, language);
}

/** A sum as it is read; what a home hides makes it a lower bound. */
export function summed(sum: SumView, unit: string, language: Language, words: { readonly hidden: string; atLeast(value: string): string }): string {
  const value = plain(sum.value, unit, language);
  if (!sum.at_least || sum.value === null) return value;
  return sum.value === 0 ? words.hidden : words.atLeast(value);
}

function plain(value: number | null, unit: string, language: Language): string {
  if (value === null) return DASH;
  if (unit === "microseconds") return duration(value, language);
  return formatNumber(value, unit === "rate" ? 1 : 0, language);
}

/** The most of a row, for its bars; at least 1, so that nothing is divided by nothing. */
export function mostOf(rows: readonly FigureView[]): number {
  return Math.max(1, ...rows.flatMap((row) => row.months.map((cell) => cell.value ?? 0)));
}

/** Whether anything at all was held. */
export function isEmpty(view: ActivityView): boolean {
  return KINDS.every((kind) => (figureOf(view.figures, kind, "asked")?.total.value ?? 0) === 0);
}

/** An amount as it is written: `1 053,00 €`; a dash for one that nobody here knows. */
export function money(cents: number | null, language: Language): string {
  if (cents === null) return DASH;
  return `${formatNumber(cents / 100, 2, language)}\u00A0€`;
}
