/** The questionnaire before a teleconsultation: what is asked next, and how what was found is said. Pure. */
import type { components } from "./api.gen";
import type { Api } from "./api";
import { formatWithUnit, unitOf } from "./format";
import type { Speech } from "./say";
import { french } from "./typography";

type Schemas = components["schemas"];

export type TriageRules = Schemas["TriageRules"];
export type TriageQuestion = Schemas["TriageQuestion"];
export type TriageKnown = Schemas["TriageKnown"];
export type TriageDraft = Schemas["TriageDraft"];
export type TriageResult = Schemas["TriageResult"];
export type TriageReason = Schemas["TriageReason"];
export type TriageView = Schemas["TriageView"];
export type TriageOutcome = TriageView["outcome"];
type Said = string | number | boolean;

/** `yes`, `no`, `unknown`, a number, or a time of day. */
export type Answer = string | number;
export type Answers = Readonly<Record<string, Answer>>;

/** What somebody reads in French, in fields of these names. */
const PROSE = new Set(["text", "hint", "title", "next", "note", "care", "motif_title"]);

/** The same answer with French typography: the rules' file is written by people with plain keyboards. */
export function set<T>(value: T, key = ""): T {
  if (typeof value === "string") return (PROSE.has(key) ? french(value) : value) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => set(each)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]: [string, unknown]) => [name, set(each, name)])) as T;
}

export class TriageApi {
  constructor(private readonly api: Api) {}

  async rules(): Promise<TriageRules> {
    return set(await this.api.request<TriageRules>("GET", "/triage/rules"));
  }

  /** A questionnaire that was kept. */
  async one(id: string): Promise<TriageView> {
    return set(await this.api.request<TriageView>("GET", `/triages/${encodeURIComponent(id)}`));
  }

  known(resident: string): Promise<TriageKnown> {
    return this.api.request("GET", `${TriageApi.of(resident)}/triage`);
  }

  draft(resident: string, answers: Answers, motif: string): Promise<TriageDraft> {
    return this.api.request("POST", `${TriageApi.of(resident)}/triage/draft`, { answers, motif });
  }

  async keep(resident: string, id: string, answers: Answers, motif: string): Promise<TriageView> {
    return set(await this.api.request<TriageView>("POST", `${TriageApi.of(resident)}/triage`, { id, answers, motif }));
  }

  async decide(view: TriageView, outcome: TriageOutcome, reason: string): Promise<TriageView> {
    return set(await this.api.request<TriageView>("POST", `/triages/${encodeURIComponent(view.id)}/decisions`, { outcome, reason, number: view.decisions.length + 1 }));
  }

  private static of(resident: string): string {
    return `/residents/${encodeURIComponent(resident)}`;
  }
}

export type Stage = "screen" | "motif" | "more" | "result";

/** Where somebody is. What was answered is kept while they go back. */
export interface Form {
  readonly stage: Stage;
  readonly answers: Answers;
  readonly motif: string;
  /** Questions of this stage, in order. */
  readonly list: readonly string[];
  readonly at: number;
}

export function begin(rules: TriageRules): Form {
  return { stage: "screen", answers: {}, motif: "", list: rules.questions.filter(({ part }) => part === "screen").map(({ id }) => id), at: 0 };
}

export function asked(form: Form): string | null {
  return form.stage === "screen" || form.stage === "more" ? (form.list[form.at] ?? null) : null;
}

/** After the last question of the screen comes the motif; after the others the hub is asked what is still missing (`at` is the end). */
export function answer(form: Form, value: Answer): Form {
  const question = asked(form);
  if (question === null) return form;
  const answers = { ...form.answers, [question]: value };
  const at = form.at + 1;
  if (form.stage === "screen" && at >= form.list.length) return { ...form, answers, stage: "motif", at };
  return { ...form, answers, at };
}

export function chooseMotif(form: Form, motif: string): Form {
  return { ...form, motif, stage: "more", list: [], at: 0 };
}

/** What the hub still asks, after what was asked already. */
export function follow(form: Form, pending: readonly string[]): Form {
  const before = form.list.filter((each) => each in form.answers);
  return { ...form, list: [...before, ...pending], at: before.length };
}

export function back(form: Form, rules: TriageRules): Form {
  if (form.stage === "motif") return { ...begin(rules), answers: form.answers, motif: form.motif, at: Math.max(0, form.list.length - 1) };
  if (form.at > 0) return { ...form, at: form.at - 1 };
  if (form.stage === "more") return { ...form, stage: "motif", list: begin(rules).list, at: 0 };
  return form;
}

/** One question alone, from the result: what is open is answered there. */
export function again(form: Form, questions: readonly string[]): Form {
  const before = form.list.filter((each) => each in form.answers && !questions.includes(each));
  return { ...form, stage: "more", list: [...before, ...questions], at: before.length };
}

/** 0 to 1: the screen is the first half, whose length is known. */
export function progress(form: Form): number {
  if (form.stage === "screen") return (form.at / form.list.length) * 0.5;
  if (form.stage === "motif") return 0.5;
  return form.list.length === 0 ? 0.55 : 0.55 + (form.at / form.list.length) * 0.45;
}

/** A yes, or not knowing, that leads to the 15 whatever else is said. */
export function alarming(question: TriageQuestion, value: Answer | undefined): boolean {
  return question.part === "screen" && question.alone === "EMERGENCY" && value === "yes";
}

/** A number as it is typed, within its range; anything else is none. */
export function typedNumber(question: TriageQuestion, text: string): number | null {
  const plain = text.trim().replace(",", ".");
  if (!/^\d{1,4}(\.\d{1,2})?$/.test(plain)) return null;
  const value = Number(plain);
  return value >= question.low && value <= question.high ? value : null;
}

const METRICS: Readonly<Record<string, string>> = { pulse: "pulse_rate" };

export function metricOf(vital: string): string {
  return METRICS[vital] ?? vital;
}

/** `SpO₂ 91 %`, as it is said everywhere else. */
export function vitalText(name: string, value: Said, speech: Speech): string {
  const said = speech.words.triage;
  if (name === "on_oxygen") return value === true ? said.onOxygen : said.onAir;
  if (name === "consciousness") return `${said.vital.consciousness} ${String(value)}`;
  return `${vitalName(name, speech)} ${formatWithUnit(metricOf(name), Number(value), speech.language)}`;
}

export function vitalName(name: string, { words }: Speech): string {
  return (words.triage.vital as Readonly<Record<string, string>>)[name] ?? name;
}

export function vitalUnit(name: string): string {
  return unitOf(metricOf(name));
}

/** How old a value is, from seconds. */
export function ageText(seconds: number, { words }: Speech): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return words.triage.justNow;
  return minutes < 60 ? words.triage.minutesAgo(String(minutes)) : words.triage.hoursAgo(String(Math.floor(minutes / 60)), String(minutes % 60).padStart(2, "0"));
}

/** What is written into a request for a physician: why, and what was found. At most as long as a request may be. */
export function requestReason(view: TriageView, longest: number, speech: Speech): string {
  const score = view.news2.missing.length === 7 ? "" : `NEWS2 ${view.news2.missing.length > 0 ? "≥ " : ""}${String(view.news2.total)}`;
  const texts = [...new Set(view.reasons.filter(({ outcome, unanswered }) => outcome === view.needed && unanswered.length === 0).map(({ text }) => text))];
  const parts = [view.motif_title, score, ...texts].filter((part) => part !== "");
  return `${speech.words.triage.title} : ${parts.join(" ; ")}`.slice(0, longest);
}

/** When the nurse looks again. */
export function repeatMinutes(view: TriageResult): number {
  return Math.round(view.repeat_hours * 60);
}

const ORDER: readonly TriageOutcome[] = ["EMERGENCY", "URGENT_TC", "TC_TODAY", "TC_PLANNED", "IN_PERSON", "TELEEXPERTISE", "NURSE_CARE", "REORIENTED", "DECLINED"];

/** Whether choosing it has to be justified: it is less than what was proposed, or than what somebody decided. */
export function lowers(view: TriageView, outcome: TriageOutcome): boolean {
  const highest = Math.min(ORDER.indexOf(view.outcome), ...view.decisions.map((each) => ORDER.indexOf(each.outcome)));
  return ORDER.indexOf(outcome) > highest;
}

/** What a person may choose. */
export const CHOICES: readonly TriageOutcome[] = ORDER.filter((each) => each !== "REORIENTED");

/** How loud an outcome is, in the marks of alarms. */
export function tone(outcome: TriageOutcome): "high" | "medium" | "low" {
  if (outcome === "EMERGENCY") return "high";
  return outcome === "URGENT_TC" || outcome === "TC_TODAY" ? "medium" : "low";
}
