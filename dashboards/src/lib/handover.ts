/** The hand-over between shifts as data and sentences. Pure. */
import type { components } from "./api.gen";
import type { Api } from "./api";
import { clock, duration, formatWithUnit, longDate, moment } from "./format";
import { lookUp } from "./i18n";
import { reasonText } from "./quiet";
import { totalText } from "./round";
import { alertHeadline, limitSentence, metricName, type Speech } from "./say";
import { MINUTE, type AlertView, type Micros } from "./types";

type Schemas = components["schemas"];

export type HandoverView = Schemas["HandoverView"];
export type ResidentTold = Schemas["ResidentTold"];
export type ToldAlert = Schemas["ToldAlert"];
export type NoteHistory = Schemas["NoteHistory"];
export type NoteIn = Partial<Schemas["NoteIn"]> & Pick<Schemas["NoteIn"], "id" | "resident" | "time">;
export type NoteChange = Partial<Schemas["NoteChange"]> & Pick<Schemas["NoteChange"], "key" | "version">;
export type ReceiptView = Schemas["ReceiptView"];

/** Alerts of one resident that are told one by one; more of them are counted. */
export const MOST_ALERTS = 6;

export class HandoverApi {
  constructor(private readonly api: Api) {}

  read(at: Micros | null): Promise<HandoverView> {
    return this.api.request("GET", at === null ? "/handover" : `/handover?at=${String(Math.floor(at))}`);
  }

  write(note: NoteIn): Promise<NoteHistory> {
    return this.api.request("POST", "/handover/notes", note);
  }

  change(note: string, change: NoteChange): Promise<NoteHistory> {
    return this.api.request("POST", `/handover/notes/${encodeURIComponent(note)}`, change);
  }

  receive(since: Micros): Promise<readonly ReceiptView[]> {
    return this.api.request("POST", "/handover/receipts", { since });
  }
}

/** `samedi 21 novembre, équipe de 21 h 00 à 07 h 00`. */
export function shiftText(view: Pick<HandoverView, "since" | "until">, { words, language }: Speech): string {
  return `${longDate(view.since, language)} · ${words.handover.shift(clock(view.since, language), clock(view.until, language))}`;
}

/** One alert: when, how long, who answered after how long. */
export function alertLine(told: ToldAlert, speech: Speech): string {
  const { words, language, now } = speech;
  const { alert } = told;
  const said = words.handover;
  const length = alert.cleared === null ? (told.inherited ? said.lasting(duration(now - alert.onset, language)) : "") : said.lasted(duration(Math.max(0, alert.cleared - alert.onset), language));
  const answer = told.answered_after === null ? said.unanswered : said.answered(told.answered_by, duration(told.answered_after, language));
  return [moment(alert.onset, now, language), length, answer].filter((part) => part !== "").join(" · ");
}

export function headline(alert: AlertView, speech: Speech): string {
  return alertHeadline(alert, speech);
}

export function excursionLine(each: ResidentTold["excursions"][number], speech: Speech): string {
  const { words, language } = speech;
  return words.handover.excursion(metricName(each.metric, speech), formatWithUnit(each.metric, each.worst, language), duration(each.minutes * MINUTE, language));
}

/** NEWS2 with its way: rising, falling, steady. */
export function scoreLine(told: NonNullable<ResidentTold["news2"]>, speech: Speech): string {
  const { words, language, now } = speech;
  const said = words.handover;
  const risk = told.score.risk === null ? words.round.noRisk : words.round.risk[told.score.risk];
  const line = said.scored(`${totalText(told.score, speech)}, ${risk}`, moment(told.time, now, language), told.author_name);
  if (told.before === null) return `${line} · ${said.first}`;
  const before = String(told.before);
  return `${line} · ${told.score.total > told.before ? said.up(before) : told.score.total < told.before ? said.down(before) : said.even}`;
}

export function orderLine(order: ResidentTold["orders"][number], speech: Speech): string {
  const { words, language } = speech;
  const said = words.handover.until(words.handover.order[order.kind], clock(order.until, language), order.author);
  return `${said} (${reasonText(order.reason, speech)})`;
}

export function limitLines(change: ResidentTold["limits"][number], speech: Speech): readonly string[] {
  const { words } = speech;
  const limit = limitSentence({ metric: change.metric, low: change.low, high: change.high, delay: 0 }, speech);
  const lines: string[] = [];
  if (change.began !== null) lines.push(words.handover.began(limit, change.author_name, change.reason));
  if (change.ended !== null) lines.push(words.handover.ended(limit, change.author_name, change.reason));
  return lines;
}

export function callLine(call: ResidentTold["calls"][number], speech: Speech): string {
  const { words, language, now } = speech;
  const said = words.handover;
  const state = lookUp(said.callState, call.state);
  const length = call.answered !== null && call.ended !== null ? ` · ${said.lastedCall(duration(call.ended - call.answered, language))}` : "";
  return `${said.call(call.caller_name, moment(call.requested, now, language))} · ${state}${length}`;
}

/** The notes that hold, oldest first. */
export function standing(notes: readonly NoteHistory[]): readonly NoteHistory[] {
  return notes.filter(({ now }) => !now.withdrawn);
}
