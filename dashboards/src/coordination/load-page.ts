/** How much the ward was alarmed: the rate, what became of it, and two pictures with their numbers. */
import { html, nothing, svg, type TemplateResult } from "lit";
import { ago, duration, formatNumber } from "../lib/format";
import { csv, dayName, dayTable, loudestHour, MATTERS, mostOf, percent, rate, ruleName, ruleTable, shade, SPANS, totalOf, type Cell, type SpanDays } from "../lib/load";
import type { LoadView, Matter, Micros, RuleLoad } from "../lib/types";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { everyone, worst, type EveryoneHost } from "./everyone";

/** Days that are labelled one by one. */
const FEW_DAYS = 14;
/** Rules of the picture; the export has all of them. */
const RULES = 14;

/** What this part needs of its page. */
export interface LoadHost extends EveryoneHost {
  readonly days: SpanDays;
  span(days: SpanDays): void;
  /** Hands a table to the browser as a file. */
  save(name: string, table: string): void;
}

function spans(app: App, host: LoadHost): TemplateResult {
  const words = app.words.coordination.period;
  return html`<div class="choice" role="group" aria-label=${words.label}>
    ${SPANS.map((days) => html`<button aria-pressed=${days === host.days ? "true" : "false"} @click=${() => host.span(days)}>${words.days(days)}</button>`)}
  </div>`;
}

/** A button that saves a table. */
export function exporter(what: string, file: string, table: () => readonly (readonly Cell[])[], app: App, host: Pick<LoadHost, "save">): TemplateResult {
  const words = app.words.coordination.load;
  const save = (): void => host.save(`${file}.csv`, csv(table(), app.preferences.language));
  return html`<button class="plain export" aria-label=${words.exportOf(what)} @click=${save}>${icon("download")}${words.export}</button>`;
}

function headline(load: LoadView, app: App): TemplateResult {
  const words = app.words.coordination.load;
  const { language } = app.preferences;
  const { count, per_day: perDay } = load.figures.measured;
  const { per_day: reference, source } = load.reference;
  const total = totalOf(load);
  const sentence = (perDay ?? 0) >= 2 ? words.perDays(rate(perDay, language)) : words.perDay(rate(perDay, language));
  return html`<div class="headline">
    ${perDay === null ? html`<p class="rate">${load.resident_days > 0 ? words.tooShort(count) : words.noResident}</p>` : html`<p class="rate">${emphasised(sentence, rate(perDay, language))}</p>`}
    <p class="quiet">${words.total(total, formatNumber(load.resident_days, load.resident_days < 10 ? 1 : 0, language))}</p>
    <p class="quiet">
      ${words.reference(formatNumber(reference, 1, language), source)}
      ${perDay === null || count === 0 ? nothing : perDay > reference ? html`<b>${words.over}</b>` : words.under}
    </p>
  </div>`;
}

/** A sentence whose number is large. */
function emphasised(sentence: string, number: string): TemplateResult {
  const place = sentence.indexOf(number);
  return html`${sentence.slice(0, place)}<strong>${number}</strong>${sentence.slice(place + number.length)}`;
}

function figures(load: LoadView, app: App): TemplateResult {
  const { columns, matter, load: words } = app.words.coordination;
  const { language } = app.preferences;
  const wait = (length: Micros | null): string => (length === null ? "—" : duration(length, language));
  return html`<section class="panel" aria-labelledby="figures">
    <header><h2 id="figures">${words.figures}</h2></header>
    <div class="wide-table">
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col"><span class="only-spoken">${columns.kind}</span></th>
            ${[columns.count, columns.perDay, columns.answered, columns.median, columns.ninetieth, columns.alone, columns.repeated, columns.chattering].map(
              (column) => html`<th scope="col">${column}</th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${MATTERS.map((each) => {
            const row = load.figures[each];
            return html`<tr>
              <th scope="row">${swatch(each)}${matter[each]}</th>
              <td>${formatNumber(row.count, 0, language)}</td>
              <td>${rate(row.per_day, language)}</td>
              <td>${percent(row.answered, language)}</td>
              <td>${wait(row.median)}</td>
              <td>${wait(row.ninetieth)}</td>
              <td>${percent(row.alone, language)}</td>
              <td>${percent(row.repeated, language)}</td>
              <td>${percent(row.chattering, language)}</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
    <p class="note quiet">${words.figuresMore}</p>
  </section>`;
}

function swatch(matter: Matter): TemplateResult {
  return html`<span class="swatch ${matter}" aria-hidden="true"></span>`;
}

function heatRow(row: RuleLoad, most: number, app: App): TemplateResult {
  return html`<tr>
    <th scope="row">${swatch(row.matter)}${ruleName(row.rule, app.speech)}</th>
    ${row.hours.map((count) => html`<td class="s${shade(count, most)}">${count === 0 ? html`<span class="only-spoken">0</span>` : count}</td>`)}
    <td class="total">${row.count}</td>
  </tr>`;
}

function heat(load: LoadView, app: App, host: LoadHost): TemplateResult {
  const { columns, hour, load: words } = app.words.coordination;
  const top = loudestHour(load);
  const most = mostOf(load);
  return html`<section class="panel" aria-labelledby="hours">
    <header>
      <h2 id="hours">${words.hours}</h2>
      ${exporter(words.hours, "alarmes-par-heure", () => ruleTable(load, app.speech), app, host)}
    </header>
    ${top === null ? nothing : html`<p class="note">${words.hoursMore(hour(top.hour), top.count)}</p>`}
    <div class="wide-table" tabindex="0" role="group" aria-labelledby="hours">
      <table class="heat">
        <thead>
          <tr>
            <th scope="col">${columns.rule}</th>
            ${Array.from({ length: 24 }, (_, number) => html`<th scope="col" abbr=${words.hour(number)}>${number}</th>`)}
            <th scope="col">${columns.total}</th>
          </tr>
        </thead>
        <tbody>
          ${load.rules.slice(0, RULES).map((row) => heatRow(row, most, app))}
        </tbody>
      </table>
    </div>
  </section>`;
}

function column(counts: Readonly<Record<Matter, number>>, most: number): TemplateResult {
  let top = 100;
  return html`<svg viewBox="0 0 10 100" preserveAspectRatio="none" aria-hidden="true">
    ${MATTERS.map((matter) => {
      const height = (counts[matter] / most) * 100;
      top -= height;
      return height === 0 ? nothing : svg`<rect class=${matter} x="0" y=${top} width="10" height=${height}></rect>`;
    })}
  </svg>`;
}

function byDay(load: LoadView, app: App, host: LoadHost): TemplateResult {
  const { columns, matter, load: words } = app.words.coordination;
  const { language } = app.preferences;
  const total = (counts: Readonly<Record<Matter, number>>): number => MATTERS.reduce((sum, each) => sum + counts[each], 0);
  const most = Math.max(1, ...load.days.map((row) => total(row.counts)));
  const top = load.days.find((row) => total(row.counts) === most);
  const few = load.days.length <= FEW_DAYS;
  const every = Math.max(1, Math.ceil(load.days.length / 8));
  return html`<section class="panel" aria-labelledby="by-day">
    <header>
      <h2 id="by-day">${words.days}</h2>
      ${exporter(words.days, "alarmes-par-jour", () => dayTable(load, app.speech), app, host)}
    </header>
    ${top === undefined ? nothing : html`<p class="note">${words.daysMore(dayName(top.day, language), most)}</p>`}
    <div class="days ${few ? "few" : "many"}" aria-hidden="true">
      ${load.days.map(
        (row, index) => html`<div>
          ${few ? html`<b>${total(row.counts)}</b>` : nothing}${column(row.counts, most)}
          <small>${few || index % every === 0 ? dayName(row.day, language, "short") : ""}</small>
        </div>`,
      )}
    </div>
    <p class="legend" aria-hidden="true">${MATTERS.map((each) => html`<span>${swatch(each)}${matter[each]}</span>`)}</p>
    <details>
      <summary>${words.numbers}</summary>
      <div class="wide-table">
        <table class="numbers">
          <caption class="only-spoken">${words.days}</caption>
          <thead>
            <tr><th scope="col">${columns.day}</th>${MATTERS.map((each) => html`<th scope="col">${matter[each]}</th>`)}</tr>
          </thead>
          <tbody>
            ${load.days.map((row) => html`<tr><th scope="row">${dayName(row.day, language)}</th>${MATTERS.map((each) => html`<td>${row.counts[each]}</td>`)}</tr>`)}
          </tbody>
        </table>
      </div>
    </details>
  </section>`;
}

/**
 * The whole part.
 * @param read when it was read; an old one says so.
 */
export function loadPage(load: LoadView, read: { readonly at: Micros; readonly stale: boolean }, app: App, host: LoadHost): TemplateResult {
  const { load: words, stale } = app.words.coordination;
  const empty = totalOf(load) === 0;
  return html`<div class="page">
    <header class="page-head">
      <h1>${words.heading}</h1>
      ${spans(app, host)}
    </header>
    ${read.stale ? html`<p class="stale" role="status">${icon("warning")}${stale(ago(read.at, app.speech.now, app.preferences.language))}</p>` : nothing}
    ${empty
      ? html`<section class="state"><h2>${words.none}</h2><p>${words.noneMore}</p></section>`
      : html`${headline(load, app)} ${worst(load, app, host)} ${heat(load, app, host)}
          ${figures(load, app)} ${byDay(load, app, host)} ${everyone(load, app, host)}`}
  </div>`;
}
