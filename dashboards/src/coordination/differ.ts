/** Where a room and the hub judged the same measurements otherwise. */
import { html, nothing, type TemplateResult } from "lit";
import { clock, formatWithUnit, moment } from "../lib/format";
import { differencePlace, differenceSentence, personName } from "../lib/load";
import type { DifferenceView } from "../lib/types";
import type { App } from "../ui/app";

function side(row: DifferenceView, one: DifferenceView["edge_side"], app: App): TemplateResult {
  const words = app.words.coordination.differ;
  const { language, now } = app.speech;
  if (one === null) return html`${words.nothing}`;
  const from = moment(one.onset, now, language);
  const when = one.cleared === null ? words.from(from) : words.fromTo(from, clock(one.cleared, language));
  const parts = [when, words.worst(formatWithUnit(row.metric, one.worst, language)), ...(one.rang ? [words.rang] : [])];
  return html`${parts.join(" · ")}`;
}

function item(row: DifferenceView, app: App): TemplateResult {
  const words = app.words.coordination.differ;
  return html`<li class="difference">
    <h3>${personName(row)} <small>${differencePlace(row, app.speech)}</small></h3>
    <p>${differenceSentence(row, app.speech)}</p>
    <dl>
      <dt>${words.room}</dt>
      <dd>${side(row, row.edge_side, app)}</dd>
      <dt>${words.hub}</dt>
      <dd>${side(row, row.hub_side, app)}</dd>
    </dl>
  </li>`;
}

export function differPage(rows: readonly DifferenceView[], app: App): TemplateResult {
  const words = app.words.coordination.differ;
  if (rows.length === 0) return html`<section class="state"><h1>${words.none}</h1><p>${words.noneMore}</p></section>`;
  return html`<div class="page">
    <header class="page-head"><h1>${words.heading}</h1></header>
    <p>${words.more} ${rows.length > 2 ? html`<b>${words.what}</b>` : nothing}</p>
    <section class="panel">
      <ul aria-label=${words.list}>
        ${rows.map((row) => item(row, app))}
      </ul>
    </section>
  </div>`;
}
