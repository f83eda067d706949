/** The tables of a home's activity, each with its numbers; bars stand beside the numbers, never in place of them. */
import { html, nothing, svg, type TemplateResult } from "lit";
import {
  BELOW,
  figureOf,
  KINDS,
  isMany,
  monthColumns,
  mostOf,
  OUTCOMES,
  summed,
  WAITS,
  written,
  type ActivityView,
  type CellView,
  type FigureView,
  type RegionView,
} from "../lib/activity";
import { formatNumber } from "../lib/format";
import { lookUp } from "../lib/i18n";
import type { App } from "../ui/app";

const NOTHING: CellView = { value: null, hidden: false };

function cell(value: CellView, unit: string, app: App): string {
  return written(value, unit, app.preferences.language, app.words.activity.hidden);
}

function bar(value: number, most: number): TemplateResult {
  return html`<svg class="bar-of" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    ${svg`<rect x="0" y="0" height="10" width=${(value / most) * 100}></rect>`}
  </svg>`;
}

/** The head of a table: what its lines are, and its columns, of which the first may hold words instead of numbers. */
export function head(first: string, columns: readonly string[], words = 0): TemplateResult {
  return html`<thead>
    <tr><th scope="col">${first}</th>${columns.map((column, place) => html`<th scope="col" class=${place < words ? "text" : ""}>${column}</th>`)}</tr>
  </thead>`;
}

/** The class of a table of months: narrow when they are many. */
function byMonth(view: ActivityView): string {
  return isMany(view.months) ? "numbers by-month many" : "numbers by-month";
}

/** A table that may be wider than the page, named by the heading with this id. */
export function wide(id: string, table: TemplateResult): TemplateResult {
  return html`<div class="wide-table" tabindex="0" role="group" aria-labelledby=${id}>${table}</div>`;
}

function panel(id: string, title: string, note: string, table: TemplateResult): TemplateResult {
  return html`<section class="panel" aria-labelledby=${id}>
    <header><h2 id=${id}>${title}</h2></header>
    ${note === "" ? nothing : html`<p class="note quiet">${note}</p>`}
    ${wide(id, table)}
  </section>`;
}

function outcomeName(area: string, figure: string, app: App): string {
  const words: Readonly<Record<string, Readonly<Record<string, string>>>> = app.words.activity.outcome;
  return words[area]?.[figure] ?? figure;
}

/** The large numbers at the top. */
export function tally(view: ActivityView, app: App): TemplateResult {
  const { headline } = app.words.activity;
  const { language } = app.preferences;
  const of = (area: string, figure: string): number => figureOf(view.figures, area, figure)?.total.value ?? 0;
  const lived = formatNumber(of("home", "residents"), 0, language);
  const tiles: readonly (readonly [number, string])[] = [
    [of("consultation", "held"), headline.consultations(of("consultation", "held"))],
    [of("consultation", "residents"), headline.seen(of("consultation", "residents"))],
    [of("home", "covered"), headline.covered(lived)],
    [of("regulation", "stayed"), headline.stayed(of("regulation", "stayed"))],
  ];
  return html`<ul class="tally">
    ${tiles.map(([count, words]) => html`<li><b>${formatNumber(count, 0, language)}</b><span>${words}</span></li>`)}
  </ul>`;
}

/** Acts held, by kind and month, with the residents of the whole period. */
export function acts(view: ActivityView, app: App): TemplateResult {
  const words = app.words.activity;
  const rows = KINDS.map((kind) => ({ kind, held: figureOf(view.figures, kind, "held"), residents: figureOf(view.figures, kind, "residents") }));
  const held = rows.flatMap((row) => (row.held === null ? [] : [row.held]));
  const most = mostOf(held);
  const line = ({ kind, held: row, residents }: (typeof rows)[number]): TemplateResult => html`<tr>
    <th scope="row">${words.kind[kind]}</th>
    ${(row?.months ?? []).map((each) => html`<td>${cell(each, "acts", app)}${bar(each.value ?? 0, most)}</td>`)}
    <td class="total">${cell(row?.total ?? NOTHING, "acts", app)}</td>
    <td>${cell(residents?.total ?? NOTHING, "residents", app)}</td>
  </tr>`;
  const columns = [...monthColumns(view.months, app.preferences.language), words.columns.total, words.columns.residents];
  return panel("acts", words.acts, words.actsMore, html`<table class=${byMonth(view)}>${head(words.columns.act, columns)}<tbody>${rows.map(line)}</tbody></table>`);
}

/** What acts came to; a destination that never came is left out. */
export function outcomes(view: ActivityView, app: App): TemplateResult {
  const words = app.words.activity;
  const line = (area: string, figure: string): TemplateResult | typeof nothing => {
    const row = figureOf(view.figures, area, figure);
    if (row === null || (BELOW.test(figure) && row.total.value === 0)) return nothing;
    return html`<tr>
      <th scope="row" class=${BELOW.test(figure) ? "below" : ""}>${outcomeName(area, figure, app)}</th>
      ${row.months.map((each) => html`<td>${cell(each, row.unit, app)}</td>`)}
      <td class="total">${cell(row.total, row.unit, app)}</td>
    </tr>`;
  };
  const columns = [...monthColumns(view.months, app.preferences.language), words.columns.total];
  return panel("outcomes", words.outcomes, "", html`<table class=${byMonth(view)}>${head(words.columns.outcome, columns)}<tbody>${OUTCOMES.map(([area, figure]) => line(area, figure))}</tbody></table>`);
}

/** How long people waited, over the whole period. */
export function waits(view: ActivityView, app: App): TemplateResult {
  const { columns, wait, waits: title } = app.words.activity;
  const of = (area: string, figure: string): FigureView | null => figureOf(view.figures, area, figure);
  const line = (area: (typeof WAITS)[number]): TemplateResult => html`<tr>
    <th scope="row">${wait[area]}</th>
    ${["waits", "wait_median", "wait_ninetieth"].map((figure) => html`<td>${cell(of(area, figure)?.total ?? NOTHING, of(area, figure)?.unit ?? "acts", app)}</td>`)}
  </tr>`;
  return panel("waits", title, "", html`<table class="numbers">${head(columns.wait, [columns.count, columns.median, columns.ninetieth])}<tbody>${WAITS.map(line)}</tbody></table>`);
}

/** The alarm load by month. */
export function alarms(view: ActivityView, app: App): TemplateResult {
  const words = app.words.activity;
  const line = (figure: keyof typeof words.alarm): TemplateResult => {
    const row = figureOf(view.figures, "alarms", figure);
    return html`<tr>
      <th scope="row">${words.alarm[figure]}</th>
      ${(row?.months ?? []).map((each) => html`<td>${cell(each, row?.unit ?? "", app)}</td>`)}
      <td class="total">${cell(row?.total ?? NOTHING, row?.unit ?? "", app)}</td>
    </tr>`;
  };
  const columns = [...monthColumns(view.months, app.preferences.language), words.columns.total];
  const figures = ["measured", "happened", "technical", "per_day"] as const;
  return panel("alarms", words.alarms, words.alarmsMore, html`<table class=${byMonth(view)}>${head(words.columns.alarms, columns)}<tbody>${figures.map(line)}</tbody></table>`);
}

/** Several homes side by side, and together. */
export function region(view: RegionView, app: App): TemplateResult {
  const words = app.words.activity;
  const { language } = app.preferences;
  const total = (area: string, figure: string): string => {
    const row = figureOf(view.figures, area, figure);
    return row === null ? "" : summed(row.total, row.unit, language, words);
  };
  const line = (name: string, area: string, figure: string): TemplateResult | typeof nothing => {
    const row = figureOf(view.figures, area, figure);
    if (row === null) return nothing;
    return html`<tr>
      <th scope="row">${name}</th>
      ${row.homes.map((each) => html`<td>${cell(each, row.unit, app)}</td>`)}
      <td class="total">${summed(row.total, row.unit, language, words)}</td>
    </tr>`;
  };
  const rows = [
    ...KINDS.flatMap((kind) => [line(words.kind[kind], kind, "held"), line(`${words.kind[kind]} : ${words.columns.residents.toLocaleLowerCase(language)}`, kind, "residents")]),
    ...OUTCOMES.filter(([, figure]) => !BELOW.test(figure)).map(([area, figure]) => line(outcomeName(area, figure, app), area, figure)),
    ...(["measured", "happened", "technical", "per_day"] as const).map((figure) => line(lookUp(words.alarm, figure), "alarms", figure)),
  ];
  return html`<p class="together" role="status">${words.regionOf(view.homes.length)} : ${words.regionTotal(total("consultation", "held"), total("consultation", "residents"))}</p>
    ${wide("region", html`<table class="numbers">${head(words.columns.act, [...view.homes, words.columns.together])}<tbody>${rows}</tbody></table>`)}`;
}
