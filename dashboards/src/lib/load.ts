/** What the coordinator's page makes of the alarm load: names, sentences, order and tables. Pure. */
import { DASH, duration, formatNumber, formatWithUnit, fullName, type Language } from "./format";
import { lookUp } from "./i18n";
import { roomName, type Speech } from "./say";
import { DAY, type DifferenceView, type LoadView, type Matter, type Micros, type ResidentLoad, type RuleName } from "./types";

export const MATTERS: readonly Matter[] = ["measured", "happened", "technical"];

/** Days that can be chosen. */
export const SPANS = [7, 30, 90] as const;
export type SpanDays = (typeof SPANS)[number];

/** The last days of the calendar, today with what there is of it. */
export function lastDays(days: number, now: Micros): { readonly from: Micros; readonly to: Micros } {
  const midnight = new Date(now / 1000);
  midnight.setHours(0, 0, 0, 0);
  midnight.setDate(midnight.getDate() - days + 1);
  const to = Math.floor(now);
  // The day on which the hour changes may have 25: the hub answers for no more than so many days of 24.
  return { from: Math.max(midnight.getTime() * 1000, to - days * DAY), to };
}

/** What a rule is called: `SpO₂ : sous la limite`, `Appel du résident`. */
export function ruleName({ code, metric }: RuleName, { words }: Speech): string {
  const named = metric === "" ? "" : lookUp(words.metric, metric);
  if (code === "limit_low" || code === "limit_high") return words.coordination.rule[code](named);
  if (code === "rate_fall" || code === "rate_rise") return words.alert[code](named);
  const word = Object.hasOwn(words.alert, code) ? (words.alert as Readonly<Record<string, unknown>>)[code] : null;
  const said = typeof word === "string" ? word : code;
  return named === "" ? said : words.coordination.rule.of(said, named);
}

/** `74 %`; what is a share of nothing is a dash. */
export function percent(share: number | null, language: Language): string {
  return share === null ? DASH : `${formatNumber(share * 100, 0, language)}\u00A0%`;
}

/** `1,8`; nothing to divide by is a dash. */
export function rate(value: number | null, language: Language): string {
  return value === null ? DASH : formatNumber(value, value >= 100 ? 0 : 1, language);
}

/** How dark a cell of a heat map is, 0 (nothing) to 5 (the most there is). */
export function shade(count: number, most: number): number {
  return count === 0 || most === 0 ? 0 : Math.max(1, Math.ceil((count / most) * 5));
}

/** The highest count of one hour of one rule. */
export function mostOf(load: LoadView): number {
  return Math.max(0, ...load.rules.flatMap((row) => row.hours));
}

export function totalOf(load: LoadView): number {
  return MATTERS.reduce((sum, matter) => sum + load.figures[matter].count, 0);
}

/** The loudest of the hours, for a sentence; nothing when nothing rang. */
export function loudestHour(load: LoadView): { readonly hour: number; readonly count: number } | null {
  const counts = Array.from({ length: 24 }, (_, hour) => load.rules.reduce((sum, row) => sum + (row.hours[hour] ?? 0), 0));
  const count = Math.max(...counts);
  return count === 0 ? null : { hour: counts.indexOf(count), count };
}

export type SortKey = "name" | "room" | "measured" | "happened" | "technical" | "per_day";
export interface Sort {
  readonly key: SortKey;
  readonly down: boolean;
}

function compare(a: ResidentLoad, b: ResidentLoad, key: SortKey): number {
  switch (key) {
    case "name":
      return personName(a).localeCompare(personName(b), "fr");
    case "room":
      return a.room.localeCompare(b.room, "fr", { numeric: true });
    case "per_day":
      return (a.per_day ?? 0) - (b.per_day ?? 0);
    default:
      return a.counts[key] - b.counts[key];
  }
}

/** Residents in the order that a person chose; equals stay as the hub ordered them. */
export function sorted(rows: readonly ResidentLoad[], sort: Sort): readonly ResidentLoad[] {
  const sign = sort.down ? -1 : 1;
  return rows.toSorted((a, b) => sign * compare(a, b, sort.key));
}

/** A second choice of a column turns its order round; numbers begin with the largest. */
export function chosen(sort: Sort, key: SortKey): Sort {
  if (sort.key === key) return { key, down: !sort.down };
  return { key, down: key !== "name" && key !== "room" };
}

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

export function matches(row: ResidentLoad, query: string): boolean {
  const wanted = plain(query.trim());
  return plain(`${row.family_name} ${row.given_name} ${row.room}`).includes(wanted);
}

export function personName(row: { readonly family_name: string; readonly given_name: string }): string {
  return fullName(row.family_name, row.given_name);
}

/** Alarms that are not about equipment. */
export function personal(row: ResidentLoad): number {
  return row.counts.measured + row.counts.happened;
}

// ---- tables for a spreadsheet ----

export type Cell = string | number | null;

/** A table as a spreadsheet of the language opens it: its separator, its decimal mark, and no formula made of a name. */
export function csv(rows: readonly (readonly Cell[])[], language: Language): string {
  const [separator, mark] = language === "fr" ? [";", ","] : [",", "."];
  const cell = (value: Cell): string => {
    if (value === null) return "";
    if (typeof value === "number") return String(Math.round(value * 1000) / 1000).replace(".", mark);
    // A spreadsheet would calculate what begins like this.
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[";,\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  // The mark at the start tells the spreadsheet that it is UTF-8.
  return `\uFEFF${rows.map((row) => row.map(cell).join(separator)).join("\r\n")}\r\n`;
}

export function residentTable(load: LoadView, speech: Speech): readonly (readonly Cell[])[] {
  const { words } = speech;
  const { columns, matter } = words.coordination;
  const head = [columns.name, columns.room, columns.days, ...MATTERS.map((each) => matter[each]), columns.perDay, columns.loudest, columns.worst];
  return [
    head,
    ...load.residents.map((row) => [
      personName(row),
      row.room,
      row.days,
      ...MATTERS.map((each) => row.counts[each]),
      row.per_day,
      row.loudest === null ? "" : ruleName(row.loudest, speech),
      row.worst ? columns.yes : "",
    ]),
  ];
}

export function ruleTable(load: LoadView, speech: Speech): readonly (readonly Cell[])[] {
  const { columns, hour } = speech.words.coordination;
  const hours = Array.from({ length: 24 }, (_, number) => hour(number));
  return [[columns.rule, columns.total, ...hours], ...load.rules.map((row) => [ruleName(row.rule, speech), row.count, ...row.hours])];
}

export function dayTable(load: LoadView, { words }: Speech): readonly (readonly Cell[])[] {
  const { columns, matter } = words.coordination;
  return [[columns.day, ...MATTERS.map((each) => matter[each])], ...load.days.map((row) => [row.day, ...MATTERS.map((each) => row.counts[each])])];
}

/** `lundi 16 novembre` of `2026-11-16`: a day of the ward's calendar, in no zone. */
export function dayName(day: string, language: Language, style: "long" | "short" = "long"): string {
  const [year, month, date] = day.split("-").map(Number);
  const options: Intl.DateTimeFormatOptions = style === "long" ? { weekday: "long", day: "numeric", month: "long" } : { day: "numeric", month: "short" };
  return new Intl.DateTimeFormat(language === "fr" ? "fr-FR" : "en-GB", { ...options, timeZone: "UTC" }).format(Date.UTC(year ?? 0, (month ?? 1) - 1, date));
}

// ---- differing verdicts ----

function crossing(row: DifferenceView, { words, language }: Speech): string {
  const side = row.edge_side ?? row.hub_side;
  if (side === null) return "";
  const bound = formatWithUnit(row.metric, side.bound, language);
  return words.coordination.differ.crossed[side.side](lookUp(words.metric, row.metric), bound);
}

/** By how much two verdicts on the same thing are apart. */
function apart({ kind, edge_side: theirs, hub_side: ours }: DifferenceView, { words, language }: Speech): string {
  if (theirs === null || ours === null) return "";
  const [a, b] = kind === "other_end" ? [theirs.cleared, ours.cleared] : [theirs.onset, ours.onset];
  if (kind === "other_limit" || a === null || b === null) return "";
  return words.coordination.differ.apart(duration(Math.abs(a - b), language));
}

/** What differs, in a sentence: `Martin Jeanne, chambre 12 : SpO₂ sous 88 %. Le boîtier l'a signalé ; le poste, non.` */
export function differenceSentence(row: DifferenceView, speech: Speech): string {
  const { words } = speech;
  return [`${crossing(row, speech)}.`, words.coordination.differ.kind[row.kind], apart(row, speech)].filter((part) => part !== "").join(" ");
}

export function differencePlace(row: DifferenceView, { words }: Speech): string {
  return row.room === "" ? words.coordination.noRoom : roomName(row.room, words);
}
