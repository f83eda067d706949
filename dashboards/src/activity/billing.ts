/** What could be billed: by professional and tariff, what could not and why, and how far yearly maxima are used. Nobody who lives here is named. */
import { html, nothing, type TemplateResult } from "lit";
import { money, type BillSumsView } from "../lib/activity";
import { formatNumber } from "../lib/format";
import { lookUp } from "../lib/i18n";
import type { App } from "../ui/app";
import { head, wide } from "./tables";

/** Lines added up, with the sum of all. */
export function bills(view: BillSumsView, app: App): TemplateResult {
  const words = app.words.activity.bill;
  const { language } = app.preferences;
  const { who, act, count, each, sum } = words.columns;
  if (view.sums.length === 0) return html`<p>${words.none}</p>`;
  return html`${wide(
    "billing",
    html`<table class="numbers money">
      ${head(who, [act, count, each, sum], 1)}
      <tbody>
        ${view.sums.map(
          (row) => html`<tr>
            <th scope="row">${row.biller_name}</th>
            <td class="text"><b>${row.code}</b> ${row.label}<small>${words.source(row.source)} (${words.sure[row.sure]})</small></td>
            <td>${formatNumber(row.count, 0, language)}</td>
            <td>${money(row.cents, language)}</td>
            <td class="total">${money(row.total, language)}</td>
          </tr>`,
        )}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colspan="2">${words.total}</th>
          <td>${formatNumber(view.lines, 0, language)}</td>
          <td></td>
          <td class="total">${money(view.cents, language)}</td>
        </tr>
      </tfoot>
    </table>`,
  )}
  ${view.unpriced === 0 ? nothing : html`<p class="note quiet">${words.unpriced(view.unpriced)}</p>`}`;
}

/** Why there are no more lines. */
export function refusals(view: BillSumsView, app: App): TemplateResult | typeof nothing {
  if (view.refusals.length === 0) return nothing;
  const words = app.words.activity;
  const { why, kind, who, count } = words.bill.notColumns;
  return html`<h3 id="not-billed">${words.bill.not}</h3>
    ${wide(
      "not-billed",
      html`<table class="numbers">
        ${head(why, [kind, who, count], 2)}
        <tbody>
          ${view.refusals.map(
            (row) => html`<tr>
              <th scope="row">${words.bill.why[row.why]}</th>
              <td class="text">${lookUp(words.bill.kind, row.kind)}</td>
              <td class="text">${row.biller_name === "" ? words.bill.nobody : row.biller_name}</td>
              <td class="total">${formatNumber(row.count, 0, app.preferences.language)}</td>
            </tr>`,
          )}
        </tbody>
      </table>`,
    )}`;
}

/** How far acts that are paid only so often in a year were proposed. */
export function years(view: BillSumsView, app: App): TemplateResult | typeof nothing {
  if (view.years.length === 0) return nothing;
  const words = app.words.activity.bill;
  const number = (value: number): string => formatNumber(value, 0, app.preferences.language);
  const { act, limit, count, residents, full } = words.yearColumns;
  return html`<h3 id="yearly">${words.years}</h3>
    <p class="note quiet">${words.yearsMore}</p>
    ${wide(
      "yearly",
      html`<table class="numbers">
        ${head(act, [limit, count, residents, full], 1)}
        <tbody>
          ${view.years.map(
            (row) => html`<tr>
              <th scope="row">${words.year(row.code, String(row.year))}</th>
              <td class="text">${words.of[row.of](number(row.maximum))}<small>${words.source(row.source)} (${words.sure[row.sure]})</small></td>
              <td>${number(row.lines)}</td>
              <td>${number(row.residents)}</td>
              <td class="total">${number(row.full)}</td>
            </tr>`,
          )}
        </tbody>
      </table>`,
    )}`;
}
