/** Who waits for whom, physicians' slots, and the review of télésurveillance as data and sentences. Pure. */
import { actAddress } from "./acts";
import type { components } from "./api.gen";
import { ApiError, type Api } from "./api";
import { clock, duration, formatNumber, longDate, type Language } from "./format";
import { lookUp } from "./i18n";
import { errorSentence, metricName, type Speech } from "./say";
import { SECOND, type Micros } from "./types";

type Schemas = components["schemas"];

export type AgendaView = Schemas["AgendaView"];
export type AgendaItem = Schemas["AgendaItem"];
export type AgendaPlanned = Schemas["AgendaPlanned"];
export type SlotView = Schemas["SlotView"];
export type SlotList = Schemas["SlotList"];
export type SlotOrder = Partial<Schemas["SlotOrder"]> & Pick<Schemas["SlotOrder"], "begins" | "minutes">;
export type ReorientedView = Schemas["ReorientedView"];
export type ReorientedList = Schemas["ReorientedList"];
export type CalendarState = Schemas["CalendarState"];
export type FollowUpView = Schemas["FollowUpView"];
export type AdherenceView = Schemas["AdherenceView"];
export type MeterView = Schemas["MeterView"];
export type MarkView = Schemas["MarkView"];
export type Cause = Schemas["GapView"]["cause"];
export type Whom = AgendaItem["whom"];

export const MINUTE: Micros = 60 * SECOND;
export const DAY: Micros = 86_400 * SECOND;
/** Days of slots that are shown at once. */
export const SHOWN_DAYS = 14;
/** Why nothing was measured, in the order in which they are told. */
export const CAUSES: readonly Cause[] = ["link", "battery", "care", "sensor", "unknown"];

export class AgendaApi {
  constructor(private readonly api: Api) {}

  agenda(): Promise<AgendaView> {
    return this.api.request("GET", "/agenda");
  }

  reoriented(): Promise<ReorientedList> {
    return this.api.request("GET", "/agenda/reoriented");
  }

  review(act: string, sentence: string): Promise<ReorientedList> {
    return this.api.request("POST", `/agenda/reoriented/${encodeURIComponent(act)}`, { sentence });
  }

  slots(since: Micros, until: Micros): Promise<SlotList> {
    return this.api.request("GET", `/slots?since=${String(Math.floor(since))}&until=${String(Math.floor(until))}`);
  }

  give(order: SlotOrder): Promise<SlotList> {
    return this.api.request("POST", "/slots", order);
  }

  async withdraw(slot: string): Promise<void> {
    await this.api.request<null>("DELETE", `/slots/${encodeURIComponent(slot)}`);
  }

  bookAct(act: string, slot: string, number: number): Promise<SlotView> {
    return this.api.request("POST", `/acts/${encodeURIComponent(act)}/booking`, { slot, number });
  }

  bookFor(resident: string, order: { readonly slot: string; readonly id: string; readonly reason: string }): Promise<SlotView> {
    return this.api.request("POST", `/residents/${encodeURIComponent(resident)}/booking`, order);
  }

  calendar(): Promise<CalendarState> {
    return this.api.request("GET", "/calendar");
  }

  async makeLink(): Promise<string> {
    return (await this.api.request<Schemas["CalendarLink"]>("POST", "/calendar")).path;
  }

  revokeLink(): Promise<CalendarState> {
    return this.api.request("DELETE", "/calendar");
  }

  followUp(act: string): Promise<FollowUpView> {
    return this.api.request("GET", `/acts/${encodeURIComponent(act)}/follow-up`);
  }
}

/** Where an act is done: a télésurveillance that is due on the page that shows what happened since. */
export function placeOf(item: Pick<AgendaItem, "act" | "kind" | "state" | "resident">): string {
  return item.kind === "surveillance" && (item.state === "review_due" || item.state === "running") ? followAddress(item.act) : actAddress(item.resident, item.act);
}

export function followAddress(act: string): string {
  return `/agenda/suivi/${encodeURIComponent(act)}`;
}

/** Slots by the day of this place, the first first. */
export function slotsByDay(slots: readonly SlotView[]): readonly (readonly SlotView[])[] {
  const days = new Map<string, SlotView[]>();
  for (const slot of slots) {
    const day = new Date(slot.begins / 1000).toDateString();
    const known = days.get(day);
    if (known === undefined) days.set(day, [slot]);
    else known.push(slot);
  }
  return [...days.values()];
}

/** `14 h 30 – 14 h 50`. */
export function spanText(begins: Micros, minutes: number, language: Language): string {
  return `${clock(begins, language)} – ${clock(begins + minutes * MINUTE, language)}`;
}

/** What a person typed of slots, as the hub is told; `null` while something is missing. */
export function orderOf(draft: { readonly date: string; readonly time: string; readonly minutes: string; readonly count: string; readonly weeks: string; readonly physician: string }): SlotOrder | null {
  const begins = new Date(`${draft.date}T${draft.time}`).getTime() * 1000;
  const minutes = Number(draft.minutes);
  const count = Number(draft.count);
  const weeks = Number(draft.weeks);
  if (!Number.isFinite(begins) || ![minutes, count, weeks].every((each) => Number.isInteger(each) && each > 0)) return null;
  return { begins, minutes, count, weeks, physician: draft.physician };
}

/** `92 %`; a dash of no days. */
export function percent(share: Schemas["ShareView"], language: Language): string {
  return share.value === null ? "—" : `${formatNumber(Math.floor(share.value * 100), 0, language)} %`;
}

/** How late something is, or until when there is time. */
export function dueText(item: Pick<AgendaItem, "due" | "late" | "since" | "whom" | "state">, { words, language, now }: Speech): string {
  const said = words.agenda;
  if (item.due === null) return said.since(duration(Math.max(0, now - item.since), language));
  if (item.late) return said.lateBy(duration(now - item.due, language));
  const left = item.due - now;
  return left < DAY ? said.dueIn(duration(left, language)) : said.dueOn(longDate(item.due, language), clock(item.due, language));
}

/** Why days have no value, the most days first: `pile 3 j · liaison 1 j`. */
export function missingText(meter: Pick<MeterView, "missing">, { words }: Speech): string {
  const rows = CAUSES.map((cause) => [cause, meter.missing[cause] ?? 0] as const).filter(([, days]) => days > 0);
  rows.sort((a, b) => b[1] - a[1]);
  return rows.map(([cause, days]) => `${words.agenda.cause[cause]} : ${words.agenda.days(days)}`).join(" · ");
}

/** How a month stands to the mark, in words. */
export function markText(mark: MarkView, { words }: Speech): string {
  const said = words.agenda.mark;
  return mark.reached === null ? said.open : mark.reached ? said.reached : said.missed;
}

/** What is followed, in words. */
export function followedText(view: Pick<FollowUpView, "parameters" | "frequency">, speech: Speech): string {
  const names = view.parameters.map((metric) => metricName(metric, speech)).join(", ");
  return view.frequency === "" ? names : `${names} · ${lookUp(speech.words.acts.option, view.frequency)}`;
}

/** Why a gesture about a slot or a review was refused. */
export function refusalText(error: unknown, { words }: Speech): string {
  if (error instanceof ApiError && Object.hasOwn(words.agenda.refused, error.code)) return lookUp(words.agenda.refused, error.code);
  return errorSentence(error, words);
}
