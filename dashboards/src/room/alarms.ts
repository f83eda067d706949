/** The room's own alarms on its screen: whole at rest, a line above a call. */
import { html, nothing, type TemplateResult } from "lit";
import { formatWithUnit } from "../lib/format";
import { french } from "../lib/typography";
import type { RoomAlarm, RoomState } from "./state";
import type { RoomWords } from "./words";

/** Alarms shown at a time: one thing at a time, and not more than fit. */
const SHOWN = 2;
const MARKS = { high: "!!!", medium: "!!", low: "!" } as const;

type Seen = (key: string) => void;

/** Everything that rings or rang; for a screen on which nothing else stands. */
export function alarmsView(state: RoomState, words: RoomWords, audible: boolean, seen: Seen): TemplateResult {
  return html`
    ${state.alarms.slice(0, SHOWN).map((alarm) => alarmView(alarm, words, seen))}
    <p id="alone">${french(state.hub ? words.linkBack : words.alone)}</p>
    ${audible ? nothing : html`<p class="doubt">${french(words.muted)}</p>`}
  `;
}

function alarmView(alarm: RoomAlarm, words: RoomWords, seen: Seen): TemplateResult {
  const language = words.locale.startsWith("fr") ? "fr" : "en";
  const value = alarm.value === null ? "" : `${formatWithUnit(alarm.kind, alarm.value, language)}, `;
  return html`
    <section class="alarm ${alarm.priority}" ?data-quiet=${!alarm.ringing}>
      <p><span class="mark" aria-hidden="true">${MARKS[alarm.priority]}</span> ${words.priority[alarm.priority]}</p>
      <h1>${french(words.what(alarm.kind, alarm.side))}</h1>
      <p>${french(value + words.since(alarm.since))}</p>
      ${alarm.over ? html`<p>${french(words.over)}</p>` : nothing}
      ${alarm.seen ? html`<p>${words.wasSeen}</p>` : html`<button class="main seen" @click=${() => seen(alarm.key)}>${words.seen}</button>`}
    </section>
  `;
}

/** The worst, as a line above a ring or a picture. */
export function bannerView(state: RoomState, words: RoomWords, seen: Seen): TemplateResult | typeof nothing {
  const [worst] = state.alarms;
  if (worst === undefined) return nothing;
  return html`
    <p class="alarm banner ${worst.priority}" role="alert" ?data-quiet=${!worst.ringing}>
      <span class="mark" aria-hidden="true">${MARKS[worst.priority]}</span> <span>${french(words.what(worst.kind, worst.side))}</span>
      ${worst.seen ? nothing : html`<button class="seen" @click=${() => seen(worst.key)}>${words.seen}</button>`}
    </p>
  `;
}
