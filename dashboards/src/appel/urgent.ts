/** The ward's open alarms on a page that is about one resident: the worst few, each with the way to its sheet. They sound here as everywhere. */
import { css, html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { fullName } from "../lib/format";
import { asksToBeHeard, worstFirst } from "../lib/rank";
import { alertHeadline, alertSince, roomName } from "../lib/say";
import type { App } from "../ui/app";
import { kindOf, mark } from "../ui/mark";

const MOST = 2;

export const urgentStyles = css`
  .urgent {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-2) var(--gap-3);
    padding: var(--gap-2) var(--gap-4) 0;
  }
  .urgent a {
    --hue: var(--technical);
    display: flex;
    flex: 1 1 20rem;
    align-items: center;
    gap: var(--gap-3);
    min-height: var(--touch);
    padding: 2px var(--gap-3);
    border: 1px solid var(--hue);
    border-inline-start-width: 8px;
    border-radius: var(--radius);
    background: var(--technical-ground);
    color: inherit;
    text-decoration: none;
  }
  .urgent a.high {
    --hue: var(--high);
    background: var(--high-ground);
  }
  .urgent a.medium {
    --hue: var(--medium-mark);
    background: var(--medium-ground);
  }
  .urgent a.low {
    --hue: var(--low);
    background: var(--low-ground);
  }
  .urgent .mark {
    font-size: 0.8rem;
  }
  .urgent .more {
    flex: 0 1 auto;
    background: var(--surface);
    border-inline-start-width: 1px;
    font-weight: 600;
  }
`;

/**
 * @param but a resident whose alarms stand elsewhere on the page.
 */
export function urgent(app: App, but: string | null): TemplateResult | typeof nothing {
  const { speech, words } = app;
  const { state } = app.session;
  const asking = worstFirst(app.alerts()).filter((alert) => asksToBeHeard(alert, app.session.now()) && (alert.resident === null || alert.resident !== but));
  if (asking.length === 0) return nothing;
  return html`<section class="urgent" aria-label=${words.alert.strip}>
    ${repeat(
      asking.slice(0, MOST),
      ({ id }) => id,
      (alert) => {
        const view = alert.resident === null ? undefined : state.residents.get(alert.resident);
        const who = view === undefined ? roomName(alert.room, words) : `${fullName(view.family_name, view.given_name)}, ${roomName(view.room, words)}`;
        return html`<a class=${kindOf(alert)} data-alert=${alert.id} href=${`/service/alarme/${encodeURIComponent(alert.id)}`}>
          ${mark(alert, words)}<span><b>${who}</b> · ${alertHeadline(alert, speech)} <span class="quiet">${alertSince(alert, speech)}</span></span>
        </a>`;
      },
    )}
    ${asking.length > MOST ? html`<a class="more" href="/service">${words.alert.more(asking.length - MOST)}</a>` : nothing}
  </section>`;
}
