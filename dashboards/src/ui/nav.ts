/** The bottom line of the nurses' pages: five places, each one tap away, wherever the hand is. */
import { css, html, nothing, type TemplateResult } from "lit";
import type { App } from "./app";
import { icon, type IconName } from "./icon";
import { countLook } from "./styles";

export type Place = "ward" | "round" | "handover" | "duty" | "more";

/** Addresses of the places, in the order in which they stand. */
export const ADDRESSES: Readonly<Record<Place, string>> = {
  ward: "/service",
  round: "/tournee",
  handover: "/transmissions",
  duty: "/garde",
  more: "/plus",
};

/**
 * The places whose page is there: whoever adds a page adds its place here, so that no link leads nowhere.
 * `tests/dashboards/test_sources.py` holds this list against the hub's own list of pages.
 */
export const LANDED: readonly Place[] = ["ward", "round", "handover", "duty", "more"];

/**
 * How many things wait at a place, asked at each drawing; nothing is shown for 0 and for a number nobody knows (`null`).
 * The page that owns a place sets its function when it is loaded.
 */
export const badges: Partial<Record<Place, (app: App) => number | null>> = {};

const ICONS: Readonly<Record<Place, IconName>> = {
  ward: "grid",
  round: "round",
  handover: "handover",
  duty: "duty",
  more: "more",
};

export const navStyles = css`
  .places {
    position: sticky;
    bottom: 0;
    z-index: 9;
    display: flex;
    justify-content: center;
    gap: var(--gap-3);
    padding: 2px var(--gap-4) max(2px, env(safe-area-inset-bottom));
    background: var(--surface);
    border-top: 1px solid var(--line);
  }
  .places a {
    display: inline-flex;
    flex: 1 1 0;
    align-items: center;
    justify-content: center;
    gap: var(--gap-2);
    min-width: var(--touch);
    max-width: 15rem;
    min-height: var(--touch);
    padding: 0 var(--gap-1);
    color: var(--quiet);
    font-weight: 600;
    text-decoration: none;
    border-radius: var(--radius);
    box-shadow: inset 0 -3px 0 transparent;
    -webkit-tap-highlight-color: transparent;
  }
  .places a:hover {
    background: var(--raised);
  }
  .places a[aria-current="page"] {
    color: var(--text);
    border-radius: 0;
    box-shadow: inset 0 3px 0 var(--text);
  }
  .places .number {
    ${countLook}
  }
  @media (max-width: 720px) {
    .places {
      gap: var(--gap-1);
      padding-inline: var(--gap-2);
    }
    .places a {
      flex-direction: column;
      gap: 0;
      font-size: var(--size-1);
    }
    .places a .number {
      position: absolute;
      translate: 1.4rem -0.9rem;
    }
  }
  /* Zoomed in or a very low window: what is read matters more than where one may go. */
  @media (max-height: 560px) {
    .places {
      position: static;
    }
  }
`;

function badge(app: App, place: Place): TemplateResult | typeof nothing {
  const count = badges[place]?.(app) ?? null;
  if (count === null || count <= 0) return nothing;
  return html`<span class="number"><span class="only-spoken">${app.words.tablet.nav.waiting} </span>${count}</span>`;
}

/**
 * @param active the place that this page is.
 * @param go lets a page that holds several places change without loading again; it returns whether it did.
 */
export function nav(app: App, active: Place, go: (place: Place) => boolean = () => false): TemplateResult {
  const words = app.words.tablet.nav;
  const follow = (place: Place) => (event: MouseEvent) => {
    // Another tab or window is the browser's affair.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    if (go(place)) event.preventDefault();
  };
  return html`<nav class="places" aria-label=${words.label}>
    ${LANDED.map(
      (place) => html`<a href=${ADDRESSES[place]} aria-current=${place === active ? "page" : "false"} @click=${follow(place)}>
        ${icon(ICONS[place])}<span>${words[place]}</span>${badge(app, place)}
      </a>`,
    )}
  </nav>`;
}
