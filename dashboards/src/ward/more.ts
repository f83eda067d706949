/** Everything that is not the ward itself and is wanted now and then: display, sound, this device, its state, the account. */
import { css, html, nothing, type TemplateResult } from "lit";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import "../ui/push";
import "./standing";

export const moreStyles = css`
  .more {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr));
    gap: var(--gap-4);
    align-items: start;
    max-width: 1200px;
    margin: 0 auto;
    padding: var(--gap-4);
  }
  .more h1 {
    grid-column: 1 / -1;
    font-size: var(--size-4);
  }
  .more > section {
    display: grid;
    gap: var(--gap-3);
    padding: var(--gap-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .more h2 {
    font-size: var(--size-3);
  }
  .more .choices {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-3);
  }
  .more .choices > * {
    flex: 1 1 6rem;
  }
  .more button[aria-pressed="true"] {
    background: var(--action);
    color: var(--on-action);
    border-color: var(--action);
  }
`;

function display(app: App): TemplateResult {
  const { words, preferences } = app;
  const said = words.tablet.more;
  const pressed = (yes: boolean): "true" | "false" => (yes ? "true" : "false");
  return html`<section>
    <h2>${said.display}</h2>
    <div class="choices" role="group" aria-label=${said.display}>
      ${(["auto", "day", "night"] as const).map(
        (theme) =>
          html`<button aria-pressed=${pressed(preferences.theme === theme)} @click=${() => preferences.setTheme(theme)}>
            ${icon(({ auto: "sunMoon", day: "sun", night: "moon" } as const)[theme])}${words.bar[theme]}
          </button>`,
      )}
    </div>
    <h2>${said.language}</h2>
    <div class="choices" role="group" aria-label=${said.language}>
      ${(["fr", "en"] as const).map(
        (language) =>
          html`<button lang=${language} aria-pressed=${pressed(preferences.language === language)} @click=${() => preferences.setLanguage(language)}>
            ${{ fr: "Français", en: "English" }[language]}
          </button>`,
      )}
    </div>
  </section>`;
}

function sound(app: App): TemplateResult {
  const { words } = app;
  const state = app.loudspeaker?.state ?? "locked";
  return html`<section>
    <h2>${words.tablet.more.sound}</h2>
    <p>${{ ready: words.bar.sound, locked: words.bar.soundLocked, failed: words.bar.soundFailed }[state]}</p>
    <button @click=${() => app.loudspeaker?.demonstrate()}>${icon("volume")}${words.tablet.more.soundTest}</button>
    <p class="quiet">${words.tablet.more.soundTestMore}</p>
  </section>`;
}

/** The place "Plus". */
export function morePlace(app: App): TemplateResult {
  const { words, me } = app;
  const said = words.tablet.more;
  return html`<article class="more">
    <h1>${said.title}</h1>
    ${display(app)} ${app.loudspeaker === null ? nothing : sound(app)}
    <section>
      <h2>${words.agenda.title}</h2>
      <p>${words.agenda.linkMore}</p>
      <a class="way" href="/agenda">${icon("people")}${words.agenda.tab.list}</a>
    </section>
    <section><vv-standing .app=${app} .moment=${app.session.now()}></vv-standing></section>
    <section><vv-push .app=${app} .moment=${app.session.now()}></vv-push></section>
    <section>
      <h2>${said.account}</h2>
      <p><b>${me?.display_name ?? ""}</b></p>
      ${app.outbox.waiting.length > 0 ? html`<p>${said.unsentWarn(app.outbox.waiting.length)}</p>` : nothing}
      <button @click=${() => void app.signOut()}>${icon("signOut")}${words.bar.signOut}</button>
    </section>
  </article>`;
}
