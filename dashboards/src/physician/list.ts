/** Who is waiting and why: requests first, then calls that go on, then alarms; what is planned for later; then everybody else. */
import { css, html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { matches, tileMetrics, valueOf } from "../lib/choose";
import { byUrgency, isToday, isWaiting, urgencyText, waitText, type CallRequestView } from "../lib/consult";
import { fullName, roomNumber } from "../lib/format";
import { alertsByResident, compareRooms, residentsWorstFirst } from "../lib/rank";
import { alertHeadline, alertHolder, alertSince, roomName, unwatchedShort } from "../lib/say";
import { totalText } from "../lib/round";
import { callIsOver } from "../lib/state";
import type { AlertView, CallView, ResidentView } from "../lib/types";
import { valueSentence } from "../resident/values";
import type { App } from "../ui/app";
import { feedOf } from "../ui/consult";
import { icon } from "../ui/icon";
import { kindOf, mark } from "../ui/mark";
import "../questions/link";
import "./emergency";
import type { Opened } from "./emergency";

export const listStyles = css`
  .list-head {
    position: sticky;
    top: 0;
    z-index: 1;
    padding: var(--gap-3);
    background: var(--surface);
    border-bottom: 1px solid var(--line);
  }
  .search {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    padding-inline-start: var(--gap-3);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--ground);
  }
  .skeleton.row {
    height: 56px;
    margin: var(--gap-3);
  }
  .search:focus-within {
    outline: 3px solid var(--focus);
    outline-offset: 2px;
  }
  .search input {
    flex: 1;
    min-width: 0;
    min-height: var(--touch);
    border: 0;
    outline: 0;
    background: transparent;
  }
  nav h2 {
    padding: var(--gap-4) var(--gap-4) var(--gap-2);
    font-size: var(--size-1);
    color: var(--quiet);
  }
  nav > p {
    padding: 0 var(--gap-4) var(--gap-3);
    color: var(--quiet);
  }
  .people {
    display: grid;
    gap: var(--gap-1);
    padding: 0 var(--gap-2);
  }
  .person {
    --hue: transparent;
    display: grid;
    grid-template-columns: 2.2rem minmax(0, 1fr) auto;
    justify-content: stretch;
    align-items: center;
    gap: 0 var(--gap-2);
    width: 100%;
    padding: var(--gap-1) var(--gap-2);
    border-color: transparent;
    border-inline-start: 6px solid var(--hue);
    text-align: start;
    font-weight: 400;
    background: transparent;
  }
  .person.high {
    --hue: var(--high);
    background: var(--high-ground);
  }
  .person.medium {
    --hue: var(--medium-mark);
    background: var(--medium-ground);
  }
  .person.low {
    --hue: var(--low);
    background: var(--low-ground);
  }
  .person.technical {
    --hue: var(--technical);
  }
  .person[aria-current="true"] {
    border-color: var(--text);
    border-inline-start-color: var(--hue);
    box-shadow: inset 0 0 0 1px var(--text);
  }
  .person .room {
    font-weight: 700;
    text-align: center;
  }
  .person .about {
    min-width: 0;
    line-height: 1.25;
  }
  .person .about > * {
    display: block;
    overflow-wrap: anywhere;
  }
  .person .about small {
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .person .about .why {
    color: var(--text);
    font-weight: 600;
  }
  .person .mark {
    font-size: 0.8rem;
  }
  .person.asked {
    --hue: var(--edge);
    grid-template-columns: 2.2rem minmax(0, 1fr);
    min-height: 84px;
    border: 1px solid var(--line);
    border-inline-start: 8px solid var(--hue);
    background: var(--surface);
  }
  .person.asked.now {
    --hue: var(--high);
    background: var(--high-ground);
  }
  .person.asked .badges {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 2px var(--gap-2);
    font-size: var(--size-1);
  }
  .person.asked .badges b {
    padding: 0 var(--gap-2);
    border: 1px solid currentColor;
    border-radius: 999px;
  }
  .person.asked.now .badges b.when {
    border-color: var(--high);
    background: var(--high);
    color: var(--on-high);
  }
  .people .calling {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
  }
  .hear {
    width: 100%;
    margin-top: var(--gap-2);
  }
`;

function reason(app: App, resident: ResidentView, alerts: readonly AlertView[]): TemplateResult {
  const { speech } = app;
  const worst = alerts[0];
  if (worst !== undefined) {
    return html`<small class="why">${alertHeadline(worst, speech)} ${alertSince(worst, speech)}</small>
      <small>${alertHolder(worst, app.me?.username ?? null, speech)}</small>`;
  }
  if (!resident.watched) return html`<small>${unwatchedShort(resident, speech)}</small>`;
  const values = tileMetrics(resident).flatMap((metric) => {
    const value = valueOf(resident, metric);
    return value === undefined ? [] : [valueSentence(value, speech)];
  });
  return html`<small>${values.join(" · ")}</small>`;
}

function person(
  app: App,
  resident: ResidentView,
  alerts: readonly AlertView[],
  current: boolean,
  open: (id: string) => void,
): TemplateResult {
  const worst = alerts[0];
  return html`<li>
    <button
      class="person ${worst === undefined ? "" : kindOf(worst)}"
      data-resident=${resident.id}
      aria-current=${current ? "true" : "false"}
      @click=${() => open(resident.id)}
    >
      <span class="room"><span class="only-spoken">${roomName(resident.room, app.words)}</span><span aria-hidden="true">${roomNumber(resident.room)}</span></span>
      <span class="about"><b>${fullName(resident.family_name, resident.given_name)}</b>${reason(app, resident, alerts)}</span>
      ${worst === undefined ? nothing : mark(worst, app.words)}
    </button>
  </li>`;
}

/** What somebody asks for: for when, how ill by the score, why, who asks. */
function asked(app: App, request: CallRequestView, host: ListHost): TemplateResult | typeof nothing {
  const { speech, words } = app;
  const resident = app.session.state.residents.get(request.resident);
  // A request about somebody this page does not know has no name here.
  if (resident === undefined) return nothing;
  const said = words.consult.list;
  return html`<li>
    <button
      class="person asked ${request.urgency}"
      data-request=${request.id}
      aria-current=${resident.id === host.current ? "true" : "false"}
      @click=${() => host.open(resident.id)}
    >
      <span class="room"><span class="only-spoken">${roomName(resident.room, words)}</span><span aria-hidden="true">${roomNumber(resident.room)}</span></span>
      <span class="about">
        <b>${fullName(resident.family_name, resident.given_name)}</b>
        <span class="badges"
          ><b class="when">${urgencyText(request, speech)}</b>${request.news2 === null ? nothing : html`<b>${said.news2(totalText(request.news2, speech))}</b>`}<span
            >${waitText(request, speech)}</span
          ></span
        >
        <small class="why">${request.reason}</small>
        <small>${said.by(request.asked_by_name)}</small>
      </span>
    </button>
  </li>`;
}

function going(app: App, call: CallView, host: ListHost): TemplateResult | typeof nothing {
  const { words } = app;
  const resident = app.session.state.residents.get(call.resident);
  if (resident === undefined) return nothing;
  return html`<li>
    <button class="person" data-call=${call.id} aria-current=${resident.id === host.current ? "true" : "false"} @click=${() => host.open(resident.id)}>
      <span class="room"><span class="only-spoken">${roomName(resident.room, words)}</span><span aria-hidden="true">${roomNumber(resident.room)}</span></span>
      <span class="about"><b>${fullName(resident.family_name, resident.given_name)}</b><small>${words.consult.list.withCaller(call.caller_name)}</small></span>
      ${icon("video")}
    </button>
  </li>`;
}

/** What the list needs of its page. */
export interface ListHost {
  /** Whether a new request would be heard. */
  readonly heard: boolean;
  hear(): void;
  readonly query: string;
  readonly current: string | null;
  search(query: string): void;
  open(resident: string): void;
}

export function people(app: App, host: ListHost): TemplateResult {
  const { words } = app;
  const { residents, alerts } = app.session.state;
  const byResident = alertsByResident(alerts.values(), residents.values());
  const found = [...residents.values()].filter((resident) => matches(resident, host.query));
  const sorted = residentsWorstFirst(found, byResident);
  const waiting = sorted.filter((resident) => byResident.has(resident.id));
  const list = (some: readonly ResidentView[]): TemplateResult =>
    html`<ul class="people">
      ${repeat(
        some,
        (resident) => resident.id,
        (resident) =>
          person(app, resident, byResident.get(resident.id) ?? [], resident.id === host.current, (id) => host.open(id)),
      )}
    </ul>`;
  const { requests, calls } = feedOf(app);
  const now = app.session.now();
  const ordered = byUrgency(requests.filter(isWaiting), now);
  const today = ordered.filter((request) => isToday(request, now));
  const later = ordered.filter((request) => !isToday(request, now));
  const shown = new Set(today.map(({ resident }) => resident));
  const others = sorted.filter(({ id }) => !byResident.has(id) && !shown.has(id)).sort(compareRooms);
  const running = calls.filter((call) => !callIsOver(call));
  const said = words.consult.list;
  const none = found.length === 0 && residents.size > 0;
  return html`<nav aria-label=${words.ward.residents}>
    <div class="list-head">
      <label class="search">
        ${icon("search")}<span class="only-spoken">${words.physician.search}</span>
        <input
          id="search"
          type="search"
          placeholder=${words.physician.search}
          .value=${host.query}
          @input=${(event: InputEvent) => host.search((event.target as HTMLInputElement).value)}
        />
      </label>
      ${host.heard ? nothing : html`<button class="hear" @click=${() => host.hear()}>${icon("bellRing")}${said.soundOff}</button>`}
      <vv-questions-link .app=${app}></vv-questions-link>
    </div>
    <h2>${words.physician.waiting}</h2>
    ${today.length === 0
      ? html`<p>${said.requestsNone}</p>`
      : html`<ul class="people requests" aria-label=${said.requests}>
          ${repeat(today, ({ id }) => id, (request) => asked(app, request, host))}
        </ul>`}
    ${running.length === 0
      ? nothing
      : html`<h2>${said.calls}</h2>
          <ul class="people">${repeat(running, ({ id }) => id, (call) => going(app, call, host))}</ul>`}
    ${none
      ? html`<p role="status">${words.physician.noMatch}</p>`
      : html`<h2>${said.alarms}</h2>
          ${waiting.length === 0 ? html`<p>${said.alarmsNone}</p>` : list(waiting)}
          ${later.length === 0
            ? nothing
            : html`<h2>${said.later}</h2>
                <ul class="people">${repeat(later, ({ id }) => id, (request) => asked(app, request, host))}</ul>`}
          <h2>${said.others}</h2>
          ${list(others)}`}
    ${app.me?.role === "physician" ? html`<vv-emergency .app=${app} @opened=${(event: Opened) => host.open(event.detail)}></vv-emergency>` : nothing}
  </nav>`;
}
