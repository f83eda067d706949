/** The last sets of a resident: corrected or taken back with a reason, what they were before stays readable. */
import { html, nothing, type TemplateResult } from "lit";
import { moment } from "../lib/format";
import { metricName } from "../lib/say";
import { valueText, type SetHistory, type SetView } from "../lib/round";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { scoreBadge } from "./list";

export interface PastHost {
  readonly mayEnter: boolean;
  readonly asking: { readonly set: string; readonly act: "correct" | "withdraw" } | null;
  ask(set: string, act: "correct" | "withdraw" | null): void;
  because(set: SetView, reason: string): Promise<void>;
}

function values(app: App, set: SetView): string {
  return set.readings.map((each) => `${metricName(each.metric, app.speech)} ${valueText(each.metric, each.value, app.speech)}`).join(" · ");
}

function when(app: App, set: SetView): string {
  return app.words.round.past.by(set.author_name, moment(set.time, app.speech.now, app.speech.language));
}

function reasons(app: App, set: SetView, host: PastHost): TemplateResult {
  const { past } = app.words.round;
  return html`<div class="reasons" role="group" aria-label=${past.why}>
    <b>${past.why}</b>
    ${Object.values(past.reasons).map((reason) => html`<button @click=${() => void host.because(set, reason)}>${reason}</button>`)}
    <button class="plain" @click=${() => host.ask(set.id, null)}>${past.cancel}</button>
  </div>`;
}

function one(app: App, history: SetHistory, host: PastHost): TemplateResult {
  const { past } = app.words.round;
  const set = history.now;
  const notes = [set.withdrawn ? past.withdrawn : "", history.before.length > 0 && !set.withdrawn ? past.corrected(history.before.length) : "", set.reason].filter((text) => text !== "");
  return html`<li class="set ${set.withdrawn ? "gone" : ""}">
    <p><small>${when(app, set)}${notes.length === 0 ? "" : ` · ${notes.join(" · ")}`}</small> ${set.withdrawn ? nothing : scoreBadge(app, set.score)}</p>
    ${set.withdrawn || !host.mayEnter || !app.online
      ? nothing
      : html`<div class="acts">
          <button @click=${() => host.ask(set.id, "correct")}>${past.correct}</button>
          <button @click=${() => host.ask(set.id, "withdraw")}>${icon("close")}${past.withdraw}</button>
        </div>`}
    <p class="values">${values(app, set)}</p>
    ${history.before.map((old) => (old.withdrawn || set.withdrawn ? nothing : html`<p><small>${past.was(old.author_name, moment(old.entered, app.speech.now, app.speech.language))}</small> <span class="old">${values(app, old)}</span></p>`))}
    ${host.asking?.set === set.id ? reasons(app, set, host) : nothing}
  </li>`;
}

export function pastSets(app: App, sets: readonly SetHistory[], host: PastHost): TemplateResult {
  const { past } = app.words.round;
  return html`<section class="past">
    <h2>${past.title}</h2>
    ${sets.length === 0 ? html`<p class="quiet">${past.none}</p>` : html`<ul>${sets.map((history) => one(app, history, host))}</ul>`}
  </section>`;
}
