/** One tile for each resident, worst first: almost grey while nothing is wrong. */
import { css, html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { matches, tileMetrics, valueOf } from "../lib/choose";
import { isDoubtful, isStale } from "../lib/curves";
import { ago, DASH, formatValue, formatWithUnit, fullName, roomNumber, shortDuration } from "../lib/format";
import { careOf, coverOf, outOfServiceOf, remaining, sensorOf } from "../lib/quiet";
import { alertsByResident, residentsWorstFirst } from "../lib/rank";
import { alertHeadline, alertHolder, doubts, metricName, roomName, type Speech, unwatchedShort } from "../lib/say";
import type { AlertView, ResidentView } from "../lib/types";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { kindOf, mark } from "../ui/mark";
import { scoreOf, type ScoreFeed } from "./scores";

export const tileStyles = css`
  .tiles {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(190px, 1fr));
    grid-auto-rows: minmax(112px, auto);
    gap: var(--gap-2);
    padding: var(--gap-3) var(--gap-4) var(--gap-3);
  }
  .tile {
    position: relative;
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    grid-template-rows: auto 1fr auto;
    gap: 2px;
    width: 100%;
    height: 100%;
    padding: 7px var(--gap-3) 5px;
    text-align: start;
    justify-content: stretch;
    justify-items: stretch;
    align-items: start;
    font-weight: 400;
    border: 1px solid var(--line);
    background: var(--surface);
  }
  .tile.high,
  .tile.medium,
  .tile.low,
  .tile.technical {
    border: 2px solid var(--hue);
    padding: 6px calc(var(--gap-3) - 1px) 4px;
  }
  .tile.high {
    --hue: var(--high);
    background: var(--high-ground);
  }
  .tile.medium {
    --hue: var(--medium-mark);
    background: var(--medium-ground);
  }
  .tile.low {
    --hue: var(--low);
    background: var(--low-ground);
  }
  .tile.technical {
    --hue: var(--technical);
  }
  .tile.answered {
    background: var(--surface);
  }
  .tile.unwatched {
    border-style: dashed;
    border-color: var(--edge);
  }
  .tile header {
    display: flex;
    align-items: flex-start;
    gap: var(--gap-2);
  }
  .tile .room {
    min-width: 2.1em;
    padding: 0 6px;
    border-radius: 6px;
    background: var(--raised);
    font-weight: 700;
    text-align: center;
    white-space: nowrap;
  }
  .tile .name {
    flex: 1;
    min-width: 0;
    font-weight: 600;
    overflow: hidden;
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
    overflow-wrap: anywhere;
    line-height: 1.15;
    min-height: 2.3em;
  }
  .tile .mark {
    font-size: 0.8rem;
  }
  .tile .pair {
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 1fr));
    gap: var(--gap-2);
    align-self: center;
  }
  .tile .value b {
    display: block;
    font-size: var(--size-4);
    font-weight: 650;
    line-height: 1.1;
  }
  .tile .value b small {
    display: inline;
    font-weight: 400;
  }
  .tile .value b.doubtful {
    color: var(--quiet);
    font-weight: 500;
  }
  .tile small {
    font-size: var(--size-1);
    color: var(--quiet);
    white-space: nowrap;
  }
  .tile .value small {
    display: block;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .tile footer {
    display: flex;
    align-items: center;
    gap: var(--gap-1);
    font-size: var(--size-1);
    color: var(--quiet);
    min-width: 0;
  }
  .tile footer .icon {
    width: 14px;
    height: 14px;
  }
  .tile footer span {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .tile .foot {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--gap-2);
    min-width: 0;
  }
  .tile .news2 {
    position: relative;
    flex: none;
    font-size: var(--size-1);
    color: var(--quiet);
    white-space: nowrap;
  }
  /* What is wrong is said in full: the age of the score, which is read out all the same, gives way to it. */
  .tile .foot:has(.why) .age {
    display: none;
  }
  .tile .news2 b {
    color: var(--text);
    font-weight: 650;
  }
  .tile .why {
    color: var(--text);
    font-weight: 600;
  }
  .find {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-3);
    padding: var(--gap-3) var(--gap-4) 0;
  }
  .find input {
    flex: 1 1 14rem;
    max-width: 28rem;
    min-height: var(--touch);
    padding: 0 var(--gap-4);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .find button[aria-pressed="true"] {
    background: var(--action);
    color: var(--on-action);
    border-color: var(--action);
  }
  .nobody {
    padding: var(--gap-5) var(--gap-4);
    text-align: center;
  }
  /* Tiles outside the window cost nothing, so that a home of 120 scrolls as smoothly as one of 24. */
  .tiles.many li {
    content-visibility: auto;
    contain-intrinsic-size: 190px 122px;
  }
`;

/** From this many residents on, tiles outside the window are not drawn. */
const MANY = 40;

function value(resident: ResidentView, metric: string, speech: Speech): TemplateResult {
  const found = valueOf(resident, metric);
  const name = metricName(metric, speech);
  const { language, now } = speech;
  if (found === undefined) return html`<div class="value"><b>${DASH}</b><small>${name}</small></div>`;
  if (isStale(found, now)) {
    const last = formatValue(metric, found.value, language);
    const whole = formatWithUnit(metric, found.value, language);
    return html`<div class="value" title="${name} ${whole} ${ago(found.time, now, language)}">
      <b>${DASH} <small>${name}</small></b><small>${last} · ${shortDuration(now - found.time, language)}</small>
    </div>`;
  }
  const doubtful = isDoubtful(found);
  const below = doubtful ? doubts(found, speech) : `${name} · ${shortDuration(now - found.time, language)}`;
  return html`<div class="value">
    <b class=${doubtful ? "doubtful" : ""}>${formatValue(metric, found.value, language)}</b><small>${below}</small>
  </div>`;
}

function foot(app: App, resident: ResidentView, worst: AlertView | undefined): TemplateResult {
  const { speech } = app;
  const { state } = app.session;
  const order = worst === undefined ? undefined : coverOf(state, worst, speech.now);
  if (worst !== undefined && order !== undefined) {
    return html`<footer>${icon("bellOff")}<span class="why"
        ><span class="only-spoken">${speech.words.quiet.kind[order.kind]} </span>${remaining(order.until, speech.now)} ·
        ${alertHeadline(worst, speech)}</span
      ></footer>`;
  }
  if (worst !== undefined) {
    const holder = worst.response === "unacknowledged" ? "" : ` · ${alertHolder(worst, app.me?.username ?? null, speech)}`;
    return html`<footer><span class="why">${alertHeadline(worst, speech)}${holder}</span></footer>`;
  }
  if (!resident.watched) {
    return html`<footer>${icon("slash")}<span class="why">${unwatchedShort(resident, speech)}</span></footer>`;
  }
  const care = careOf(state, resident);
  if (care !== undefined && care.until > speech.now) {
    return html`<footer>${icon("bellOff")}<span class="why">${speech.words.quiet.care} · ${remaining(care.until, speech.now)}</span></footer>`;
  }
  const out = outOfServiceOf(state, resident)[0];
  if (out !== undefined) {
    return html`<footer>${icon("slash")}<span class="why">${speech.words.quiet.outShort(sensorOf(resident, out.sensor, speech))}</span></footer>`;
  }
  return html`<footer>${icon("activity")}<span>${speech.words.ward.watched}</span></footer>`;
}

function tile(
  app: App,
  resident: ResidentView,
  alerts: readonly AlertView[],
  open: (resident: string) => void,
  scores: ScoreFeed,
): TemplateResult {
  const worst = alerts[0];
  const kind = worst === undefined ? "" : kindOf(worst);
  const answered = worst !== undefined && worst.response !== "unacknowledged" ? "answered" : "";
  const metrics = tileMetrics(resident);
  return html`<li>
    <button
      class="tile ${kind} ${answered} ${resident.watched ? "" : "unwatched"}"
      data-resident=${resident.id}
      @click=${() => open(resident.id)}
    >
      <header>
        <span class="room"><span class="only-spoken">${roomName(resident.room, app.words)}</span><span aria-hidden="true">${roomNumber(resident.room)}</span></span>
        <span class="name">${fullName(resident.family_name, resident.given_name)}</span>
        ${worst === undefined ? nothing : mark(worst, app.words)}
      </header>
      <div class="pair">
        ${metrics.length === 0
          ? html`<small>${app.words.ward.noMeasure}</small>`
          : metrics.map((metric) => value(resident, metric, app.speech))}
      </div>
      <div class="foot">${foot(app, resident, worst)}${scoreOf(app, scores, resident.id)}</div>
    </button>
  </li>`;
}

/** What somebody looks for among many. */
export interface Search {
  readonly query: string;
  /** Whether only residents with an alarm are wanted. */
  readonly only: boolean;
  change(query: string, only: boolean): void;
}

/** From this many residents on, there is a line to search them. */
const SEARCHED = 30;

function searchLine(app: App, search: Search, found: number, all: number): TemplateResult {
  const said = app.words.tablet;
  const typed = (event: Event): void => search.change((event.target as HTMLInputElement).value, search.only);
  return html`<search class="find">
    <input type="search" maxlength="60" autocomplete="off" spellcheck="false" aria-label=${said.search} placeholder=${said.search} .value=${search.query} @input=${typed} />
    <button aria-pressed=${search.only ? "true" : "false"} @click=${() => search.change(search.query, !search.only)}>${icon("bell")}${said.only}</button>
    ${search.query === "" && !search.only
      ? nothing
      : html`<button @click=${() => search.change("", false)}>${icon("close")}${said.onlyAll}</button>`}
    <span class="quiet" role="status">${found === all ? nothing : said.found(found, all)}</span>
  </search>`;
}

export function tiles(app: App, open: (resident: string) => void, search: Search, scores: ScoreFeed): TemplateResult {
  const { residents } = app.session.state;
  const byResident = alertsByResident(app.alerts(), residents.values());
  const sorted = residentsWorstFirst(residents.values(), byResident);
  const found = sorted.filter((resident) => (!search.only || byResident.has(resident.id)) && matches(resident, search.query));
  return html`${sorted.length >= SEARCHED ? searchLine(app, search, found.length, sorted.length) : nothing}
    ${found.length === 0 ? html`<p class="nobody">${app.words.tablet.searchNone}</p>` : nothing}
    <ul class="tiles ${found.length > MANY ? "many" : ""}" aria-label=${app.words.ward.residents}>
      ${repeat(found, (resident) => resident.id, (resident) => tile(app, resident, byResident.get(resident.id) ?? [], open, scores))}
    </ul>`;
}

export function tileSkeletons(app: App): TemplateResult {
  return html`<div class="tiles" role="status" aria-label=${app.words.ward.loading}>
    ${Array.from({ length: 24 }, () => html`<div class="skeleton"></div>`)}
  </div>`;
}
