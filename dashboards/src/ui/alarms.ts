/** The alarm strip: worst first; what, how long, who has it, and the two gestures. */
import { css, html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { fullName } from "../lib/format";
import { blindRooms, isPresent, worstFirst } from "../lib/rank";
import { alertHeadline, alertHolder, alertMeaning, alertSince, roomName } from "../lib/say";
import type { AlertView, ResidentView } from "../lib/types";
import type { App } from "./app";
import { icon } from "./icon";
import { kindOf, mark } from "./mark";
import { relinkRow, relinkStyles } from "./relink";
import { muted, quietStyles, silenceButton, silenceReasons } from "./quiet";

export const stripStyles = css`
  ${relinkStyles}
  ${quietStyles}
  .strip {
    display: grid;
    gap: var(--gap-2);
    padding: var(--gap-3) var(--gap-4) 0;
    max-height: 46vh;
    overflow-y: auto;
    overscroll-behavior: contain;
  }
  .alarm {
    --hue: var(--technical);
    --back: var(--technical-ground);
    display: grid;
    grid-template-columns: 2.4rem minmax(11rem, 1fr) minmax(12rem, 1.7fr) minmax(10rem, 0.9fr) minmax(18.5rem, auto);
    align-items: center;
    gap: var(--gap-1) var(--gap-3);
    padding: 5px var(--gap-3);
    background: var(--back);
    border: 1px solid var(--hue);
    border-left-width: 8px;
    border-radius: var(--radius);
  }
  .alarm.high {
    --hue: var(--high);
    --back: var(--high-ground);
  }
  .alarm.medium {
    --hue: var(--medium-mark);
    --back: var(--medium-ground);
  }
  .alarm.low {
    --hue: var(--low);
    --back: var(--low-ground);
  }
  .alarm.answered {
    background: var(--surface);
  }
  .alarm .who {
    display: grid;
    justify-items: start;
    justify-content: start;
    align-content: center;
    gap: 0;
    text-align: start;
    min-height: var(--touch);
    padding: 0 var(--gap-1);
    font-weight: 400;
  }
  .alarm .who b {
    font-size: var(--size-3);
    overflow-wrap: anywhere;
  }
  .alarm > .mark {
    justify-self: center;
  }
  .alarm .what {
    display: block;
    width: 100%;
    padding: 2px var(--gap-1);
    text-align: start;
    font-weight: 400;
  }
  .unsent {
    display: inline-flex;
    align-items: center;
    gap: var(--gap-1);
    font-weight: 600;
    color: var(--medium);
  }
  .unsent .icon {
    width: 16px;
    height: 16px;
  }
  .alarm .what b {
    display: block;
    font-size: var(--size-3);
    line-height: 1.2;
  }
  .alarm .what span,
  .alarm .since span {
    line-height: 1.2;
  }
  .alarm .what span {
    display: block;
  }
  .alarm.high .what b {
    color: var(--high);
    font-size: var(--size-4);
    line-height: 1.15;
  }
  .alarm .since b {
    display: block;
  }
  .alarm .acts {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: var(--gap-3);
  }
  .below {
    padding: 2px var(--gap-5);
    font-size: var(--size-1);
    text-align: end;
  }
  .relay {
    grid-column: 1 / -1;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: flex-end;
    gap: var(--gap-3);
    padding-top: var(--gap-2);
    border-top: 1px solid var(--line);
  }
  .strip.short {
    max-height: 182px;
  }
  /* Zoomed in or a very low window: the page itself scrolls, so that no button hides. */
  @media (max-height: 560px) {
    .strip,
    .strip.short {
      max-height: none;
    }
  }
  @media (max-width: 960px) {
    .alarm {
      grid-template-columns: 2.4rem 1fr 1.2fr;
    }
    .alarm .since {
      grid-column: 2;
      padding-inline-start: var(--gap-1);
    }
    .alarm .acts {
      grid-column: 3;
    }
  }
  @media (max-width: 560px) {
    .alarm {
      grid-template-columns: auto 1fr;
    }
    .alarm > * {
      grid-column: 2 !important;
    }
    .alarm > .mark {
      grid-column: 1 !important;
      grid-row: 1;
    }
    .alarm .acts {
      grid-column: 1 / -1 !important;
    }
  }
`;

/** What the strip asks of its page. */
export interface StripHost {
  /** Id of the alert whose hand-over waits for a yes. */
  readonly releasing: string | null;
  askRelease(alert: AlertView | null): void;
  /** Id of the alert that somebody is about to silence, and whether they write the reason. */
  readonly silencing: string | null;
  readonly writing: boolean;
  askSilence(alert: AlertView | null, writing?: boolean): void;
  openResident(resident: string): void;
  /** Opens the sheet of an alert. */
  openAlert(alert: AlertView): void;
}

/** That what was done about an alert here has not reached the hub. */
export function unsent(app: App, alert: AlertView): TemplateResult | typeof nothing {
  return app.unsent(alert) ? html`<span class="unsent">${icon("retry")}${app.words.tablet.offline.unsent}</span>` : nothing;
}

/**
 * The gestures that are possible now.
 * @param more a gesture of the page's own, after the silence.
 */
export function acts(app: App, alert: AlertView, host: StripHost, more: TemplateResult | typeof nothing = nothing): TemplateResult {
  const { words } = app;
  const act = (action: "acknowledge" | "take" | "release") => () => void app.act(alert, action);
  const mine = alert.response === "taken" && alert.taken_by === app.me?.username;
  const ended = !isPresent(alert);
  return html`<div class="acts">
    ${silenceButton(app, alert, () => host.askSilence(host.silencing === alert.id ? null : alert), host.silencing === alert.id)}
    ${more} ${mine ? html`<button @click=${() => host.askRelease(alert)}>${words.alert.release}</button>` : nothing}
    ${alert.response === "unacknowledged" || (mine && ended)
      ? html`<button @click=${act("acknowledge")}>${icon("check")}${words.alert.acknowledge}</button>`
      : nothing}
    ${!mine && !ended ? html`<button class="main" @click=${act("take")}>${icon("hand")}${words.alert.take}</button>` : nothing}
  </div>`;
}

/** The question before an alert is handed over. */
export function relay(app: App, alert: AlertView, host: StripHost): TemplateResult {
  const { words } = app;
  const release = (): void => {
    host.askRelease(null);
    void app.act(alert, "release");
  };
  return html`<div class="relay" role="group">
    <p>${words.alert.releaseAsk}</p>
    <button @click=${() => host.askRelease(null)}>${words.alert.cancel}</button>
    <button class="main" @click=${release}>${words.alert.confirm}</button>
  </div>`;
}

function who(app: App, alert: AlertView, resident: ResidentView | undefined, host: StripHost): TemplateResult {
  const { words } = app;
  if (resident === undefined) return html`<p class="who"><b>${roomName(alert.room, words)}</b></p>`;
  const name = fullName(resident.family_name, resident.given_name);
  return html`<button class="plain who" @click=${() => host.openResident(resident.id)}>
    <b><span class="only-spoken">${words.tablet.sheet.openResident} </span>${name}</b><span>${roomName(resident.room, words)}</span>
  </button>`;
}

/** One alert. It is drawn with a name only when the resident of that identity is known. */
export function alarmRow(app: App, alert: AlertView, host: StripHost): TemplateResult {
  const { speech } = app;
  const { residents, edges } = app.session.state;
  const resident = alert.resident === null ? undefined : residents.get(alert.resident);
  const sensors = alert.edge === null ? [] : (edges.get(alert.edge)?.sensors ?? []);
  const answered = alert.response === "unacknowledged" ? "" : "answered";
  return html`<li class="alarm ${kindOf(alert)} ${answered}" data-alert=${alert.id}>
    ${mark(alert, app.words)} ${who(app, alert, resident, host)}
    <button class="plain what" data-sheet=${alert.id} aria-haspopup="dialog" @click=${() => host.openAlert(alert)}>
      <b><span class="only-spoken">${app.words.tablet.sheet.open} </span>${alertHeadline(alert, speech)}</b><span>${alertMeaning(alert, speech, sensors)}</span>
    </button>
    <p class="since"><b>${alertSince(alert, speech)}</b>${muted(app, alert) === nothing
      ? html`<span>${alertHolder(alert, app.me?.username ?? null, speech)}</span>`
      : muted(app, alert)}${unsent(app, alert)}</p>
    ${acts(app, alert, host)} ${host.releasing === alert.id ? relay(app, alert, host) : nothing}
    ${relinkRow(app, alert)} ${silencing(app, alert, host)}
  </li>`;
}

/** The question before an alert is silenced; nothing where nobody asked. */
export function silencing(app: App, alert: AlertView, host: StripHost): TemplateResult | typeof nothing {
  if (host.silencing !== alert.id || alert.response !== "unacknowledged" || alert.suppression !== "none") return nothing;
  return silenceReasons(app, alert, {
    writing: host.writing,
    write: () => host.askSilence(alert, true),
    close: () => host.askSilence(null),
  });
}

/** @param short leaves room for what stands below; the rest is reached by scrolling, and its number is said. */
export function strip(app: App, host: StripHost, short: boolean): TemplateResult | typeof nothing {
  const alerts = worstFirst(app.alerts(), blindRooms(app.session.state.residents.values()));
  if (alerts.length === 0) return nothing;
  const below = short ? alerts.length - 2 : 0;
  return html`<section aria-label=${app.words.alert.strip}>
    <ul class="strip ${short ? "short" : ""}" tabindex="0">
      ${repeat(alerts, (alert) => alert.id, (alert) => alarmRow(app, alert, host))}
    </ul>
    ${below > 0 ? html`<p class="below quiet">${app.words.alert.more(below)}</p>` : nothing}
  </section>`;
}
