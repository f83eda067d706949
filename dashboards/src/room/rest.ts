/** What stands on the screen outside of a call: the hour, who rings, how a call ended. */
import { html, nothing, type TemplateResult } from "lit";
import { french } from "../lib/typography";
import { isWhole, KEYS, type Key } from "./pad";
import { CALLER, initials } from "./people";
import type { RoomState } from "./state";
import { called, farewell, nameAndRole, spoken, type RoomWords } from "./words";

export function restView(state: RoomState, words: RoomWords): TemplateResult {
  const now = new Date(state.time / 1000);
  const hour = now.toLocaleTimeString(words.locale, { hour: "2-digit", minute: "2-digit" });
  const day = now.toLocaleDateString(words.locale, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  return html`
    <time class="hour">${hour}</time>
    <p class="day">${day}</p>
    ${state.hub ? nothing : html`<p class="doubt">${french(words.noHub)}</p>`}
  `;
}

export function endedView(state: RoomState, words: RoomWords): TemplateResult {
  return html`
    <h1>${french(farewell(words, state))}</h1>
    ${state.camera ? nothing : html`<p>${french(words.off)}</p>`}
  `;
}

/** What somebody does under a ring. */
export interface RingActions {
  accept(): void;
  refuse(): void;
  key(key: Key): void;
}

export function ringView(state: RoomState, words: RoomWords, digits: string, actions: RingActions): TemplateResult {
  return html`
    <section class="ring" ?data-code=${state.carerCode}>
      <div class="who">
        <span class="face" aria-hidden="true">${initials(state.caller)}</span>
        <h1>${french(words.wishes(called(words, state.caller)))}</h1>
        ${company(state, words)}
        <p class="hint">${french(hint(state, words))}</p>
        ${state.carerCode ? nothing : buttons(state, words, actions)}
      </div>
      ${state.carerCode ? padView(state, words, digits, actions) : nothing}
    </section>
  `;
}

function company(state: RoomState, words: RoomWords): TemplateResult | typeof nothing {
  const others = state.people.filter((person) => person.seat !== CALLER).map((person) => nameAndRole(words, person));
  return others.length === 0 ? nothing : html`<p class="company">${french(words.with(spoken(words, others)))}</p>`;
}

function hint(state: RoomState, words: RoomWords): string {
  if (state.opensIn === null) return state.carerCode ? words.nothingYetNurse : words.nothingYet;
  const opens = words.opensIn(Math.ceil(state.opensIn));
  return state.rule === "emergency" ? `${words.emergency} : ${opens.charAt(0).toLowerCase()}${opens.slice(1)}` : opens;
}

function buttons(state: RoomState, words: RoomWords, actions: RingActions): TemplateResult {
  return html`
    <div class="buttons">
      <button class="main" id="accept" @click=${() => actions.accept()}>${state.opensIn === null ? words.accept : words.acceptNow}</button>
      <button id="refuse" @click=${() => actions.refuse()}>${words.refuse}</button>
    </div>
  `;
}

function padView(state: RoomState, words: RoomWords, digits: string, actions: RingActions): TemplateResult {
  const waits = state.codeWait > 0;
  const said = waits ? words.codeWait(Math.ceil(state.codeWait)) : state.wrongCode && digits === "" ? words.wrongCode : words.typeCode;
  return html`
    <div class="pad" role="group" aria-label=${words.typeCode}>
      <h2>${words.nurseMust}</h2>
      <p class="said" role="status" ?data-wrong=${waits || (state.wrongCode && digits === "")}>${french(said)}</p>
      <p class="digits" role="img" aria-label=${words.digits(digits.length)}>
        ${Array.from({ length: Math.max(4, digits.length) }, (_, index) => html`<span ?data-typed=${index < digits.length}></span>`)}
      </p>
      <div class="keys">
        ${KEYS.map((key) => html`<button data-key=${key} ?disabled=${waits} @click=${() => actions.key(key)}>${label(words, key)}</button>`)}
      </div>
      <div class="buttons">
        <button class="main" id="accept" ?disabled=${waits || !isWhole(digits)} @click=${() => actions.accept()}>${words.accept}</button>
        <button id="refuse" @click=${() => actions.refuse()}>${words.refuse}</button>
      </div>
    </div>
  `;
}

function label(words: RoomWords, key: Key): string {
  return key === "clear" || key === "back" ? words.pad[key] : key;
}
