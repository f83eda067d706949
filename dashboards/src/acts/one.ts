/** One act: where it stands, what may be done now, why it was opened, what was said, and what it led to. */
import { html, nothing, type TemplateResult } from "lit";
import { actAddress, fieldName, kindName, saidText, stateName, type ActHead, type ActView } from "../lib/acts";
import { followAddress } from "../lib/agenda";
import { ConsultApi } from "../lib/consult";
import { clock, longDate, moment } from "../lib/format";
import { lookUp } from "../lib/i18n";
import { alertHeadline, limitSentence, metricName, type Speech } from "../lib/say";
import { toldLine } from "../lib/told";
import type { App } from "../ui/app";
import type { Micros } from "../lib/types";
import { namedPicture, woundOf, woundsAddress } from "../lib/wounds";
import { icon } from "../ui/icon";
import "./asked";
import "./regulation";
import { KIND_ICONS } from "./open";
import { traces } from "./trace";

/** Fields that are told elsewhere on the page. */
const ELSEWHERE: ReadonlySet<string> = new Set(["into", "call", "pictures"]);

export function standing(act: ActView, speech: Speech): TemplateResult {
  const { words, now, language } = speech;
  const { head } = act;
  const opened = `${words.acts.done.opened} ${moment(head.opened, now, language)} ${words.acts.by(head.author_name)}`;
  return html`<section class="panel standing ${head.final ? "final" : ""}">
    <h2>${icon(KIND_ICONS[head.kind])} ${kindName(head.kind, speech)}</h2>
    <span class="state-word" data-state=${head.state}>${stateName(head.kind, head.state, speech)}</span>
    <span class="quiet">${opened}</span>
    <p><b>${head.reason}</b></p>
    ${dates(act, speech)} ${told(act, speech)}
  </section>`;
}

/** Who was told that the question waits, and what to do where nobody could be. */
function told(act: ActView, speech: Speech): TemplateResult | typeof nothing {
  const said = speech.words.acts.told;
  if (act.told.length === 0) return nothing;
  const lines = act.told.map((one) => toldLine(one, speech));
  return html`<ul class="told" aria-label=${said.title}>
      ${lines.map(
        ({ text, next, reached }) =>
          html`<li class=${next === "" ? "quiet" : "unreached"}>
            ${icon(reached ? "bell" : next === "" ? "retry" : "warning")}<span>${text}${next === "" ? nothing : html`<small>${next}</small>`}</span>
          </li>`,
      )}
    </ul>
    ${lines.some(({ duty }) => duty) ? html`<a class="way" href="/garde">${icon("duty")}${said.duty}</a>` : nothing}`;
}

function dates(act: ActView, speech: Speech): TemplateResult | typeof nothing {
  const { words, now, language } = speech;
  const said = words.acts;
  const when = (time: Micros): string => moment(time, now, language);
  if (act.answer_by !== null) {
    const late = act.answer_by < now;
    return html`<p class=${late ? "notice" : "quiet"}>${late ? icon("warning") : nothing}${late ? said.answerLate(when(act.answer_by)) : said.answerBy(when(act.answer_by))}</p>`;
  }
  if (act.head.due === null) return nothing;
  const says = act.head.kind !== "surveillance" ? said.due.other : act.fields["until"] === act.head.due ? said.due.end : said.due.review;
  return html`<p class="quiet">${says(longDate(act.head.due, language))}</p>`;
}

/** What must be read before anything is done in such an act. */
export function warning(act: ActView, speech: Speech): TemplateResult | typeof nothing {
  const said = speech.words.acts;
  const { kind, state } = act.head;
  if (kind === "regulation" && state === "prepared") {
    return html`<section class="dial">${icon("ambulance")}<b>${said.dial}</b><p>${said.dialMore}</p></section>`;
  }
  return kind === "surveillance" ? html`<p class="notice">${icon("warning")}${said.notEmergency}</p>` : nothing;
}

/** What belongs to an act before its course: what is read out to the regulator, with the papers and the link. */
export function beforehand(app: App, act: ActView): TemplateResult | typeof nothing {
  return act.head.kind === "regulation" ? html`<vv-act-regulation .app=${app} .act=${act} .stamp=${{}}></vv-act-regulation>` : nothing;
}

/** The questionnaire of an act; of a téléconsultation that has none yet, the way to it. */
function asked(act: ActView, app: App): TemplateResult | typeof nothing {
  const may = act.head.kind === "consultation" && !act.head.final;
  return act.triage === null && !may ? nothing : html`<vv-act-asked .app=${app} .resident=${act.head.resident} .triage=${act.triage}></vv-act-asked>`;
}

export function columns(act: ActView, app: App): TemplateResult {
  const { speech } = app;
  return html`<div class="columns">
    <div>${course(act, speech)} ${traces(act, speech)}</div>
    <div>${asked(act, app)} ${why(act, speech)} ${found(act, speech)} ${limits(act, speech)} ${pictures(act, speech)} ${people(act, speech)} ${chain(act, speech)}</div>
  </div>`;
}

function course(act: ActView, speech: Speech): TemplateResult {
  const { words, now, language } = speech;
  const said = words.acts;
  return html`<section class="panel">
    <h2>${said.steps}</h2>
    <ol class="course">
      ${[...act.steps].reverse().map((step) => {
        const facts = Object.entries(step.fields)
          .filter(([name]) => !ELSEWHERE.has(name))
          .map(([name, value]) => [fieldName(name, speech), saidText(name, value, speech)] as const)
          .filter(([, value]) => value !== "");
        return html`<li data-event=${step.event}>
          <b>${sentence(lookUp(said.done, step.event))}</b>
          <small>${moment(step.time, now, language)} · ${step.author_name}</small>
          ${step.reason === "" || step.number === 1 ? nothing : html`<p>${step.reason}</p>`}
          ${facts.length === 0 ? nothing : html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`}
        </li>`;
      })}
    </ol>
  </section>`;
}

function sentence(text: string): string {
  return text.charAt(0).toLocaleUpperCase("fr") + text.slice(1);
}

function why(act: ActView, speech: Speech): TemplateResult {
  const { words, now, language } = speech;
  const { alert } = act;
  return html`<section class="panel">
    <h2>${words.acts.why}</h2>
    <p>${act.head.reason}</p>
    ${alert === null
      ? html`<p class="quiet">${words.acts.noEvidence}</p>`
      : html`<p><b>${alertHeadline(alert, speech)}</b> <span class="quiet">${moment(alert.onset, now, language)}</span></p>`}
  </section>`;
}

function found(act: ActView, speech: Speech): TemplateResult | typeof nothing {
  const { words, now, language } = speech;
  if (act.findings.length === 0) return nothing;
  return html`<section class="panel">
    <h2>${words.acts.found}</h2>
    <ul class="list">
      ${act.findings.map(
        (one) =>
          html`<li>
            <b>${fieldName(one.field, speech)}</b> ${one.text}<small>${kindName(one.kind, speech)} · ${moment(one.time, now, language)} · ${one.author_name}</small>
          </li>`,
      )}
    </ul>
  </section>`;
}

function limits(act: ActView, speech: Speech): TemplateResult | typeof nothing {
  const { words } = speech;
  if (act.head.kind !== "surveillance") return nothing;
  return html`<section class="panel">
    <h2>${words.acts.limits}</h2>
    ${act.limits.length === 0 ? html`<p class="quiet">${words.acts.limitsNone}</p>` : nothing}
    <ul class="list">
      ${act.limits.map((limit) => html`<li><b>${metricName(limit.metric, speech)}</b> : ${limitSentence({ metric: limit.metric, low: limit.low, high: limit.high, delay: 0 }, speech)}<small>${lookUp(words.priority, limit.priority)} · ${limit.author_name}</small></li>`)}
    </ul>
    <a class="way" href=${`/limites/${encodeURIComponent(act.head.resident)}?acte=${encodeURIComponent(act.head.id)}`}>${icon("edit")}${words.acts.changeLimits}</a>
    <a class="way" href=${followAddress(act.head.id)}>${icon("chart")}${words.agenda.follow.title}</a>
  </section>`;
}

function pictures(act: ActView, speech: Speech): TemplateResult | typeof nothing {
  const names = act.fields["pictures"];
  if (!Array.isArray(names) || names.length === 0) return nothing;
  const { words } = speech;
  const wounds = new Set(names.flatMap((name) => woundOf(String(name)) ?? []));
  return html`<section class="panel">
    <h2>${words.acts.pictures}</h2>
    <div class="photos">
      ${names.map((name, index) => {
        const [call = "", picture = ""] = String(name).split("/");
        const address = namedPicture(String(name)) ?? ConsultApi.snapshot(call, picture);
        return html`<a href=${address} target="_blank" rel="noopener"><img src=${address} alt=${`${fieldName("pictures", speech)} ${String(index + 1)}`} loading="lazy" /></a>`;
      })}
    </div>
    ${[...wounds].map((wound) => html`<a class="way" href=${woundsAddress(act.head.resident, wound)}>${icon("chart")}${words.acts.woundCourse}</a>`)}
  </section>`;
}

function people(act: ActView, speech: Speech): TemplateResult {
  const { words, language } = speech;
  const said = words.acts;
  return html`<section class="panel">
    <h2>${said.people}</h2>
    <ul class="list">
      ${act.people.map((one) => html`<li>${one.name}${one.role === "" ? nothing : html`<small>${lookUp(words.call.person.role, one.role)}</small>`}</li>`)}
    </ul>
    ${act.incidents.length === 0
      ? nothing
      : html`<h2>${said.incidents}</h2>
          <ul class="list">
            ${act.incidents.map((one) => html`<li>${clock(one.time, language)} ${lookUp(words.consult.past.cause, one.cause)}</li>`)}
          </ul>`}
  </section>`;
}

function chain(act: ActView, speech: Speech): TemplateResult | typeof nothing {
  const { words } = speech;
  if (act.before.length === 0 && act.follows.length === 0) return nothing;
  const part = (title: string, heads: readonly ActHead[]): TemplateResult | typeof nothing =>
    heads.length === 0
      ? nothing
      : html`<h2>${title}</h2>
          <ul class="list">
            ${heads.map((head) => html`<li>${actLink(head, speech)}</li>`)}
          </ul>`;
  return html`<section class="panel">${part(words.acts.before, act.before)} ${part(words.acts.follows, act.follows)}</section>`;
}

export function actLink(head: ActHead, speech: Speech): TemplateResult {
  const { now, language } = speech;
  return html`<a href=${actAddress(head.resident, head.id)}
    >${icon(KIND_ICONS[head.kind])}<b>${kindName(head.kind, speech)}</b><span>${stateName(head.kind, head.state, speech)} · ${moment(head.opened, now, language)} · ${head.reason}</span></a
  >`;
}
