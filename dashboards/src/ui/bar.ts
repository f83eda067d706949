/** The line at the top of each page: where we are, the hour, what rings, and the truth about this screen. */
import { css, html, nothing, type TemplateResult } from "lit";
import { digitalClock, duration, longDate } from "../lib/format";
import type { App } from "./app";
import { icon, type IconName } from "./icon";

export const barStyles = css`
  .bar {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: var(--gap-1) var(--gap-3);
    min-height: 64px;
    padding: var(--gap-1) var(--gap-4);
    background: var(--surface);
    border-bottom: 1px solid var(--line);
  }
  .bar .home {
    font-size: var(--size-3);
    font-weight: 700;
    white-space: nowrap;
  }
  .bar .clock {
    font-size: var(--size-3);
    font-weight: 700;
  }
  .bar .date {
    white-space: nowrap;
  }
  .bar .duty {
    /* It has what the others leave: the line breaks for none of its names. */
    flex: 1 1 6rem;
    min-width: 6rem;
    max-width: max-content;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .bar .counts {
    display: flex;
    gap: var(--gap-3);
    margin-inline: auto;
  }
  .bar .count {
    font-weight: 600;
    padding: var(--gap-1) var(--gap-3);
    border-radius: 999px;
    white-space: nowrap;
  }
  .bar .count.some {
    background: var(--action);
    color: var(--on-action);
  }
  .bar .count.technical {
    background: var(--technical-ground);
    color: var(--technical);
  }
  .bar .truths {
    display: flex;
    align-items: center;
    gap: var(--gap-4);
    color: var(--quiet);
    font-size: var(--size-1);
    white-space: nowrap;
  }
  .bar .truth {
    display: inline-flex;
    align-items: center;
    gap: var(--gap-1);
  }
  .bar .truth.bad {
    color: var(--high);
    font-weight: 700;
  }
  .bar .tools {
    display: flex;
    margin-inline-end: calc(-1 * var(--gap-3));
  }
  .bar .tools button {
    padding: var(--gap-1);
    gap: var(--gap-1);
    font-weight: 500;
    font-size: var(--size-1);
    color: var(--quiet);
  }
  @media (max-width: 1500px) {
    .bar .tools .word {
      display: none;
    }
  }
  @media (max-width: 1100px) {
    .bar.led .tools {
      display: none;
    }
  }
  @media (max-width: 1340px) {
    .bar .date {
      display: none;
    }
  }
`;

function truth(name: IconName, word: string, options: { readonly bad: boolean }): TemplateResult {
  return html`<span class="truth ${options.bad ? "bad" : ""}">${icon(name)}${word}</span>`;
}

function link(app: App): TemplateResult {
  const { words } = app;
  if (app.session.link === "live") return truth("link", words.bar.linked, { bad: false });
  if (app.session.link === "connecting") return truth("radio", words.bar.connecting, { bad: false });
  return truth("unlink", words.bar.lost, { bad: true });
}

function sound(app: App): TemplateResult | typeof nothing {
  if (app.loudspeaker === null) return nothing;
  const { words } = app;
  switch (app.loudspeaker.state) {
    case "ready":
      return truth("volume", words.bar.sound, { bad: false });
    case "locked":
      return truth("volumeOff", words.bar.soundLocked, { bad: true });
    case "failed":
      return truth("volumeOff", words.bar.soundFailed, { bad: true });
  }
}

function battery(app: App): TemplateResult | typeof nothing {
  if (app.tablet.battery === null) return nothing;
  const percent = Math.round(app.tablet.battery * 100);
  const bad = percent <= 15 && !app.tablet.charging;
  const more = app.tablet.charging ? `, ${app.words.bar.charging}` : "";
  return truth("battery", app.words.bar.battery(percent) + more, { bad });
}

/** Only where the page has to be seen and heard all night. */
function awake(app: App): TemplateResult | typeof nothing {
  if (app.loudspeaker === null || app.tablet.awake !== false || !app.tablet.visible) return nothing;
  return truth("moon", app.words.tablet.awakeOff, { bad: true });
}

function clockError(app: App): TemplateResult | typeof nothing {
  const error = app.session.clockError();
  if (error === 0) return nothing;
  const by = duration(Math.abs(error), app.preferences.language);
  return truth("warning", app.words.bar.clockWrong(by), { bad: true });
}

function counts(app: App): TemplateResult {
  const { words } = app;
  const open = [...app.session.state.alerts.values()];
  const technical = open.filter((alert) => alert.category === "technical").length;
  const alarms = open.length - technical;
  return html`<div class="counts">
    ${app.me?.role === "technician"
      ? nothing // Alarms of residents are not told here: "none" would be a word about what is not known.
      : html`<span class="count ${alarms > 0 ? "some" : "quiet"}">${words.bar.alarms(alarms)}</span>`}
    ${technical > 0 ? html`<span class="count technical">${words.bar.technical(technical)}</span>` : nothing}
  </div>`;
}

const THEME_ICON: Record<App["preferences"]["theme"], IconName> = { auto: "sunMoon", day: "sun", night: "moon" };

/**
 * @param help opens the list of shortcuts.
 * @param led whether a line of places stands below, one of which has everything that a narrow bar has no room for.
 */
export function bar(app: App, help: () => void, led = false): TemplateResult {
  const { words, preferences } = app;
  const { now, language } = app.speech;
  const theme = words.bar[preferences.theme];
  return html`<header class="bar ${led ? "led" : ""}">
    <span class="home">${app.session.state.home || app.me?.home || words.login.welcome}</span>
    <span class="clock" title=${words.bar.hubTime}>${digitalClock(now)}</span>
    <span class="date quiet">${longDate(now, language)}</span>
    ${app.duty.length === 0 ? nothing : html`<span class="duty quiet" title=${words.tablet.duty(app.duty.join(", "))}>${words.tablet.duty(app.duty.join(", "))}</span>`}
    ${app.session.state.loaded ? counts(app) : html`<span class="counts"></span>`}
    <div class="truths">${link(app)} ${sound(app)} ${battery(app)} ${awake(app)} ${clockError(app)}</div>
    <div class="tools">
      <button class="plain" aria-label=${words.bar.theme(theme)} @click=${() => preferences.nextTheme()}>
        ${icon(THEME_ICON[preferences.theme])}<span class="word">${theme}</span>
      </button>
      <button class="plain" lang=${language === "fr" ? "en" : "fr"} aria-label=${words.otherLanguage} @click=${() => preferences.switchLanguage()}>
        ${icon("language")}<span class="word">${language === "fr" ? "EN" : "FR"}</span>
      </button>
      <button class="plain" aria-label=${words.bar.help} @click=${help}>${icon("help")}<span class="word">${words.bar.help}</span></button>
      <button class="plain" aria-label=${words.bar.signOut} title=${words.bar.signOut} @click=${() => void app.signOut()}>
        ${icon("signOut")}
      </button>
    </div>
  </header>`;
}
