/** One room: its device, its sensors and whose they are. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { ago, duration, moment } from "../lib/format";
import { lookUp } from "../lib/i18n";
import { roomName } from "../lib/say";
import { agree, occupantName, type RoomRow, type SensorRow } from "../lib/technician";
import { SECOND } from "../lib/types";
import { sensorName, whySentence } from "../lib/why";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";

/** What a room needs of its page. */
export interface RoomHost {
  back(): void;
  enrol(room: string | null): void;
  unlink(row: RoomRow, sensor: SensorRow): void;
  assign(row: RoomRow, sensor: SensorRow): void;
}

/** `la ceinture cardiaque`, or `La ceinture cardiaque` at the beginning. */
export function nameOf(sensor: SensorRow, app: App, start: boolean): string {
  return sensorName(sensor.kind, sensor.linked.sensor, app.preferences.language, start);
}

function deviceSentence(row: RoomRow, app: App): string {
  const words = app.words.technician.device;
  const { edge } = row;
  if (row.device === "none") return words.none;
  if (row.device === "never" || edge === undefined) return words.never;
  const { now, language } = app.speech;
  if (row.device === "silent") return words.silent(duration(now - (edge.last_seen ?? now), language));
  const parts = [words.online];
  if (edge.pending > 10) parts.push(words.pending(edge.pending));
  if (edge.skew !== null && Math.abs(edge.skew) > 5) parts.push(words.skew(duration(Math.abs(edge.skew) * SECOND, language)));
  return parts.join(" ");
}

function device(row: RoomRow, app: App, host: RoomHost): TemplateResult {
  const words = app.words.technician;
  const bad = row.device !== "online";
  return html`<section class="panel device ${bad ? "bad" : ""}">
    ${icon("router")}
    <div>
      <p>${deviceSentence(row, app)}</p>
      ${row.device === "none" ? html`<p class="quiet">${words.device.noneMore}</p>` : html`<small>${words.device.id(row.card.edge ?? "")}</small>`}
    </div>
    ${row.device === "none"
      ? html`<button class="main" @click=${() => host.enrol(row.card.room)}>${icon("plus")}${words.enrol.button}</button>`
      : nothing}
  </section>`;
}

/** What is true of a sensor now, in a sentence. */
function sensorState(sensor: SensorRow, row: RoomRow, app: App): string {
  const words = app.words.technician.sensor;
  const { now, language } = app.speech;
  const { view } = sensor;
  if (row.device !== "online") return words.unheard;
  if (view === undefined) return words.coming;
  if (view.why.fault) return whySentence(view.why, now, language);
  if (view.last !== null) return words.speaks(ago(view.last, now, language));
  return agree(view.continuous ? words.up : words.waits, sensor.kind);
}

function whose(sensor: SensorRow, app: App): TemplateResult {
  const words = app.words.technician.sensor;
  const { linked } = sensor;
  if (!linked.personal) return html`<span class="owner">${icon("link")}${words.room}</span>`;
  if (linked.resident !== null) {
    return html`<span class="owner">${icon("link")}${agree(words.owner(occupantName(linked.resident)), sensor.kind)}</span>`;
  }
  return html`<span class="owner waiting">${icon("unlink")}${sensor.waiting ? words.waiting : agree(words.nobody, sensor.kind)}</span>`;
}

function unlinkedWhy(sensor: SensorRow, app: App): string {
  const words = app.words.technician.sensor;
  const { unlinked } = sensor.linked;
  if (unlinked === null || sensor.linked.resident !== null) return "";
  const when = moment(unlinked.time, app.speech.now, app.preferences.language);
  if (unlinked.reason === "occupant_changed") return `${words.occupantChanged(when)} ${words.waitingMore}`;
  if (unlinked.reason === "linked_elsewhere") return agree(words.linkedElsewhere(when), sensor.kind);
  return `${agree(words.unlinked(when, unlinked.author), sensor.kind)} ${words.waitingMore}`;
}

function details(sensor: SensorRow, app: App): string {
  const { words } = app;
  const { linked, view } = sensor;
  const parts = [linked.address, lookUp(words.technician.protocols, linked.protocol)];
  if (view?.battery != null) parts.unshift(words.technician.sensor.battery(view.battery));
  if (!linked.given) parts.push(words.technician.sensor.fromFile);
  return parts.filter((part) => part !== "").join(" · ");
}

function sensorRow(sensor: SensorRow, row: RoomRow, app: App, host: RoomHost): TemplateResult {
  const words = app.words.technician;
  const { linked } = sensor;
  const { occupant } = row.card;
  const name = nameOf(sensor, app, true);
  const free = linked.personal && linked.resident === null;
  const why = unlinkedWhy(sensor, app);
  const mayUnlink = linked.given || linked.resident !== null;
  return html`<li class="row ${sensor.waiting || (sensor.fault && row.device === "online") ? "bad" : ""}" data-sensor=${linked.sensor}>
    <div class="about">
      <h3>${name}</h3>
      <p>${sensorState(sensor, row, app)}</p>
      ${whose(sensor, app)} ${why === "" ? nothing : html`<small>${why}</small>`}
      <small>${details(sensor, app)}</small>
    </div>
    <div class="acts">
      ${free && occupant !== null
        ? html`<button class="main" aria-label="${name} : ${words.relink.to(occupantName(occupant))}" @click=${() => host.assign(row, sensor)}>
            ${icon("link")}${words.relink.to(occupantName(occupant))}
          </button>`
        : nothing}
      ${free && occupant === null ? html`<small>${words.relink.vacant}</small>` : nothing}
      ${mayUnlink
        ? html`<button aria-label="${words.unlink.button} : ${name}" @click=${() => host.unlink(row, sensor)}>${icon("unlink")}${words.unlink.button}</button>`
        : nothing}
    </div>
  </li>`;
}

function sensors(row: RoomRow, app: App, host: RoomHost): TemplateResult {
  const words = app.words.technician;
  const inOrder = [...row.sensors].sort((a, b) => Number(b.waiting) - Number(a.waiting));
  return html`<section class="panel" aria-labelledby="sensors">
    <header><h2 id="sensors">${words.sensors}</h2></header>
    ${row.sensors.length === 0
      ? html`<p>${words.noSensors} <span class="quiet">${words.noSensorsMore}</span></p>`
      : html`<ul>${repeat(inOrder, (sensor) => sensor.linked.sensor, (sensor) => sensorRow(sensor, row, app, host))}</ul>`}
  </section>`;
}

/** @param search the panel of the search, drawn by the page that runs it. */
export function roomPage(row: RoomRow, app: App, host: RoomHost, search: TemplateResult | typeof nothing): TemplateResult {
  const { card } = row;
  const words = app.words.technician;
  return html`<article class="room" data-shown=${card.room}>
    <header>
      <button class="back" @click=${() => host.back()}>${icon("back")}${words.back}</button>
      <div>
        <h1>${roomName(card.name, app.words)}</h1>
        <p class=${card.occupant === null ? "quiet" : ""}>${card.occupant === null ? words.vacant : occupantName(card.occupant)}</p>
      </div>
    </header>
    ${device(row, app, host)} ${row.card.edge === null ? nothing : html`${sensors(row, app, host)} ${search}`}
  </article>`;
}
