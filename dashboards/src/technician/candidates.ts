/** The search of a room: what is within reach, what one of them says, and the way to link it. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { formatWithUnit } from "../lib/format";
import { lookUp } from "../lib/i18n";
import { errorSentence, metricName, roomName } from "../lib/say";
import {
  agree,
  candidateKey,
  candidateName,
  candidatesInOrder,
  kindOfProtocol,
  nearness,
  plainSecret,
  secretState,
  SERIAL_PROTOCOLS,
  strangers,
  type Nearness,
  type RoomRow,
} from "../lib/technician";
import type { CandidateView, InquiryReport, TrialValue } from "../lib/types";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import type { Search } from "./search";

/** What the search needs of its page. */
export interface CandidatesHost {
  startSearch(): void;
  link(row: RoomRow, candidate: CandidateView, protocol: string): void;
}

const BARS: Readonly<Record<Nearness, number>> = { veryNear: 3, near: 2, far: 1, noSignal: 0, plugged: 0 };

/** Samples and battery mean nothing to whoever asks "does it measure?". */
const UNSHOWN: ReadonlySet<string> = new Set(["pleth", "ecg", "ppg_red", "ppg_infrared", "respiration", "rr_interval"]);

function signal(candidate: CandidateView, app: App): TemplateResult {
  const near = nearness(candidate);
  const words = app.words.technician.candidate;
  if (near === "plugged") return html`<span class="signal">${icon("cable")}${words.plugged}</span>`;
  return html`<span class="signal">
    <span class="bars" aria-hidden="true">${[1, 2, 3].map((step) => html`<i class=${step <= BARS[near] ? "on" : ""}></i>`)}</span>
    ${words[near]}
  </span>`;
}

function trialSentence(report: InquiryReport | null, state: string, app: App): string {
  const words = app.words.technician.trial;
  if (state === "lost") return words.lost;
  if (state === "replaced") return words.replaced;
  if (report === null) return words.opening;
  if (report.cause !== "" && report.link !== "up") return lookUp(words.cause, report.cause);
  if (state === "over") return words.over;
  if (report.values.length > 0) return words.live;
  return report.link === "up" ? words.waiting : words.opening;
}

function trialValue(value: TrialValue, app: App): TemplateResult {
  const { speech } = app;
  const doubtful = value.flags.some((flag) => flag !== "stored" && flag !== "low_battery");
  const doubts = value.flags.map((flag) => lookUp(app.words.doubt, flag)).join(", ");
  return html`<div>
    <dt>${metricName(value.metric, speech)}${value.stored ? ` · ${app.words.technician.trial.stored}` : ""}</dt>
    <dd class=${doubtful ? "doubtful" : ""}><b>${formatWithUnit(value.metric, value.value, speech.language)}</b>${doubts === "" ? nothing : html` <small>${doubts}</small>`}</dd>
  </div>`;
}

function trial(search: Search, app: App): TemplateResult | typeof nothing {
  if (search.trial === null) return nothing;
  const { inquiry } = search.trial;
  const values = (inquiry.report?.values ?? []).filter((value) => !UNSHOWN.has(value.metric));
  const late = (value: TrialValue): number => Number(value.metric === "battery");
  const shown = [...values].sort((a, b) => late(a) - late(b) || a.metric.localeCompare(b.metric));
  return html`<div class="trial whole">
    <p class="step" role="status">${icon(inquiry.state === "running" && shown.length > 0 ? "activity" : "radio")}${trialSentence(inquiry.report, inquiry.state, app)}</p>
    ${shown.length === 0 || inquiry.ended ? nothing : html`<dl>${shown.map((value) => trialValue(value, app))}</dl>`}
    <small>${app.words.technician.trial.notKept}</small>
  </div>`;
}

function model(candidate: CandidateView, search: Search, app: App): TemplateResult | typeof nothing {
  if (candidate.protocol !== "" || candidate.sensor !== "") return nothing;
  if (candidate.link === "") return nothing;
  const words = app.words.technician;
  const chosen = search.protocolOf(candidate);
  return html`<label class="field whole">
    ${words.candidate.model}
    <select @change=${(event: Event) => search.choose(candidate, (event.target as HTMLSelectElement).value)}>
      <option value="" ?selected=${chosen === ""}>${words.candidate.chooseModel}</option>
      ${SERIAL_PROTOCOLS.map((protocol) => html`<option value=${protocol} ?selected=${protocol === chosen}>${lookUp(words.protocols, protocol)}</option>`)}
    </select>
  </label>`;
}

/** Where a person types a candidate's key or number; `id` differs between the row and the question. */
export function secretField(candidate: CandidateView, search: Search, app: App, id: string): TemplateResult | typeof nothing {
  const { needs } = candidate;
  if (needs === "" || candidate.sensor !== "") return nothing;
  const words = app.words.technician.secret;
  const text = search.secretOf(candidate);
  const state = secretState(candidate, text);
  const wrong = state === "wrong";
  return html`<label class="field whole secret">
    ${words[needs].label}
    <input
      type="text"
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      inputmode=${needs === "pin" ? "numeric" : "text"}
      maxlength="80"
      .value=${text}
      aria-invalid=${wrong ? "true" : "false"}
      aria-describedby=${id}
      @input=${(event: Event) => search.type(candidate, (event.target as HTMLInputElement).value)}
    />
    <small id=${id} class=${wrong ? "wrong" : ""} role=${wrong ? "alert" : nothing}>
      ${wrong ? words[needs].wrong : state === "short" ? words[needs].short(plainSecret(text).length) : words[needs].help}
    </small>
  </label>`;
}

/** Whether what was typed stands in the way: something that can be no key, or no key where one is needed. */
export function secretMissing(candidate: CandidateView, search: Search): boolean {
  if (candidate.needs === "") return false;
  const state = secretState(candidate, search.secretOf(candidate));
  return state === "short" || state === "wrong";
}

function note(candidate: CandidateView, app: App): string {
  const words = app.words.technician.candidate;
  const kind = kindOfProtocol(candidate.protocol);
  if (candidate.sensor !== "") return agree(words.here, kind);
  if (candidate.elsewhere !== null) return agree(words.elsewhere(roomName(candidate.elsewhere, app.words)), kind);
  return candidate.problem === "" ? "" : words.ambiguous;
}

function acts(candidate: CandidateView, row: RoomRow, search: Search, app: App, host: CandidatesHost): TemplateResult | typeof nothing {
  const words = app.words.technician.candidate;
  if (candidate.sensor !== "") return nothing;
  const protocol = search.protocolOf(candidate);
  const key = candidateKey(candidate);
  const name = candidateName(candidate, app.words, app.preferences.language);
  const trying = search.trial?.key === key && !search.trial.inquiry.ended;
  const measures = trying && (search.trial?.inquiry.report?.values.length ?? 0) > 0;
  return html`<div class="acts">
    ${trying
      ? html`<button @click=${() => void search.stopTrial()}>${words.stopTrying}</button>`
      : html`<button aria-label="${words.try} : ${name}" ?disabled=${protocol === "" || search.asking !== "" || secretMissing(candidate, search)} @click=${() => void search.try(candidate)}>
          ${icon("activity")}${words.try}
        </button>`}
    <button class=${measures ? "main" : ""} aria-label="${candidate.elsewhere === null ? words.link : words.move} ${name}" ?disabled=${protocol === ""} @click=${() => host.link(row, candidate, protocol)}>
      ${icon("link")}${candidate.elsewhere === null ? words.link : words.move}
    </button>
  </div>`;
}

function candidateRow(candidate: CandidateView, row: RoomRow, search: Search, app: App, host: CandidatesHost): TemplateResult {
  const key = candidateKey(candidate);
  const about = note(candidate, app);
  const identity = candidate.link === "" ? [candidate.name, candidate.address] : [candidate.name || candidate.link];
  return html`<li class="row" data-candidate=${key}>
    <div class="about">
      <h3>${candidateName(candidate, app.words, app.preferences.language)}</h3>
      <p>${signal(candidate, app)}</p>
      <small>${identity.filter((part) => part !== "").join(" · ")}</small>
      ${about === "" ? nothing : html`<span class="owner">${icon("link")}${about}</span>`}
    </div>
    ${acts(candidate, row, search, app, host)} ${secretField(candidate, search, app, `secret-${key}`)} ${model(candidate, search, app)} ${search.trial?.key === key ? trial(search, app) : nothing}
  </li>`;
}

function trouble(sentence: string): TemplateResult {
  return html`<p class="trouble" role="alert">${icon("warning")}<span>${sentence}</span></p>`;
}

/** What went wrong with the search, in a sentence that says what to do next; empty when nothing did. */
function wrong(search: Search, app: App): string {
  const words = app.words.technician.scan;
  if (search.failure !== null) return errorSentence(search.failure, app.words);
  const survey = search.survey?.inquiry;
  if (survey === undefined) return "";
  if (survey.state === "lost") return words.lost;
  if (survey.state === "replaced") return words.replaced;
  const cause = survey.report?.cause ?? "";
  if (cause === "denied") return words.denied;
  return cause === "" ? "" : words.adapter;
}

function progress(search: Search, count: number, app: App): TemplateResult {
  const words = app.words.technician.scan;
  const { survey } = search;
  if (survey === null) return html`<p class="note quiet">${search.starting ? words.starting : words.hint}</p>`;
  const left = search.left(app.speech.now);
  const whole = 45;
  return html`<div class="progress">
    ${search.running ? html`<progress max=${whole} value=${Math.max(0, whole - left)} aria-label=${words.heading}></progress>` : nothing}
    <p role="status" class="quiet">${search.running ? words.left(left, count) : words.over(count)}</p>
  </div>`;
}

export function searchPanel(row: RoomRow, search: Search, app: App, host: CandidatesHost): TemplateResult {
  const words = app.words.technician.scan;
  const report = search.survey?.inquiry.report ?? null;
  const found = candidatesInOrder(report);
  const others = strangers(report);
  const online = row.device === "online";
  const sentence = online ? wrong(search, app) : words.offline;
  return html`<section class="panel" aria-labelledby="search-title">
    <header>
      <h2 id="search-title">${words.heading}</h2>
      ${search.running
        ? html`<button @click=${() => void search.stop()}>${words.stop}</button>`
        : html`<button class="main" id="scan" ?disabled=${!online || search.starting} @click=${() => host.startSearch()}>
            ${icon("search")}${search.survey === null ? words.button : words.again}
          </button>`}
    </header>
    ${sentence === "" ? nothing : trouble(sentence)} ${progress(search, found.length, app)}
    ${search.survey !== null && found.length === 0 && sentence === ""
      ? html`<p>${words.nothing} <span class="quiet">${words.nothingMore}</span></p>`
      : nothing}
    ${found.length === 0
      ? nothing
      : html`<ul>${repeat(found, candidateKey, (candidate) => candidateRow(candidate, row, search, app, host))}</ul>`}
    ${others === 0 ? nothing : html`<p class="note quiet">${words.others(others)}</p>`}
  </section>`;
}
