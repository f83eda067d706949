/** The red frame: whenever this screen may be wrong or mute, with what it means and what to do. */
import { css, html, nothing, type TemplateResult } from "lit";
import { clock, duration } from "../lib/format";
import type { App } from "./app";
import { icon } from "./icon";

export const truthStyles = css`
  .frame {
    position: fixed;
    inset: 0;
    z-index: 50;
    border: 12px solid var(--high);
    pointer-events: none;
  }
  .doubt {
    position: relative;
    z-index: 51;
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: var(--gap-3) var(--gap-5);
    padding: var(--gap-4) var(--gap-5);
    background: var(--high-ground);
    border-bottom: 2px solid var(--high);
  }
  .doubt.framed {
    margin-top: 12px;
  }
  .doubt > .icon {
    width: 36px;
    height: 36px;
    color: var(--high);
  }
  .doubt .words {
    flex: 1 1 22rem;
  }
  .doubt strong {
    display: block;
    font-size: var(--size-3);
    color: var(--high);
  }
  .doubt .large {
    font-size: var(--size-3);
    min-height: 72px;
    padding-inline: var(--gap-5);
  }
  .complaint {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    padding: var(--gap-2) var(--gap-4);
    background: var(--medium-ground);
    border-bottom: 1px solid var(--medium);
  }
  .complaint p {
    flex: 1;
  }
`;

function linkDoubt(app: App): TemplateResult | null {
  const { words } = app;
  const { language } = app.speech;
  if (app.session.link === "refused") {
    return html`<section class="doubt framed" role="alert">
      ${icon("unlink")}
      <p class="words"><strong>${words.link.refusedTitle}</strong>${words.link.refusedMeaning}</p>
      <button class="main" @click=${() => app.goToSignIn()}>${words.link.signIn}</button>
    </section>`;
  }
  if (app.phase === "failed") {
    return html`<section class="doubt framed" role="alert">
      ${icon("unlink")}
      <p class="words"><strong>${words.link.never}</strong>${words.link.offlineShell}${unsent(app)}</p>
    </section>`;
  }
  if (app.session.link !== "lost") return null;
  const since = duration(app.session.silentFor() * 1000, language);
  const stopped = clock(app.session.now() - app.session.silentFor() * 1000, language);
  return html`<section class="doubt framed" aria-label=${words.bar.lost}>
    ${icon("unlink")}
    <div class="words">
      <strong><span class="only-spoken" role="alert">${words.link.lostMeaning}</span>${words.link.lostTitle(since)}</strong>
      <p>${words.link.lostMeaning} ${words.link.lostAction}</p>
      ${app.session.state.loaded && app.loudspeaker !== null ? html`<p>${words.tablet.offline.still(stopped)}</p>` : nothing}
    </div>
    ${app.loudspeaker === null || app.linkQuiet
      ? nothing
      : html`<button @click=${() => app.quietLink()}>${icon("bellOff")}${words.link.quiet}</button>`}
    <button class="main" @click=${() => app.session.retryNow()}>${icon("retry")}${words.link.retry}</button>
  </section>`;
}

/** After a reload without network: what was done before it is not lost. */
function unsent(app: App): string {
  const count = app.outbox.waiting.length;
  return count === 0 ? "" : ` ${app.words.tablet.offline.kept(count)}`;
}

function soundDoubt(app: App): TemplateResult | null {
  const state = app.loudspeaker?.state;
  if (state === undefined || state === "ready") return null;
  const { words } = app;
  const locked = state === "locked";
  return html`<section class="doubt framed" role="alert">
    ${icon("volumeOff")}
    <p class="words">
      <strong>${locked ? words.sound.lockedTitle : words.sound.failedTitle}</strong>
      ${locked ? words.sound.lockedMeaning : words.sound.failedMeaning}
    </p>
    <button class="main large" @click=${() => void app.loudspeaker?.unlock()}>
      ${icon("volume")}${locked ? words.sound.activate : words.sound.retry}
    </button>
  </section>`;
}

/** Doubts about this screen, worst first; nothing when there is none. */
export function doubts(app: App): TemplateResult | typeof nothing {
  const link = linkDoubt(app);
  const sound = soundDoubt(app);
  if (link === null && sound === null) return nothing;
  return html`<div class="frame" aria-hidden="true"></div>
    ${link ?? sound}`;
}

/** A refused action, until the person has read it. */
export function complaint(app: App): TemplateResult | typeof nothing {
  if (app.complaint === "") return nothing;
  return html`<div class="complaint" role="alert">
    ${icon("warning")}
    <p>${app.complaint}</p>
    <button class="plain" aria-label=${app.words.resident.close} @click=${() => app.dismissComplaint()}>${icon("close")}</button>
  </div>`;
}

/** The two live regions of a page. */
export function spoken(app: App): TemplateResult {
  return html`<div class="only-spoken" aria-live="assertive">${app.spokenNow}</div>
    <div class="only-spoken" aria-live="polite">${app.spokenSoon}</div>`;
}
