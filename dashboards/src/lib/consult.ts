/**
 * Asking for a physician, what waits for one, past calls and who may open a room: data, requests and sentences. Pure but for the requests.
 */
import type { components } from "./api.gen";
import { IdentityError, type Api } from "./api";
import { ago, clock, duration, fullName, moment } from "./format";
import { lookUp, type Words } from "./i18n";
import { totalText, type ScoreView } from "./round";
import { alertHeadline, alertMeaning, alertSince, roomName, type Speech } from "./say";
import { callIsOver } from "./state";
import { DAY, HOUR, MINUTE, type AlertView, type CallView, type Me, type Micros, type ResidentView } from "./types";

type Schemas = components["schemas"];

export type CallRequestView = Schemas["CallRequestView"];
export type AskOrder = Partial<Schemas["CallRequestOrder"]> & Pick<Schemas["CallRequestOrder"], "reason" | "urgency">;
export type EncounterView = Schemas["EncounterView"];
export type ConsentView = Schemas["ConsentView"];
export type ConsentOrder = Partial<Schemas["ConsentOrder"]> & Pick<Schemas["ConsentOrder"], "rule" | "reason">;
export type Urgency = CallRequestView["urgency"];
export type ConsentRule = ConsentView["rule"];
export type StoredWave = Schemas["WaveformView"];

/** From the most pressing to the least; also the order of the three buttons. */
export const URGENCIES: readonly Urgency[] = ["now", "today", "planned"];
/** Reasons at one tap, where no alarm says why. */
export const REASONS = ["breath", "pain", "fall", "confusion", "treatment", "follow"] as const;
export const RULES: readonly ConsentRule[] = ["nurse", "ask", "emergency"];
/** Letters of a reason; the hub takes no more. */
export const LONGEST_REASON = 400;
/** After this long without an answer, somebody should use another way. */
export const UNHEARD: Micros = 5 * MINUTE;
/** Days for which a room may be opened without being asked, at one tap; a year is the hub's own limit. */
export const CONSENT_DAYS = [7, 30, 90, 365] as const;

/** The requests about consultations. */
export class ConsultApi {
  constructor(private readonly api: Api) {}

  async ask(resident: string, order: AskOrder): Promise<CallRequestView> {
    const view = await this.api.request<CallRequestView>("POST", `${ConsultApi.of(resident)}/call-requests`, order);
    return this.about(resident, view);
  }

  /** The open requests, and the names of the physicians who could see them now. */
  requests(signal?: AbortSignal): Promise<Schemas["CallRequestList"]> {
    return this.api.request("GET", "/call-requests", undefined, signal);
  }

  withdraw(request: string): Promise<CallRequestView> {
    return this.api.request("POST", `/call-requests/${encodeURIComponent(request)}/withdraw`, {});
  }

  async calls(signal?: AbortSignal): Promise<readonly CallView[]> {
    return (await this.api.request<Schemas["CallList"]>("GET", "/calls", undefined, signal)).items;
  }

  async past(resident: string, signal?: AbortSignal): Promise<readonly CallView[]> {
    const { items } = await this.api.request<Schemas["CallList"]>("GET", `${ConsultApi.of(resident)}/calls`, undefined, signal);
    items.forEach((call) => this.about(resident, call));
    return items;
  }

  encounter(call: string, signal?: AbortSignal): Promise<EncounterView> {
    return this.api.request("GET", `/calls/${encodeURIComponent(call)}/encounter`, undefined, signal);
  }

  consent(resident: string, signal?: AbortSignal): Promise<ConsentView> {
    return this.api.request("GET", `${ConsultApi.of(resident)}/call-consent`, undefined, signal);
  }

  setConsent(resident: string, order: ConsentOrder): Promise<ConsentView> {
    return this.api.request("PUT", `${ConsultApi.of(resident)}/call-consent`, order);
  }

  /** Stored blocks of one waveform, oldest first; at most ten minutes. */
  waves(resident: string, metric: string, from: Micros, to: Micros, signal?: AbortSignal): Promise<readonly StoredWave[]> {
    const query = new URLSearchParams({ metric, from: String(Math.floor(from)), to: String(Math.floor(to)) });
    return this.api.request("GET", `${ConsultApi.of(resident)}/waveforms?${query.toString()}`, undefined, signal);
  }

  /** The picture of a snapshot; the browser fetches it with the session's cookie. */
  static snapshot(call: string, snapshot: string): string {
    return `/api/v1/calls/${encodeURIComponent(call)}/snapshots/${encodeURIComponent(snapshot)}`;
  }

  private static of(resident: string): string {
    return `/residents/${encodeURIComponent(resident)}`;
  }

  private about<T extends { readonly resident: string }>(resident: string, view: T): T {
    if (view.resident !== resident) throw new IdentityError(resident, view.resident);
    return view;
  }
}

// ---- asking ----

export function mayAsk(role: Me["role"] | undefined): boolean {
  return role === "nurse" || role === "coordinator";
}

export function mayCall(role: Me["role"] | undefined): boolean {
  return role === "physician" || role === "coordinator";
}

/** Who decides how a room is opened. */
export function maySign(role: Me["role"] | undefined): boolean {
  return role === "physician" || role === "coordinator";
}

/** What an alarm asks for when nobody chooses: at once when it is urgent and somebody is concerned. */
export function defaultUrgency(alert: Pick<AlertView, "priority" | "category"> | null): Urgency {
  return alert !== null && alert.priority === "high" && alert.category === "physiological" ? "now" : "today";
}

/** The reason an alarm gives: `SpO₂ 84 %, sous la limite de 88 %, depuis 1 min 20`. */
export function reasonOf(alert: AlertView | null, speech: Speech): string {
  if (alert === null) return "";
  const parts = [alertHeadline(alert, speech), alertMeaning(alert, speech), alertSince(alert, speech)];
  return parts
    .filter((part) => part !== "")
    .join(", ")
    .slice(0, LONGEST_REASON);
}

/** A reason with one more part; one that is there already is not said twice. */
export function withReason(reason: string, part: string): string {
  const text = reason.trim();
  if (text === "") return part;
  return text.toLocaleLowerCase().includes(part.toLocaleLowerCase()) ? text : `${text}, ${part}`.slice(0, LONGEST_REASON);
}

/** Full and half hours that can be agreed upon, from the next one on. */
export function plannable(now: Micros, count: number): readonly Micros[] {
  const half = 30 * MINUTE;
  const first = Math.ceil((now + 10 * MINUTE) / half) * half;
  return Array.from({ length: count }, (_, index) => first + index * half);
}

// ---- what waits ----

export function isWaiting(request: Pick<CallRequestView, "state">): boolean {
  return request.state === "open";
}

/** Whether a request asks for somebody today: a planned one of tomorrow waits for nobody yet. */
export function isToday(request: Pick<CallRequestView, "urgency" | "planned">, now: Micros): boolean {
  return request.urgency !== "planned" || request.planned === null || request.planned < endOfDay(now);
}

function endOfDay(now: Micros): Micros {
  const date = new Date(now / 1000);
  date.setHours(24, 0, 0, 0);
  return date.getTime() * 1000;
}

/** When a request wants somebody: a planned one at its hour, the others since they were made. */
function wanted(request: Pick<CallRequestView, "planned" | "asked">): Micros {
  return request.planned ?? request.asked;
}

/** A planned hour that has come is as pressing as what was asked for now. */
function rankOf(request: Pick<CallRequestView, "urgency" | "planned">, now: Micros): number {
  const due = request.urgency === "planned" && request.planned !== null && request.planned <= now;
  return due ? 0 : URGENCIES.indexOf(request.urgency);
}

/** Requests in the order in which somebody should answer. */
export function byUrgency(requests: readonly CallRequestView[], now: Micros): readonly CallRequestView[] {
  return [...requests].sort((a, b) => rankOf(a, now) - rankOf(b, now) || wanted(a) - wanted(b) || a.id.localeCompare(b.id));
}

/** Those that are answered before this one. */
export function before(request: CallRequestView, requests: readonly CallRequestView[], now: Micros): readonly CallRequestView[] {
  const order = byUrgency(requests.filter((each) => isWaiting(each) || each.id === request.id), now);
  return order.slice(0, Math.max(0, order.findIndex(({ id }) => id === request.id)));
}

/** The request of a resident that waits, if there is one. */
export function openFor(resident: string, requests: readonly CallRequestView[]): CallRequestView | undefined {
  return requests.find((request) => request.resident === resident && isWaiting(request));
}

/** The call of a resident that goes on, if there is one. */
export function callFor(resident: string, calls: readonly CallView[]): CallView | undefined {
  return calls.find((call) => call.resident === resident && !callIsOver(call));
}

/** Those that came since somebody last looked; nothing the first time, when all of them are new. */
export function arrivals(known: ReadonlySet<string> | null, requests: readonly CallRequestView[]): readonly CallRequestView[] {
  return known === null ? [] : requests.filter((request) => isWaiting(request) && !known.has(request.id));
}

/** `Maintenant`, `Aujourd'hui`, `À 14 h 30`, `Demain à 09 h 00`. */
export function urgencyText(request: Pick<CallRequestView, "urgency" | "planned">, { words, language, now }: Speech): string {
  if (request.urgency !== "planned" || request.planned === null) return words.consult.urgency[request.urgency];
  return plannedText(request.planned, now, words, language);
}

export function plannedText(time: Micros, now: Micros, words: Words, language: Speech["language"]): string {
  const hour = clock(time, language);
  const end = endOfDay(now);
  if (time < end) return words.consult.at(hour);
  return time < end + DAY ? words.consult.tomorrow(hour) : words.consult.onDay(moment(time, time + 2 * DAY, language));
}

/** `depuis 4 min`, or `prévu dans 20 min`, or `prévu il y a 5 min`. */
export function waitText(request: Pick<CallRequestView, "urgency" | "planned" | "asked">, { words, language, now }: Speech): string {
  const { planned } = request;
  if (planned !== null && planned > now) return words.consult.inTime(duration(Math.ceil((planned - now) / MINUTE) * MINUTE, language));
  if (planned !== null) return words.consult.overdue(ago(planned, now, language));
  return words.alert.since(duration(now - request.asked, language));
}

/** `MARTIN Jeanne, Chambre 12`, for a list; the room alone when the resident is not known here. */
export function whoseRequest(request: Pick<CallRequestView, "resident" | "room">, residents: ReadonlyMap<string, ResidentView>, words: Words): string {
  const view = residents.get(request.resident);
  const room = roomName(view?.room ?? request.room, words);
  return view === undefined ? room : `${fullName(view.family_name, view.given_name)}, ${room}`;
}

/** The whole request as one sentence for a screen reader. */
export function requestSpoken(request: CallRequestView, residents: ReadonlyMap<string, ResidentView>, speech: Speech): string {
  const { words } = speech;
  return words.consult.spoken(whoseRequest(request, residents, words), `${urgencyText(request, speech)}. ${request.reason}`, request.asked_by_name);
}

// ---- before a call ----

/** What six hours to show: the last ones, or three each side of an alarm that is older than that. */
export function aroundAlarm(onset: Micros | null, now: Micros): { readonly from: Micros; readonly to: Micros } {
  const to = onset === null ? now : Math.min(now, Math.max(onset + 3 * HOUR, now - 5 * HOUR > onset ? 0 : now));
  return { from: to - 6 * HOUR, to };
}

export interface ScorePoint {
  readonly time: Micros;
  readonly score: ScoreView;
  readonly author: string;
}

/** Which way the score goes between the last two complete sets; `null` while there are not two. */
export function trendOf(points: readonly ScorePoint[]): "up" | "down" | "even" | null {
  const [last, previous] = points.filter(({ score }) => score.missing.length === 0).slice(-2).reverse();
  if (last === undefined || previous === undefined) return null;
  if (last.score.total === previous.score.total) return "even";
  return last.score.total > previous.score.total ? "up" : "down";
}

/** `7, risque élevé, à 03 h 12 par Inès`. */
export function scoreSentence(point: ScorePoint, speech: Speech): string {
  const { words, language, now } = speech;
  const risk = point.score.risk === null ? words.round.noRisk : words.round.risk[point.score.risk];
  return words.handover.scored(`${totalText(point.score, speech)}, ${risk}`, moment(point.time, now, language), point.author);
}

/** Who did something about an alarm: `pris par ines à 03 h 13`; empty while nobody has. */
export function answeredBy(alert: AlertView, { words, language, now }: Speech): string {
  const step = alert.history.findLast(({ event }) => event === "taken" || event === "acknowledged");
  if (alert.response === "unacknowledged" || step === undefined) return "";
  const said = step.event === "taken" ? words.alert.takenBy(step.author) : words.alert.seenBy(step.author);
  return `${said} ${moment(step.time, now, language)}`;
}

// ---- after a call ----

/** How a call went, in a few words: `terminé, 6 min d'échange`. */
export function callLine(call: CallView, speech: Speech): string {
  const { words } = speech;
  const state = lookUp(words.handover.callState, call.state);
  const why = call.reason !== "" && call.state !== "ended" && Object.hasOwn(words.call.why, call.reason) ? ` : ${lookUp(words.call.why, call.reason).replace(/\.$/, "")}` : "";
  return `${state}${why}`;
}

// ---- who may open a room ----

/** The rule that holds now: an exception that has ended is none. */
export function ruleNow(consent: Pick<ConsentView, "rule" | "until">, now: Micros): ConsentRule {
  return consent.until !== null && consent.until <= now ? "ask" : consent.rule;
}
