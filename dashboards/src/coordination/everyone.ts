/** The residents: the tenth that rings most with what to do about it, and all of them as a table. */
import { html, nothing, svg, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { formatNumber } from "../lib/format";
import { matches, MATTERS, percent, personal, personName, rate, residentTable, ruleName, sorted, type Sort, type SortKey } from "../lib/load";
import { roomName } from "../lib/say";
import type { LoadView, ResidentLoad } from "../lib/types";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { exporter } from "./load-page";

/** What the table needs of its page. */
export interface EveryoneHost {
  readonly query: string;
  readonly sort: Sort;
  search(query: string): void;
  order(key: SortKey): void;
  save(name: string, table: string): void;
  /** Opens the trial of another limit. */
  tryLimit(resident: string, limit: string, event: MouseEvent): void;
}

function room(row: ResidentLoad, app: App): string {
  return row.room === "" ? app.words.coordination.left : roomName(row.room, app.words);
}

function bar(count: number, most: number): TemplateResult {
  return html`<svg class="bar-of" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    ${svg`<rect x="0" y="0" height="10" width=${most === 0 ? 0 : (count / most) * 100}></rect>`}
  </svg>`;
}

function worstRow(row: ResidentLoad, most: number, app: App, host: Pick<EveryoneHost, "tryLimit">): TemplateResult {
  const words = app.words.coordination.worst;
  const { language } = app.preferences;
  const name = personName(row);
  const acts =
    row.limit_id === ""
      ? html`<p class="quiet">${words.noLimit}</p>`
      : html`<a class="button" href=${`/coordination/essai/${encodeURIComponent(row.resident)}`} aria-label=${words.tryOf(name)} @click=${(event: MouseEvent) => host.tryLimit(row.resident, row.limit_id, event)}
            >${icon("trial")}${words.try}</a
          >
          <a class="button" href=${`/limites/${encodeURIComponent(row.resident)}`} aria-label=${words.limitOf(name)}>${icon("edit")}${words.limit}</a>`;
  return html`<li class="worst-row" data-resident=${row.resident}>
    <div class="about">
      <h3>${name}</h3>
      <small>${room(row, app)}</small>
    </div>
    <div class="much">
      <p><b>${formatNumber(personal(row), 0, language)}</b> <small>${words.rate(rate(row.per_day, language))}</small></p>
      ${bar(personal(row), most)}
      ${row.loudest === null ? nothing : html`<p>${words.rings(ruleName(row.loudest, app.speech), formatNumber(row.loudest_count, 0, language))}</p>`}
    </div>
    <div class="acts">${acts}</div>
  </li>`;
}

/** The tenth of residents who make most alarms. */
export function worst(load: LoadView, app: App, host: Pick<EveryoneHost, "tryLimit">): TemplateResult | typeof nothing {
  const words = app.words.coordination.worst;
  const rows = load.residents.filter((row) => row.worst);
  if (rows.length === 0) return nothing;
  const most = Math.max(...rows.map(personal));
  return html`<section class="panel" aria-labelledby="worst">
    <header>
      <h2 id="worst">${words.heading}</h2>
      <p>${words.some(load.worst.residents, load.worst.of, percent(load.worst.share, app.preferences.language))}</p>
    </header>
    <ul>
      ${repeat(
        rows,
        (row) => row.resident,
        (row) => worstRow(row, most, app, host),
      )}
    </ul>
  </section>`;
}

function heading(key: SortKey, column: string, app: App, host: EveryoneHost): TemplateResult {
  const words = app.words.coordination.everyone;
  const current = host.sort.key === key;
  const order = !current ? "none" : host.sort.down ? "descending" : "ascending";
  return html`<th scope="col" aria-sort=${order}>
    <button class="plain" aria-label=${words.sortBy(column)} @click=${() => host.order(key)}>${column}${current ? html`<span aria-hidden="true">${host.sort.down ? "▼" : "▲"}</span>` : nothing}</button>
  </th>`;
}

function line(row: ResidentLoad, most: number, app: App): TemplateResult {
  const { language } = app.preferences;
  return html`<tr data-row=${row.resident}>
    <th scope="row">${personName(row)}</th>
    <td class="text place">${room(row, app)}</td>
    ${MATTERS.map((matter) => html`<td>${formatNumber(row.counts[matter], 0, language)}</td>`)}
    <td>${rate(row.per_day, language)}</td>
    <td class="picture">${bar(personal(row), most)}</td>
    <td class="text">${row.loudest === null ? "" : ruleName(row.loudest, app.speech)}</td>
  </tr>`;
}

/** Everybody who lived here, as a table to sort and to search. */
export function everyone(load: LoadView, app: App, host: EveryoneHost): TemplateResult {
  const { columns, matter, everyone: words } = app.words.coordination;
  const rows = sorted(load.residents, host.sort).filter((row) => matches(row, host.query));
  const most = Math.max(0, ...load.residents.map(personal));
  return html`<section class="panel" aria-labelledby="everyone">
    <header>
      <h2 id="everyone">${words.heading}</h2>
      <label class="search">
        ${icon("search")}<span class="only-spoken">${words.search}</span>
        <input id="search" type="search" placeholder=${words.search} .value=${host.query} @input=${(event: InputEvent) => host.search((event.target as HTMLInputElement).value)} />
      </label>
      ${exporter(words.heading, "alarmes-par-resident", () => residentTable(load, app.speech), app, host)}
    </header>
    ${rows.length === 0
      ? html`<p class="note" role="status">${words.noMatch}</p>`
      : html`<div class="wide-table">
          <table class="numbers people">
            <thead>
              <tr>
                ${heading("name", columns.name, app, host)} ${heading("room", columns.room, app, host)}
                ${MATTERS.map((each) => heading(each, matter[each], app, host))} ${heading("per_day", columns.perDay, app, host)}
                <th aria-hidden="true"></th>
                <th scope="col">${columns.loudest}</th>
              </tr>
            </thead>
            <tbody>
              ${repeat(
                rows,
                (row) => row.resident,
                (row) => line(row, most, app),
              )}
            </tbody>
          </table>
        </div>`}
  </section>`;
}
