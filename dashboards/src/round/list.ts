/** The list of the round: due now, soon, done; each row leads to one resident. */
import { css, html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { ago, clock, formatNumber, fullName } from "../lib/format";
import { dueText, parameterName, riskKind, totalText, type RoundEntry, type RoundView } from "../lib/round";
import { roomName } from "../lib/say";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";

export interface ListHost {
  open(resident: string): void;
  /** Residents of whom a set waits for the network. */
  readonly waiting: ReadonlySet<string>;
  begun(resident: string): boolean;
  readonly finished: ReadonlySet<string>;
}

export const listStyles = css`
  .round {
    max-width: 1100px;
    margin: 0 auto;
    padding: var(--gap-4);
  }
  .round > header {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: var(--gap-2) var(--gap-5);
    margin-bottom: var(--gap-4);
  }
  .round h1 {
    font-size: var(--size-4);
    line-height: 1.15;
  }
  .round .progress {
    margin-inline-start: auto;
    text-align: end;
  }
  .round .progress b {
    font-size: var(--size-4);
    line-height: 1.15;
    display: block;
  }
  .round progress {
    width: 100%;
    height: 8px;
    appearance: none;
    border: 0;
    border-radius: 4px;
    background: var(--line);
    overflow: hidden;
    margin-bottom: var(--gap-4);
  }
  .round progress::-webkit-progress-bar {
    background: var(--line);
  }
  .round progress::-webkit-progress-value {
    background: var(--text);
  }
  .round progress::-moz-progress-bar {
    background: var(--text);
  }
  .round h2 {
    font-size: var(--size-2);
    margin: var(--gap-5) 0 var(--gap-2);
  }
  .round h2 .count {
    color: var(--quiet);
    font-weight: 400;
    margin-inline-start: var(--gap-2);
  }
  .round ul {
    display: grid;
    gap: var(--gap-2);
  }
  .round .row {
    display: grid;
    grid-template-columns: 3.4rem minmax(11rem, 5fr) minmax(10rem, 4fr) 8.5rem;
    align-items: center;
    justify-content: start;
    gap: var(--gap-2) var(--gap-4);
    width: 100%;
    min-height: 68px;
    padding: var(--gap-2) var(--gap-4);
    text-align: start;
    font-weight: 400;
    border-color: var(--line);
  }
  .round .due .row {
    border-inline-start: 6px solid var(--text);
  }
  .round .room {
    font-size: var(--size-4);
    font-weight: 700;
    text-align: center;
  }
  .round .name b {
    display: block;
    font-size: var(--size-3);
    line-height: 1.2;
  }
  .round small {
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .round .when b {
    display: block;
  }
  .round .later .row,
  .round .done .row,
  .round .none .row {
    min-height: var(--touch);
  }
  .score {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    justify-self: end;
    min-width: 5.5rem;
    justify-content: end;
    font-weight: 600;
    white-space: nowrap;
  }
  .score .mark {
    font-size: 0.75rem;
  }
  .round .skeleton {
    height: 68px;
    margin-bottom: var(--gap-2);
  }
  details.rest > summary {
    display: flex;
    align-items: center;
    min-height: var(--touch);
    font-weight: 700;
    cursor: pointer;
  }
  @media (max-width: 760px) {
    .round .row {
      grid-template-columns: 3rem 1fr auto;
    }
    .round .when {
      grid-column: 2 / -1;
    }
  }
`;

const SYMBOL = { high: "!!!", medium: "!!" } as const;

/** The last score, with the mark of the priority that it would ring with. */
export function scoreBadge(app: App, score: RoundEntry["score"]): TemplateResult | typeof nothing {
  if (score === null) return nothing;
  const kind = riskKind(score);
  const { words } = app;
  const risk = score.risk === null ? words.round.noRisk : words.round.risk[score.risk];
  return html`<span class="score"
    >${kind === "" ? nothing : html`<span class="mark ${kind}" aria-hidden="true"><span>${SYMBOL[kind]}</span></span>`}<span
      >${words.round.news2} ${totalText(score, app.speech)}</span
    ><span class="only-spoken">, ${risk}</span></span
  >`;
}

function row(app: App, entry: RoundEntry, host: ListHost): TemplateResult | typeof nothing {
  const { words, session, speech } = app;
  const resident = session.state.residents.get(entry.resident);
  if (resident === undefined) return nothing;
  const extra = host.waiting.has(entry.resident) ? words.round.waiting : host.begun(entry.resident) ? words.round.enter.started : "";
  const by = entry.last === null ? words.round.neverSet : words.round.lastSet(ago(entry.last, speech.now, speech.language), entry.author_name);
  const streaming = entry.streaming.length === 0 ? "" : words.round.streaming(entry.streaming.map((name) => parameterName(name, speech)).join(", "));
  return html`<li>
    <button class="row" data-resident=${entry.resident} @click=${() => host.open(entry.resident)}>
      <span class="room"><span class="only-spoken">${roomName(resident.room, words)}</span><span aria-hidden="true">${roomShort(resident.room)}</span></span>
      <span class="name">
        <b>${fullName(resident.family_name, resident.given_name)}</b>
        <small>${streaming === "" ? by : `${by} · ${streaming}`}</small>
      </span>
      <span class="when">
        <b>${extra === "" ? dueText(entry, speech) : extra}</b>
        <small>${words.round.why[entry.why]}</small>
      </span>
      ${scoreBadge(app, entry.score)}
    </button>
  </li>`;
}

function roomShort(room: string): string {
  return room.replace(/^(?:ch\.|chambre)\s*/i, "");
}

function group(app: App, state: "due" | "soon", entries: readonly RoundEntry[], host: ListHost): TemplateResult | typeof nothing {
  if (entries.length === 0) return nothing;
  return html`<section class=${state}>
    <h2>${app.words.round.group[state]}<span class="count">${entries.length}</span></h2>
    <ul>
      ${repeat(entries, (entry) => entry.resident, (entry) => row(app, entry, host))}
    </ul>
  </section>`;
}

function folded(app: App, state: "done" | "later" | "none", entries: readonly RoundEntry[], host: ListHost): TemplateResult | typeof nothing {
  if (entries.length === 0) return nothing;
  return html`<details class="rest ${state}" ?open=${state === "done"}>
    <summary><span>${app.words.round.group[state]}</span>&ensp;<span class="quiet">${entries.length}</span></summary>
    <ul>
      ${repeat(entries, (entry) => entry.resident, (entry) => row(app, entry, host))}
    </ul>
  </details>`;
}

export function list(app: App, view: RoundView, host: ListHost): TemplateResult {
  const { words, preferences } = app;
  const { language } = preferences;
  const by = (state: RoundEntry["state"]): readonly RoundEntry[] =>
    view.entries.filter((entry) => (host.waiting.has(entry.resident) || host.finished.has(entry.resident) ? "done" : entry.state) === state);
  const due = by("due");
  const soon = by("soon");
  const done = Math.max(view.done, by("done").length);
  const total = Math.max(view.total, done);
  return html`<div class="round">
    <header>
      <div>
        <h1>${words.round.title}</h1>
        <p class="quiet">${words.round.shift(clock(view.since, language), clock(view.until, language))}</p>
      </div>
      ${total === 0
        ? nothing
        : html`<p class="progress"><b>${words.round.progress(formatNumber(done, 0, language), formatNumber(total, 0, language))}</b><small>${words.round.progressMore}</small></p>`}
    </header>
    ${total === 0 ? nothing : html`<progress max=${total} value=${done} aria-label=${words.round.progressMore}></progress>`}
    ${due.length + soon.length > 0
      ? nothing
      : html`<section class="state calm">
          ${icon("check")}
          <h2>${total === 0 ? words.round.empty : words.round.calmTitle}</h2>
          ${total === 0 ? nothing : html`<p>${words.round.calmMore}</p>`}
        </section>`}
    ${group(app, "due", due, host)} ${group(app, "soon", soon, host)} ${folded(app, "done", by("done"), host)} ${folded(app, "later", by("later"), host)}
    ${folded(app, "none", by("none"), host)}
  </div>`;
}

/** What stands there until the list is read. */
export function skeleton(app: App): TemplateResult {
  return html`<div class="round" aria-busy="true" aria-label=${app.words.round.title}>${[1, 2, 3, 4, 5, 6].map(() => html`<div class="skeleton"></div>`)}</div>`;
}
