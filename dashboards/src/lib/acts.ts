/** The acts of télémédecine and a resident's timeline as data and sentences. Pure. */
import type { components } from "./api.gen";
import { ApiError, IdentityError, type Api } from "./api";
import { clock, duration, formatWithUnit, longDate, moment, type Language } from "./format";
import { lookUp } from "./i18n";
import { alertHeadline, errorSentence, limitSentence, metricName, type Speech } from "./say";
import type { AlertView, Micros } from "./types";
import { regionName, sizeText } from "./wounds";

type Schemas = components["schemas"];

export type ActView = Schemas["ActView"];
export type ActHead = Schemas["ActHead"];
export type ActKind = ActHead["kind"];
export type GestureView = Schemas["ActGesture"];
export type FieldView = Schemas["ActField"];
export type TimelineView = Schemas["TimelineView"];
export type TimelineItem = Schemas["TimelineItem"];
export type ActIn = Partial<Schemas["ActIn"]> & Pick<Schemas["ActIn"], "kind">;
export type ActStepIn = Partial<Schemas["ActStepIn"]> & Pick<Schemas["ActStepIn"], "event" | "number">;

/** The five acts, in the order in which a resident may pass through them. */
export const KINDS: readonly ActKind[] = ["assistance", "consultation", "expertise", "regulation", "surveillance"];

export class ActsApi {
  constructor(private readonly api: Api) {}

  async timeline(resident: string, until: Micros | null, signal?: AbortSignal): Promise<TimelineView> {
    const query = until === null ? "" : `?until=${String(Math.floor(until))}`;
    const found = await this.api.request<TimelineView>("GET", `/residents/${encodeURIComponent(resident)}/timeline${query}`, undefined, signal);
    if (found.resident !== resident) throw new IdentityError(resident, found.resident);
    return found;
  }

  async list(resident: string, signal?: AbortSignal): Promise<readonly ActHead[]> {
    const found = await this.api.request<Schemas["ActList"]>("GET", `/residents/${encodeURIComponent(resident)}/acts`, undefined, signal);
    return found.items.map((head) => of(resident, head));
  }

  async act(resident: string, id: string, signal?: AbortSignal): Promise<ActView> {
    const found = await this.api.request<ActView>("GET", `/acts/${encodeURIComponent(id)}`, undefined, signal);
    of(resident, found.head);
    return found;
  }

  open(resident: string, act: ActIn): Promise<ActView> {
    return this.api.request("POST", `/residents/${encodeURIComponent(resident)}/acts`, act);
  }

  step(id: string, step: ActStepIn): Promise<ActView> {
    return this.api.request("POST", `/acts/${encodeURIComponent(id)}/steps`, step);
  }
}

function of(resident: string, head: ActHead): ActHead {
  if (head.resident !== resident) throw new IdentityError(resident, head.resident);
  return head;
}

/** Gestures that carry an act on, before those that end it or wait. */
const ONWARD: readonly string[] = ["begin", "resume", "admit", "accept", "answer", "send", "complete", "close", "sign", "agree", "renew", "review", "call_made", "decide", "stay", "take_in_charge"];
/** Those that are for later: nobody plans while the resident is on the screen. */
const LATER: ReadonlySet<string> = new Set(["plan"]);

/** What may be done, with what is meant most often first. Who notes during a call notes most; after it, they conclude. */
export function mainFirst(gestures: readonly GestureView[], calling: boolean): readonly GestureView[] {
  const rank = ({ event }: GestureView): number => (calling && event === "note" ? 0 : ONWARD.includes(event) ? 1 + ONWARD.indexOf(event) : ONWARD.length + 1);
  return gestures.filter(({ event }) => !calling || !LATER.has(event)).sort((a, b) => rank(a) - rank(b));
}

/** Kinds in which a physician is with a resident; with the others an act may go on for weeks beside them. */
const HELPING: ReadonlySet<ActKind> = new Set(["assistance", "consultation", "regulation"]);

/** The acts that go on, the one that is about now first. */
export function goingOn(heads: readonly ActHead[]): readonly ActHead[] {
  return heads.filter(({ final }) => !final).sort((a, b) => Number(HELPING.has(b.kind)) - Number(HELPING.has(a.kind)) || b.opened - a.opened);
}

/** The acts that go on, and after them those that ended since then, the last first: what a call was about when it is over. */
export function goneOn(heads: readonly ActHead[], since: number): readonly ActHead[] {
  const ended = heads.filter(({ final, closed }) => final && closed !== null && closed >= since);
  return [...goingOn(heads), ...ended.sort((a, b) => (b.closed ?? 0) - (a.closed ?? 0))];
}

/** Who stands around a form, so that nobody types a name that the page knows. */
export interface Around {
  /** Of the resident. */
  readonly resident: string;
  /** Of who fills the form in. */
  readonly me: string;
  readonly nurse: boolean;
}

const SAID: ReadonlySet<unknown> = new Set(["oral", "written"]);

/** What a form of an act can begin with: what was said before, and the names that go without saying. */
export function known(act: ActView, around: Around): Readonly<Record<string, unknown>> {
  const nurse = around.nurse ? around.me : act.people.find(({ role }) => role === "nurse")?.name;
  const said: Readonly<Record<string, unknown>> = { ...act.known, ...act.fields };
  const { reached, instructions } = said;
  return { consent_by: around.resident, accompanied_by: nurse, decided_by: reached, plan: instructions, ...said };
}

/** Who gave an agreement of this form, when the form changes: the resident, who decided without one, or somebody to be named. */
export function consentBy(form: unknown, before: unknown, around: Around): string {
  const own = typeof before === "string" && before !== around.resident && before !== around.me ? before : "";
  if (SAID.has(form)) return own === "" ? around.resident : own;
  return form === "emergency" ? around.me : own;
}

/** Fields that tell something of the resident's state or care, as the hub carries them on (`hub/acts/context.py`). */
const FINDINGS = ["gesture", "finding", "findings", "incident", "question", "information", "diagnosis", "recommendation", "conclusion", "follow_up", "instructions", "plan"] as const;

/** What was found, done, answered or concluded in this very act, oldest first. */
export function ownFindings(act: Pick<ActView, "steps">): readonly { readonly field: string; readonly text: string; readonly author_name: string }[] {
  return act.steps.flatMap(({ fields, author_name }) =>
    FINDINGS.flatMap((field) => {
      const text = fields[field];
      return typeof text === "string" ? [{ field, text, author_name }] : [];
    }),
  );
}

/** Letters that the sheet of the call takes of one field. */
const LINE = 400;

/** What the sheet for the regulator says beside what the hub fills in: why, and what was found and done on the way. */
export function toldOnPhone(act: ActView): { readonly reason: string; readonly done: string } {
  const done = [...act.findings, ...ownFindings(act)].map(({ text }) => text).join(" ; ");
  return { reason: act.head.reason.slice(0, LINE), done: done.length > LINE ? `${done.slice(0, LINE - 1)}…` : done };
}

export function actAddress(resident: string, act = ""): string {
  return `/actes/${encodeURIComponent(resident)}${act === "" ? "" : `/${encodeURIComponent(act)}`}`;
}

// ---- sentences ----

export function kindName(kind: string, { words }: Speech): string {
  return lookUp(words.acts.kind, kind);
}

export function stateName(kind: ActKind, state: string, { words }: Speech): string {
  return lookUp(words.acts.state[kind], state);
}

export function fieldName(field: string, { words }: Speech): string {
  return lookUp(words.acts.field, field);
}

/** No number but a time is as large: the year 1973 in microseconds. */
const EPOCH = 1e14;

/** What was said in one field; nothing for what only the hub needs. */
export function saidText(name: string, value: unknown, speech: Speech): string {
  const { words, now, language } = speech;
  if (name === "into" || name === "call" || value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? words.acts.yes : words.acts.no;
  if (name === "parameters" && Array.isArray(value)) return value.map((metric) => metricName(String(metric), speech)).join(", ");
  if (Array.isArray(value)) return String(value.length);
  if (typeof value === "number" && value > EPOCH) return value > now ? `${longDate(value, language)}, ${clock(value, language)}` : moment(value, now, language);
  if (typeof value === "number") return value.toLocaleString(language === "fr" ? "fr-FR" : "en-GB");
  return typeof value === "string" ? lookUp(words.acts.option, value) : "";
}

export interface Told {
  readonly title: string;
  readonly more: string;
}

/** One line of the timeline: what, and what belongs to it. */
export function itemText(item: TimelineItem, speech: Speech): Told {
  const { words, language } = speech;
  const said = words.acts;
  const text = (name: string): string => (typeof item.params[name] === "string" ? item.params[name] : "");
  const number = (name: string): number | null => (typeof item.params[name] === "number" ? item.params[name] : null);
  const join = (...parts: readonly string[]): string => parts.filter((part) => part !== "").join(" · ");
  const version = number("version") ?? 1;
  const corrected = version > 1 ? said.corrected(String(version)) : "";
  switch (item.kind) {
    case "alert": {
      const answered = number("answered");
      const answer = answered === null ? said.alertUnanswered : said.alertAnswered(text("answered_by"), duration(Math.max(0, answered - item.time), language));
      return { title: alertText(item, speech), more: answer };
    }
    case "act":
    case "step": {
      const kind = text("act") as ActKind;
      return { title: `${kindName(kind, speech)} : ${lookUp(said.done, text("event"))}`, more: join(text("reason"), text("said")) };
    }
    case "call": {
      const [answered, ended] = [number("answered"), number("ended")];
      const state = item.title_key.replace("call.", "");
      const lasted = answered !== null && ended !== null ? said.call.answered(duration(ended - answered, language)) : "";
      const title = lasted !== "" ? lasted : ended === null ? said.call.running : lookUp({ refused: said.call.refused, unanswered: said.call.unanswered }, state);
      return { title: title === state ? said.call.failed : title, more: text("reason") };
    }
    case "landmark": {
      const score = String(number("news2") ?? "");
      const values = Object.entries(item.params).filter(([name, value]) => typeof value === "number" && Object.hasOwn(words.metric, name));
      const measured = values.map(([name, value]) => `${metricName(name, speech)} ${formatWithUnit(name, Number(value), language)}`).join(", ");
      return { title: text("missing") === "" ? said.landmark(score) : said.landmarkPartial(score), more: join(measured, text("note"), corrected) };
    }
    case "note":
      return { title: item.title_key === "note.withdrawn" ? said.noteWithdrawn : said.noteWritten, more: join(text("data"), text("action"), text("result"), corrected) };
    case "triage":
      return { title: said.triage(lookUp(said.outcome, text("outcome"))), more: text("motif") };
    case "paper": {
      const sent = item.title_key === "paper.sent" ? said.paperSent(text("recipient")) : item.title_key === "paper.signed" ? said.paperSigned : said.paperWritten;
      return { title: `${text("title")} : ${sent}`, more: item.title_key === "paper.sent" ? lookUp(said.sending, text("state")) : corrected };
    }
    case "limit": {
      const [metric, low, high] = [text("metric"), number("low"), number("high")];
      const what = `${metricName(metric, speech)}, ${limitSentence({ metric, low, high, delay: number("delay") ?? 0 }, speech)}`;
      return { title: said.limitOf(what, lookUp(said.limit, text("act"))), more: text("reason") };
    }
    case "picture":
      return { title: text("source") === "hand" ? said.pictureHand : said.pictureKept, more: text("note") };
    case "wound":
      return woundText(item, speech);
    case "invite":
      return { title: (item.title_key === "invite.used" ? said.inviteUsed : said.inviteMade)(text("name")), more: lookUp(words.call.person.role, text("role")) };
    case "dossier":
      return { title: said.dossier(lookUp(words.dossier.section, text("section"))), more: join(text("reason"), corrected) };
    default:
      return { title: lookUp(said.group, item.kind), more: Object.values(item.params).filter((value) => typeof value === "string").join(" · ") };
  }
}

/** What happened to a wound: which one, and what was seen. */
function woundText({ title_key, params }: TimelineItem, speech: Speech): Told {
  const { words, language } = speech;
  const said = words.wounds;
  const text = (name: string): string => (typeof params[name] === "string" ? params[name] : "");
  const number = (name: string): number | null => (typeof params[name] === "number" ? params[name] : null);
  const what = lookUp(
    {
      "wound.opened": said.told.opened,
      "wound.pictured": said.told.pictured(number("count") ?? 1),
      "wound.assessed": said.told.assessed,
      "wound.withdrawn": text("what") === "picture" ? said.told.withdrawnPicture : said.told.withdrawnFinding,
      "wound.closed": said.told.closed,
    },
    title_key,
  );
  const size = sizeText({ length_mm: number("length_mm"), width_mm: number("width_mm"), area_mm2: number("area_mm2") }, language);
  const stage = text("stage") === "" ? "" : lookUp(said.stage, text("stage"));
  const more = [
    text("begun") === "" ? "" : said.since(text("begun")),
    size,
    text("healing") === "yes" && stage !== "" ? said.stageHealing(stage) : stage,
    text("outcome") === "" ? "" : lookUp(said.outcome, text("outcome")),
    text("note"),
    text("reason"),
  ];
  return { title: said.told.title(regionName(text("region"), speech), lookUp(said.cause, text("cause")), what), more: more.filter((part) => part !== "").join(" · ") };
}

/** The headline of an alarm of the past, as it stands on the ward. */
function alertText(item: TimelineItem, speech: Speech): string {
  const { metric = null, value = null, limit = null, detail = "" } = item.params;
  const alert = { code: item.title_key.replace("alert.", ""), metric, value, limit, detail, about: [], history: [] };
  return alertHeadline(alert as unknown as AlertView, speech);
}

/** Kinds as the page filters them: an act and its steps are one. */
export function groupOf(item: Pick<TimelineItem, "kind">): string {
  return item.kind === "step" ? "act" : item.kind;
}

/** The groups that are there, each with how many, in the order of the words. */
export function groups(items: readonly TimelineItem[], { words }: Speech): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(groupOf(item), (counts.get(groupOf(item)) ?? 0) + 1);
  return Object.keys(words.acts.group)
    .filter((group) => counts.has(group))
    .map((group) => [group, counts.get(group) ?? 0] as const);
}

/** Items by day, both newest first; a day is the place's own. */
export function byDay(items: readonly TimelineItem[]): readonly (readonly TimelineItem[])[] {
  const days: TimelineItem[][] = [];
  let day = "";
  for (const item of items) {
    const of = new Date(item.time / 1000).toDateString();
    if (of !== day) days.push([]);
    day = of;
    days.at(-1)?.push(item);
  }
  return days;
}

/** What became of a request that was refused, in a sentence. */
export function refusal(error: unknown, speech: Speech): string {
  const { words } = speech;
  const known = error instanceof ApiError && Object.hasOwn(words.acts.refused, error.code);
  return known ? lookUp(words.acts.refused, error.code) : errorSentence(error, words);
}

// ---- forms ----

/** What stands in a form: texts as typed, choices, and yes or no once somebody said it. */
export type Draft = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
export type Fault = "missing" | "must" | "number" | "range" | "refused";

export interface Filled {
  readonly fields: Record<string, unknown>;
  readonly faults: Readonly<Record<string, Fault>>;
}

/** What is asked of a lesion, and of nothing else. */
const LESION: ReadonlySet<string> = new Set(["place", "begun", "length_mm", "width_mm", "area_mm2", "depth_mm", "stage", "pain", "necrosis", "fibrin", "granulation", "epithelium", "care", "scale_in_picture"]);
const LESIONS: ReadonlySet<unknown> = new Set(["wound", "dermatology"]);

/** Without which the hub takes no question about a wound (`hub/acts/machines/expertise.py`). */
const WOUND: ReadonlySet<string> = new Set(["place", "begun", "length_mm", "width_mm", "pain", "pictures", "scale_in_picture"]);

/** The fields that are asked: those of a lesion only where there is one, and what shows a wound of every wound. */
export function asked(gesture: GestureView, draft: Draft): readonly FieldView[] {
  const lesion = gesture.fields.every(({ name }) => name !== "topic") || LESIONS.has(draft["topic"]);
  const wound = draft["topic"] === "wound";
  return gesture.fields.filter(({ name }) => lesion || !LESION.has(name)).map((field) => (wound && WOUND.has(field.name) ? { ...field, required: true } : field));
}

const NUMBERS: ReadonlySet<FieldView["type"]> = new Set(["number", "whole"]);
const TIMES: ReadonlySet<FieldView["type"]> = new Set(["future", "past"]);

/** What a form begins with: what is known from before, where the gesture asks for the same. */
export function begun(gesture: GestureView, known: Readonly<Record<string, unknown>>, call: string | null, language: Language): Draft {
  const draft: Record<string, string | boolean | readonly string[]> = {};
  for (const field of gesture.fields) {
    const value = field.name === "call" ? call : known[field.name];
    if (typeof value === "string" && (field.options.length === 0 || field.options.includes(value))) draft[field.name] = value;
    else if (typeof value === "number" && NUMBERS.has(field.type)) draft[field.name] = language === "fr" ? String(value).replace(".", ",") : String(value);
    else if (Array.isArray(value) && field.type === "items") draft[field.name] = value.filter((each): each is string => typeof each === "string");
  }
  return draft;
}

/** Reads a form: what is sent, and what is wrong with it. */
export function filled(gesture: GestureView, draft: Draft, reason: string): Filled {
  const fields: Record<string, unknown> = {};
  const faults: Record<string, Fault> = {};
  for (const field of asked(gesture, draft)) {
    const raw = draft[field.name];
    const said = typeof raw === "string" ? raw.trim() : raw;
    if (said === undefined || said === "" || (Array.isArray(said) && said.length === 0)) {
      if (field.required) faults[field.name] = field.must ? "must" : "missing";
      continue;
    }
    if (field.must && said !== true) faults[field.name] = "must";
    else if (NUMBERS.has(field.type)) number(field, String(said), fields, faults);
    else if (TIMES.has(field.type)) time(field, String(said), fields, faults);
    else fields[field.name] = said;
  }
  if (gesture.reason && reason.trim() === "") faults["reason"] = "missing";
  return { fields, faults };
}

function number(field: FieldView, text: string, fields: Record<string, unknown>, faults: Record<string, Fault>): void {
  const value = Number(text.replace(",", "."));
  if (!Number.isFinite(value) || (field.type === "whole" && !Number.isInteger(value))) faults[field.name] = "number";
  else if (value < field.low || value > field.high) faults[field.name] = "range";
  else fields[field.name] = value;
}

/** A day is its last minute here: what holds until the 30th holds on the 30th. */
function time(field: FieldView, text: string, fields: Record<string, unknown>, faults: Record<string, Fault>): void {
  const milliseconds = new Date(text.includes("T") ? text : `${text}T23:59`).getTime();
  if (Number.isNaN(milliseconds)) faults[field.name] = "missing";
  else fields[field.name] = milliseconds * 1000;
}
