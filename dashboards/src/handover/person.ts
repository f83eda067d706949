/** What is told of one resident: worst first, facts in the order in which one asks for them. */
import { html, nothing, type TemplateResult } from "lit";
import { fullName, moment } from "../lib/format";
import { alertLine, callLine, excursionLine, headline, limitLines, MOST_ALERTS, orderLine, scoreLine, standing, type NoteHistory, type ResidentTold, type ToldAlert } from "../lib/handover";
import { lookUp } from "../lib/i18n";
import { sensorOf } from "../lib/quiet";
import { roomName } from "../lib/say";
import { whySentence } from "../lib/why";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { mark } from "../ui/mark";

export interface NoteHost {
  readonly mayChange: boolean;
  write(resident: string): void;
  change(note: NoteHistory): void;
  withdraw(note: NoteHistory): void;
  /** The form that is open below a resident, if any. */
  form(resident: string): TemplateResult | typeof nothing;
}

function rows(title: string, lines: readonly (string | TemplateResult)[]): TemplateResult | typeof nothing {
  if (lines.length === 0) return nothing;
  return html`<dt>${title}</dt>
    <dd><ul>${lines.map((line) => html`<li>${line}</li>`)}</ul></dd>`;
}

export function alarm(app: App, told: ToldAlert): TemplateResult {
  const { speech } = app;
  return html`<div class="told">
    ${mark(told.alert, speech.words)}
    <span><b>${headline(told.alert, speech)}</b>${told.inherited ? html`<span class="tag">${speech.words.handover.inherited}</span>` : nothing}</span>
    <small>${alertLine(told, speech)}</small>
  </div>`;
}

const RANK = { high: 0, medium: 1, low: 2 } as const;

/** Open ones first, then the most urgent, then the newest. */
function ordered(alerts: readonly ToldAlert[]): readonly ToldAlert[] {
  return [...alerts].sort((a, b) => Number(b.inherited) - Number(a.inherited) || RANK[a.alert.priority] - RANK[b.alert.priority] || b.alert.onset - a.alert.onset);
}

export function alarms(app: App, told: readonly ToldAlert[]): readonly (string | TemplateResult)[] {
  const sorted = ordered(told);
  const shown = sorted.slice(0, Math.max(MOST_ALERTS, sorted.filter(({ inherited }) => inherited).length));
  const left = sorted.length - shown.length;
  return [...shown.map((each) => alarm(app, each)), ...(left > 0 ? [app.words.handover.more(String(left))] : [])];
}

export function noteView(app: App, history: NoteHistory, host: NoteHost): TemplateResult {
  const { words, speech } = app;
  const said = words.handover;
  const { now } = history;
  const when = moment(now.time, speech.now, speech.language);
  const changed = history.before.length === 0 ? "" : ` · ${said.changed(moment(now.entered, speech.now, speech.language))}`;
  const line = (name: string, text: string): TemplateResult | typeof nothing => (text === "" ? nothing : html`<dt>${name}</dt><dd>${text}</dd>`);
  return html`<div class="note">
    <dl>${line(said.data, now.data)} ${line(said.action, now.action)} ${line(said.result, now.result)}</dl>
    <small>${said.by(now.author_name, when)}${changed}</small>
    ${host.mayChange && app.online
      ? html`<div class="acts">
          <button class="plain" @click=${() => host.change(history)}>${icon("handover")}${said.change}</button>
          <button class="plain" @click=${() => host.withdraw(history)}>${icon("close")}${said.withdraw}</button>
        </div>`
      : nothing}
  </div>`;
}

function silent(app: App, told: ResidentTold): readonly string[] {
  const view = app.session.state.residents.get(told.resident);
  const { speech } = app;
  if (view === undefined) return [];
  return view.sensors.filter((sensor) => told.silent.some((each) => each.sensor === sensor.sensor)).map((sensor) => `${sensorOf(view, sensor.sensor, speech)} : ${whySentence(sensor.why, speech.now, speech.language)}`);
}

export function person(app: App, told: ResidentTold, host: NoteHost): TemplateResult {
  const { words, speech } = app;
  const said = words.handover;
  const name = fullName(told.family_name, told.given_name);
  const open = told.alerts.some(({ inherited }) => inherited);
  const watch = told.unwatched_reason === null ? [] : [lookUp(words.unwatched, told.unwatched_reason)];
  return html`<section class="person ${open ? "open" : ""}" data-resident=${told.resident}>
    <header>
      <h2>${name} <small>${roomName(told.room, words)} · ${words.resident.born(told.birth_year)}</small></h2>
      <button @click=${() => host.write(told.resident)} aria-label=${said.writeFor(name)}>${icon("plus")}${said.write}</button>
    </header>
    <dl class="facts">
      ${rows(said.alarms, alarms(app, told.alerts))} ${rows(said.score, told.news2 === null ? [] : [scoreLine(told.news2, speech)])}
      ${rows(said.values, told.excursions.map((each) => excursionLine(each, speech)))} ${rows(said.orders, told.orders.map((order) => orderLine(order, speech)))}
      ${rows(said.sensors, [...watch, ...silent(app, told)])} ${rows(said.limits, told.limits.flatMap((change) => limitLines(change, speech)))}
      ${rows(said.calls, told.calls.map((call) => callLine(call, speech)))} ${rows(said.notes, standing(told.notes).map((note) => noteView(app, note, host)))}
    </dl>
    ${host.form(told.resident)}
  </section>`;
}
