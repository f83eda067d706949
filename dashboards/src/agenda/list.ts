/** One list of everybody's open acts, the late ones first, beside what is planned today. */
import { html, nothing, type TemplateResult } from "lit";
import { KIND_ICONS } from "../acts/open";
import { kindName, stateName } from "../lib/acts";
import { dueText, placeOf, type AgendaItem, type AgendaPlanned, type AgendaView, type Whom } from "../lib/agenda";
import { actAddress } from "../lib/acts";
import { clock, fullName } from "../lib/format";
import { roomName } from "../lib/say";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";

export type Filter = Whom | "all";

export interface ListHost {
  choose(filter: Filter): void;
}

const FILTERS: readonly Filter[] = ["all", "home", "physician", "expert", "nobody"];

/** Name and room of who is meant; nothing is invented where the ward does not know them. */
export function personOf(resident: string, app: App): { readonly name: string; readonly room: string } {
  const found = app.session.state.residents.get(resident);
  if (found === undefined) return { name: "—", room: "" };
  return { name: fullName(found.family_name, found.given_name), room: roomName(found.room, app.words) };
}

export function listPage(view: AgendaView, filter: Filter, app: App, host: ListHost): TemplateResult {
  const words = app.words.agenda;
  const shown = view.items.filter((item) => filter === "all" || item.whom === filter);
  const late = view.items.filter((item) => item.late).length;
  return html`<header class="page-head">
      <h1>${words.tab.list}</h1>
      ${late > 0 ? html`<p class="late-count">${icon("warning")}${words.late(late)}</p>` : nothing}
    </header>
    <div class="agenda-columns">
      <section aria-labelledby="open-title">
        <h2 id="open-title">${words.open}</h2>
        ${view.items.length === 0
          ? html`<p class="panel quiet">${words.openNone}</p>`
          : html`${filters(view, filter, app, host)}
              <ul class="rows">
                ${shown.map((item) => row(item, app))}
              </ul>`}
      </section>
      <section aria-labelledby="today-title">
        <h2 id="today-title">${words.today}</h2>
        ${view.planned.length === 0
          ? html`<p class="panel quiet">${words.todayNone}</p>`
          : html`<ol class="rows today">
              ${view.planned.map((each) => planned(each, app))}
            </ol>`}
      </section>
    </div>`;
}

function filters(view: AgendaView, filter: Filter, app: App, host: ListHost): TemplateResult {
  const words = app.words.agenda;
  const count = (each: Filter): number => view.items.filter((item) => each === "all" || item.whom === each).length;
  const present = FILTERS.filter((each) => each === "all" || each === filter || count(each) > 0);
  return html`<div class="choice" role="group" aria-label=${words.filter.label}>
    ${present.map((each) => html`<button data-filter=${each} aria-pressed=${each === filter ? "true" : "false"} @click=${() => host.choose(each)}>${words.filter[each]} <small>${count(each)}</small></button>`)}
  </div>`;
}

function row(item: AgendaItem, app: App): TemplateResult {
  const { speech } = app;
  const words = app.words.agenda;
  const { name, room } = personOf(item.resident, app);
  return html`<li>
    <a class="row ${item.late ? "late" : ""}" href=${placeOf(item)} data-act=${item.act}>
      ${icon(KIND_ICONS[item.kind])}
      <span class="what">
        <b>${name}</b> <span class="quiet">${room}</span>
        <small>${kindName(item.kind, speech)} · ${stateName(item.kind, item.state, speech)}</small>
        <small class="why">${item.reason}</small>
      </span>
      <span class="whom">
        <b>${words.whom[item.whom]}</b>
        ${item.named === "" ? nothing : html`<small>${item.named}</small>`}
        <small class="due">${item.late ? icon("warning") : nothing}${dueText(item, speech)}</small>
      </span>
    </a>
  </li>`;
}

function planned(each: AgendaPlanned, app: App): TemplateResult {
  const { speech } = app;
  const words = app.words.agenda;
  const { name, room } = personOf(each.resident, app);
  return html`<li>
    <a class="row ${each.late ? "late" : ""}" href=${actAddress(each.resident, each.act)} data-act=${each.act}>
      <time>${clock(each.at, speech.language)}</time>
      <span class="what">
        <b>${name}</b> <span class="quiet">${room}</span>
        <small>${stateName("consultation", each.state, speech)} · ${each.physician_name === "" ? words.noSlot : words.with(each.physician_name)}</small>
        <small class="why">${each.reason}</small>
        ${each.reminded.length === 0 ? nothing : html`<small>${icon("bell")} ${words.reminded(each.reminded.join(", "))}</small>`}
        ${each.late ? html`<small class="due">${icon("warning")}${words.lateWord}</small>` : nothing}
      </span>
    </a>
  </li>`;
}
