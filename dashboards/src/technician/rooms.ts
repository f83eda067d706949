/** The list of rooms: those to look at first, each with the one thing that is wrong. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { roomNumber } from "../lib/format";
import { roomName } from "../lib/say";
import { needsLook, occupantName, roomMatches, roomsWorstFirst, type RoomRow } from "../lib/technician";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";

/** What the list needs of its page. */
export interface RoomsHost {
  readonly query: string;
  readonly current: string | null;
  search(query: string): void;
  open(room: string): void;
  enrol(room: string | null): void;
}

/** What is true of a room in a few words. */
function short(row: RoomRow, app: App): string {
  const words = app.words.technician.short;
  if (row.device === "none") return words.none;
  if (row.device !== "online") return words.silent;
  const parts = [words.sensors(row.sensors.length)];
  if (row.waiting > 0) parts.push(words.waiting(row.waiting));
  if (row.faults > 0) parts.push(words.quiet(row.faults));
  return parts.join(" · ");
}

function roomRow(row: RoomRow, app: App, host: RoomsHost): TemplateResult {
  const { card } = row;
  const look = needsLook(row);
  return html`<li>
    <button
      class="room-row ${look ? "look" : ""}"
      data-room=${card.room}
      aria-current=${card.room === host.current ? "true" : "false"}
      @click=${() => host.open(card.room)}
    >
      <span class="number"><span class="only-spoken">${roomName(card.name, app.words)}</span><span aria-hidden="true">${roomNumber(card.name)}</span></span>
      <span class="about">
        <b>${card.occupant === null ? app.words.technician.vacant : occupantName(card.occupant)}</b>
        <small>${short(row, app)}</small>
      </span>
      ${look ? icon("wrench") : nothing}
    </button>
  </li>`;
}

export function roomsList(rows: readonly RoomRow[], app: App, host: RoomsHost): TemplateResult {
  const words = app.words.technician;
  const found = roomsWorstFirst(rows.filter((row) => roomMatches(row, host.query)));
  const toSee = found.filter(needsLook);
  const calm = found.filter((row) => !needsLook(row));
  const list = (some: readonly RoomRow[]): TemplateResult =>
    html`<ul class="rooms">${repeat(some, (row) => row.card.room, (row) => roomRow(row, app, host))}</ul>`;
  const waiting = rows.reduce((sum, row) => sum + row.waiting, 0);
  return html`<header>
      <div>
        <h1>${words.heading}</h1>
        <p class="quiet">${words.summary(rows.length, rows.filter(needsLook).length, waiting)}</p>
      </div>
      <label class="search">
        ${icon("search")}<span class="only-spoken">${words.search}</span>
        <input
          id="search"
          type="search"
          placeholder=${words.search}
          .value=${host.query}
          @input=${(event: InputEvent) => host.search((event.target as HTMLInputElement).value)}
        />
      </label>
      <button @click=${() => host.enrol(null)}>${icon("plus")}${words.enrol.button}</button>
    </header>
    <nav aria-label=${words.rooms}>
      ${found.length === 0 ? html`<p role="status">${words.noMatch}</p>` : nothing}
      ${toSee.length > 0 ? html`<h2>${words.toSee}</h2>${list(toSee)}` : nothing}
      ${calm.length > 0 ? html`<h2>${words.calm}</h2>${list(calm)}` : nothing}
    </nav>`;
}
