/** A call on the screen: who speaks large, the others in a row, who comes, and few large controls. */
import { html, nothing, svg, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { french } from "../lib/typography";
import { icon } from "../ui/icon";
import { CALLER, hasPlace, initials, present, waiting, type Notice } from "./people";
import "./picture";
import { LEVELS, levelOf } from "./sound";
import type { Person, RoomState } from "./state";
import { called, nameAndRole, spoken, whereTo, whoMuted, type RoomWords } from "./words";

export interface CallActions {
  hangUp(): void;
  decline(seat: string): void;
  mute(on: boolean): void;
  louder(by: 1 | -1): void;
  unlock(): void;
  /** A picture began, ended or broke. */
  pictured(): void;
  broken(): void;
}

export interface CallScene {
  readonly state: RoomState;
  readonly words: RoomWords;
  readonly notices: readonly Notice[];
  /** Seats of which a picture comes. */
  readonly pictured: ReadonlySet<string>;
  readonly unlocked: boolean;
  readonly actions: CallActions;
}

/** The caller, and those who are here without a picture: above the picture, so that nothing covers their names. */
export function besideView(state: RoomState, words: RoomWords, pictured: ReadonlySet<string>): TemplateResult {
  const [caller, ...others] = present(state);
  const beside = others.filter((person) => !hasPlace(person, pictured.has(person.seat))).map((person) => nameAndRole(words, person));
  return html`
    <p class="present">
      ${caller === undefined ? nothing : html`<strong>${french(nameAndRole(words, caller))}</strong>`}
      ${beside.length === 0 ? nothing : html`<span>${french(words.withThem(spoken(words, beside)))}</span>`}
    </p>
  `;
}

export function callView(scene: CallScene): TemplateResult {
  const { state, pictured } = scene;
  const [caller, ...others] = present(state);
  const row = others.some((person) => hasPlace(person, pictured.has(person.seat)));
  return html`
    <section class="call">
      <div class="stage" ?data-row=${row}>
        ${caller === undefined ? nothing : place(scene, caller)}
        <div class="row">
          ${repeat(
            others,
            (person) => person.seat,
            (person) => place(scene, person),
          )}
        </div>
        ${around(scene)}
      </div>
      ${captions(state)}
      <footer>${controls(scene)}</footer>
    </section>
  `;
}

/** One person's place: large for the caller. One who needs none keeps it hidden, for a picture that may begin. */
function place({ words, pictured, actions }: CallScene, person: Person): TemplateResult {
  const large = person.seat === CALLER;
  const shown = large || hasPlace(person, pictured.has(person.seat));
  const lost = person.state === "reconnecting" ? words.lostOne : person.state === "connecting" ? words.coming : "";
  return html`
    <figure class=${large ? "large" : "small"} ?hidden=${!shown} data-seat=${person.seat}>
      <room-picture
        seat=${person.seat}
        .name=${person.name}
        @pictured=${() => actions.pictured()}
        @broken=${() => actions.broken()}
      ></room-picture>
      ${large
        ? nothing
        : html`<figcaption>
            <span>${french(nameAndRole(words, person))}</span>
            ${lost === "" ? nothing : html`<span class="lost">${french(lost)}</span>`}
          </figcaption>`}
    </figure>
  `;
}

/** Sentences over the picture: what is wrong, where somebody points, who comes and who went. */
function around(scene: CallScene): TemplateResult {
  const { state, words } = scene;
  return html`
    <div class="around" aria-live="polite">
      ${state.muted ? html`<p class="plate" id="muted">${icon("micOff")}<span>${french(whoMuted(words, state))}</span></p>` : nothing}
      ${state.shutter === "closed" ? html`<p class="plate" id="shutter">${icon("videoOff")}<span>${french(words.shutter)}</span></p>` : nothing}
      ${pointing(state, words)}
    </div>
    <div class="arrivals" aria-live="assertive">
      ${trouble(state, words)}
      ${waiting(state).map((person) => arrival(scene, person, words.admitsIn(Math.ceil(person.admitsIn ?? 8))))}
      ${scene.notices.map((notice) => noticeView(scene, notice))}
    </div>
  `;
}

/** The caller is the call's heart: when they are not there, that is said large. */
function trouble(state: RoomState, words: RoomWords): TemplateResult | typeof nothing {
  const caller = present(state)[0]?.state ?? state.phase;
  if (caller === "connecting") return html`<h1 class="plate">${french(words.connecting(called(words, state.caller)))}</h1>`;
  return caller === "reconnecting" ? html`<h1 class="plate">${french(words.reconnecting)}</h1>` : nothing;
}

function pointing(state: RoomState, words: RoomWords): TemplateResult | typeof nothing {
  const { point } = state;
  if (point === null) return nothing;
  // SVG attributes: the content security policy lets no style be written into a page.
  return html`
    <p class="plate" id="point">
      <svg class="view" viewBox="0 0 160 120" aria-hidden="true">
        <rect x="2" y="2" width="156" height="116" rx="10"></rect>
        <circle class="halo" cx=${point.x * 160} cy=${point.y * 120} r="22"></circle>
        <circle cx=${point.x * 160} cy=${point.y * 120} r="10"></circle>
      </svg>
      <span>${french(whereTo(words, point, state.people))}</span>
    </p>
  `;
}

function arrival({ words, actions }: CallScene, person: Person, when: string): TemplateResult {
  return html`
    <section class="arrival" role="group" aria-label=${words.joins(called(words, person.name))} data-seat=${person.seat}>
      <span class="face" aria-hidden="true">${initials(person.name)}</span>
      <div>
        <h1>${french(words.joins(called(words, nameAndRole(words, person))))}</h1>
        ${when === "" ? nothing : html`<p class="when">${french(when)}</p>`}
      </div>
      <button class="decline" @click=${() => actions.decline(person.seat)}>${words.decline}</button>
    </section>
  `;
}

function noticeView(scene: CallScene, { kind, person }: Notice): TemplateResult {
  const { words } = scene;
  if (kind === "joined") return arrival(scene, person, "");
  return html`<p class="plate" role="status">${french(words[kind](called(words, person.name)))}</p>`;
}

/** Two lines, where somebody or something writes them; otherwise nothing, not an empty box. */
function captions(state: RoomState): TemplateResult | typeof nothing {
  if (state.captions.length === 0) return nothing;
  return html`<div class="captions" aria-live="polite">${state.captions.slice(-2).map((line) => html`<p>${line}</p>`)}</div>`;
}

function controls({ state, words, unlocked, actions }: CallScene): TemplateResult {
  const byPage = state.loudspeaker === "page";
  return html`
    ${byPage && !unlocked ? html`<button class="main" id="unlock" @click=${() => actions.unlock()}>${words.unlockSound}</button>` : nothing}
    ${byPage && unlocked ? volume(state, words, actions) : nothing}
    ${state.loudspeaker === "none" ? html`<p class="silent">${icon("volumeOff")}<span>${french(words.noLoudspeaker)}</span></p>` : nothing}
    <button id="mute" aria-pressed=${state.muted ? "true" : "false"} @click=${() => actions.mute(!state.muted)}>
      ${icon(state.muted ? "micOff" : "mic")}<span>${state.muted ? words.unmute : words.mute}</span>
    </button>
    <button class="main" id="hang-up" @click=${() => actions.hangUp()}>${icon("phoneOff")}<span>${words.hangUp}</span></button>
  `;
}

function volume(state: RoomState, words: RoomWords, actions: CallActions): TemplateResult {
  const level = levelOf(state.volume);
  return html`
    <div class="volume" role="group" aria-label=${words.volume}>
      <button id="quieter" aria-label=${words.quieter} ?disabled=${level === 1} @click=${() => actions.louder(-1)}>−</button>
      <div class="level" role="img" aria-label=${words.volumeOf(level, LEVELS)}>
        <span>${words.volume}</span>
        <svg viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">
          ${Array.from({ length: LEVELS }, (_, index) => bar(index, index < level))}
        </svg>
      </div>
      <button id="louder" aria-label=${words.louder} ?disabled=${level === LEVELS} @click=${() => actions.louder(1)}>+</button>
    </div>
  `;
}

function bar(index: number, on: boolean): TemplateResult<2> {
  return svg`<rect class=${on ? "on" : "off"} x=${index * 10 + 1} y="0" width="8" height="16" rx="1.5"></rect>`;
}
