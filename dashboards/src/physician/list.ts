/** Who is waiting and why; then everybody else. */
import { css, html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { matches, tileMetrics, valueOf } from "../lib/choose";
import { fullName, roomNumber } from "../lib/format";
import { alertsByResident, compareRooms, residentsWorstFirst } from "../lib/rank";
import { alertHeadline, alertHolder, alertSince, roomName, unwatchedShort } from "../lib/say";
import type { AlertView, ResidentView } from "../lib/types";
import { valueSentence } from "../resident/values";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { kindOf, mark } from "../ui/mark";

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

/** What the list needs of its page. */
export interface ListHost {
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
  const others = sorted.filter((resident) => !byResident.has(resident.id)).sort(compareRooms);
  const list = (some: readonly ResidentView[]): TemplateResult =>
    html`<ul class="people">
      ${repeat(
        some,
        (resident) => resident.id,
        (resident) =>
          person(app, resident, byResident.get(resident.id) ?? [], resident.id === host.current, (id) => host.open(id)),
      )}
    </ul>`;
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
    </div>
    ${found.length === 0 && residents.size > 0
      ? html`<p role="status">${words.physician.noMatch}</p>`
      : html`<h2>${words.physician.waiting}</h2>
          ${waiting.length === 0 ? html`<p>${words.physician.nobody}</p>` : list(waiting)}
          <h2>${words.physician.others}</h2>
          ${list(others)}`}
  </nav>`;
}
